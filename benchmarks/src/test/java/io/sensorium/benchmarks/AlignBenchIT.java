// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.benchmarks.align.AlignBench;
import io.sensorium.benchmarks.align.Contender;
import io.sensorium.benchmarks.report.Report;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every contender over a small stream; the benchmark itself fails where one writes other triples than the stream's, or
 * one twice.
 */
class AlignBenchIT {

    @TempDir
    Path folder;

    @Test
    void everyContenderWritesTheSameTriplesOnce() throws Exception {
        try (AlignBench bench = new AlignBench(
                new AlignBench.Plan(List.of(Contender.values()), List.of(200), 6_000, 500, 0, "1g"),
                folder,
                System.err)) {
            Report report = bench.run();
            assertThat(report.json().path("runs").properties())
                    .hasSize(7)
                    .allSatisfy(run -> assertThat(run.getValue()).isNotEmpty());
            assertThat(report.json().path("ratios").properties())
                    .extracting(java.util.Map.Entry::getKey)
                    .contains("flink-interval-joins", "flink-window-cogroup", "kafka-streams-joins", "limit-read-only");
        }
    }
}
