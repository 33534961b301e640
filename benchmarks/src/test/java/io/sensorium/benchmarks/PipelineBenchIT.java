// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sensorium.benchmarks.pipeline.PipelineBench;
import io.sensorium.benchmarks.preprocessing.PreprocessingBench;
import io.sensorium.benchmarks.report.Report;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code bench pipeline} and {@code bench preprocessing} for a moment: that every contender works and every result
 * comes once, not how fast.
 */
class PipelineBenchIT {

    @TempDir
    Path folder;

    @Test
    void everyContenderRunsAndModelsAreExchanged() throws Exception {
        PipelineBench.Plan plan = new PipelineBench.Plan(List.of("text"), 1, 0.5, List.of(0.25), 2, false);
        try (PipelineBench bench = new PipelineBench(plan, folder, System.err)) {
            Report report = bench.run();
            assertThat(report.json().path("runs").properties())
                    .extracting(Map.Entry::getKey)
                    .containsExactlyInAnyOrder(
                            "ours-text",
                            "limit-one-process-text",
                            "limit-raw-onnxruntime-text",
                            "ours-text-load-25-exactly-once",
                            "ours-text-load-25-at-least-once",
                            "ours-exchange-head",
                            "ours-exchange-encoder-and-head");
            assertThat(report.json().at("/runs/ours-text/events_per_s").asDouble())
                    .isPositive();
            assertThat(report.json()
                            .at("/runs/ours-text-load-25-exactly-once/p99_ms")
                            .asDouble())
                    .isPositive();
            assertThat(report.json().at("/ratios/exchange-p99-head").asDouble()).isPositive();
        }
    }

    @Test
    void anUnknownModalityIsRefused() throws Exception {
        try (PipelineBench bench = new PipelineBench(
                new PipelineBench.Plan(List.of("image+smell"), 1, 0.1, List.of(), 0, false), folder, System.err)) {
            assertThatThrownBy(bench::run)
                    .hasMessageContaining("image+smell")
                    .hasMessageContaining("audio, image, text");
        }
    }

    @Test
    void preprocessingRunsBesideThePeersThatAreThere() throws Exception {
        Report report = new PreprocessingBench(new PreprocessingBench.Plan(1, 0.2), folder, System.err).run();
        assertThat(report.json().path("runs").properties())
                .hasSizeGreaterThanOrEqualTo(3)
                .allSatisfy(
                        run -> assertThat(run.getValue().path("events_per_s").asDouble())
                                .isPositive());
    }
}
