// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineFile;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class TransactionTimesTest {

    private static PipelineConfig config(String kafka, String runtime) throws Exception {
        return PipelineFile.parse(
                "p",
                "kafka: {" + kafka
                        + "}\nmodalities: {text: {encoder: text-bge-small-en}}\nalign: {size: 10s, min_modalities: "
                        + "1}\noperators: {s: {type: sentiment}}\nruntime: {"
                        + runtime + "}\n");
    }

    private static List<String> problems(PipelineConfig config, OptionalLong brokerMaximum) {
        List<String> problems = new ArrayList<>();
        TransactionTimes.check(config, brokerMaximum, problems);
        return problems;
    }

    @Test
    void anIntervalAboveHalfTheTransactionTimeoutIsRefusedWithBothFigures() throws Exception {
        assertThat(problems(config("", "checkpoint_interval: 15m"), OptionalLong.of(900_000)))
                .singleElement()
                .satisfies(text -> assertThat(text)
                        .contains(
                                "runtime.checkpoint_interval is 15m",
                                "600000 ms by default",
                                "at least 1800000",
                                "loses"));
        assertThat(problems(
                        config("properties: {transaction.timeout.ms: 3000}", "checkpoint_interval: 25s"),
                        OptionalLong.of(900_000)))
                .singleElement()
                .satisfies(text -> assertThat(text)
                        .contains("25s", "3000 ms", "at most half the timeout, 1500ms", "at least 50000 ms"));
        assertThat(problems(
                        config("properties: {transaction.timeout.ms: 3000}", "checkpoint_interval: 1500ms"),
                        OptionalLong.of(900_000)))
                .isEmpty();
        assertThat(problems(config("", ""), OptionalLong.of(900_000))).isEmpty();
    }

    @Test
    void aTransactionTimeoutAboveTheBrokersMaximumIsRefusedWithBothFigures() throws Exception {
        assertThat(problems(config("properties: {transaction.timeout.ms: 1000000}", ""), OptionalLong.of(900_000)))
                .singleElement()
                .satisfies(text ->
                        assertThat(text).contains("1000000 ms", "at most 900000 ms", "transaction.max.timeout.ms"));
        assertThat(problems(config("", ""), OptionalLong.of(60_000)))
                .singleElement()
                .satisfies(text -> assertThat(text).contains("600000 ms by default", "60000 ms"));
        assertThat(problems(config("properties: {transaction.timeout.ms: 1000000}", ""), OptionalLong.empty()))
                .isEmpty();
    }

    @Test
    void anIntervalThatTheBrokersMaximumCannotHoldGetsOneRemedyThatWorks() throws Exception {
        PipelineConfig both = config("properties: {transaction.timeout.ms: 1200000}", "checkpoint_interval: 11m");
        assertThat(problems(both, OptionalLong.of(900_000)))
                .singleElement()
                .asString()
                .contains(
                        "runtime.checkpoint_interval is 11m",
                        "the broker allows a timeout of at most 900000 ms",
                        "set runtime.checkpoint_interval to at most 450s and transaction.timeout.ms to 900000",
                        "transaction.max.timeout.ms to at least 1320000")
                .doesNotContain("shorten the interval, or set");
        assertThat(problems(
                        config("properties: {transaction.timeout.ms: 900000}", "checkpoint_interval: 450s"),
                        OptionalLong.of(900_000)))
                .as("the combination that it names")
                .isEmpty();
        assertThat(problems(
                        config("properties: {transaction.timeout.ms: 1200000}", "checkpoint_interval: 10m"),
                        OptionalLong.of(900_000)))
                .as("the timeout fits the interval, neither fits the broker")
                .singleElement()
                .asString()
                .contains("set runtime.checkpoint_interval to at most 450s and transaction.timeout.ms to 900000");
        assertThat(problems(
                        config("properties: {transaction.timeout.ms: 700000}", "checkpoint_interval: 6m"),
                        OptionalLong.of(900_000)))
                .singleElement()
                .asString()
                .contains("transaction.timeout.ms to at least 720000 ms", "transaction.max.timeout.ms of 900000");
    }

    @Test
    void aTransactionTimeoutThatIsNotANumberIsRefused() throws Exception {
        assertThat(problems(config("properties: {transaction.timeout.ms: ten}", ""), OptionalLong.of(1)))
                .singleElement()
                .satisfies(text -> assertThat(text).contains("\"ten\"", "milliseconds"));
    }

    @Test
    void atLeastOnceHasNoTransactionsToCheck() throws Exception {
        PipelineConfig config = config(
                "properties: {transaction.timeout.ms: 3000}", "checkpoint_interval: 1h, guarantee: at_least_once");
        assertThat(problems(config, OptionalLong.of(1))).isEmpty();
        assertThat(TransactionTimes.of(config, false).checkpoint()).isEqualTo(Duration.ofMinutes(10));
    }

    @Test
    void aTransactionOutlivesEveryToleratedFailureOfACheckpoint() throws Exception {
        for (String interval : List.of("100ms", "500ms", "5s", "1m", "5m")) {
            for (long timeout : new long[] {10_000, 60_000, 600_000, 900_000}) {
                for (boolean bounded : new boolean[] {false, true}) {
                    PipelineConfig config = config(
                            "properties: {transaction.timeout.ms: " + timeout + "}",
                            "checkpoint_interval: " + interval);
                    if (!problems(config, OptionalLong.of(900_000)).isEmpty()) {
                        continue;
                    }
                    TransactionTimes times = TransactionTimes.of(config, bounded);
                    Duration longest =
                            times.interval().plus(times.checkpoint()).multipliedBy(1 + times.toleratedFailures());
                    assertThat(longest)
                            .as("%s within %s ms, bounded %s: %s", interval, timeout, bounded, times)
                            .isLessThanOrEqualTo(times.transaction());
                    assertThat(times.checkpoint()).isPositive();
                }
            }
        }
    }

    @Test
    void aKilledBoundedRunHoldsReadersUpForAMinuteAtMost() throws Exception {
        assertThat(TransactionTimes.of(config("", ""), true).transaction()).isEqualTo(Duration.ofMinutes(1));
        assertThat(TransactionTimes.of(config("properties: {transaction.timeout.ms: 20000}", ""), true)
                        .transaction())
                .isEqualTo(Duration.ofSeconds(20));
    }
}
