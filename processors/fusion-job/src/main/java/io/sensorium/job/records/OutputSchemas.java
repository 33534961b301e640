// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.records;

import io.sensorium.job.config.Modality;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineConfig.EmitKey;
import io.sensorium.job.operator.Operator;
import io.sensorium.pipeline.OutputFormat;
import io.sensorium.results.DeadLetter;
import io.sensorium.results.IncompleteWindow;
import io.sensorium.results.LateEvent;
import io.sensorium.results.ModerationDecision;
import io.sensorium.results.ShadowResult;
import io.sensorium.schemas.JsonRecordEncoder;
import io.sensorium.schemas.JsonSchemas;
import io.sensorium.schemas.RecordEncoder;
import io.sensorium.schemas.SchemaRegistry;
import io.sensorium.schemas.WireFormatEncoder;
import java.io.IOException;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificRecord;

/**
 * What makes a record of each output topic.
 *
 * @param format of the values
 * @param ids registry ids of the topics' schemas, by topic; empty where the format has none
 * @param idBytes length of an id in a record
 * @param key what results are keyed by
 * @param limits largest record of a topic, in bytes, by topic; a topic without one takes {@link #MAX_RECORD_BYTES}
 */
public record OutputSchemas(
        OutputFormat format, Map<String, Integer> ids, int idBytes, EmitKey key, Map<String, Integer> limits)
        implements Serializable {

    /** Largest record that is produced, in bytes. */
    public static final int MAX_RECORD_BYTES = 16 << 20;

    /** What Kafka adds to key and value at most: the headers of batch and record, and those of every record's own. */
    private static final int OVERHEAD_BYTES = 512;

    /** The lengths of a header's name and value. */
    private static final int HEADER_BYTES = 4;

    /** Results in Avro with Confluent's ids, keyed by subject. */
    public OutputSchemas(Map<String, Integer> ids) {
        this(ids, EmitKey.SUBJECT, Map.of());
    }

    /** Results in Avro with Confluent's ids. */
    public OutputSchemas(Map<String, Integer> ids, EmitKey key, Map<String, Integer> limits) {
        this(OutputFormat.AVRO, ids, Integer.BYTES, key, limits);
    }

    /** The schema of every topic that a pipeline writes. */
    public static Map<String, Schema> topics(PipelineConfig config) {
        Map<String, Schema> topics = new LinkedHashMap<>();
        for (Operator operator : config.operators()) {
            topics.put(operator.output(), operator.resultSchema());
        }
        topics.put(config.sideTopics().incomplete(), IncompleteWindow.getClassSchema());
        topics.put(config.sideTopics().late(), LateEvent.getClassSchema());
        topics.put(config.sideTopics().deadLetters(), DeadLetter.getClassSchema());
        if (config.rollout().on()) {
            topics.put(config.sideTopics().shadow(), ShadowResult.getClassSchema());
        }
        if (config.moderation().on()) {
            topics.put(config.moderation().output(), ModerationDecision.getClassSchema());
        }
        return topics;
    }

    /** Whether a pipeline reads or writes a topic with schemas in the registry. */
    public static boolean needRegistry(PipelineConfig config) {
        return config.emit().format() != OutputFormat.JSON
                || config.bank().on() && config.bank().format() != OutputFormat.JSON
                || config.modalities().stream()
                        .map(Modality::events)
                        .anyMatch(events -> events == null || events.format().hasSchemaIds());
    }

    /** {@link #register(PipelineConfig, SchemaRegistry, Map)} where every topic takes the largest record. */
    public static OutputSchemas register(PipelineConfig config, SchemaRegistry registry) throws IOException {
        return register(config, registry, Map.of());
    }

    /**
     * Registers the schemas under {@code <topic>-value}, where the format has any.
     *
     * @param limits of the topics, in bytes, as far as they are known
     * @throws IOException when the registry refuses or fails
     */
    public static OutputSchemas register(PipelineConfig config, SchemaRegistry registry, Map<String, Integer> limits)
            throws IOException {
        OutputFormat format = config.emit().format();
        Map<String, Schema> topics = topics(config);
        Map<String, Integer> ids = new LinkedHashMap<>();
        for (Map.Entry<String, Schema> topic : topics.entrySet()) {
            String subject = topic.getKey() + "-value";
            switch (format) {
                case AVRO ->
                    ids.put(
                            topic.getKey(),
                            registry.register(subject, topic.getValue().toString()));
                case JSON_SCHEMA ->
                    ids.put(
                            topic.getKey(),
                            registry.registerJson(
                                    subject, JsonSchemas.of(topic.getValue()).toString()));
                case JSON -> {
                    // No consumer needs a registry.
                }
            }
        }
        int request = Integer.parseInt(
                config.kafka().properties().getOrDefault("max.request.size", Integer.toString(MAX_RECORD_BYTES)));
        Map<String, Integer> taken = new LinkedHashMap<>();
        topics.keySet()
                .forEach(topic -> taken.put(topic, Math.min(request, limits.getOrDefault(topic, MAX_RECORD_BYTES))));
        return new OutputSchemas(format, ids, registry.idBytes(), config.emit().key(), taken);
    }

    /** Largest record of a topic, in bytes. */
    public int limit(String topic) {
        return Math.min(MAX_RECORD_BYTES, limits.getOrDefault(topic, MAX_RECORD_BYTES));
    }

    /**
     * Whether its topic takes a record. The one measure of every record that leaves the job; compression is not counted
     * on.
     */
    public boolean fits(OutputRecord record) {
        int headers = 0;
        for (Map.Entry<String, String> header : record.headers().entrySet()) {
            headers +=
                    HEADER_BYTES + header.getKey().length() + header.getValue().getBytes(StandardCharsets.UTF_8).length;
        }
        return OVERHEAD_BYTES + headers + (record.key() == null ? 0 : record.key().length) + record.value().length
                <= limit(record.topic());
    }

    /** What makes the values of a topic's records. */
    <T extends SpecificRecord> RecordEncoder<T> encoder(String topic, Schema schema) {
        return switch (format) {
            case AVRO -> new WireFormatEncoder<>(schema, ids.get(topic), idBytes);
            case JSON -> JsonRecordEncoder.plain(schema);
            case JSON_SCHEMA -> JsonRecordEncoder.wireFormat(schema, ids.get(topic), idBytes);
        };
    }
}
