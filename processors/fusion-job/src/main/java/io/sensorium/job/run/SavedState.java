// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.run;

import io.sensorium.job.align.StateDescription;
import io.sensorium.job.align.SubjectElementSerializer;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.ingest.SavedTopicIds;
import io.sensorium.job.models.PipelineModels;
import io.sensorium.job.run.Snapshots.Snapshot;
import io.sensorium.pipeline.ConfigurationException;
import io.sensorium.pipeline.OwnerOnly;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.Uuid;

/** The folder where a pipeline's checkpoints and savepoints lie, with a note of what they were made for. */
public final class SavedState {

    /** Checkpoints and savepoints that stay: one to resume from, and some before it. */
    private static final int RETAINED = 5;

    /** Of a file or folder on the common file systems. */
    private static final int MAX_NAME_BYTES = 255;

    private final Path folder;

    public SavedState(PipelineConfig config) {
        this.folder = Path.of(config.runtime().stateDir()).toAbsolutePath().normalize();
    }

    /** The folder itself. */
    public Path folder() {
        return folder;
    }

    /**
     * Why the folder cannot be created, written or locked, by trying it where it is or would be; empty where it can.
     * Leaves nothing there.
     */
    public Optional<String> obstacle() {
        Path there = folder;
        for (; !Files.exists(there); there = there.getParent()) {
            if (there.getFileName().toString().getBytes(StandardCharsets.UTF_8).length > MAX_NAME_BYTES) {
                return Optional.of("runtime.state_dir: " + folder + " cannot be created: a name in it has more than "
                        + MAX_NAME_BYTES + " bytes; choose a shorter one");
            }
        }
        if (!Files.isDirectory(there)) {
            return Optional.of("runtime.state_dir: " + folder + " cannot be created: " + there
                    + " is not a folder; name another one");
        }
        if (!Files.isWritable(there)) {
            return Optional.of("runtime.state_dir: " + folder + " cannot be written: this user may not write to "
                    + there + "; let it, or name another folder");
        }
        try {
            StateLock.tryOut(there);
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(StateLock.unusable(folder, e));
        }
    }

    public Path checkpoints() {
        return folder.resolve("checkpoints");
    }

    public Path savepoints() {
        return folder.resolve("savepoints");
    }

    /**
     * The newest complete checkpoint or savepoint, by its checkpoint id.
     *
     * @throws IOException when the folder cannot be read
     */
    public Optional<Path> newest() throws IOException {
        List<Snapshot> complete = Snapshots.in(List.of(checkpoints(), savepoints()));
        return complete.isEmpty()
                ? Optional.empty()
                : Optional.of(complete.get(complete.size() - 1).folder());
    }

    /**
     * Deletes all but the newest few checkpoints and savepoints, and what ended jobs have left.
     *
     * @return what was deleted
     * @throws IOException when something cannot be deleted
     */
    public List<Path> prune() throws IOException {
        return Snapshots.prune(checkpoints(), savepoints(), RETAINED);
    }

    /**
     * Moves aside every checkpoint and savepoint from a checkpoint on, whose results the broker did not keep, so that
     * no run resumes from one.
     *
     * @return how many were moved
     * @throws IOException when one cannot be moved
     */
    public int setAsideFrom(long checkpoint) throws IOException {
        int moved = 0;
        for (Snapshot snapshot : Snapshots.in(List.of(checkpoints(), savepoints()))) {
            if (snapshot.checkpoint().orElse(Long.MIN_VALUE) >= checkpoint) {
                Path aside = folder.resolve("results-lost-" + System.currentTimeMillis())
                        .resolve(folder.relativize(snapshot.folder()));
                Files.createDirectories(aside.getParent());
                Files.move(snapshot.folder(), aside);
                moved++;
            }
        }
        return moved;
    }

    /**
     * What keeps this pipeline from going on with the saved state: another release's format, a changed alignment, set
     * of modalities or encoder. Empty where nothing was saved.
     *
     * @throws IOException when the note cannot be read
     */
    List<String> conflicts(PipelineConfig config, PipelineModels models) throws IOException {
        Path note = folder.resolve("pipeline.json");
        List<String> conflicts = new ArrayList<>();
        if (!Files.exists(note)) {
            return conflicts;
        }
        StateDescription then;
        try {
            then = StateDescription.parse(Files.readString(note));
        } catch (IllegalArgumentException e) {
            throw new IOException(note + ": " + e.getMessage(), e);
        }
        if (!then.isReadable()) {
            conflicts.add(
                    "the state in " + folder + " is of format " + then.format() + ", this release reads formats "
                            + SubjectElementSerializer.OLDEST_VERSION + " to " + SubjectElementSerializer.VERSION
                            + "; finish the run with the release that began it, or run with --fresh to start without the state");
            return conflicts;
        }
        return models.describe(config).conflicts(then, folder.toString());
    }

    /**
     * Takes the folder for a pipeline that is about to start.
     *
     * @param name of the pipeline file, for messages
     * @param topicIds by input topic, as they are now
     * @return what to start from; empty where nothing is saved
     * @throws ConfigurationException when the saved state was made by a pipeline that differs, or from topics that were
     *     deleted and created again since
     * @throws IOException when the folder cannot be read or written
     */
    public Optional<Path> resume(String name, PipelineConfig config, PipelineModels models, Map<String, Uuid> topicIds)
            throws ConfigurationException, IOException {
        List<String> conflicts = new ArrayList<>(conflicts(config, models));
        Optional<Path> newest = newest();
        if (newest.isPresent()) {
            conflicts.addAll(SavedTopicIds.conflicts(Snapshots.metadata(newest.get()), config.modalities(), topicIds));
        }
        if (!conflicts.isEmpty()) {
            throw new ConfigurationException(name, conflicts);
        }
        claim(config, models);
        return newest;
    }

    /**
     * Writes the note.
     *
     * @throws IOException when the folder cannot be written
     */
    void claim(PipelineConfig config, PipelineModels models) throws IOException {
        OwnerOnly.createDirectories(checkpoints());
        OwnerOnly.createDirectories(savepoints());
        Files.writeString(
                folder.resolve("pipeline.json"), models.describe(config).toJson());
    }

    /**
     * Moves what was saved into a folder of its own beside, where no run looks for it.
     *
     * @return that folder, or empty where nothing was saved
     * @throws IOException when it cannot be moved
     */
    public Optional<Path> setAside() throws IOException {
        Path aside = folder.resolve("set-aside-" + System.currentTimeMillis());
        boolean moved = false;
        for (Path saved : List.of(checkpoints(), savepoints(), folder.resolve("pipeline.json"))) {
            if (Files.exists(saved)) {
                Files.createDirectories(aside);
                Files.move(saved, aside.resolve(saved.getFileName()));
                moved = true;
            }
        }
        return moved ? Optional.of(aside) : Optional.empty();
    }
}
