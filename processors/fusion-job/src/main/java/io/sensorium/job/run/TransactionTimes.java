// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.run;

import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineConfig.Guarantee;
import io.sensorium.job.emit.ResultSink;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;

/**
 * How long a transaction of results stays open, against how long the broker keeps one open. Results are lost when the
 * broker aborts a transaction whose checkpoint has completed.
 *
 * @param interval between two checkpoints
 * @param transaction after which the broker aborts an open transaction, {@code transaction.timeout.ms}
 * @param checkpoint after which a checkpoint that has not completed is given up
 * @param toleratedFailures checkpoints in a row that may fail before the job restarts
 */
record TransactionTimes(Duration interval, Duration transaction, Duration checkpoint, int toleratedFailures) {

    private static final Duration MAX_CHECKPOINT = Duration.ofMinutes(10);
    private static final int MAX_TOLERATED_FAILURES = 10;

    /** What a restart of a bounded run may take; its process holds the only copy of its state. */
    private static final Duration BOUNDED_RESTART = Duration.ofSeconds(5);

    /**
     * The times of a pipeline. The checkpoint timeout leaves at least half of the transaction timeout, less the
     * interval, for a restart between a checkpoint and its commit. A transaction that waits through failed checkpoints
     * ages, so the more the timeouts leave, the more failures are tolerated. At least once has no transactions, and
     * nothing to derive.
     */
    static TransactionTimes of(PipelineConfig config, boolean bounded) {
        Duration interval = config.runtime().checkpointInterval();
        Duration transaction = ResultSink.transactionTimeout(config, bounded);
        if (config.runtime().guarantee() != Guarantee.EXACTLY_ONCE) {
            return new TransactionTimes(interval, transaction, MAX_CHECKPOINT, MAX_TOLERATED_FAILURES);
        }
        Duration left = transaction.minus(interval);
        Duration checkpoint = bounded && left.compareTo(BOUNDED_RESTART.multipliedBy(2)) > 0
                ? left.minus(BOUNDED_RESTART)
                : left.dividedBy(2);
        checkpoint = checkpoint.compareTo(MAX_CHECKPOINT) > 0
                ? MAX_CHECKPOINT
                : checkpoint.isNegative() || checkpoint.isZero() ? Duration.ofSeconds(1) : checkpoint;
        long attempts = transaction.dividedBy(interval.plus(checkpoint));
        return new TransactionTimes(
                interval, transaction, checkpoint, (int) Math.max(0, Math.min(MAX_TOLERATED_FAILURES, attempts - 1)));
    }

    /** Adds what is wrong with a pipeline's times. */
    static void check(PipelineConfig config, List<String> problems) {
        if (config.runtime().guarantee() != Guarantee.EXACTLY_ONCE) {
            return;
        }
        if (!isNumber(config)) {
            problems.add("kafka.properties." + ResultSink.TRANSACTION_TIMEOUT + " is \""
                    + config.kafka().properties().get(ResultSink.TRANSACTION_TIMEOUT)
                    + "\", expected a whole number of milliseconds such as 600000");
            return;
        }
        Duration interval = config.runtime().checkpointInterval();
        Duration transaction = ResultSink.transactionTimeout(config, false);
        if (interval.multipliedBy(2).compareTo(transaction) > 0) {
            problems.add("runtime.checkpoint_interval is " + interval.toMillis() + " ms, but "
                    + named(config, transaction)
                    + ": a transaction stays open for the interval and the checkpoint that commits it, and the"
                    + " broker aborts it after the timeout, which loses its results. Expected an interval of at most half the timeout, "
                    + transaction.toMillis() / 2 + " ms; shorten the interval, or raise the timeout to"
                    + " at least " + interval.toMillis() * 2 + " ms, within the broker's transaction.max.timeout.ms");
        }
    }

    /**
     * Adds a transaction timeout that the broker would refuse.
     *
     * @param brokerMaximum its {@code transaction.max.timeout.ms}; empty where it did not answer
     */
    static void checkMaximum(PipelineConfig config, OptionalLong brokerMaximum, List<String> problems) {
        if (config.runtime().guarantee() != Guarantee.EXACTLY_ONCE || brokerMaximum.isEmpty() || !isNumber(config)) {
            return;
        }
        Duration transaction = ResultSink.transactionTimeout(config, false);
        long maximum = brokerMaximum.getAsLong();
        if (transaction.toMillis() > maximum) {
            problems.add(named(config, transaction) + ", but the broker allows at most " + maximum
                    + " ms (transaction.max.timeout.ms); set it to " + maximum
                    + " or less, or raise the broker's maximum");
        }
    }

    private static boolean isNumber(PipelineConfig config) {
        String set = config.kafka().properties().get(ResultSink.TRANSACTION_TIMEOUT);
        return set == null || set.matches("[1-9][0-9]{0,8}");
    }

    private static String named(PipelineConfig config, Duration transaction) {
        return "kafka.properties." + ResultSink.TRANSACTION_TIMEOUT + " is " + transaction.toMillis() + " ms"
                + (config.kafka().properties().containsKey(ResultSink.TRANSACTION_TIMEOUT) ? "" : " by default");
    }
}
