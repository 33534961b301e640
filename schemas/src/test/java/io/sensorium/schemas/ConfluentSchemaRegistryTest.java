// SPDX-License-Identifier: Apache-2.0
package io.sensorium.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.sensorium.schemas.SchemaRegistry.UnknownSchemaException;
import io.sensorium.schemas.SchemaRegistry.UnreadableSchemaException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.avro.Schema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The genuine client before answers that a registry under test cannot be brought to give; a real one is used in the
 * quickstart module.
 */
class ConfluentSchemaRegistryTest {

    private record Answer(int status, String body) {}

    private final Map<String, Answer> answers = new ConcurrentHashMap<>();
    private final AtomicInteger requests = new AtomicInteger();
    private HttpServer server;
    private ConfluentSchemaRegistry registry;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            requests.incrementAndGet();
            Answer answer = answers.getOrDefault(
                    exchange.getRequestURI().getPath(),
                    new Answer(404, "{\"error_code\": 40403, \"message\": \"Schema not found\"}"));
            byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(answer.status(), body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        registry = new ConfluentSchemaRegistry(
                "http://127.0.0.1:" + server.getAddress().getPort(), Map.of());
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private void schema(int id, String json) {
        answers.put("/schemas/ids/" + id, new Answer(200, json));
    }

    @Test
    void anUnknownIdIsAskedForAFewTimesAndThenRememberedForAWhile() {
        for (int i = 0; i < 50; i++) {
            assertThatThrownBy(() -> registry.schemaOf(7)).isInstanceOf(UnknownSchemaException.class);
        }
        assertThat(requests.get()).isEqualTo(3);
    }

    @Test
    void manyUnknownIdsAreEachAskedForOnce() {
        for (int id = 1; id <= 100; id++) {
            int unknown = id;
            assertThatThrownBy(() -> registry.schemaOf(unknown)).isInstanceOf(UnknownSchemaException.class);
        }
        assertThat(requests.get()).isBetween(100, 100 + 2 * 8);
    }

    @Test
    void aNegativeIdIsUnknownWithoutBeingAskedFor() {
        assertThatThrownBy(() -> registry.schemaOf(-5)).isInstanceOf(UnknownSchemaException.class);
        assertThat(requests.get()).isZero();
    }

    @Test
    void aSchemaIsAskedForOnce() throws IOException {
        schema(1, "{\"schema\": \"\\\"string\\\"\"}");
        assertThat(registry.schemaOf(1)).isEqualTo(registry.schemaOf(1)).isEqualTo("\"string\"");
        assertThat(requests.get()).isEqualTo(1);
    }

    private static final UUID GUID = UUID.fromString("89791762-2336-4186-9674-299b90a802e2");

    @Test
    void aSchemaIsFoundByItsGuidAndAskedForOnce() throws IOException {
        answers.put("/schemas/guids/" + GUID, new Answer(200, "{\"schema\": \"\\\"string\\\"\"}"));
        assertThat(registry.schemaOf(GUID)).isEqualTo(registry.schemaOf(GUID)).isEqualTo("\"string\"");
        assertThat(requests.get()).isEqualTo(1);
    }

    @Test
    void aSchemaOfAnyTypeIsFoundByItsGuid() throws IOException {
        answers.put(
                "/schemas/guids/" + GUID,
                new Answer(200, "{\"schemaType\": \"PROTOBUF\", \"schema\": \"message M {}\"}"));
        assertThat(registry.find(GUID))
                .isEqualTo(registry.find(GUID))
                .isEqualTo(new RegisteredSchema("PROTOBUF", "message M {}", Map.of()));
        assertThatThrownBy(() -> registry.find(new UUID(1, 2))).isInstanceOf(UnknownSchemaException.class);
    }

    @Test
    void anUnknownGuidIsAskedForAFewTimesAndThenRememberedForAWhile() {
        for (int i = 0; i < 50; i++) {
            assertThatThrownBy(() -> registry.schemaOf(GUID))
                    .isInstanceOf(UnknownSchemaException.class)
                    .hasMessageContaining("schema GUID " + GUID);
        }
        assertThat(requests.get()).isEqualTo(3);
    }

    /** A record must not stop the stream because its producer is newer than the registry. */
    @Test
    void aRegistryWithoutGuidsIsNoOutage() {
        answers.put("/schemas/guids/" + GUID, new Answer(404, "{\"error_code\": 404, \"message\": \"no such path\"}"));
        assertThatThrownBy(() -> registry.schemaOf(GUID))
                .isInstanceOf(UnreadableSchemaException.class)
                .hasMessageContaining("PrefixSchemaIdSerializer");
        answers.put("/schemas/ids/" + Integer.MAX_VALUE, new Answer(404, "<html>no registry</html>"));
        UUID other = new UUID(1, 2);
        answers.put("/schemas/guids/" + other, new Answer(404, "<html>no registry</html>"));
        assertThatThrownBy(() -> registry.schemaOf(other))
                .isInstanceOf(IOException.class)
                .isNotInstanceOf(UnreadableSchemaException.class);
    }

    @Test
    void a404WithoutTheRegistrysErrorCodeIsAnOutage() {
        for (String body : new String[] {
            "<html>not found</html>",
            "{\"message\": \"no route\"}",
            "",
            "{\"error_code\": 404, \"message\": \"HTTP 404 Not Found\"}"
        }) {
            answers.put("/schemas/ids/1", new Answer(404, body));
            assertThatThrownBy(() -> registry.schemaOf(1))
                    .as(body)
                    .isInstanceOf(IOException.class)
                    .isNotInstanceOf(UnknownSchemaException.class)
                    .hasMessageContaining("registry.url");
        }
    }

    @Test
    void whatIsNotARegistryIsAnOutage() {
        answers.put("/schemas/ids/1", new Answer(200, "<html>welcome</html>"));
        assertThatThrownBy(() -> registry.schemaOf(1))
                .isInstanceOf(IOException.class)
                .isNotInstanceOf(UnknownSchemaException.class)
                .isNotInstanceOf(UnreadableSchemaException.class);
        answers.put("/schemas/ids/1", new Answer(503, "busy"));
        assertThatThrownBy(() -> registry.schemaOf(1))
                .isInstanceOf(IOException.class)
                .isNotInstanceOf(UnknownSchemaException.class);
    }

    @Test
    void aSchemaOfAnotherTypeIsUnreadableAndNamed() {
        schema(1, "{\"schemaType\": \"JSON\", \"schema\": \"{}\"}");
        schema(2, "{\"schemaType\": \"PROTOBUF\", \"schema\": \"syntax = \\\"proto3\\\";\"}");
        assertThatThrownBy(() -> registry.schemaOf(1))
                .isInstanceOf(UnreadableSchemaException.class)
                .hasMessageContaining("JSON");
        assertThatThrownBy(() -> registry.schemaOf(2))
                .isInstanceOf(UnreadableSchemaException.class)
                .hasMessageContaining("PROTOBUF");
    }

    @Test
    void aSchemaOfAnyTypeIsFoundWithItsReferencesTheDeepestFirst() throws IOException {
        schema(
                1,
                "{\"schemaType\": \"PROTOBUF\", \"schema\": \"a\", "
                        + "\"references\": [{\"name\": \"b.proto\", \"subject\": \"b\", \"version\": 2}]}");
        answers.put(
                "/subjects/b/versions/2",
                new Answer(
                        200,
                        "{\"subject\": \"b\", \"version\": 2, \"id\": 5, \"schemaType\": \"PROTOBUF\", \"schema\": \"b\", "
                                + "\"references\": [{\"name\": \"c.proto\", \"subject\": \"c\", \"version\": 1}]}"));
        answers.put(
                "/subjects/c/versions/1",
                new Answer(
                        200,
                        "{\"subject\": \"c\", \"version\": 1, \"id\": 6, \"schemaType\": \"PROTOBUF\", \"schema\": \"c\"}"));
        RegisteredSchema found = registry.find(1);
        assertThat(found.type()).isEqualTo("PROTOBUF");
        assertThat(found.text()).isEqualTo("a");
        assertThat(found.references()).containsExactly(Map.entry("c.proto", "c"), Map.entry("b.proto", "b"));
        int before = requests.get();
        assertThat(registry.find(1)).isEqualTo(found);
        assertThat(requests.get()).isEqualTo(before);
        assertThatThrownBy(() -> registry.schemaOf(1)).isInstanceOf(UnreadableSchemaException.class);
        assertThat(registry.find(1)).as("though it is no Avro schema").isEqualTo(found);
        schema(3, "{\"schema\": \"\\\"string\\\"\"}");
        assertThat(registry.find(3).type()).isEqualTo("AVRO");
        assertThatThrownBy(() -> registry.find(7)).isInstanceOf(UnknownSchemaException.class);
    }

    @Test
    void referencesAreInlined() throws IOException {
        schema(
                1,
                "{\"schema\": "
                        + "\"{\\\"type\\\":\\\"record\\\",\\\"name\\\":\\\"A\\\","
                        + "\\\"fields\\\":[{\\\"name\\\":\\\"b\\\",\\\"type\\\":\\\"x.B\\\"}]}\","
                        + " \"references\": [{\"name\": \"x.B\", \"subject\": \"b\", \"version\": 1}]}");
        answers.put(
                "/subjects/b/versions/1",
                new Answer(
                        200,
                        "{\"subject\": \"b\", \"version\": 1, \"id\": 5, \"schema\": "
                                + "\"{\\\"type\\\":\\\"record\\\",\\\"name\\\":\\\"B\\\",\\\"namespace\\\":\\\"x\\\","
                                + "\\\"fields\\\":[{\\\"name\\\":\\\"c\\\",\\\"type\\\":\\\"x.C\\\"}]}\", "
                                + "\"references\": [{\"name\": \"x.C\", \"subject\": \"c\", \"version\": 3}]}"));
        answers.put(
                "/subjects/c/versions/3",
                new Answer(
                        200,
                        "{\"subject\": \"c\", \"version\": 3, \"id\": 6, \"schema\": "
                                + "\"{\\\"type\\\":\\\"enum\\\",\\\"name\\\":\\\"C\\\",\\\"namespace\\\":\\\"x\\\","
                                + "\\\"symbols\\\":[\\\"S\\\"]}\"}"));
        Schema inlined = new Schema.Parser().parse(registry.schemaOf(1));
        assertThat(inlined.getField("b").schema().getField("c").schema().getEnumSymbols())
                .containsExactly("S");
    }

    @Test
    void aReferenceThatIsMissingOrCircularIsUnreadable() {
        String refers = "{\"schema\": "
                + "\"{\\\"type\\\":\\\"record\\\",\\\"name\\\":\\\"A\\\",\\\"fields\\\":[{\\\"name\\\":\\\"b\\\","
                + "\\\"type\\\":\\\"B\\\"}]}\", \"references\": [{\"name\": \"B\", \"subject\": \"b\", \"version\": 1}]}";
        schema(1, refers);
        answers.put(
                "/subjects/b/versions/1",
                new Answer(404, "{\"error_code\": 40402, \"message\": \"Version not found\"}"));
        assertThatThrownBy(() -> registry.schemaOf(1))
                .isInstanceOf(UnreadableSchemaException.class)
                .hasMessageContaining("version 1 of subject b");
        schema(2, refers);
        answers.put(
                "/subjects/b/versions/1",
                new Answer(
                        200,
                        "{\"subject\": \"b\", \"version\": 1, \"id\": 5, \"schema\": "
                                + "\"{\\\"type\\\":\\\"record\\\",\\\"name\\\":\\\"B\\\","
                                + "\\\"fields\\\":[{\\\"name\\\":\\\"x\\\",\\\"type\\\":\\\"Z\\\"}]}\","
                                + "\"references\": [{\"name\": \"B\", \"subject\": \"b\", \"version\": 1}]}"));
        assertThatThrownBy(() -> registry.schemaOf(2)).isInstanceOf(UnreadableSchemaException.class);
    }
}
