// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest;

import java.io.Serializable;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.metrics.KafkaMetric;

/**
 * How far one reader's Kafka consumer has fetched, and what is left. Each subtask has a copy of the source and of this.
 * The consumer's thread writes ({@link FetchReporter}); the task's thread reads.
 */
final class FetchProgress implements Serializable {
    private static final long serialVersionUID = 1L;

    /** The consumer property whose value this is. */
    static final String PROPERTY = "sensorium.fetch.progress";

    private final Set<Integer> assigned = ConcurrentHashMap.newKeySet();
    /** The offset after the last record that the consumer gave to the connector. */
    private final Map<Integer, Long> fetched = new ConcurrentHashMap<>();

    private final Map<Integer, KafkaMetric> lags = new ConcurrentHashMap<>();
    private volatile boolean complete;

    void assigned(Collection<Integer> partitions) {
        assigned.addAll(partitions);
    }

    /** The reader has all partitions that are known, which may be none. */
    void complete() {
        complete = true;
    }

    boolean isComplete() {
        return complete;
    }

    void fetched(int partition, long next) {
        fetched.put(partition, next);
    }

    /** Kafka's metric of how many records a partition holds beyond the consumer's position; from its first fetch on. */
    void lag(int partition, KafkaMetric lag) {
        lags.put(partition, lag);
    }

    void removeLag(int partition, KafkaMetric lag) {
        lags.remove(partition, lag);
    }

    /**
     * Whether a partition holds records that the task has not read, or may, as nothing was fetched from it yet.
     *
     * @param next the offset after the last record that the task has read; 0 for none
     */
    boolean hasUnread(int partition, long next) {
        KafkaMetric lag = lags.get(partition);
        // NaN before the first value.
        return lag == null
                || !(((Number) lag.metricValue()).doubleValue() <= 0)
                || fetched.getOrDefault(partition, 0L) > next;
    }

    /** Whether that is so of one of the reader's partitions which the task has read no record of. */
    boolean hasUnreadBeside(Collection<Integer> read) {
        return assigned.stream().anyMatch(partition -> !read.contains(partition) && hasUnread(partition, 0));
    }
}
