// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest.format;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.BinaryNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import com.jayway.jsonpath.Configuration;
import com.jayway.jsonpath.JsonPath;
import com.jayway.jsonpath.Option;
import com.jayway.jsonpath.spi.json.JacksonJsonNodeJsonProvider;
import io.sensorium.job.config.EventMapping.Constant;
import io.sensorium.job.config.EventMapping.Field;
import io.sensorium.job.config.EventMapping.FirstOf;
import io.sensorium.job.config.EventMapping.Header;
import io.sensorium.job.config.EventMapping.Path;
import io.sensorium.job.config.EventMapping.Property;
import io.sensorium.job.config.EventMapping.SourceAndId;
import io.sensorium.job.records.Coordinates;
import io.sensorium.job.records.FailureCode;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/** Finds the values of mapped fields in records. For one thread. */
final class FieldValues {

    private static final Configuration JSON_PATH = Configuration.builder()
            .jsonProvider(new JacksonJsonNodeJsonProvider())
            .options(Option.SUPPRESS_EXCEPTIONS)
            .build();

    private static final ObjectWriter JSON = JsonMapper.builder()
            .addModule(new SimpleModule().addSerializer(Instant.class, ToStringSerializer.instance))
            .build()
            .writer();

    private final Map<String, JsonPath> paths = new HashMap<>();

    /**
     * A field's value in a record.
     *
     * @param tree of the record's value; null where its format has no fields
     * @return null where there is none
     * @throws UnmappedRecordException where there are several
     */
    JsonNode find(String key, Field field, Coordinates record, JsonNode tree) throws UnmappedRecordException {
        if (field instanceof Path path) {
            return tree == null ? null : atPath(key, path, tree);
        }
        if (field instanceof Header header) {
            return bytes(record.headers().get(header.name()));
        }
        if (field instanceof Constant constant) {
            return TextNode.valueOf(constant.text());
        }
        if (field instanceof FirstOf first) {
            for (Field each : first.fields()) {
                JsonNode value = find(key, each, record, tree);
                if (value != null) {
                    return value;
                }
            }
            return null;
        }
        if (field instanceof SourceAndId) {
            // A source is a URI reference, which has no spaces.
            return TextNode.valueOf(
                    tree.path("source").textValue() + " " + tree.path("id").textValue());
        }
        return switch ((Property) field) {
            case KEY -> bytes(record.key());
            case VALUE -> tree == null ? bytes(record.value()) : tree;
            case TOPIC -> TextNode.valueOf(record.topic());
            case PARTITION -> IntNode.valueOf(record.partition());
            case OFFSET -> LongNode.valueOf(record.offset());
            case TIMESTAMP -> LongNode.valueOf(record.timestamp());
            case COORDINATES -> TextNode.valueOf(record.topic() + "-" + record.partition() + "-" + record.offset());
        };
    }

    private static JsonNode bytes(byte[] bytes) {
        return bytes == null ? null : BinaryNode.valueOf(bytes);
    }

    private JsonNode atPath(String key, Path path, JsonNode tree) throws UnmappedRecordException {
        JsonPath compiled = paths.computeIfAbsent(path.path(), JsonPath::compile);
        JsonNode found = compiled.read(tree, JSON_PATH);
        if (!compiled.isDefinite() && found != null) {
            if (found.size() > 1) {
                throw new UnmappedRecordException(
                        FailureCode.INVALID_EVENT,
                        key + " (" + path + ") matches " + found.size()
                                + " values, expected one; map a path to one value");
            }
            found = found.get(0);
        }
        return found == null || found.isNull() ? null : found;
    }

    /**
     * A field's value as text.
     *
     * @throws UnmappedRecordException where there is none, or it is none
     */
    String text(String key, Field field, Coordinates record, JsonNode tree) throws UnmappedRecordException {
        JsonNode value = find(key, field, record, tree);
        if (value == null) {
            throw missing(key, field);
        }
        return text(key, field, value);
    }

    /** An object or a list as JSON, with times in ISO 8601. */
    static String json(JsonNode value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a decoded value cannot be written as JSON", e);
        }
    }

    /**
     * A value as text.
     *
     * @throws UnmappedRecordException where it is none
     */
    static String text(String key, Field field, JsonNode value) throws UnmappedRecordException {
        if (value instanceof BinaryNode binary) {
            try {
                return StandardCharsets.UTF_8
                        .newDecoder()
                        .decode(ByteBuffer.wrap(binary.binaryValue()))
                        .toString();
            } catch (CharacterCodingException e) {
                throw new UnmappedRecordException(
                        FailureCode.INVALID_EVENT, key + " (" + field + ") is not text in UTF-8");
            }
        }
        if (value.isContainerNode()) {
            throw new UnmappedRecordException(
                    FailureCode.INVALID_EVENT,
                    key + " (" + field + ") is " + (value.isObject() ? "an object" : "a list")
                            + ", expected one value; map a path to a value in it");
        }
        return whole(key, field, value.asText());
    }

    /**
     * A text as it is.
     *
     * @throws UnmappedRecordException where it has half of a surrogate pair, as JSON can: written as UTF-8 that is
     *     lost, and ids that differ in it become the same
     */
    static String whole(String key, Field field, String text) throws UnmappedRecordException {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                if (!Character.isHighSurrogate(text.charAt(i))
                        || i + 1 == text.length()
                        || !Character.isLowSurrogate(text.charAt(i + 1))) {
                    throw new UnmappedRecordException(
                            FailureCode.INVALID_EVENT,
                            key + " (" + field + ") has half of a surrogate pair at character " + i
                                    + ", expected whole characters; correct the producer, which may have cut the text");
                }
                i++;
            }
        }
        return text;
    }

    /** What is wrong with a record that does not have a field. */
    static UnmappedRecordException missing(String key, Field field) {
        return new UnmappedRecordException(
                FailureCode.INVALID_EVENT,
                field == Property.KEY
                        ? key + " (key) is missing: the record has no key; map a field that it has"
                        : key + " (" + field + ") matches nothing in the record; map a field that it has");
    }
}
