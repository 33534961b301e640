// SPDX-License-Identifier: Apache-2.0
package io.sensorium.rollup.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.javalin.Javalin;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who may use the dashboard, and where the token's redirect leads. */
class AccessTest {

    private static Javalin server(String host, String token) throws Exception {
        AccessPolicy access = AccessPolicy.of(host, token);
        return Javalin.create(config -> {
                    config.startup.showJavalinBanner = false;
                    config.routes.before(access::check);
                    config.routes.get("/health/live", context -> context.result("alive"));
                    config.routes.get("/", context -> context.result("dashboard"));
                })
                .start(host, 0);
    }

    private static String get(Javalin server, String path, String... headers) throws Exception {
        try (Socket socket = new Socket("127.0.0.1", server.port())) {
            String all = headers.length == 0 ? "Host: 127.0.0.1\r\n" : String.join("\r\n", headers) + "\r\n";
            socket.getOutputStream()
                    .write(("GET " + path + " HTTP/1.1\r\n" + all + "Connection: close\r\n\r\n")
                            .getBytes(StandardCharsets.ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    @Test
    void theTokensRedirectStaysOnThisHost() throws Exception {
        Javalin server = server("0.0.0.0", "s3cret");
        try {
            assertThat(get(server, "/?token=s3cret"))
                    .startsWith("HTTP/1.1 302")
                    .containsIgnoringCase("location: /\r\n")
                    .contains("HttpOnly");
            for (String path : List.of(
                    "//evil.example", "///evil.example", "/%2Fevil.example", "/\\evil.example", "/%5Cevil.example")) {
                String answer = get(server, path + "?token=s3cret");
                assertThat(answer.lines()
                                .filter(line ->
                                        line.toLowerCase(java.util.Locale.ROOT).startsWith("location:")))
                        .as(answer)
                        .noneMatch(line ->
                                line.replaceFirst("(?i)location:\\s*", "").matches("(?i)([/\\\\]{2}|[a-z]+:).*"));
            }
        } finally {
            server.stop();
        }
    }

    @Test
    void otherMachinesNeedTheToken() throws Exception {
        assertThatThrownBy(() -> AccessPolicy.of("0.0.0.0", " ")).hasMessageContaining("SENSORIUM_HTTP_TOKEN");
        Javalin server = server("0.0.0.0", "s3cret");
        try {
            assertThat(get(server, "/")).startsWith("HTTP/1.1 401");
            assertThat(get(server, "/?token=wrong")).startsWith("HTTP/1.1 401");
            assertThat(get(server, "/", "Host: a", "Authorization: Bearer s3cret"))
                    .startsWith("HTTP/1.1 200");
            assertThat(get(server, "/", "Host: a", "Cookie: sensorium_token=s3cret"))
                    .startsWith("HTTP/1.1 200");
            assertThat(get(server, "/health/live")).as("probes have no token").startsWith("HTTP/1.1 200");
        } finally {
            server.stop();
        }
    }

    @Test
    void loopbackAnswersUnderLoopbackNamesOnly() throws Exception {
        Javalin server = server("127.0.0.1", null);
        try {
            assertThat(get(server, "/")).startsWith("HTTP/1.1 200");
            assertThat(get(server, "/", "Host: localhost:8084")).startsWith("HTTP/1.1 200");
            assertThat(get(server, "/", "Host: evil.example")).startsWith("HTTP/1.1 403");
            assertThat(get(server, "/", "Host: 127.0.0.1.evil.example")).startsWith("HTTP/1.1 403");
        } finally {
            server.stop();
        }
    }
}
