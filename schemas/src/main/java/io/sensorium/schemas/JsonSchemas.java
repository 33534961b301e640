// SPDX-License-Identifier: Apache-2.0
package io.sensorium.schemas;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;

/**
 * JSON Schemas (draft 7) of what {@link JsonRecordEncoder} writes. Objects are closed and fields with a default are
 * optional, so that a schema that gained such a field is backward compatible, as in Avro. Without references, so that a
 * schema can stand within another document. Pure.
 */
public final class JsonSchemas {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private JsonSchemas() {}

    /**
     * The JSON Schema of a record.
     *
     * @param schema of a record that does not contain itself
     */
    public static ObjectNode of(Schema schema) {
        ObjectNode root = NODES.objectNode().put("$schema", "http://json-schema.org/draft-07/schema#");
        root.put("title", schema.getFullName());
        return root.setAll(type(schema));
    }

    private static ObjectNode type(Schema type) {
        ObjectNode node = NODES.objectNode();
        switch (type.getType()) {
            case RECORD -> record(type, node);
            case MAP -> node.put("type", "object").set("additionalProperties", type(type.getValueType()));
            case ARRAY -> node.put("type", "array").set("items", type(type.getElementType()));
            case UNION -> {
                ArrayNode branches = node.putArray("oneOf");
                type.getTypes().forEach(branch -> branches.add(type(branch)));
            }
            case BYTES, FIXED -> node.put("type", "string").put("contentEncoding", "base64");
            case ENUM -> {
                ArrayNode symbols = node.put("type", "string").putArray("enum");
                type.getEnumSymbols().forEach(symbols::add);
            }
            case STRING -> node.put("type", "string");
            case INT ->
                node.put("type", "integer").put("minimum", Integer.MIN_VALUE).put("maximum", Integer.MAX_VALUE);
            case LONG -> {
                node.put("type", "integer");
                if (type.getLogicalType() instanceof LogicalTypes.TimestampMillis) {
                    node.put("description", "Milliseconds since the epoch.");
                }
            }
            case FLOAT, DOUBLE -> node.put("type", "number");
            case BOOLEAN -> node.put("type", "boolean");
            case NULL -> node.put("type", "null");
        }
        return node;
    }

    private static void record(Schema type, ObjectNode node) {
        node.put("type", "object");
        describe(type.getDoc(), node);
        ObjectNode properties = node.putObject("properties");
        ArrayNode required = NODES.arrayNode();
        for (Schema.Field field : type.getFields()) {
            ObjectNode property = type(field.schema());
            describe(field.doc(), property);
            properties.set(field.name(), property);
            if (!field.hasDefaultValue()) {
                required.add(field.name());
            }
        }
        node.set("required", required);
        node.put("additionalProperties", false);
    }

    private static void describe(String doc, ObjectNode node) {
        if (doc != null) {
            node.put(
                    "description",
                    node.has("description")
                            ? doc + " " + node.get("description").textValue()
                            : doc);
        }
    }
}
