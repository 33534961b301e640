// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.benchmarks.bank.BankBench;
import io.sensorium.benchmarks.report.Report;
import org.junit.jupiter.api.Test;

class BankBenchTest {

    @Test
    void everyKindIsMeasured() {
        Report report = new BankBench(new BankBench.Plan(2_000, 200, 100), System.err).run();
        for (String kind : new String[] {"images", "texts", "embeddings"}) {
            assertThat(report.run(kind).path("p99_ms").asDouble()).as(kind).isPositive();
            assertThat(report.run(kind).path("found").asInt()).as(kind).isBetween(20, 80);
        }
        assertThat(report.run("hashing").path("ones").asInt()).isEqualTo(128);
    }
}
