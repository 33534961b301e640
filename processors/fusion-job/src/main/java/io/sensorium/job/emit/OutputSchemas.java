package io.sensorium.job.emit;

import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineConfig.Captions;
import io.sensorium.job.config.PipelineConfig.EmitKey;
import io.sensorium.job.config.PipelineConfig.Onnx;
import io.sensorium.job.config.PipelineConfig.Operator;
import io.sensorium.job.config.PipelineConfig.Sentiment;
import io.sensorium.results.CaptionResult;
import io.sensorium.results.DeadLetter;
import io.sensorium.results.FusionResult;
import io.sensorium.results.IncompleteWindow;
import io.sensorium.results.LateEvent;
import io.sensorium.results.MatchResult;
import io.sensorium.results.ModerationDecision;
import io.sensorium.results.SentimentResult;
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
 */
public record OutputSchemas(Map<String, Integer> ids, EmitKey key) implements Serializable {

    /** Results keyed by subject. */
    public OutputSchemas(Map<String, Integer> ids) {
        this(ids, EmitKey.SUBJECT);
    }

    /** The schema of every topic that a pipeline writes. */
    public static Map<String, Schema> topics(PipelineConfig config) {
        Map<String, Schema> topics = new LinkedHashMap<>();
        for (Operator operator : config.operators()) {
            topics.put(operator.output(), operator instanceof Sentiment ? SentimentResult.getClassSchema()
                    : operator instanceof Onnx ? FusionResult.getClassSchema()
                    : operator instanceof Captions ? CaptionResult.getClassSchema() : MatchResult.getClassSchema());
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

    /** Registers the schemas under {@code <topic>-value}. @throws IOException when the registry refuses or fails */
    public static OutputSchemas register(PipelineConfig config, SchemaRegistry registry) throws IOException {
        Map<String, Integer> ids = new LinkedHashMap<>();
        for (Map.Entry<String, Schema> topic : topics(config).entrySet()) {
            ids.put(topic.getKey(), registry.register(topic.getKey() + "-value", topic.getValue().toString()));
        }
        return new OutputSchemas(ids, config.emit().key());
    }

    int id(String topic) {
        return ids.get(topic);
    }
}
