// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.job.models.PipelineModels;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.runtime.checkpoint.Checkpoints;
import org.apache.flink.runtime.checkpoint.metadata.CheckpointMetadata;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SavedStateTest {

    @TempDir
    Path folder;

    private PipelineConfig config(String align, String modalities) throws Exception {
        return config(align, modalities, folder);
    }

    private static PipelineConfig config(String align, String modalities, Path folder) throws Exception {
        return PipelineFile.parse(
                "p",
                "modalities: {" + modalities + "}\nalign: {" + align
                        + ", min_modalities: 1}\noperators: {s: {type: sentiment}}\nruntime: {state_dir: \"" + folder
                        + "\"}\n");
    }

    private static PipelineModels models(PipelineConfig config) {
        return PipelineModels.resolve(config, new ArrayList<>(), new ArrayList<>())
                .orElseThrow();
    }

    private Path snapshot(String name, long modified) throws Exception {
        Path metadata = folder.resolve(name).resolve("_metadata");
        Files.createDirectories(metadata.getParent());
        Files.writeString(metadata, "x");
        Files.setLastModifiedTime(metadata, FileTime.fromMillis(modified));
        return metadata.getParent();
    }

    @Test
    void theNewestCompleteSnapshotCountsAndOthersFilesDoNot() throws Exception {
        SavedState state = new SavedState(config("size: 10s", "text: {encoder: text-bge-small-en}"));
        assertThat(state.newest()).isEmpty();
        snapshot("checkpoints/job1/chk-7", 1_000_000);
        Path newest = snapshot("savepoints/savepoint-1", 3_000_000);
        snapshot("checkpoints/job2/chk-1", 2_000_000);
        Files.createDirectories(folder.resolve("checkpoints/job2/chk-2"));
        snapshot("something-else/chk-9", 9_000_000);
        assertThat(state.newest()).contains(newest);
    }

    @Test
    void freshMovesAsideWhatWasSavedAndTouchesNothingElse() throws Exception {
        PipelineConfig config = config("size: 10s", "text: {encoder: text-bge-small-en}");
        SavedState state = new SavedState(config);
        state.claim(config, models(config));
        snapshot("checkpoints/job1/chk-7", 1_000_000);
        Files.writeString(folder.resolve("mine.txt"), "keep me");
        Path aside = state.setAside().orElseThrow();
        assertThat(state.newest()).isEmpty();
        assertThat(aside.resolve("checkpoints/job1/chk-7/_metadata")).exists();
        assertThat(folder.resolve("mine.txt")).hasContent("keep me");
        assertThat(state.setAside()).isEmpty();
    }

    @Test
    void aChangedAlignmentModalityOrEncoderConflictsAndAnythingElseDoesNot() throws Exception {
        PipelineConfig then = config("size: 10s", "text: {encoder: text-bge-small-en}");
        SavedState state = new SavedState(then);
        assertThat(state.conflicts(then, models(then))).isEmpty();
        state.claim(then, models(then));
        assertThat(state.conflicts(then, models(then))).isEmpty();
        PipelineConfig patient = config("size: 10s", "text: {encoder: text-bge-small-en, out_of_orderness: 9s}");
        assertThat(state.conflicts(patient, models(patient))).isEmpty();
        PipelineConfig wider = config("size: 11s", "text: {encoder: text-bge-small-en}");
        assertThat(state.conflicts(wider, models(wider)))
                .singleElement()
                .satisfies(text -> assertThat(text).contains("tumbling:10000", "tumbling:11000", "--fresh"));
        PipelineConfig late = config("size: 10s, allowed_lateness: 5s", "text: {encoder: text-bge-small-en}");
        assertThat(state.conflicts(late, models(late)))
                .singleElement()
                .satisfies(text -> assertThat(text).contains("allowed_lateness 0ms", "now has 5000ms"));
        PipelineConfig provisional =
                config("size: 10s, early: true, max_wait: 60s", "text: {encoder: text-bge-small-en}");
        assertThat(state.conflicts(provisional, models(provisional))).isEmpty();
        PipelineConfig elsewhere = config("size: 10s", "text: {encoder: text-bge-small-en, topic: elsewhere}");
        assertThat(state.conflicts(elsewhere, models(elsewhere)))
                .singleElement()
                .satisfies(text -> assertThat(text).contains("elsewhere"));
        PipelineConfig more =
                config("size: 10s", "text: {encoder: text-bge-small-en}, image: {encoder: image-inception-mixed5}");
        assertThat(state.conflicts(more, models(more)))
                .singleElement()
                .satisfies(text -> assertThat(text).contains("image"));
    }

    @Test
    void theStateOfAnEarlierReleaseIsRefusedByNameOfItsFormat() throws Exception {
        PipelineConfig config = config("size: 10s", "text: {encoder: text-bge-small-en}");
        SavedState state = new SavedState(config);
        Files.writeString(folder.resolve("pipeline.json"), "{\"alignment\": \"tumbling:10000\"}");
        assertThat(state.conflicts(config, models(config)))
                .singleElement()
                .satisfies(text -> assertThat(text).contains("format 1", "formats 2 to 3", "--fresh"));
    }

    @Test
    void theStateOfTheFormatBeforeIsReadAndSoIsItsNote() throws Exception {
        PipelineConfig config = config("size: 10s", "text: {encoder: text-bge-small-en}");
        SavedState state = new SavedState(config);
        state.claim(config, models(config));
        Path note = folder.resolve("pipeline.json");
        String now = Files.readString(note);
        assertThat(now).contains("\"state format\" : 3");
        Files.writeString(note, now.replace("\"state format\" : 3", "\"state format\" : 2"));
        assertThat(state.conflicts(config, models(config))).isEmpty();
        Files.writeString(note, now.replace("\"state format\" : 3", "\"state format\" : 4"));
        assertThat(state.conflicts(config, models(config)))
                .singleElement()
                .satisfies(text -> assertThat(text).contains("format 4", "formats 2 to 3"));
    }

    /** A snapshot with metadata that Flink can read. */
    private Path snapshot(String name, long checkpoint, long modified) throws Exception {
        Path metadata = snapshot(name, modified).resolve("_metadata");
        try (OutputStream out = Files.newOutputStream(metadata)) {
            Checkpoints.storeCheckpointMetadata(new CheckpointMetadata(checkpoint, List.of(), List.of()), out);
        }
        Files.setLastModifiedTime(metadata, FileTime.fromMillis(modified));
        return metadata.getParent();
    }

    @Test
    void theNewestIsTheOneWithTheHighestCheckpointIdHoweverItsFileIsDated() throws Exception {
        SavedState state = new SavedState(config("size: 10s", "text: {encoder: text-bge-small-en}"));
        snapshot("checkpoints/job1/chk-7", 7, 9_000_000);
        Path newest = snapshot("savepoints/savepoint-1", 9, 1_000_000);
        snapshot("checkpoints/job1/chk-8", 8, 8_000_000);
        snapshot("savepoints/cut-off", 10_000_000);
        assertThat(state.newest()).contains(newest);
    }

    @Test
    void checkpointsWhoseResultsWereLostAreSetAsideAndTheOneBeforeIsNext() throws Exception {
        SavedState state = new SavedState(config("size: 10s", "text: {encoder: text-bge-small-en}"));
        Path before = snapshot("checkpoints/job1/chk-7", 7, 1_000);
        snapshot("checkpoints/job1/chk-8", 8, 2_000);
        snapshot("savepoints/savepoint-1", 9, 3_000);
        assertThat(state.setAsideFrom(8)).isEqualTo(2);
        assertThat(state.newest()).contains(before);
        assertThat(state.prune()).isEmpty();
        assertThat(state.setAsideFrom(8)).isZero();
    }

    @Test
    void onlyTheNewestFewAreKeptWithTheJobsThatTheyBelongTo() throws Exception {
        SavedState state = new SavedState(config("size: 10s", "text: {encoder: text-bge-small-en}"));
        for (int i = 1; i <= 4; i++) {
            snapshot("savepoints/savepoint-" + i, i, 10_000 - i);
        }
        snapshot("checkpoints/old-job/chk-0", 0, 50_000);
        Files.createDirectories(folder.resolve("checkpoints/never-completed/shared"));
        snapshot("checkpoints/job/chk-5", 5, 1);
        snapshot("checkpoints/job/chk-6", 6, 1);
        Files.createDirectories(folder.resolve("checkpoints/job/shared"));
        Files.writeString(folder.resolve("mine.txt"), "keep me");
        assertThat(state.prune())
                .containsExactlyInAnyOrder(
                        folder.resolve("savepoints/savepoint-1"),
                        folder.resolve("checkpoints/old-job"),
                        folder.resolve("checkpoints/never-completed"));
        assertThat(folder.resolve("checkpoints/job/shared")).exists();
        assertThat(folder.resolve("savepoints/savepoint-2/_metadata")).exists();
        assertThat(folder.resolve("mine.txt")).exists();
    }

    /**
     * They are what finds a record under which every start dies, also where the process dies before its first
     * checkpoint.
     */
    @Test
    void theNotesOfRecordsUnderWhichTheProcessDiedAreKept() throws Exception {
        SavedState state = new SavedState(config("size: 10s", "text: {encoder: text-bge-small-en}"));
        Path notes = Files.createDirectories(folder.resolve("checkpoints/quarantine-test"))
                .resolve("encode-text.0.json");
        Files.writeString(notes, "{}");
        Files.createDirectories(folder.resolve("checkpoints/never-completed/shared"));
        assertThat(state.prune()).containsExactly(folder.resolve("checkpoints/never-completed"));
        assertThat(notes).exists();
    }

    @Test
    void whatKeepsTheFolderFromBeingCreatedIsKnownWithoutCreatingIt() throws Exception {
        assertThat(at(folder.resolve("new/state")).obstacle()).isEmpty();
        assertThat(folder.resolve("new")).doesNotExist();
        Files.writeString(folder.resolve("plain"), "a file");
        assertThat(at(folder.resolve("plain/state")).obstacle().orElseThrow())
                .contains("runtime.state_dir", "plain is not a folder");
        assertThat(at(folder.resolve("x".repeat(300))).obstacle().orElseThrow()).contains("more than 255 bytes");
    }

    /** Its permissions let the superuser write there, but nobody can. */
    @Test
    void aFileSystemThatTakesNoFoldersIsReportedWhateverItsPermissions() throws Exception {
        assumeTrue(Files.isDirectory(Path.of("/proc/self")), "skipped: this platform has no /proc");
        assertThat(at(Path.of("/proc/x")).obstacle().orElseThrow())
                .startsWith("runtime.state_dir: /proc/x cannot be ")
                .contains("name another folder");
        Path existing = Files.createDirectories(folder.resolve("existing"));
        assertThat(at(existing).obstacle()).isEmpty();
        assertThat(existing).isEmptyDirectory();
    }

    private static SavedState at(Path place) throws Exception {
        return new SavedState(config("size: 10s", "text: {encoder: text-bge-small-en}", place));
    }

    @Test
    void aFolderHasOneOwnerAtATimeAndOnlyThatUserMayEnterIt() throws Exception {
        Path own = folder.resolve("new/state");
        try (StateLock lock = StateLock.take(own).orElseThrow()) {
            assertThat(lock.previousJobs()).isEmpty();
            assertThat(StateLock.isHeld(own)).isTrue();
            assertThat(StateLock.take(own)).as("held").isEmpty();
            assertThat(StateLock.holder(own))
                    .contains("process " + ProcessHandle.current().pid());
            lock.runs("job-1");
        }
        assertThat(StateLock.isHeld(own)).isFalse();
        assertThat(StateLock.isHeld(folder.resolve("none"))).isFalse();
        try (StateLock next = StateLock.take(own).orElseThrow()) {
            assertThat(next.previousJobs()).containsExactly("job-1");
        }
        if (own.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(own)))
                    .isEqualTo("rwx------");
        }
    }
}
