// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.config;

import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * How the records of a topic are read as events.
 *
 * @param eventId identifies copies of one event
 * @param subjectId what the event is about
 * @param contentType a media type; null where the first bytes decide
 * @param attributes by the name that they get
 */
public record EventMapping(
        Format format,
        Field eventId,
        Field subjectId,
        Time eventTime,
        Payload payload,
        Field contentType,
        Map<String, Field> attributes)
        implements Serializable {

    /** The message about a record's payload, with where the mapping finds it. */
    public String ofPayload(String message) {
        return "payload (" + payload.from() + "): " + message;
    }

    /** Every field by its key below {@code event}. */
    public Map<String, Field> fields() {
        Map<String, Field> fields = new LinkedHashMap<>();
        fields.put("event_id", eventId);
        fields.put("subject_id", subjectId);
        fields.put("event_time", eventTime.from());
        fields.put("payload", payload.from());
        if (payload.model() != null) {
            fields.put("payload.model", payload.model());
        }
        if (contentType != null) {
            fields.put("content_type", contentType);
        }
        attributes.forEach((name, field) -> fields.put("attributes." + name, field));
        return fields;
    }

    /** What a record's value is. */
    public enum Format {
        /** Avro of any schema in the Confluent wire format. */
        AVRO,
        /** JSON in UTF-8. */
        JSON,
        /** JSON in the Confluent wire format: magic byte, schema id, JSON. */
        JSON_SCHEMA,
        /** Protobuf in the Confluent wire format. */
        PROTOBUF,
        /** CloudEvents in binary or, as JSON, structured mode. */
        CLOUDEVENTS,
        /** The image, recording or text itself. */
        BYTES;

        /** Whether each record has the id of a schema in the registry. */
        public boolean hasSchemaIds() {
            return this == AVRO || this == JSON_SCHEMA || this == PROTOBUF;
        }
    }

    /** Where a field's value is found. */
    public sealed interface Field extends Serializable {}

    /** A JSONPath into the value. */
    public record Path(String path) implements Field {
        @Override
        public String toString() {
            return path;
        }
    }

    /** The record header of a name, as UTF-8. */
    public record Header(String name) implements Field {
        @Override
        public String toString() {
            return "header." + name;
        }
    }

    /** The same text for every record. */
    public record Constant(String text) implements Field {
        @Override
        public String toString() {
            return text;
        }
    }

    /** The first that a record has. */
    public record FirstOf(List<Field> fields) implements Field {
        @Override
        public String toString() {
            return fields.stream().map(Field::toString).collect(Collectors.joining(" or "));
        }
    }

    /** A CloudEvent's source and id together, which no other CloudEvent has. */
    public record SourceAndId() implements Field {
        @Override
        public String toString() {
            return "$.source and $.id";
        }
    }

    /** A part of the record itself. */
    public enum Property implements Field {
        KEY,
        VALUE,
        TOPIC,
        PARTITION,
        OFFSET,
        TIMESTAMP,
        /** Topic, partition and offset together, which no other record has. */
        COORDINATES;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** How a time is written. */
    public enum TimeUnit {
        EPOCH_MILLIS,
        EPOCH_SECONDS,
        EPOCH_MICROS,
        ISO_8601
    }

    /** The event time. */
    public record Time(Field from, TimeUnit as) implements Serializable {}

    /** How the media are written. */
    public enum Encoding {
        BYTES,
        BASE64,
        DATA_URL,
        TEXT,
        URI,
        EMBEDDING
    }

    /**
     * The media, a reference to them or their embedding.
     *
     * @param as null for what the modality's encoder takes
     * @param model of an embedding; null for the modality's own
     */
    public record Payload(Field from, Encoding as, Field model) implements Serializable {}
}
