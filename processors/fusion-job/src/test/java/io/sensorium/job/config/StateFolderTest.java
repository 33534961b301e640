// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateFolderTest {

    @TempDir
    Path folder;

    @Test
    void aRelativeFolderIsBesideThePipelineFileFromWhereverItIsStarted() throws Exception {
        Path file = folder.resolve("pipeline.yaml");
        Files.writeString(
                file,
                "pipeline: p\nmodalities: {text: {encoder: text-bge-small-en}}\nalign: {min_modalities: "
                        + "1}\noperators: {s: {type: sentiment}}\n");
        assertThat(PipelineFile.read(file).runtime().stateDir())
                .isEqualTo(folder.resolve("state/p").toString());
        assertThat(StateFolder.of(file, "/var/state")).isEqualTo(Path.of("/var/state"));
        assertThat(StateFolder.of(file, "../other/./state")).isEqualTo(folder.resolveSibling("other/state"));
    }

    @Test
    void stateThatAnEarlierReleaseKeptInTheWorkingDirectoryIsStillUsedWhereThereIsNoOther() throws Exception {
        Path file = folder.resolve("pipeline.yaml");
        // Relative to the tests' working directory, within the build folder.
        Path earlier = Files.createTempDirectory(Files.createDirectories(Path.of("target")), "earlier-state");
        try {
            Path relative = Path.of("").toAbsolutePath().relativize(earlier.toAbsolutePath());
            Files.writeString(earlier.resolve("pipeline.json"), "{}");
            assertThat(StateFolder.of(file, relative.toString())).isEqualTo(earlier.toAbsolutePath());
            Path moved = Files.createDirectories(folder.resolve(relative));
            Files.writeString(moved.resolve("pipeline.json"), "{}");
            assertThat(StateFolder.of(file, relative.toString()))
                    .as("once it is moved")
                    .isEqualTo(moved);
        } finally {
            Files.deleteIfExists(earlier.resolve("pipeline.json"));
            Files.deleteIfExists(earlier);
        }
    }
}
