// SPDX-License-Identifier: Apache-2.0
package io.sensorium.rollup.aggregate;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.streams.processor.StreamPartitioner;

/**
 * Which partition holds a group: the murmur hash of its key, as Kafka's own. What concerns every group goes to every
 * partition.
 */
final class GroupPartitioner implements StreamPartitioner<String, AggregatorMessage> {

    /** The key of what concerns every group; no group's, for theirs begin otherwise. */
    static final String EVERY = "!";

    @Override
    public Optional<Set<Integer>> partitions(String topic, String key, AggregatorMessage value, int partitions) {
        return Optional.of(
                key.equals(EVERY)
                        ? IntStream.range(0, partitions).boxed().collect(Collectors.toSet())
                        : Set.of(Utils.toPositive(Utils.murmur2(key.getBytes(StandardCharsets.UTF_8))) % partitions));
    }
}
