// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.benchmarks.formats.FormatsBench;
import io.sensorium.benchmarks.report.Report;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FormatsBenchIT {

    @Test
    void everyFormatIsMeasured() throws Exception {
        Report report = new FormatsBench(new FormatsBench.Plan(1, 0.1), System.err).run();
        assertThat(report.json().path("runs").properties())
                .hasSize(8)
                .allSatisfy(
                        run -> assertThat(run.getValue().path("events_per_s").asDouble())
                                .isPositive());
        assertThat(report.json().path("ratios").properties())
                .extracting(Map.Entry::getKey)
                .containsExactlyInAnyOrder(
                        "mapped-avro-embedding",
                        "mapped-json-embedding",
                        "mapped-protobuf-embedding",
                        "mapped-avro-image",
                        "mapped-json-image",
                        "mapped-protobuf-image");
    }
}
