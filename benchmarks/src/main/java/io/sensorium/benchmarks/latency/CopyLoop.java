// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks.latency;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * A consumer of a subject's last event and a producer of its key, as a process. Exactly once is a transaction for each
 * poll. Runs until it is stopped.
 */
public final class CopyLoop {

    private CopyLoop() {}

    /** Arguments as of {@link Place#arguments}. */
    public static void main(String[] args) {
        Place place = Place.of(args);
        Map<String, Object> reading = Map.of(
                "bootstrap.servers",
                place.bootstrapServers(),
                "group.id",
                place.name(),
                "auto.offset.reset",
                "earliest",
                "enable.auto.commit",
                Boolean.toString(!place.exactlyOnce()));
        Map<String, Object> writing =
                new HashMap<>(Map.of("bootstrap.servers", place.bootstrapServers(), "linger.ms", "0"));
        if (place.exactlyOnce()) {
            writing.put("transactional.id", place.name());
        }
        try (KafkaConsumer<byte[], byte[]> consumer =
                        new KafkaConsumer<>(reading, new ByteArrayDeserializer(), new ByteArrayDeserializer());
                KafkaProducer<byte[], byte[]> producer =
                        new KafkaProducer<>(writing, new ByteArraySerializer(), new ByteArraySerializer())) {
            if (place.exactlyOnce()) {
                producer.initTransactions();
            }
            consumer.subscribe(List.of(place.input("audio")));
            while (!Thread.currentThread().isInterrupted()) {
                copy(place, consumer, producer);
            }
        }
    }

    private static void copy(
            Place place, KafkaConsumer<byte[], byte[]> consumer, KafkaProducer<byte[], byte[]> producer) {
        ConsumerRecords<byte[], byte[]> records = consumer.poll(Duration.ofSeconds(1));
        if (records.isEmpty()) {
            return;
        }
        if (place.exactlyOnce()) {
            producer.beginTransaction();
        }
        Map<TopicPartition, OffsetAndMetadata> next = new HashMap<>();
        for (ConsumerRecord<byte[], byte[]> record : records) {
            producer.send(new ProducerRecord<>(place.output(), record.key(), record.key()));
            next.put(
                    new TopicPartition(record.topic(), record.partition()), new OffsetAndMetadata(record.offset() + 1));
        }
        if (place.exactlyOnce()) {
            producer.sendOffsetsToTransaction(next, consumer.groupMetadata());
            producer.commitTransaction();
        }
    }
}
