// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static io.sensorium.integration.CommandProcess.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.job.run.PipelineCheck;
import io.sensorium.quickstart.http.OperationsServer;
import io.sensorium.quickstart.http.PipelineHealth;
import io.sensorium.quickstart.runtime.RunningPipeline;
import io.sensorium.results.SentimentResult;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Texts of hours are there, pictures of seconds, and no partition is idle. With {@code runtime.max_drift} the texts
 * stay in Kafka until the pictures come, instead of in the job's state; then all of it comes out.
 */
class WatermarkAlignmentIT {

    private static final long T = 1_700_000_000_000L;
    private static final int FIRST = 40;
    private static final int ALL = 10_000;
    /** Five minutes, as in the pipeline file. */
    private static final long DRIFT = 300_000;
    /** Events that a reader may have beyond. */
    private static final int FETCHED = 3_000;

    @TempDir
    Path folder;

    private static void send(TestTopics topics, String modality, int from, int to) {
        for (int i = from; i < to; i++) {
            topics.send(modality, topics.embedded(modality, "s" + i % 50, modality + i, T + i * 1_000L, i % 7));
        }
        topics.flush();
    }

    private static double watermark(OperationsServer http, String modality) throws Exception {
        return MetricsScraper.of(
                                http.url() + "/metrics",
                                "sensorium_modality_watermark_timestamp_seconds",
                                "modality=\"" + modality + "\"")
                        .getMax()
                * 1_000;
    }

    private static long read(TestTopics topics, String modality) throws Exception {
        return topics.committed("sensorium-" + topics.prefix + "pipeline").entrySet().stream()
                .filter(partition -> partition.getKey().contains("." + modality + "-"))
                .mapToLong(Map.Entry::getValue)
                .sum();
    }

    @Test
    void oneThatIsAheadWaitsInKafka() throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 2)) {
            PipelineConfig config = PipelineFile.parse(
                    "drift.yaml",
                    topics.yaml(
                                    "strategy: tumbling, size: 10s",
                                    "parallelism: 1, checkpoint_interval: 500ms, max_drift: 5m, state_dir: '"
                                            + folder.resolve("state") + "'")
                            .replace("idle_timeout: 2s", "idle_timeout: 2h")
                            .replaceFirst("(?m)^  audio: .*\\n", "")
                            .replace("pairs: [[image, text], [audio, text]]", "pairs: [[image, text]]"));
            assertThat(PipelineCheck.of(config).warnings())
                    .filteredOn(warning -> warning.contains("max_drift"))
                    .hasSize(3)
                    .anyMatch(warning -> warning.contains("modalities.image.idle_timeout of 7200000ms"))
                    .anyMatch(warning -> warning.contains("max_ahead of 86400000ms"));
            send(topics, "image", 0, FIRST);
            send(topics, "text", 0, FIRST);
            try (RunningPipeline pipeline = RunningPipeline.start(
                            "drift.yaml", config, new RunningPipeline.Mode(false, false), System.err);
                    OperationsServer http = PipelineHealth.serve(pipeline, config, false)) {
                await("the first of both")
                        .atMost(PATIENCE)
                        .until(() -> read(topics, "image") == FIRST && read(topics, "text") == FIRST);
                send(topics, "text", FIRST, ALL);
                await("as many texts as may be read")
                        .atMost(PATIENCE)
                        .until(() -> watermark(http, "text") >= T + DRIFT);
                send(topics, "image", FIRST, ALL / 2);
                await("pictures up to the middle")
                        .atMost(PATIENCE)
                        .until(() -> watermark(http, "image") >= T + (ALL / 2 - 60) * 1_000L);
                assertThat(watermark(http, "text"))
                        .as("how far texts are")
                        .isLessThan(T + ALL / 2 * 1_000L + DRIFT + FETCHED * 1_000L);
                assertThat(MetricsScraper.of(http.url() + "/metrics", "sensorium_windows_open", "")
                                .getSum())
                        .as("texts that wait for pictures")
                        .isLessThan(DRIFT / 1_000 + FETCHED);
                send(topics, "image", ALL / 2, ALL);
                await("everything")
                        .atMost(PATIENCE)
                        .until(() -> read(topics, "image") == ALL && read(topics, "text") == ALL);
                pipeline.stop();
            }
            // Each second has a subject's picture and text.
            assertThat(topics.read("results.sentiment", new SentimentResult()))
                    .filteredOn(result -> result.getWindowStart().toEpochMilli() < T + (ALL - 20) * 1_000L)
                    .as("windows that are over")
                    .hasSize(ALL - 20)
                    .allMatch(result -> result.getModalities().size() == 2);
        }
    }
}
