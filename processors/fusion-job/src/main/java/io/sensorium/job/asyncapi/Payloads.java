// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.asyncapi;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sensorium.pipeline.RegistryAccess;
import io.sensorium.schemas.ApicurioIds;
import org.apache.avro.Schema;

/** Payloads' schemas in AsyncAPI's form. Pure. */
final class Payloads {

    static final String AVRO_CONTENT = "application/vnd.apache.avro";

    private static final ObjectMapper JSON = new ObjectMapper();

    private Payloads() {}

    /** An Avro schema, inlined, without what concerns Java alone. */
    static ObjectNode avro(Schema schema) {
        try {
            return format(
                    "application/vnd.apache.avro+json;version=1.9.0", withoutJava(JSON.readTree(schema.toString())));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("Avro writes JSON", e);
        }
    }

    /** A JSON Schema of draft 7. */
    static ObjectNode json(ObjectNode schema) {
        return format("application/schema+json;version=draft-07", schema);
    }

    /**
     * States that the value begins with a schema's id.
     *
     * @param subject of the schema
     */
    static void schemaId(ObjectNode kafka, RegistryAccess registry, String topic, String subject) {
        kafka.put("schemaIdLocation", "payload").put("schemaIdPayloadEncoding", encoding(registry));
        if (subject.equals(topic + "-value")) {
            kafka.put("schemaLookupStrategy", "TopicNameStrategy");
        }
    }

    private static String encoding(RegistryAccess registry) {
        if (!registry.type().equals("apicurio")) {
            return "confluent";
        }
        return ApicurioIds.of(registry.properties()).bytes() == Long.BYTES ? "apicurio-legacy" : "apicurio-new";
    }

    private static ObjectNode format(String format, JsonNode schema) {
        ObjectNode payload = JsonNodeFactory.instance.objectNode().put("schemaFormat", format);
        return payload.set("schema", schema);
    }

    private static JsonNode withoutJava(JsonNode schema) {
        if (schema instanceof ObjectNode object) {
            object.remove("avro.java.string");
            if (object.size() == 1 && object.path("type").isTextual()) {
                return object.get("type");
            }
            object.properties().forEach(property -> property.setValue(withoutJava(property.getValue())));
        } else if (schema.isArray()) {
            ArrayNode array = (ArrayNode) schema;
            for (int i = 0; i < array.size(); i++) {
                array.set(i, withoutJava(array.get(i)));
            }
        }
        return schema;
    }
}
