// SPDX-License-Identifier: Apache-2.0
package io.sensorium.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.sensorium.schemas.SchemaRegistry.IncompatibleSchemaException;
import io.sensorium.schemas.SchemaRegistry.UnknownSchemaException;
import io.sensorium.schemas.SchemaRegistry.UnreadableSchemaException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.avro.Schema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Answers of Apicurio's API that a registry under test cannot be brought to give; ApicurioIT has a real one. */
class ApicurioSchemaRegistryTest {

    private record Answer(int status, String body) {}

    private static final String NO_CONTENT =
            "{\"name\": \"ContentNotFoundException\", \"title\": \"No content with ID was found.\", \"status\": 404}";

    @TempDir
    Path folder;

    private final Map<String, Answer> answers = new ConcurrentHashMap<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private volatile String admitted = "null";
    private HttpServer server;
    private String url;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            String path = exchange.getRequestURI().toString();
            requests.add(path);
            exchange.getRequestBody().readAllBytes();
            boolean in =
                    admitted.equals(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
            Answer answer = in ? answers.getOrDefault(path, new Answer(404, NO_CONTENT)) : new Answer(401, "");
            byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(answer.status(), body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        url = "http://127.0.0.1:" + server.getAddress().getPort();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private RegistryClient registry(String... namesAndValues) {
        Map<String, String> properties = new HashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            properties.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return RegistryClient.of("apicurio", url, properties);
    }

    private void schema(String path, String content, String references) {
        answers.put(path, new Answer(200, content));
        answers.put(path + "/references", new Answer(200, references));
    }

    @Test
    void aSchemaIsRequestedOnceByTheChosenId() throws IOException {
        schema("/ids/contentIds/7", "\"string\"", "[]");
        schema("/ids/globalIds/7", "\"int\"", "[]");
        RegistryClient contents = registry();
        assertThat(contents.schemaOf(7)).isEqualTo(contents.schemaOf(7)).isEqualTo("\"string\"");
        assertThat(requests).containsExactly("/ids/contentIds/7", "/ids/contentIds/7/references");
        assertThat(registry("apicurio.registry.use-id", "globalId").schemaOf(7)).isEqualTo("\"int\"");
    }

    @Test
    void anUnknownIdIsAskedForAFewTimesAndThenRememberedForAWhile() {
        RegistryClient registry = registry();
        for (int i = 0; i < 10; i++) {
            assertThatThrownBy(() -> registry.schemaOf(7)).isInstanceOf(UnknownSchemaException.class);
        }
        assertThat(requests).hasSize(3);
    }

    @Test
    void a404OfSomethingElseIsAnOutage() {
        for (String body : new String[] {
            "<html>not found</html>", "", "{\"name\": \"NotFoundException\", \"title\": \"no such resource\"}"
        }) {
            answers.put("/ids/contentIds/7", new Answer(404, body));
            answers.put("/ids/contentIds/" + Integer.MAX_VALUE, new Answer(404, body));
            assertThatThrownBy(() -> registry().schemaOf(7))
                    .as(body)
                    .isInstanceOf(IOException.class)
                    .isNotInstanceOf(UnknownSchemaException.class)
                    .hasMessageContaining("registry.url");
            assertThatThrownBy(registry()::requireAnswer).hasMessageContaining("not a schema registry's answer");
        }
    }

    @Test
    void referencesAreInlinedAndCirclesEnd() throws IOException {
        String b = "[{\"groupId\": \"g\", \"artifactId\": \"b\", \"version\": \"1\", \"name\": \"x.B\"}]";
        String c = "[{\"artifactId\": \"c c\", \"version\": \"2\", \"name\": \"x.C\"}]";
        schema("/ids/contentIds/7", record("A", "x.B"), b);
        answers.put("/groups/g/artifacts/b/versions/1/content", new Answer(200, record("B", "x.C")));
        answers.put("/groups/g/artifacts/b/versions/1/references", new Answer(200, c));
        answers.put(
                "/groups/default/artifacts/c%20c/versions/2/content",
                new Answer(200, "{\"type\": \"enum\", \"name\": \"C\", \"namespace\": \"x\", \"symbols\": [\"S\"]}"));
        answers.put("/groups/default/artifacts/c%20c/versions/2/references", new Answer(200, "[]"));
        Schema inlined = new Schema.Parser().parse(registry().schemaOf(7));
        assertThat(inlined.getField("f").schema().getField("f").schema().getEnumSymbols())
                .containsExactly("S");
        answers.put("/groups/default/artifacts/c%20c/versions/2/references", new Answer(200, b));
        assertThat(new Schema.Parser().parse(registry().schemaOf(7))).isEqualTo(inlined);
        answers.remove("/groups/default/artifacts/c%20c/versions/2/references");
        assertThatThrownBy(() -> registry().schemaOf(7))
                .isInstanceOf(UnreadableSchemaException.class)
                .hasMessageContaining("c c, version 2");
    }

    private static String record(String name, String type) {
        return "{\"type\": \"record\", \"name\": \"" + name
                + "\", \"namespace\": \"x\", \"fields\": [{\"name\": \"f\", \"type\": \"" + type + "\"}]}";
    }

    @Test
    void whatIsNotAvroIsUnreadable() {
        schema("/ids/contentIds/7", "syntax = \"proto3\";", "[]");
        assertThatThrownBy(() -> registry().schemaOf(7))
                .isInstanceOf(UnreadableSchemaException.class)
                .hasMessageContaining("not an Avro schema");
    }

    @Test
    void aRefusedSchemaIsIncompatible() {
        answers.put(
                "/groups/team/artifacts?ifExists=FIND_OR_CREATE_VERSION",
                new Answer(409, "{\"name\": \"RuleViolationException\", \"title\": \"Incompatible artifact\"}"));
        assertThatThrownBy(() ->
                        registry("apicurio.registry.artifact.group-id", "team").register("s", "\"string\""))
                .isInstanceOf(IncompatibleSchemaException.class)
                .hasMessageContaining("Incompatible artifact");
    }

    @Test
    void aRotatedPasswordIsReadAgainAfterA401() throws IOException {
        schema("/ids/contentIds/7", "\"string\"", "[]");
        schema("/ids/contentIds/8", "\"string\"", "[]");
        Path file = Files.writeString(folder.resolve("secrets"), "user=job:first\n");
        RegistryClient registry = registry(
                "basic.auth.credentials.source", "USER_INFO", "basic.auth.user.info", "${file:" + file + ":user}");
        admitted = basic("job:first");
        registry.schemaOf(7);
        admitted = basic("job:second");
        assertThatThrownBy(registry::requireAnswer).hasMessageContainingAll("401", "basic.auth.user.info");
        Files.writeString(file, "user=job:second\n");
        assertThat(registry.schemaOf(8)).isEqualTo("\"string\"");
    }

    @Test
    void bearerTokensAreSent() throws IOException {
        schema("/ids/contentIds/7", "\"string\"", "[]");
        admitted = "Bearer token-1";
        assertThat(registry("bearer.auth.credentials.source", "STATIC_TOKEN", "bearer.auth.token", "token-1")
                        .schemaOf(7))
                .isEqualTo("\"string\"");
        assertThatThrownBy(
                        registry("bearer.auth.credentials.source", "STATIC_TOKEN", "bearer.auth.token", "token-2")
                                ::requireAnswer)
                .hasMessageContainingAll("401", "bearer.auth.token")
                .hasMessageNotContaining("token-2");
        assertThatThrownBy(() -> registry(
                        "bearer.auth.credentials.source", "STATIC_TOKEN", "basic.auth.credentials.source", "URL"))
                .hasMessageContaining("only one of");
    }

    @Test
    void aProxyIsUsed() throws IOException {
        schema("http://registry.invalid/v3/ids/contentIds/7", "\"string\"", "[]");
        Map<String, String> proxy = Map.of("proxy.host", "127.0.0.1", "proxy.port", url.replaceFirst(".*:", ""));
        assertThat(RegistryClient.of("apicurio", "http://registry.invalid/v3", proxy)
                        .schemaOf(7))
                .isEqualTo("\"string\"");
    }

    private static String basic(String user) {
        return "Basic " + Base64.getEncoder().encodeToString(user.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void idsHaveTheLengthOfTheirHandler() {
        String name = "apicurio.registry.id-handler";
        assertThat(registry().idBytes()).isEqualTo(4);
        assertThat(registry(name, "io.apicurio.registry.serde.Legacy8ByteIdHandler")
                        .idBytes())
                .isEqualTo(8);
        assertThatThrownBy(() -> registry(name, "Other")).hasMessageContaining("Legacy8ByteIdHandler");
        assertThatThrownBy(() -> registry("apicurio.registry.use-id", "contentHash"))
                .hasMessageContaining("expected contentId or globalId");
    }
}
