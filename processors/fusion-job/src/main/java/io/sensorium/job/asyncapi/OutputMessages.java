// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.asyncapi;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineConfig.EmitKey;
import io.sensorium.job.emit.ResultSink;
import io.sensorium.job.records.DeadLetters;
import io.sensorium.job.trace.StageTracer;
import io.sensorium.pipeline.OutputFormat;
import io.sensorium.schemas.JsonSchemas;
import org.apache.avro.Schema;

/** What a pipeline writes, as AsyncAPI messages. Pure. */
final class OutputMessages {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final PipelineConfig config;

    OutputMessages(PipelineConfig config) {
        this.config = config;
    }

    /**
     * The message of a topic.
     *
     * @param schema of its records
     */
    ObjectNode of(String topic, Schema schema) {
        OutputFormat format = config.emit().format();
        ObjectNode message = NODES.objectNode();
        if (schema.getDoc() != null) {
            message.put("summary", schema.getDoc());
        }
        message.put("contentType", format == OutputFormat.AVRO ? Payloads.AVRO_CONTENT : "application/json");
        message.set("headers", headers(topic));
        message.set(
                "payload", format == OutputFormat.AVRO ? Payloads.avro(schema) : Payloads.json(JsonSchemas.of(schema)));
        ObjectNode kafka = message.putObject("bindings").putObject("kafka");
        kafka.putObject("key").put("type", "string").put("description", key(topic, schema));
        if (format != OutputFormat.JSON) {
            Payloads.schemaId(kafka, config.registry(), topic, topic + "-value");
        }
        return message;
    }

    private String key(String topic, Schema schema) {
        return topic.equals(config.sideTopics().deadLetters())
                ? "The failed record's key, as it was; of failures after encoding the subject_id. May be missing."
                : topic.equals(config.rollup().output())
                        ? "WINDOW|START|GROUP"
                        : config.emit().key() == EmitKey.RESULT_ID && schema.getField("result_id") != null
                                ? "The result_id."
                                : "The subject_id.";
    }

    private ObjectNode headers(String topic) {
        ObjectNode headers = NODES.objectNode().put("type", "object");
        ObjectNode properties = headers.putObject("properties");
        boolean deadLetters = topic.equals(config.sideTopics().deadLetters());
        if (!topic.equals(config.rollup().output()) && !deadLetters) {
            text(properties, ResultSink.READ_AT_HEADER, "When the last input was read, in ms since the epoch.")
                    .put("pattern", "^[0-9]+$");
        }
        if (!topic.equals(config.rollup().output()) && config.runtime().tracing()) {
            text(properties, StageTracer.HEADER, "W3C trace context of an input that had one.");
        }
        if (deadLetters) {
            DeadLetters.HEADERS.forEach((name, description) -> text(properties, name, description));
            DeadLetters.COORDINATES_HEADERS.keySet().forEach(headers.withArrayProperty("required")::add);
        }
        return headers.put("additionalProperties", false);
    }

    private static ObjectNode text(ObjectNode properties, String name, String description) {
        return properties.putObject(name).put("type", "string").put("description", description);
    }
}
