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

    /**
     * Adds what is wrong with a pipeline's times: one problem, whose remedy fits the broker as well.
     *
     * @param brokerMaximum its {@code transaction.max.timeout.ms}; empty where it did not answer
     */
    static void check(PipelineConfig config, OptionalLong brokerMaximum, List<String> problems) {
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
        long needed = interval.toMillis() * 2;
        long maximum = brokerMaximum.orElse(Long.MAX_VALUE);
        boolean tooLong = transaction.toMillis() > maximum;
        if (needed > transaction.toMillis()) {
            problems.add("runtime.checkpoint_interval is " + asInFile(interval) + ", but "
                    + named(config, transaction)
                    + ": a transaction stays open for the interval and the checkpoint that commits it, and the"
                    + " broker aborts it after the timeout, which loses its results. Expected an interval of at most half the timeout, "
                    + asInFile(transaction.dividedBy(2)) + "; " + remedy(transaction, needed, maximum));
        } else if (tooLong) {
            problems.add(named(config, transaction) + ", but the broker allows at most " + maximum
                    + " ms (transaction.max.timeout.ms); " + remedy(transaction, needed, maximum));
        }
    }

    /**
     * @param needed the least transaction timeout that fits the interval, in ms
     * @param maximum the broker's, in ms
     */
    private static String remedy(Duration transaction, long needed, long maximum) {
        String broker = ", or raise the broker's transaction.max.timeout.ms to at least "
                + Math.max(needed, transaction.toMillis());
        if (needed > maximum) {
            return "the broker allows a timeout of at most " + maximum + " ms, so set runtime.checkpoint_interval to at"
                    + " most " + asInFile(Duration.ofMillis(maximum / 2)) + " and "
                    + ResultSink.TRANSACTION_TIMEOUT + " to " + maximum + broker + " and "
                    + ResultSink.TRANSACTION_TIMEOUT + " to at least " + needed;
        }
        if (needed > transaction.toMillis()) {
            return "shorten the interval, or set " + ResultSink.TRANSACTION_TIMEOUT + " to at least " + needed
                    + " ms, within the broker's transaction.max.timeout.ms"
                    + (maximum == Long.MAX_VALUE ? "" : " of " + maximum);
        }
        return "set it to at most " + maximum + " and, for this checkpoint interval, at least " + needed + broker;
    }

    /** A duration in the largest unit that leaves no rest, as pipeline files have them. */
    private static String asInFile(Duration duration) {
        long ms = duration.toMillis();
        if (ms % 3_600_000 == 0) {
            return ms / 3_600_000 + "h";
        }
        if (ms % 60_000 == 0) {
            return ms / 60_000 + "m";
        }
        return ms % 1_000 == 0 ? ms / 1_000 + "s" : ms + "ms";
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
