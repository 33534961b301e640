// SPDX-License-Identifier: Apache-2.0
package io.sensorium.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PipelineTopicsTest {

    @TempDir
    Path folder;

    @Test
    void theStateOfTheRollUpsIsBesideThePipelineFileFromWhereverItIsStarted() throws Exception {
        Path file = folder.resolve("pipeline.yaml");
        String yaml = "pipeline: p\noperators: {s: {type: sentiment}}\n";
        Files.writeString(file, yaml);
        assertThat(PipelineTopics.read(file).rollup().stateDir())
                .isEqualTo(folder.resolve("state/p-rollup").toString());
        Files.writeString(file, yaml + "rollup: {state_dir: ../other/./state}\n");
        assertThat(PipelineTopics.read(file).rollup().stateDir())
                .isEqualTo(folder.resolveSibling("other/state").toString());
        Files.writeString(file, yaml + "rollup: {state_dir: /var/state}\n");
        assertThat(PipelineTopics.read(file).rollup().stateDir()).isEqualTo("/var/state");
    }
}
