// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.run;

import io.sensorium.job.quarantine.Isolation;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.runtime.checkpoint.Checkpoints;
import org.apache.flink.runtime.checkpoint.metadata.CheckpointMetadata;
import org.apache.flink.runtime.state.filesystem.AbstractFsCheckpointStorageAccess;
import org.apache.flink.util.FileUtils;

/** The complete checkpoints and savepoints below some folders. */
final class Snapshots {

    private Snapshots() {}

    /**
     * @param folder that holds the metadata
     * @param checkpoint Flink's checkpoint id, which goes on counting from restart to restart; empty where the metadata
     *     cannot be read
     * @param modified epoch ms of the metadata
     */
    record Snapshot(Path folder, OptionalLong checkpoint, long modified) {

        /**
         * Oldest first: by checkpoint id, those without a readable one before all others. A copied or touched file does
         * not become newer.
         */
        static final Comparator<Snapshot> BY_AGE = Comparator.<Snapshot>comparingLong(
                        snapshot -> snapshot.checkpoint().orElse(Long.MIN_VALUE))
                .thenComparingLong(Snapshot::modified);
    }

    /**
     * Every complete checkpoint and savepoint, oldest first.
     *
     * @throws IOException when a folder cannot be read
     */
    static List<Snapshot> in(List<Path> folders) throws IOException {
        List<Snapshot> found = new ArrayList<>();
        for (Path folder : folders) {
            if (Files.isDirectory(folder)) {
                try (Stream<Path> files = Files.walk(folder, 4)) {
                    for (Path file : files.filter(path -> path.getFileName()
                                    .toString()
                                    .equals(AbstractFsCheckpointStorageAccess.METADATA_FILE_NAME))
                            .toList()) {
                        found.add(new Snapshot(
                                file.getParent(),
                                checkpoint(file.getParent()),
                                Files.getLastModifiedTime(file).toMillis()));
                    }
                }
            }
        }
        found.sort(Snapshot.BY_AGE);
        return found;
    }

    /**
     * Deletes what no start would resume from: all but the newest checkpoints and savepoints, and what jobs without one
     * of those have left. For a process that holds the folder's lock.
     *
     * @param checkpoints of all jobs, each in a folder by its id; a job that is kept keeps the files that its
     *     checkpoints share
     * @param retained how many checkpoints and savepoints stay
     * @return the folders that were deleted
     * @throws IOException when one cannot be deleted
     */
    static List<Path> prune(Path checkpoints, Path savepoints, int retained) throws IOException {
        List<Snapshot> all = in(List.of(checkpoints, savepoints));
        Set<Path> kept = all.subList(Math.max(0, all.size() - retained), all.size()).stream()
                .map(Snapshot::folder)
                .collect(Collectors.toSet());
        List<Path> deleted = new ArrayList<>();
        for (Path folder : List.of(checkpoints, savepoints)) {
            if (Files.isDirectory(folder)) {
                try (Stream<Path> children = Files.list(folder)) {
                    for (Path child : children.filter(Files::isDirectory)
                            .filter(Snapshots::notOfQuarantine)
                            .toList()) {
                        if (kept.stream().noneMatch(keep -> keep.startsWith(child))) {
                            FileUtils.deleteDirectory(child.toFile());
                            deleted.add(child);
                        }
                    }
                }
            }
        }
        return deleted;
    }

    /** The notes of records under which the process died: needed most when it dies before its first checkpoint. */
    private static boolean notOfQuarantine(Path folder) {
        return !folder.getFileName().toString().startsWith(Isolation.FOLDER_PREFIX);
    }

    /**
     * The metadata of a checkpoint or savepoint.
     *
     * @param folder that holds it
     * @throws IOException when it cannot be read
     */
    static CheckpointMetadata metadata(Path folder) throws IOException {
        Path file = folder.resolve(AbstractFsCheckpointStorageAccess.METADATA_FILE_NAME);
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
            return Checkpoints.loadCheckpointMetadata(
                    in, Snapshots.class.getClassLoader(), folder.toUri().toString());
        }
    }

    private static OptionalLong checkpoint(Path folder) {
        try {
            return OptionalLong.of(metadata(folder).getCheckpointId());
        } catch (IOException | RuntimeException e) {
            return OptionalLong.empty();
        }
    }
}
