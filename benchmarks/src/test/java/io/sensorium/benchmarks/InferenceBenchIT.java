// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sensorium.benchmarks.inference.InferenceBench;
import io.sensorium.benchmarks.report.Report;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Every contender of {@code bench inference} for a moment: that each works, not how fast. */
class InferenceBenchIT {

    @Test
    void everyContenderRuns() throws Exception {
        Report report = new InferenceBench(
                        new InferenceBench.Plan(List.of("text", "image", "heads", "text-precision"), 1, 0.3),
                        System.err)
                .run();
        assertThat(report.json().path("runs").properties())
                .hasSize(4 + 3 + 4 + 2)
                .allSatisfy(
                        run -> assertThat(run.getValue().path("events_per_s").asDouble())
                                .isPositive());
        assertThat(report.json().path("ratios").properties())
                .extracting(java.util.Map.Entry::getKey)
                .containsExactlyInAnyOrder(
                        "limit-raw-onnxruntime-text",
                        "record-in-flink-map-text",
                        "djl-predictor-text",
                        "limit-raw-onnxruntime-image",
                        "record-in-flink-map-image",
                        "limit-raw-onnxruntime-heads",
                        "limit-raw-onnxruntime-and-copy-heads",
                        "record-in-flink-map-heads",
                        "fp32-text-precision");
    }

    @Test
    void anUnknownWorkloadIsRefused() {
        assertThatThrownBy(
                        () -> new InferenceBench(new InferenceBench.Plan(List.of("sound"), 1, 0.1), System.err).run())
                .hasMessageContaining("text, image, heads");
    }
}
