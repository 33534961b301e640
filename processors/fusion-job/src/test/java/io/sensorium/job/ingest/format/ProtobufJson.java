// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest.format;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.BinaryNode;
import com.fasterxml.jackson.databind.node.POJONode;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Iterator;

/** Compares a decoded tree with the JSON that Protobuf's own library makes of the same message. */
final class ProtobufJson {

    private static final JsonMapper MAPPER = new JsonMapper();

    private ProtobufJson() {}

    /** Where the tree differs from Protobuf's JSON; null where it does not. */
    static String difference(JsonNode tree, Message message) throws IOException {
        String json = JsonFormat.printer()
                .preservingProtoFieldNames()
                .alwaysPrintFieldsWithNoPresence()
                .print(message);
        return difference("$", tree, MAPPER.readTree(json));
    }

    private static String difference(String path, JsonNode tree, JsonNode json) {
        if (tree == null || tree.isObject() && json.isTextual()) {
            // Protobuf writes a duration as text.
            return tree == null || !Duration.parse("PT" + json.asText()).equals(duration(tree))
                    ? differs(path, tree, json)
                    : null;
        }
        if (tree.isContainerNode()) {
            if (tree.getNodeType() != json.getNodeType() || tree.size() != json.size()) {
                return differs(path, tree, json);
            }
            for (int i = 0; tree.isArray() && i < tree.size(); i++) {
                String difference = difference(path + "[" + i + "]", tree.get(i), json.get(i));
                if (difference != null) {
                    return difference;
                }
            }
            for (Iterator<String> names = json.fieldNames(); names.hasNext(); ) {
                String name = names.next();
                String difference = difference(path + "." + name, tree.get(name), json.get(name));
                if (difference != null) {
                    return difference;
                }
            }
            return null;
        }
        return scalar(tree, json) ? null : differs(path, tree, json);
    }

    private static boolean scalar(JsonNode tree, JsonNode json) {
        if (tree instanceof BinaryNode binary) {
            return json.asText().equals(Base64.getEncoder().encodeToString(binary.binaryValue()));
        }
        if (tree instanceof POJONode time) {
            return time.getPojo().equals(Instant.parse(json.asText()));
        }
        if (tree.isFloat()) {
            return tree.floatValue() == (float) json.asDouble() || tree.asText().equals(json.asText());
        }
        if (tree.isDouble()) {
            return tree.doubleValue() == json.asDouble() || tree.asText().equals(json.asText());
        }
        return tree.asText().equals(json.asText()) && tree.isTextual() == (json.isTextual() && !tree.isNumber());
    }

    private static Duration duration(JsonNode tree) {
        return Duration.ofSeconds(
                tree.path("seconds").asLong(), tree.path("nanos").asLong());
    }

    private static String differs(String path, JsonNode tree, JsonNode json) {
        return path + " is " + tree + ", Protobuf's JSON has " + json;
    }
}
