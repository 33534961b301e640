// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * What is committed to a topic, from its beginning. It keeps what it has read, so that a test which waits for a record
 * reads each one once. Safe for several threads.
 */
final class TopicReader implements AutoCloseable {

    private static final Duration POLL = Duration.ofMillis(200);

    private final String topic;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    private List<TopicPartition> partitions = List.of();

    /** @param client properties of the consumer, the broker's address included */
    TopicReader(String topic, Map<String, Object> client) {
        this.topic = topic;
        consumer = new KafkaConsumer<>(client, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /** All records committed so far; none where there is no such topic yet. */
    synchronized List<ConsumerRecord<byte[], byte[]>> records() {
        if (partitions.isEmpty()) {
            if (!consumer.listTopics().containsKey(topic)) {
                return List.of();
            }
            partitions = consumer.partitionsFor(topic).stream()
                    .map(info -> new TopicPartition(info.topic(), info.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
        }
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
        while (partitions.stream().anyMatch(partition -> consumer.position(partition) < ends.get(partition))) {
            consumer.poll(POLL).forEach(records::add);
        }
        return List.copyOf(records);
    }

    @Override
    public synchronized void close() {
        consumer.close();
    }
}
