// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.operators.pack.PackedModel;
import io.sensorium.schemas.ConfluentSchemaRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Mappings against what a registry has for their topics. */
class TopicSchemasTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String UPLOAD =
            "{\"type\": \"object\", \"properties\": {\"caption\": {\"type\": \"string\"}}}";

    private final Map<String, String> latest = new ConcurrentHashMap<>();
    private final List<String> problems = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();
    private final List<String> compared = new ArrayList<>();
    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            String found = latest.get(exchange.getRequestURI().getPath());
            byte[] body = (found == null ? "{\"error_code\": 40401, \"message\": \"no such subject\"}" : found)
                    .getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(found == null ? 404 : 200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private void register(String subject, String type, String schema) throws Exception {
        Map<String, Object> version =
                new HashMap<>(Map.of("subject", subject, "version", 1, "id", 7, "schema", schema));
        version.put("schemaType", type);
        latest.put("/subjects/" + subject + "/versions/latest", JSON.writeValueAsString(version));
        latest.put("/schemas/ids/7", JSON.writeValueAsString(Map.of("schema", schema)));
    }

    private void check(String modality) throws Exception {
        PipelineConfig config = PipelineFile.parse("p", """
                modalities: {text: {topic: posts, embedding: {dimension: 3}, %s}}
                align: {min_modalities: 1}
                operators: {s: {type: sentiment}}
                """.formatted(modality));
        TopicSchemas.check(
                config.modalities(),
                List.of(PackedModel.ofEmbeddings(3, "")),
                new ConfluentSchemaRegistry(
                        "http://127.0.0.1:" + server.getAddress().getPort(), Map.of()),
                problems,
                warnings,
                compared);
    }

    @Test
    void aPayloadThatTheEncoderDoesNotTakeIsAProblemWithoutARegistry() throws Exception {
        PipelineConfig config = PipelineFile.parse("p", """
                modalities: {text: {embedding: {dimension: 3}, format: json, event: {payload: {from: $.x, as: text}}}}
                align: {min_modalities: 1}
                operators: {s: {type: sentiment}}
                """);
        TopicSchemas.payloads(config.modalities(), List.of(PackedModel.ofEmbeddings(3, "")), problems);
        assertThat(problems).singleElement().asString().startsWith("modalities.text.event.payload.as: is text, but");
    }

    @Test
    void aPathThatAClosedJsonSchemaRulesOutIsAProblem() throws Exception {
        register("posts-value", "JSON", UPLOAD.replace("\"type\": \"object\"", "\"additionalProperties\": false"));
        check("format: json-schema, event: {payload: $.captoin, subject_id: $.caption}");
        assertThat(problems)
                .containsExactly(
                        "modalities.text.event.payload: is \"$.captoin\", but $ has no field \"captoin\"; did you"
                                + " mean \"caption\"? in schema id 7, the latest of subject posts-value");
        assertThat(warnings).isEmpty();
    }

    @Test
    void onePastAnOpenOneIsAWarning() throws Exception {
        register("posts-value", "JSON", UPLOAD);
        check("format: json-schema, event: {payload: $.captoin}");
        assertThat(problems).isEmpty();
        assertThat(warnings).singleElement().asString().endsWith("which does not rule out further fields");
    }

    @Test
    void theSubjectMayHaveAnyName() throws Exception {
        register("com.example.Post", "AVRO", """
                {"type": "record", "name": "Post", "fields": [{"name": "caption", "type": "string"}]}""");
        check("schema_subject: com.example.Post, event: {payload: $.captoin}");
        assertThat(problems).singleElement().asString().contains("did you mean \"caption\"", "com.example.Post");
        check("event: {payload: $.captoin}");
        assertThat(warnings).singleElement().asString().contains("no subject posts-value", "schema_subject");
        assertThat(compared)
                .containsExactly(
                        "topic posts: compared modality text with version 1 of subject com.example.Post (schema id 7)");
    }

    @Test
    void theNearestSubjectIsNamed() throws Exception {
        latest.put("/subjects", "[\"captions-value\", \"post-value\"]");
        check("event: {payload: $.caption}");
        assertThat(warnings).singleElement().asString().endsWith("; did you mean \"post-value\"?");
        warnings.clear();
        check("schema_subject: com.example.Message, event: {payload: $.caption}");
        assertThat(warnings).singleElement().asString().endsWith("; known are [captions-value, post-value]");
    }

    @Test
    void whatIsNotComparedIsSaidSo() throws Exception {
        PipelineConfig config = PipelineFile.parse("p", """
                modalities: {text: {topic: posts, encoder: e, format: json, event: {payload: $.caption}}}
                align: {min_modalities: 1}
                operators: {s: {type: sentiment}}
                """);
        TopicSchemas.withoutSchemas(config.modalities(), compared);
        assertThat(compared)
                .containsExactly("topic posts: format json has no schema to compare modality text with; "
                        + "./sensorium inspect shows what its records become");
    }

    @Test
    void aSchemaOfAnotherTypeIsAProblem() throws Exception {
        register("posts-value", "JSON", UPLOAD);
        check("format: avro, event: {payload: $.caption}");
        assertThat(problems).singleElement().asString().contains("text.format: is avro", "is of type JSON");
    }

    /** Its paths are checked all the same, in the same pass. */
    @Test
    void aModalityWhoseEncoderIsMissingHasNoKindToCompareWith() throws Exception {
        register("posts-value", "JSON", UPLOAD.replace("\"type\": \"object\"", "\"additionalProperties\": false"));
        PipelineConfig config = PipelineFile.parse("p", """
                modalities:
                  text: {topic: posts, encoder: absent, format: json-schema, event: {payload: {from: $.captoin, as: text}}}
                  image: {topic: pictures, encoder: absent-too}
                operators: {s: {type: sentiment}}
                """);
        List<PackedModel> none = Arrays.asList(null, null);
        TopicSchemas.payloads(config.modalities(), none, problems);
        assertThat(problems).isEmpty();
        TopicSchemas.check(
                config.modalities(),
                none,
                new ConfluentSchemaRegistry(
                        "http://127.0.0.1:" + server.getAddress().getPort(), Map.of()),
                problems,
                warnings,
                compared);
        assertThat(problems).singleElement().asString().contains("did you mean \"caption\"");
    }
}
