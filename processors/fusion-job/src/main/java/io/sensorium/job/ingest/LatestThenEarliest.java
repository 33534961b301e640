// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.kafka.clients.consumer.OffsetResetStrategy;
import org.apache.kafka.common.TopicPartition;

/**
 * Starts at the end. An offset that is out of range later on, saved or reached, goes to the earliest record that is
 * left: going to the end again would skip what is there.
 */
final class LatestThenEarliest implements OffsetsInitializer {
    private static final long serialVersionUID = 2L;

    private final OffsetsInitializer latest = OffsetsInitializer.latest();
    private final HashMap<TopicPartition, Long> ends;

    private LatestThenEarliest(HashMap<TopicPartition, Long> ends) {
        this.ends = ends;
    }

    /** At the end that a partition has once the source starts. */
    static LatestThenEarliest ofEachSource() {
        return new LatestThenEarliest(null);
    }

    /**
     * At given ends, the same for all sources of a topic.
     *
     * @param ends of the partitions that exist; one that is added later is read from its beginning
     */
    static LatestThenEarliest at(Map<TopicPartition, Long> ends) {
        return new LatestThenEarliest(new HashMap<>(ends));
    }

    @Override
    public Map<TopicPartition, Long> getPartitionOffsets(
            Collection<TopicPartition> partitions, PartitionOffsetsRetriever retriever) {
        if (ends == null) {
            return latest.getPartitionOffsets(partitions, retriever);
        }
        Map<TopicPartition, Long> offsets = new HashMap<>();
        partitions.forEach(
                partition -> offsets.put(partition, ends.getOrDefault(partition, KafkaPartitionSplit.EARLIEST_OFFSET)));
        return offsets;
    }

    @Override
    public OffsetResetStrategy getAutoOffsetResetStrategy() {
        return OffsetResetStrategy.EARLIEST;
    }
}
