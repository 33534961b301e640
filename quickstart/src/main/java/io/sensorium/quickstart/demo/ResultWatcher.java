// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.demo;

import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.emit.ResultSink;
import io.sensorium.job.records.OutputSchemas;
import io.sensorium.schemas.RecordDecoder;
import io.sensorium.schemas.ResultStatus;
import io.sensorium.schemas.SchemaRegistry;
import io.sensorium.schemas.WireFormatException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificRecord;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads a pipeline's output topics as any consumer would, committed records only, and counts. For one thread. */
final class ResultWatcher implements AutoCloseable {

    /** Notified of each record. */
    interface Listener {
        void record(String topic, SpecificRecord value);
    }

    private final PipelineConfig config;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Map<String, RecordDecoder<SpecificRecordBase>> decoders = new HashMap<>();
    private final Map<String, Map<String, String>> lastStatus = new HashMap<>();
    private final Set<String> completeWindows = new HashSet<>();
    private final Set<String> incompleteWindows = new HashSet<>();
    private final List<Long> latencies = new ArrayList<>();
    private long late;
    private long deadLetters;

    ResultWatcher(PipelineConfig config, SchemaRegistry registry) {
        this.config = config;
        Properties properties = config.kafka().clientProperties();
        properties.put("isolation.level", "read_committed");
        properties.put("auto.offset.reset", "earliest");
        properties.put("fetch.max.wait.ms", "100");
        consumer = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        List<TopicPartition> partitions = new ArrayList<>();
        Map<String, Schema> topics = OutputSchemas.topics(config);
        topics.forEach((topic, schema) -> {
            decoders.put(topic, RecordDecoder.of(schema, registry));
            consumer.partitionsFor(topic)
                    .forEach(partition -> partitions.add(new TopicPartition(topic, partition.partition())));
        });
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
    }

    /**
     * Reads what has been committed since.
     *
     * @throws IOException when the registry fails or a result cannot be decoded
     */
    void poll(Duration wait, Listener listener) throws IOException {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(wait)) {
            SpecificRecordBase value;
            try {
                value = decoders.get(record.topic()).decode(record.value());
            } catch (WireFormatException e) {
                throw new IOException("a result of this pipeline cannot be read: " + e.getMessage(), e);
            }
            count(record, value);
            listener.record(record.topic(), value);
        }
    }

    private void count(ConsumerRecord<byte[], byte[]> record, SpecificRecordBase value) {
        if (record.topic().equals(config.sideTopics().late())) {
            late++;
        } else if (record.topic().equals(config.sideTopics().deadLetters())) {
            deadLetters++;
        } else if (!record.topic().equals(config.moderation().output())) {
            lastStatus
                    .computeIfAbsent(record.topic(), topic -> new HashMap<>())
                    .put((String) value.get("result_id"), (String) value.get("status"));
            String window = value.get("subject_id") + " " + value.get("window_start");
            boolean whole = !record.topic().equals(config.sideTopics().incomplete())
                    || !value.get("operator").equals("");
            (whole ? completeWindows : incompleteWindows).add(window);
            Header readAt = record.headers().lastHeader(ResultSink.READ_AT_HEADER);
            if (readAt != null && whole && ResultStatus.FINAL.matches((String) value.get("status"))) {
                latencies.add(System.currentTimeMillis()
                        - Long.parseLong(new String(readAt.value(), StandardCharsets.US_ASCII)));
            }
        }
    }

    /** Distinct result ids of a topic whose last record is FINAL. */
    long finalResults(String topic) {
        return lastStatus.getOrDefault(topic, Map.of()).values().stream()
                .filter(ResultStatus.FINAL::matches)
                .count();
    }

    /** The same over the operators whose results have a schema. */
    long finalResults(Schema schema) {
        return config.operators().stream()
                .filter(operator -> operator.resultSchema().equals(schema))
                .mapToLong(operator -> finalResults(operator.output()))
                .sum();
    }

    long completeWindows() {
        return completeWindows.size();
    }

    long incompleteWindows() {
        return incompleteWindows.size();
    }

    long late() {
        return late;
    }

    long deadLetters() {
        return deadLetters;
    }

    /**
     * A percentile of the time from a window's last event being read to its FINAL result being committed and seen, in
     * ms.
     */
    long latency(double percentile) {
        if (latencies.isEmpty()) {
            return 0;
        }
        long[] sorted = latencies.stream().mapToLong(Long::longValue).toArray();
        Arrays.sort(sorted);
        return sorted[(int) Math.min(sorted.length - 1, Math.floor(percentile * sorted.length))];
    }

    @Override
    public void close() {
        consumer.close();
    }
}
