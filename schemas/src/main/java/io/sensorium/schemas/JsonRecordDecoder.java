// SPDX-License-Identifier: Apache-2.0
package io.sensorium.schemas;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Conversion;
import org.apache.avro.Conversions;
import org.apache.avro.Schema;
import org.apache.avro.generic.IndexedRecord;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;

/**
 * Reads what {@link JsonRecordEncoder} writes. Fields that the record's schema does not have are passed over; missing
 * ones have their defaults, so that records of older and newer releases can be read. For one thread.
 *
 * @param <T> the generated record class
 */
final class JsonRecordDecoder<T extends SpecificRecord> {

    private static final ObjectReader JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build()
            .readerFor(JsonNode.class);

    private final Schema schema;
    private final SpecificData data;

    JsonRecordDecoder(Schema schema) {
        this.schema = schema;
        this.data = SpecificData.getForSchema(schema);
    }

    /**
     * Decodes one value.
     *
     * @param start where the JSON begins
     * @throws WireFormatException when it is not JSON, or not of the schema
     */
    @SuppressWarnings("unchecked") // as the schema has it
    T decode(byte[] value, int start) throws WireFormatException {
        JsonNode tree;
        try {
            tree = JSON.readTree(value, start, value.length - start);
        } catch (IOException e) {
            throw new WireFormatException("not a " + schema.getName() + " in JSON: " + e.getMessage(), e);
        }
        return (T) read(schema, tree, schema.getName());
    }

    private Object read(Schema type, JsonNode node, String path) throws WireFormatException {
        if (type.getType() == Schema.Type.UNION) {
            WireFormatException why = unexpected(type, node, path, null);
            for (Schema branch : type.getTypes()) {
                try {
                    if (takes(branch, node)) {
                        return read(branch, node, path);
                    }
                } catch (WireFormatException e) {
                    // Another record of the union may have these fields.
                    why = e;
                }
            }
            throw why;
        }
        if (!takes(type, node)) {
            throw unexpected(type, node, path, null);
        }
        try {
            Object raw = raw(type, node, path);
            Conversion<?> conversion =
                    type.getLogicalType() == null ? null : data.getConversionFor(type.getLogicalType());
            return conversion == null
                    ? raw
                    : Conversions.convertToLogicalType(raw, type, type.getLogicalType(), conversion);
        } catch (IOException | RuntimeException e) {
            throw unexpected(type, node, path, e);
        }
    }

    private Object raw(Schema type, JsonNode node, String path) throws WireFormatException, IOException {
        return switch (type.getType()) {
            case RECORD -> record(type, node, path);
            case MAP -> {
                Map<String, Object> map = new LinkedHashMap<>();
                for (Iterator<Map.Entry<String, JsonNode>> entries = node.fields(); entries.hasNext(); ) {
                    Map.Entry<String, JsonNode> entry = entries.next();
                    map.put(entry.getKey(), read(type.getValueType(), entry.getValue(), path + "." + entry.getKey()));
                }
                yield map;
            }
            case ARRAY -> {
                List<Object> list = new ArrayList<>(node.size());
                for (JsonNode item : node) {
                    list.add(read(type.getElementType(), item, path + "[" + list.size() + "]"));
                }
                yield list;
            }
            case BYTES -> ByteBuffer.wrap(node.binaryValue());
            case FIXED -> data.createFixed(null, node.binaryValue(), type);
            case ENUM -> data.createEnum(node.textValue(), type);
            case STRING -> node.textValue();
            case INT -> node.intValue();
            case LONG -> node.longValue();
            case FLOAT -> (float) number(node);
            case DOUBLE -> number(node);
            case BOOLEAN -> node.booleanValue();
            case NULL, UNION -> null;
        };
    }

    private static double number(JsonNode node) {
        if (node.isNull()) {
            return Double.NaN;
        }
        return node.isTextual() ? Double.parseDouble(node.textValue()) : node.doubleValue();
    }

    private Object record(Schema type, JsonNode node, String path) throws WireFormatException {
        IndexedRecord record = (IndexedRecord) data.newRecord(null, type);
        for (Schema.Field field : type.getFields()) {
            JsonNode found = node.get(field.name());
            String name = path + "." + field.name();
            if (found == null && !field.hasDefaultValue()) {
                throw new WireFormatException("not a " + schema.getName() + " in JSON: " + name + " is missing");
            }
            record.put(field.pos(), found == null ? data.getDefaultValue(field) : read(field.schema(), found, name));
        }
        return record;
    }

    /** Whether a node may be a value of a type, by its kind alone. */
    private static boolean takes(Schema type, JsonNode node) {
        return switch (type.getType()) {
            case RECORD, MAP -> node.isObject();
            case ARRAY -> node.isArray();
            case STRING, BYTES, FIXED, ENUM -> node.isTextual();
            case INT -> node.isIntegralNumber() && node.canConvertToInt();
            case LONG -> node.isIntegralNumber() && node.canConvertToLong();
            // JSON has no numbers that are not finite; earlier releases wrote their names.
            case FLOAT, DOUBLE ->
                node.isNumber() || node.isNull() || node.isTextual() && NOT_FINITE.contains(node.textValue());
            case BOOLEAN -> node.isBoolean();
            case NULL -> node.isNull();
            case UNION -> type.getTypes().stream().anyMatch(branch -> takes(branch, node));
        };
    }

    private static final List<String> NOT_FINITE = List.of("NaN", "Infinity", "-Infinity");

    private WireFormatException unexpected(Schema type, JsonNode node, String path, Exception cause) {
        return cause instanceof WireFormatException
                ? (WireFormatException) cause
                : new WireFormatException(
                        "not a " + schema.getName() + " in JSON: " + path + " is of kind "
                                + node.getNodeType() + ", expected " + type.getType()
                                + (cause == null ? "" : " (" + cause.getMessage() + ")"),
                        cause);
    }
}
