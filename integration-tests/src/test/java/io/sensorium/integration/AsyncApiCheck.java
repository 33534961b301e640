// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Compares the document that {@code asyncapi} writes with AsyncAPI's own schema and with the records of the topics. */
final class AsyncApiCheck {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final JsonSchemaFactory SCHEMAS = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V7);

    private final JsonNode document;

    /** Writes the document of a pipeline file, and reads it as anybody would. */
    AsyncApiCheck(Path file, Path folder) throws Exception {
        Path written = folder.resolve(file.getFileName() + ".asyncapi.yaml");
        CommandResult result = CommandResult.to("asyncapi", "-c", file.toString(), "-o", written.toString());
        assertThat(result.code()).as(result.err()).isZero();
        document = new YAMLMapper().readTree(written.toFile());
        try (InputStream in = AsyncApiCheck.class.getResourceAsStream("/asyncapi/3.0.0-without-$id.json")) {
            assertThat(SCHEMAS.getSchema(in).validate(document))
                    .as(document.toPrettyString())
                    .isEmpty();
        }
    }

    /** The topics that the pipeline receives from, or sends to. */
    List<String> topics(String action) {
        return document.get("operations").properties().stream()
                .map(Map.Entry::getValue)
                .filter(operation -> operation.get("action").asText().equals(action))
                .map(operation ->
                        resolve(operation.get("channel")).get("address").asText())
                .toList();
    }

    /**
     * Every record is one of its channel's messages: key, headers and value.
     *
     * @param records of a topic
     */
    void assertDescribes(String topic, List<ConsumerRecord<byte[], byte[]>> records) throws Exception {
        assertThat(records).as(topic).isNotEmpty();
        JsonNode channel = document.get("channels").properties().stream()
                .map(Map.Entry::getValue)
                .filter(each -> each.get("address").asText().equals(topic))
                .findFirst()
                .orElseThrow();
        assertThat(channel.get("messages")).as(topic).isNotEmpty();
        for (ConsumerRecord<byte[], byte[]> record : records) {
            String problem = "";
            for (JsonNode reference : channel.get("messages")) {
                problem = problem(resolve(reference), record);
                if (problem.isEmpty()) {
                    break;
                }
            }
            assertThat(problem).as(topic + " " + record.offset()).isEmpty();
        }
    }

    private static String problem(JsonNode message, ConsumerRecord<byte[], byte[]> record) throws Exception {
        JsonNode kafka = message.at("/bindings/kafka");
        if (kafka.at("/key/type").asText().equals("string")
                && (record.key() == null
                        || !Arrays.equals(
                                record.key(),
                                new String(record.key(), StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8)))) {
            return "the key is no text";
        }
        ObjectNode headers = JSON.createObjectNode();
        record.headers()
                .forEach(header -> headers.put(header.key(), new String(header.value(), StandardCharsets.UTF_8)));
        var wrong = SCHEMAS.getSchema(message.get("headers")).validate(headers);
        if (!wrong.isEmpty()) {
            return wrong.toString();
        }
        boolean framed = kafka.path("schemaIdLocation").asText().equals("payload");
        if (framed != (record.value()[0] == 0)) {
            return "the value " + (framed ? "does not begin" : "begins") + " with a schema's id";
        }
        byte[] body = framed ? Arrays.copyOfRange(record.value(), 5, record.value().length) : record.value();
        if (!message.has("payload")) {
            return message.get("contentType").asText().equals("application/json") ? "no payload" : "";
        }
        JsonNode schema = message.at("/payload/schema");
        return message.at("/payload/schemaFormat").asText().contains("avro")
                ? avro(schema, body)
                : json(SCHEMAS.getSchema(schema), body);
    }

    private static String json(JsonSchema schema, byte[] body) {
        try {
            var wrong = schema.validate(JSON.readTree(body));
            return wrong.isEmpty() ? "" : wrong.toString();
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** With the document's schema as the writer's. */
    private static String avro(JsonNode schema, byte[] body) {
        try {
            BinaryDecoder decoder = DecoderFactory.get().binaryDecoder(body, null);
            new GenericDatumReader<>(new Schema.Parser().parse(schema.toString())).read(null, decoder);
            return decoder.isEnd() ? "" : "bytes are left over";
        } catch (IOException | RuntimeException e) {
            return e.toString();
        }
    }

    private JsonNode resolve(JsonNode reference) {
        JsonNode found = reference;
        while (found.has("$ref")) {
            found = document.at(found.get("$ref").asText().substring(1));
        }
        assertThat(found.isMissingNode()).as(reference.toString()).isFalse();
        return found;
    }
}
