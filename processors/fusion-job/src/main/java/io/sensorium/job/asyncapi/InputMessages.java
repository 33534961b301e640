// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.asyncapi;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sensorium.events.AudioEvent;
import io.sensorium.events.ImageEvent;
import io.sensorium.events.TextEvent;
import io.sensorium.job.config.EventMapping;
import io.sensorium.job.config.EventMapping.Constant;
import io.sensorium.job.config.EventMapping.Encoding;
import io.sensorium.job.config.EventMapping.Field;
import io.sensorium.job.config.EventMapping.FirstOf;
import io.sensorium.job.config.EventMapping.Format;
import io.sensorium.job.config.EventMapping.Header;
import io.sensorium.job.config.EventMapping.Path;
import io.sensorium.job.config.EventMapping.Property;
import io.sensorium.job.config.EventMapping.TimeUnit;
import io.sensorium.job.config.Modality;
import io.sensorium.job.trace.StageTracer;
import io.sensorium.operators.pack.ModelKind;
import io.sensorium.pipeline.RegistryAccess;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** What a pipeline reads, as AsyncAPI messages: of a mapped topic, the fields that the mapping needs. Pure. */
final class InputMessages {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    /** A path of names alone, which is an object's field, within objects. */
    private static final Pattern NAMES = Pattern.compile("\\$(\\.[A-Za-z_][A-Za-z0-9_-]*)+");

    private static final List<String> OPTIONAL = List.of("content_type", "payload.model");

    private InputMessages() {}

    /**
     * The message of a modality.
     *
     * @param kind of the modality's encoder
     */
    static ObjectNode of(Modality modality, ModelKind kind, RegistryAccess registry) {
        ObjectNode message = NODES.objectNode().put("title", "An event of the modality " + modality.name() + ".");
        EventMapping mapping = modality.events();
        ObjectNode headers = message.putObject("headers").put("type", "object");
        ObjectNode known = headers.putObject("properties");
        text(known, StageTracer.HEADER, "W3C trace context, which is continued.");
        ObjectNode kafka = message.putObject("bindings").putObject("kafka");
        if (mapping == null) {
            message.put("contentType", Payloads.AVRO_CONTENT);
            message.set(
                    "payload",
                    Payloads.avro(
                            switch (kind) {
                                case TEXT_ENCODER -> TextEvent.getClassSchema();
                                case AUDIO_ENCODER -> AudioEvent.getClassSchema();
                                default -> ImageEvent.getClassSchema();
                            }));
            kafka.putObject("key")
                    .put("type", "string")
                    .put("description", "The subject_id, by convention; the pipeline uses the one in the value.");
            Payloads.schemaId(kafka, registry, modality.topic(), modality.schemaSubject());
            return message;
        }
        mapped(mapping, kind, message, headers, kafka);
        if (mapping.format().hasSchemaIds()) {
            Payloads.schemaId(kafka, registry, modality.topic(), modality.schemaSubject());
        }
        return message;
    }

    private static void mapped(
            EventMapping mapping, ModelKind kind, ObjectNode message, ObjectNode headers, ObjectNode kafka) {
        message.put("contentType", contentType(mapping, kind));
        StringBuilder fields = new StringBuilder("Where an event's fields are found:");
        mapping.fields().forEach((name, from) -> {
            fields.append(" ").append(name).append(" in ").append(from).append(";");
            if (name.equals("event_time")) {
                fields.insert(fields.length() - 1, unit(mapping));
            }
            if (from instanceof Header header) {
                text((ObjectNode) headers.get("properties"), header.name(), description(name, mapping));
                if (required(name)) {
                    headers.withArrayProperty("required").add(header.name());
                }
            } else if (from == Property.KEY) {
                key(kafka, "The event's " + name + ".");
            } else if (from instanceof FirstOf first && first.fields().contains(Property.KEY)) {
                key(
                        kafka,
                        "The event's " + name + ", if the record has no "
                                + first.fields().get(0) + ".");
            }
        });
        if (mapping.format() == Format.CLOUDEVENTS) {
            cloudEvent(headers);
        }
        String modes = mapping.format() == Format.CLOUDEVENTS
                ? "CloudEvents 1.0: in structured mode of this content type, in binary mode of their data's, with the "
                        + "attributes in headers ce_NAME. "
                : "";
        message.put("description", modes + fields.substring(0, fields.length() - 1) + ".");
        if (mapping.format() == Format.JSON || mapping.format() == Format.JSON_SCHEMA) {
            message.set("payload", Payloads.json(json(mapping, kind)));
        }
    }

    private static void key(ObjectNode kafka, String description) {
        kafka.putObject("key").put("type", "string").put("description", description);
    }

    /** The headers of both modes; which of them a record needs depends on its mode. */
    private static void cloudEvent(ObjectNode headers) {
        ObjectNode known = headers.withObjectProperty("properties");
        text(
                known,
                "content-type",
                "application/cloudevents+json in structured mode; in binary mode the media type of the data.");
        for (String name : List.of("id", "source", "specversion", "type")) {
            text(known, "ce_" + name, "The attribute " + name + ", required in binary mode.");
        }
        for (String name : List.of("subject", "time")) {
            text(known, "ce_" + name, "The attribute " + name + " in binary mode, optional.");
        }
        text(
                headers.withObjectProperty("patternProperties"),
                "^ce_[a-z0-9]+$",
                "An extension attribute in binary mode.");
    }

    /** How the event time is written, to follow where it is; empty for the record's timestamp. */
    private static String unit(EventMapping mapping) {
        if (mapping.eventTime().from() == Property.TIMESTAMP) {
            return "";
        }
        if (mapping.eventTime().from() instanceof FirstOf) {
            return " (time in RFC 3339)";
        }
        return switch (mapping.eventTime().as()) {
            case EPOCH_MILLIS -> " (milliseconds since the epoch)";
            case EPOCH_SECONDS -> " (seconds since the epoch)";
            case EPOCH_MICROS -> " (microseconds since the epoch)";
            case ISO_8601 -> " (ISO 8601 with an offset)";
        };
    }

    private static String description(String name, EventMapping mapping) {
        return "The event's " + name + (name.equals("event_time") ? unit(mapping) : "") + ".";
    }

    private static String contentType(EventMapping mapping, ModelKind kind) {
        if (mapping.format() == Format.BYTES) {
            return mapping.contentType() instanceof Constant constant
                    ? constant.text()
                    : kind == ModelKind.TEXT_ENCODER ? "text/plain" : "application/octet-stream";
        }
        return switch (mapping.format()) {
            case JSON, JSON_SCHEMA -> "application/json";
            case AVRO -> Payloads.AVRO_CONTENT;
            // In structured mode; in binary mode each record has its own.
            case CLOUDEVENTS -> "application/cloudevents+json";
            default -> "application/octet-stream";
        };
    }

    private static boolean required(String field) {
        return !OPTIONAL.contains(field) && !field.startsWith("attributes.");
    }

    /** An open object with the fields that the mapping needs. */
    private static ObjectNode json(EventMapping mapping, ModelKind kind) {
        ObjectNode root = NODES.objectNode().put("type", "object");
        for (Map.Entry<String, Field> entry : mapping.fields().entrySet()) {
            if (entry.getValue() instanceof Path path
                    && NAMES.matcher(path.path()).matches()) {
                ObjectNode parent = root;
                String[] names = path.path().substring(2).split("\\.");
                for (int i = 0; i < names.length; i++) {
                    if (required(entry.getKey())) {
                        require(parent, names[i]);
                    }
                    ObjectNode properties = parent.withObjectProperty("properties");
                    parent = properties.withObjectProperty(names[i]);
                    if (i < names.length - 1) {
                        parent.put("type", "object");
                    }
                }
                field(entry.getKey(), mapping, kind, parent);
            }
        }
        return root;
    }

    private static void require(ObjectNode parent, String name) {
        ArrayNode required = parent.withArrayProperty("required");
        for (int i = 0; i < required.size(); i++) {
            if (required.get(i).textValue().equals(name)) {
                return;
            }
        }
        required.add(name);
    }

    private static void field(String name, EventMapping mapping, ModelKind kind, ObjectNode leaf) {
        leaf.put("description", description(name, mapping));
        if (name.equals("event_time")) {
            if (mapping.eventTime().as() == TimeUnit.ISO_8601) {
                leaf.put("type", "string").put("format", "date-time");
            } else {
                leaf.putArray("type").add("number").add("string");
            }
        } else if (name.equals("payload")) {
            Encoding as = mapping.payload().as();
            if (as == Encoding.EMBEDDING) {
                leaf.put("type", "array").putObject("items").put("type", "number");
            } else {
                leaf.put("type", "string");
            }
            if (as == Encoding.BASE64 || as == null && kind != ModelKind.TEXT_ENCODER) {
                leaf.put("contentEncoding", "base64");
            }
        } else if (!name.startsWith("attributes.")) {
            leaf.putArray("type").add("string").add("number").add("boolean");
        }
    }

    private static void text(ObjectNode properties, String name, String description) {
        properties.putObject(name).put("type", "string").put("description", description);
    }
}
