// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import io.sensorium.results.IncompleteWindow;
import io.sensorium.results.InputReference;
import io.sensorium.results.SentimentResult;
import io.sensorium.schemas.ConfluentSchemaRegistry;
import io.sensorium.schemas.WireFormatDecoder;
import io.sensorium.schemas.WireFormatException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** The committed results of a pipeline with one sentiment operator, read by one consumer. For one thread. */
final class CommittedResults implements AutoCloseable {

    interface Condition {
        boolean holds() throws Exception;
    }

    final Map<String, List<String>> byId = new HashMap<>();
    int late;
    int deadLetters;
    private final TestTopics topics;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final WireFormatDecoder<SentimentResult> sentiments;
    private final WireFormatDecoder<IncompleteWindow> incompletes;
    private int highest = -1;

    CommittedResults(TestTopics topics, String registry, Map<String, Object> client) {
        this.topics = topics;
        Map<String, Object> properties = new HashMap<>(client);
        properties.putAll(Map.of(
                "isolation.level",
                "read_committed",
                "auto.offset.reset",
                "earliest",
                "default.api.timeout.ms",
                "120000"));
        consumer = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        sentiments =
                WireFormatDecoder.of(SentimentResult.getClassSchema(), new ConfluentSchemaRegistry(registry, Map.of()));
        incompletes = WireFormatDecoder.of(
                IncompleteWindow.getClassSchema(), new ConfluentSchemaRegistry(registry, Map.of()));
        List<TopicPartition> all =
                List.of("results.sentiment", "results.incomplete", "media.late", "media.dead-letters").stream()
                        .flatMap(topic -> consumer.partitionsFor(topics.prefix + topic).stream())
                        .map(info -> new TopicPartition(info.topic(), info.partition()))
                        .toList();
        consumer.assign(all);
        consumer.seekToBeginning(all);
    }

    void poll() throws IOException, WireFormatException {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
            String topic = record.topic().substring(topics.prefix.length());
            switch (topic) {
                case "results.sentiment" -> add(sentiments.decode(record.value()));
                case "results.incomplete" -> {
                    IncompleteWindow window = incompletes.decode(record.value());
                    if (window.getOperator().isEmpty()) {
                        add(window);
                    }
                }
                case "media.late" -> late++;
                default -> deadLetters++;
            }
        }
    }

    @SuppressWarnings("unchecked") // the shared fields of every result
    private void add(SpecificRecordBase record) {
        if (((String) record.get("subject_id")).startsWith("closer-")) {
            return;
        }
        List<InputReference> inputs = (List<InputReference>) record.get("inputs");
        byId.computeIfAbsent((String) record.get("result_id"), id -> new ArrayList<>())
                .add(record.get("subject_id") + " " + record.get("status") + " " + record.get("revision") + " "
                        + inputs.stream().map(InputReference::getEventId).toList());
        highest = Math.max(highest, Integer.parseInt(((String) record.get("subject_id")).substring(1)));
    }

    int count() {
        return byId.size();
    }

    /** Of the subjects that have a result, the one that was sent last. */
    int highest() {
        return highest;
    }

    @Override
    public void close() {
        consumer.close();
    }
}
