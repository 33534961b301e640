// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static io.sensorium.integration.CommandProcess.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.config.PipelineConfig;
import io.sensorium.quickstart.http.OperationsServer;
import io.sensorium.quickstart.http.PipelineHealth;
import io.sensorium.quickstart.runtime.RunningPipeline;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Health and metrics of a pipeline that runs. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class HealthIT {

    private static final long T = 1_700_000_000_000L;
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @TempDir
    Path state;

    private static HttpResponse<String> get(String url) throws Exception {
        return HTTP.send(HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.ofString());
    }

    private static HttpResponse<String> await(String url, Predicate<HttpResponse<String>> condition) {
        return Awaitility.await(url).atMost(PATIENCE).until(() -> get(url), condition);
    }

    @Test
    void aRunningPipelineBecomesReadyShowsItsMetricsAndDiesWithItsJob() throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 1)) {
            PipelineConfig config = topics.config(
                    "strategy: tumbling, size: 1s, min_modalities: 1",
                    "parallelism: 1, checkpoint_interval: 1s, state_dir: \"" + state + "\"");
            try (RunningPipeline pipeline = RunningPipeline.start(
                            "health.yaml", config, new RunningPipeline.Mode(false, false), System.err);
                    OperationsServer http = PipelineHealth.serve(pipeline, config, false)) {
                assertThat(http.url()).as("nobody else reaches it").startsWith("http://127.0.0.1:");
                await(http.url() + "/health/ready", response -> response.statusCode() == 200);
                topics.send("text", topics.event("text", "s", "t", T, "a sentence that is encoded"));
                topics.send("text", topics.event("text", "s", "t2", T + 60_000, "and one that closes its window"));
                topics.flush();
                String metrics = await(
                                http.url() + "/metrics",
                                response -> response.body()
                                        .lines()
                                        .anyMatch(line -> line.startsWith(
                                                        "flink_taskmanager_job_task_operator_sensorium_results_total")
                                                && line.endsWith(" 1.0")))
                        .body();
                assertThat(metrics)
                        .contains(
                                "# TYPE",
                                "sensorium_modality_encode_latency_seconds_bucket{",
                                "le=\"0.05\"",
                                "sensorium_modality_model_encode_batch_records_sum",
                                "sensorium_modality_device_memory_bytes",
                                "sensorium_operator_model_fuse_run_seconds_count{",
                                "model=\"sentiment-late-attention@2.0.0\"",
                                "sensorium_operator_model_result_latency_seconds",
                                "modality=\"text\"");
                assertThat(metrics.lines()
                                .filter(line -> line.contains("sensorium_modality_model_encode_records_total{")
                                        && line.contains("modality=\"text\"")))
                        .singleElement()
                        .asString()
                        .endsWith(" 2.0");
                assertThat(get(http.url() + "/health/live").body()).contains("\"alive\":true");
                pipeline.stop();
                assertThat(await(http.url() + "/health/live", response -> response.statusCode() == 503)
                                .body())
                        .contains("FINISHED");
            }
        }
    }
}
