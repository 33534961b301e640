// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static io.sensorium.integration.CommandProcess.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.quickstart.runtime.RunningPipeline;
import io.sensorium.results.SentimentResult;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** PROVISIONAL results that do not wait for the checkpoint which commits the FINAL ones. */
class ProvisionalIT {

    private static final long T = 1_700_000_000_000L;

    @TempDir
    Path folder;

    private PipelineConfig config(TestTopics topics, String interval) throws Exception {
        return PipelineFile.parse(
                "provisional.yaml",
                topics.yaml(
                                "strategy: session, gap: 1s, early: true",
                                "parallelism: 1, guarantee: exactly_once, checkpoint_interval: " + interval
                                        + ", state_dir: '" + folder.resolve("state") + "'")
                        .replace("emit: {", "emit: {provisional: immediate, "));
    }

    private static RunningPipeline start(PipelineConfig config) throws Exception {
        return RunningPipeline.start("provisional.yaml", config, new RunningPipeline.Mode(false, false), System.err);
    }

    private static List<SentimentResult> results(TestTopics topics, String status) throws Exception {
        return topics.read("results.sentiment", new SentimentResult()).stream()
                .filter(result -> result.getStatus().equals(status))
                .toList();
    }

    @Test
    void aProvisionalResultIsReadBeforeAnyCheckpointAndTheFinalOneComesOnceAfterARestart() throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 1)) {
            for (String modality : List.of("image", "text", "audio")) {
                topics.send(modality, topics.embedded(modality, "post", modality, T, 1));
            }
            topics.flush();
            try (RunningPipeline pipeline = start(config(topics, "5m"))) {
                await("the provisional result")
                        .atMost(PATIENCE)
                        .until(() -> !results(topics, "PROVISIONAL").isEmpty());
                // Nothing was saved or committed.
                pipeline.cancel();
            }
            assertThat(results(topics, "FINAL")).isEmpty();
            try (RunningPipeline pipeline = start(config(topics, "500ms"))) {
                await("the final result")
                        .atMost(PATIENCE)
                        .until(() -> !results(topics, "FINAL").isEmpty());
                pipeline.stop();
            }
            List<SentimentResult> provisional = results(topics, "PROVISIONAL");
            List<SentimentResult> last = results(topics, "FINAL");
            assertThat(last).hasSize(1);
            assertThat(provisional).hasSizeBetween(1, 2).allSatisfy(result -> {
                assertThat(result.getResultId()).isEqualTo(last.get(0).getResultId());
                assertThat(result.getScore()).isEqualTo(last.get(0).getScore());
            });
        }
    }
}
