// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.records;

import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineConfig.EmitKey;
import io.sensorium.job.operator.Operator;
import io.sensorium.results.DeadLetter;
import io.sensorium.results.IncompleteWindow;
import io.sensorium.results.LateEvent;
import io.sensorium.results.ModerationDecision;
import io.sensorium.results.ShadowResult;
import io.sensorium.schemas.SchemaRegistry;
import java.io.IOException;
import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.avro.Schema;

/**
 * What makes a record of each output topic.
 *
 * @param ids registry ids of the topics' schemas, by topic
 * @param key what results are keyed by
 * @param limits largest record of a topic, in bytes, by topic; a topic without one takes {@link #MAX_RECORD_BYTES}
 */
public record OutputSchemas(Map<String, Integer> ids, EmitKey key, Map<String, Integer> limits)
        implements Serializable {

    /** Largest record that is produced, in bytes. */
    public static final int MAX_RECORD_BYTES = 16 << 20;

    /** What Kafka adds to key and value at most: the headers of batch and record, and this project's own headers. */
    private static final int OVERHEAD_BYTES = 512;

    /** Results keyed by subject. */
    public OutputSchemas(Map<String, Integer> ids) {
        this(ids, EmitKey.SUBJECT, Map.of());
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

    /** {@link #register(PipelineConfig, SchemaRegistry, Map)} where every topic takes the largest record. */
    public static OutputSchemas register(PipelineConfig config, SchemaRegistry registry) throws IOException {
        return register(config, registry, Map.of());
    }

    /**
     * Registers the schemas under {@code <topic>-value}.
     *
     * @param limits of the topics, in bytes, as far as they are known
     * @throws IOException when the registry refuses or fails
     */
    public static OutputSchemas register(PipelineConfig config, SchemaRegistry registry, Map<String, Integer> limits)
            throws IOException {
        Map<String, Integer> ids = new LinkedHashMap<>();
        for (Map.Entry<String, Schema> topic : topics(config).entrySet()) {
            ids.put(
                    topic.getKey(),
                    registry.register(
                            topic.getKey() + "-value", topic.getValue().toString()));
        }
        int request = Integer.parseInt(
                config.kafka().properties().getOrDefault("max.request.size", Integer.toString(MAX_RECORD_BYTES)));
        Map<String, Integer> taken = new LinkedHashMap<>();
        ids.keySet()
                .forEach(topic -> taken.put(topic, Math.min(request, limits.getOrDefault(topic, MAX_RECORD_BYTES))));
        return new OutputSchemas(ids, config.emit().key(), taken);
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
        return OVERHEAD_BYTES + (record.key() == null ? 0 : record.key().length) + record.value().length
                <= limit(record.topic());
    }

    int id(String topic) {
        return ids.get(topic);
    }
}
