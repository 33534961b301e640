// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.explain;

import io.sensorium.pipeline.KafkaCluster;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Committed records of topics, looked up. For one thread. */
public final class TopicRecords implements AutoCloseable {

    private static final Duration POLL = Duration.ofMillis(200);
    private static final long WAIT_NANOS = Duration.ofSeconds(10).toNanos();

    private final KafkaConsumer<byte[], byte[]> consumer;

    /** A reader of its own, in no group. */
    public TopicRecords(KafkaCluster kafka) {
        Properties properties = kafka.clientProperties();
        properties.put("isolation.level", "read_committed");
        properties.put("auto.offset.reset", "none");
        properties.put("enable.auto.commit", "false");
        consumer = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /**
     * Everything whose value has one of the texts in it, of the topics that exist, from their beginnings to their
     * present ends.
     */
    List<ConsumerRecord<byte[], byte[]>> holding(Collection<String> topics, Collection<String> texts) {
        List<byte[]> wanted = texts.stream()
                .map(text -> text.getBytes(StandardCharsets.UTF_8))
                .toList();
        List<ConsumerRecord<byte[], byte[]>> found = new ArrayList<>();
        read(topics, record -> {
            if (record.value() != null && wanted.stream().anyMatch(text -> contains(record.value(), text))) {
                found.add(record);
            }
        });
        return found;
    }

    /** Reads the topics that exist from their beginnings to their present ends, a partition's records in order. */
    public void read(Collection<String> topics, Consumer<ConsumerRecord<byte[], byte[]>> each) {
        var existing = consumer.listTopics();
        List<TopicPartition> partitions = topics.stream()
                .filter(existing::containsKey)
                .flatMap(topic -> existing.get(topic).stream())
                .map(info -> new TopicPartition(info.topic(), info.partition()))
                .toList();
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        Map<TopicPartition, Long> ends = new HashMap<>(consumer.endOffsets(partitions));
        while (partitions.stream().anyMatch(partition -> consumer.position(partition) < ends.get(partition))) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                if (record.offset() < ends.get(new TopicPartition(record.topic(), record.partition()))) {
                    each.accept(record);
                }
            }
        }
    }

    /**
     * The newest records of a topic by their timestamps, by partition and offset; none where there is no such topic.
     */
    public List<ConsumerRecord<byte[], byte[]>> newest(String topic, int number) {
        List<TopicPartition> partitions = consumer.listTopics().getOrDefault(topic, List.of()).stream()
                .map(info -> new TopicPartition(info.topic(), info.partition()))
                .toList();
        consumer.assign(partitions);
        Map<TopicPartition, Long> begins = consumer.beginningOffsets(partitions);
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
        partitions.forEach(
                partition -> consumer.seek(partition, Math.max(begins.get(partition), ends.get(partition) - number)));
        List<ConsumerRecord<byte[], byte[]>> read = new ArrayList<>();
        while (partitions.stream().anyMatch(partition -> consumer.position(partition) < ends.get(partition))) {
            consumer.poll(POLL).forEach(read::add);
        }
        read.sort(Comparator.comparingLong(ConsumerRecord<byte[], byte[]>::timestamp)
                .reversed());
        List<ConsumerRecord<byte[], byte[]>> newest = new ArrayList<>(read.subList(0, Math.min(number, read.size())));
        newest.sort(Comparator.<ConsumerRecord<byte[], byte[]>>comparingInt(ConsumerRecord::partition)
                .thenComparingLong(ConsumerRecord::offset));
        return newest;
    }

    /** The record at an offset; empty where the topic no longer has it, or there is no such topic or partition. */
    public Optional<ConsumerRecord<byte[], byte[]>> at(String topic, int number, long offset) {
        // Asked for offsets of a partition that does not exist, the client waits for it.
        if (consumer.listTopics().getOrDefault(topic, List.of()).stream()
                .noneMatch(partition -> partition.partition() == number)) {
            return Optional.empty();
        }
        TopicPartition partition = new TopicPartition(topic, number);
        consumer.assign(List.of(partition));
        if (offset < consumer.beginningOffsets(List.of(partition)).get(partition)
                || offset >= consumer.endOffsets(List.of(partition)).get(partition)) {
            return Optional.empty();
        }
        consumer.seek(partition, offset);
        long deadline = System.nanoTime() + WAIT_NANOS;
        while (System.nanoTime() < deadline) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                return record.offset() == offset ? Optional.of(record) : Optional.empty();
            }
        }
        return Optional.empty();
    }

    private static boolean contains(byte[] value, byte[] wanted) {
        for (int from = 0; from + wanted.length <= value.length; from++) {
            if (value[from] == wanted[0]
                    && Arrays.equals(value, from, from + wanted.length, wanted, 0, wanted.length)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void close() {
        consumer.close();
    }
}
