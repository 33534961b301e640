// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.asyncapi;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sensorium.bank.BankEntry;
import io.sensorium.job.config.Modality;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.models.PipelineModels;
import io.sensorium.job.operator.Operator;
import io.sensorium.job.records.OutputSchemas;
import io.sensorium.results.Rollup;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.avro.Schema;

/**
 * A pipeline's input and output topics as an AsyncAPI 3.0 document: servers, channels, messages with their keys,
 * headers and payloads, and what the pipeline does with them. It has no secrets. Pure.
 */
public final class AsyncApiDocument {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final String BINDING_VERSION = "0.5.0";

    private final PipelineConfig config;
    private final ObjectNode channels = NODES.objectNode();
    private final ObjectNode operations = NODES.objectNode();
    private final ObjectNode messages = NODES.objectNode();

    private AsyncApiDocument(PipelineConfig config) {
        this.config = config;
    }

    /**
     * The document of a pipeline.
     *
     * @param models of the pipeline, whose encoders determine what events are
     * @param version of this project
     */
    public static ObjectNode of(PipelineConfig config, PipelineModels models, String version) {
        AsyncApiDocument document = new AsyncApiDocument(config);
        document.inputs(models);
        document.bank();
        document.outputs();
        ObjectNode root = NODES.objectNode().put("asyncapi", "3.0.0");
        root.putObject("info")
                .put("title", config.pipeline())
                .put("version", version)
                .put(
                        "description",
                        "The topics of a Sensorium pipeline. Results of a checkpoint appear together: read with "
                                + "isolation.level=read_committed.");
        root.set("servers", Servers.of(config));
        root.set("channels", document.channels);
        root.set("operations", document.operations);
        root.putObject("components").set("messages", document.messages);
        return root;
    }

    private void inputs(PipelineModels models) {
        Map<String, ObjectNode> byTopic = new LinkedHashMap<>();
        for (int i = 0; i < config.modalities().size(); i++) {
            Modality modality = config.modalities().get(i);
            if (modality.isDerived()) {
                continue;
            }
            ObjectNode channel = byTopic.computeIfAbsent(
                    modality.topic(), topic -> channel(topic, "Events that the pipeline reads.", "receive"));
            message(
                    channel,
                    modality.topic(),
                    modality.name() + "-event",
                    InputMessages.of(
                            modality, models.encoders().get(i).manifest().kind(), config.registry()));
        }
    }

    private void outputs() {
        for (Map.Entry<String, Schema> topic : OutputSchemas.topics(config).entrySet()) {
            output(topic.getKey(), topic.getValue(), description(topic.getKey()));
        }
        String rollups = config.rollup().output();
        compacted(output(rollups, Rollup.getClassSchema(), "Roll-ups of results, where `./sensorium rollup` runs."));
    }

    private void bank() {
        if (!config.bank().on()) {
            return;
        }
        String topic = config.bank().topic();
        ObjectNode channel = channel(topic, "The bank of known content that events are compared with.", "receive");
        message(channel, topic, topic + "." + BankEntry.getClassSchema().getName(), new BankMessage(config).of());
        compacted(channel);
    }

    private static void compacted(ObjectNode channel) {
        channel.withObjectProperty("bindings")
                .withObjectProperty("kafka")
                .putObject("topicConfiguration")
                .putArray("cleanup.policy")
                .add("compact");
    }

    private ObjectNode output(String topic, Schema schema, String description) {
        ObjectNode channel = channel(topic, description, "send");
        // Two operators of a type have messages of the same schema.
        String name = topic + "." + schema.getName();
        message(channel, topic, name, new OutputMessages(config).of(topic, schema));
        return channel;
    }

    private String description(String topic) {
        for (Operator operator : config.operators()) {
            if (operator.output().equals(topic)) {
                return "Results of the operator " + operator.key() + ".";
            }
        }
        return topic.equals(config.sideTopics().incomplete())
                ? "Windows that closed without the modalities that alignment requires or an operator needs."
                : topic.equals(config.sideTopics().late())
                        ? "Events that were too late for all of their windows."
                        : topic.equals(config.sideTopics().deadLetters())
                                ? "Records that failed, each with its code."
                                : topic.equals(config.sideTopics().shadow())
                                        ? "Results of a rollout's shadow models."
                                        : "Decisions of the moderation rules.";
    }

    /** @param action the pipeline's own: receive or send */
    private ObjectNode channel(String topic, String description, String action) {
        ObjectNode channel = NODES.objectNode().put("address", topic).put("description", description);
        channel.putObject("messages");
        channel.putObject("bindings").putObject("kafka").put("topic", topic).put("bindingVersion", BINDING_VERSION);
        channels.set(topic, channel);
        operations
                .putObject(action + "." + topic)
                .put("action", action)
                .putObject("channel")
                .put("$ref", "#/channels/" + topic);
        return channel;
    }

    private void message(ObjectNode channel, String topic, String name, ObjectNode message) {
        message.withObjectProperty("bindings").withObjectProperty("kafka").put("bindingVersion", BINDING_VERSION);
        messages.set(name, message.put("name", name));
        channel.withObjectProperty("messages").putObject(name).put("$ref", "#/components/messages/" + name);
        operations
                .withObjectProperty(operations.has("receive." + topic) ? "receive." + topic : "send." + topic)
                .withArrayProperty("messages")
                .addObject()
                .put("$ref", "#/channels/" + topic + "/messages/" + name);
    }
}
