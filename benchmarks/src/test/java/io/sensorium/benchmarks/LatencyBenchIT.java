// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.benchmarks.latency.Guarantee;
import io.sensorium.benchmarks.latency.LatencyBench;
import io.sensorium.benchmarks.latency.LatencyContender;
import io.sensorium.benchmarks.report.Report;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code bench latency} for a moment: every contender answers every window, exactly once. Not how soon. */
class LatencyBenchIT {

    @TempDir
    Path folder;

    @Test
    void everyContenderAnswersEveryWindow() throws Exception {
        LatencyBench.Plan plan = new LatencyBench.Plan(
                List.of(LatencyContender.values()), List.of(Guarantee.EXACTLY_ONCE), 0, List.of(10), 10, 1, 200, "1g");
        try (LatencyBench bench = new LatencyBench(plan, folder, System.err)) {
            Report report = bench.run();
            assertThat(report.json().path("runs").properties())
                    .extracting(Map.Entry::getKey)
                    .containsExactlyInAnyOrder(
                            "ours-exactly-once-10",
                            "kafka-streams-joins-exactly-once-10",
                            "flink-interval-joins-exactly-once-10",
                            "flink-interval-joins-tuned-exactly-once-10",
                            "consumer-producer-exactly-once-10");
            assertThat(report.json()
                            .at("/runs/ours-exactly-once-10/final_p50_ms")
                            .asDouble())
                    .isGreaterThan(report.json()
                            .at("/runs/ours-exactly-once-10/p50_ms")
                            .asDouble());
            assertThat(report.json().path("ratios").properties())
                    .extracting(Map.Entry::getKey)
                    .contains("kafka-streams-joins-exactly-once-10:p50", "consumer-producer-exactly-once-10:p99");
        }
    }
}
