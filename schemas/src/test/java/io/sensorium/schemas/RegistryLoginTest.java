// SPDX-License-Identifier: Apache-2.0
package io.sensorium.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.assertj.core.util.Throwables;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A registry that demands a login, and a token endpoint, before the genuine client. */
class RegistryLoginTest {

    private static final String CLIENT = "sensorium";
    private static final String SECRET = "secret-5d1c";

    @TempDir
    Path folder;

    private final List<String> authorizations = new CopyOnWriteArrayList<>();
    private final List<HttpExchange> requests = new CopyOnWriteArrayList<>();
    private final List<String> tokenRequests = new CopyOnWriteArrayList<>();
    private final AtomicInteger ids = new AtomicInteger();
    private volatile Duration lifetime = Duration.ofHours(1);
    private volatile Predicate<String> admits = authorization -> true;
    private volatile int refusal = 401;
    private volatile String opaque;
    private volatile String reason;
    private HttpServer server;
    private String url;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/token", exchange -> {
            tokenRequests.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            String expected = "Basic " + base64(CLIENT + ":" + SECRET);
            if (expected.equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
                String given = opaque == null ? token(Instant.now().plus(lifetime)) : opaque;
                answer(exchange, 200, "{\"access_token\": \"" + given + "\"}");
            } else {
                answer(
                        exchange,
                        401,
                        "{\"error\": \"invalid_client\", \"error_description\": \"no such client or secret\"}");
            }
        });
        server.createContext("/schemas", exchange -> {
            requests.add(exchange);
            String authorization = exchange.getRequestHeaders().getFirst("Authorization");
            authorizations.add(String.valueOf(authorization));
            if (admits.test(String.valueOf(authorization))) {
                answer(exchange, 200, "{\"schema\": \"\\\"string\\\"\"}");
            } else {
                answer(
                        exchange,
                        refusal,
                        reason != null ? reason : "{\"error_code\": " + refusal + ", \"message\": \"refused\"}");
            }
        });
        server.start();
        url = "http://127.0.0.1:" + server.getAddress().getPort();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private static void answer(HttpExchange exchange, int status, String json) throws IOException {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    private static String base64(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    /** A JWT as the client reads it; who signed it is the server's business. */
    private String token(Instant end) {
        return base64("{\"alg\": \"none\"}") + "."
                + base64("{\"sub\": \"sensorium\", \"jti\": \"" + ids.incrementAndGet() + "\", \"scope\": \"registry\","
                        + " \"iat\": " + Instant.now().getEpochSecond() + ", \"exp\": " + end.getEpochSecond() + "}")
                + ".c2lnbmF0dXJl";
    }

    private static boolean lives(String authorization) {
        try {
            return new ObjectMapper()
                            .readTree(
                                    Base64.getUrlDecoder().decode(authorization.split("\\.")[1]))
                            .get("exp")
                            .asLong()
                    > Instant.now().getEpochSecond();
        } catch (IOException e) {
            throw new AssertionError(authorization, e);
        }
    }

    private ConfluentSchemaRegistry oauth(Map<String, String> further) {
        Map<String, String> properties = new HashMap<>(oauthProperties());
        properties.putAll(further);
        return new ConfluentSchemaRegistry(url, properties);
    }

    private Map<String, String> oauthProperties() {
        return Map.of(
                "bearer.auth.credentials.source", "OAUTHBEARER",
                "bearer.auth.issuer.endpoint.url", url + "/token",
                "bearer.auth.client.id", CLIENT,
                "bearer.auth.client.secret", "${file:" + folder.resolve("secrets") + ":client}",
                "bearer.auth.scope", "registry",
                "bearer.auth.logical.cluster", "lsrc-1",
                "bearer.auth.identity.pool.id", "pool-2");
    }

    private void secret(String secret) throws IOException {
        Files.writeString(folder.resolve("secrets"), "client=" + secret + "\n");
    }

    @Test
    void oneTokenServesManyRequests() throws IOException {
        secret(SECRET);
        ConfluentSchemaRegistry registry = oauth(Map.of());
        for (int id = 1; id <= 20; id++) {
            registry.schemaOf(id);
        }
        assertThat(tokenRequests).containsExactly("grant_type=client_credentials&scope=registry");
        assertThat(authorizations).hasSize(20).allMatch(sent -> sent.startsWith("Bearer ") && lives(sent));
        assertThat(requests.get(0).getRequestHeaders())
                .containsEntry("Target-sr-cluster", List.of("lsrc-1"))
                .containsEntry("Confluent-identity-pool-id", List.of("pool-2"));
    }

    @Test
    void aTokenIsRenewedBeforeItExpires() throws IOException {
        secret(SECRET);
        lifetime = Duration.ofSeconds(2);
        admits = RegistryLoginTest::lives;
        ConfluentSchemaRegistry registry = oauth(Map.of());
        int schemas = 0;
        while (tokenRequests.size() < 2) {
            registry.schemaOf(++schemas);
        }
        assertThat(authorizations).as("none was refused").hasSize(schemas);
    }

    @Test
    void aRefusedTokenIsReplacedOnce() throws IOException {
        secret(SECRET);
        ConfluentSchemaRegistry registry = oauth(Map.of());
        registry.schemaOf(1);
        String revoked = authorizations.get(0);
        admits = sent -> !sent.equals(revoked);
        registry.schemaOf(2);
        assertThat(tokenRequests).hasSize(2);
        assertThat(authorizations).hasSize(3);
    }

    @Test
    void aRegistryThatRefusesEveryTokenGetsTwo() throws IOException {
        secret(SECRET);
        admits = sent -> false;
        ConfluentSchemaRegistry registry = oauth(Map.of());
        assertThatThrownBy(registry::requireAnswer)
                .isInstanceOf(IOException.class)
                .hasMessageContainingAll("401", url + "/token", "refused as well", "bearer.auth.scope")
                .hasMessageNotContaining(SECRET);
        assertThat(tokenRequests).hasSize(2);
        assertThat(authorizations).hasSize(2);
    }

    @Test
    void aWrongClientSecretIsNamedButNotShown() throws IOException {
        secret("wrong-secret-77");
        assertThatThrownBy(oauth(Map.of())::requireAnswer)
                .isInstanceOf(IOException.class)
                .hasMessageContainingAll("invalid_client", url + "/token", "bearer.auth.client.secret")
                .hasMessageNotContaining("wrong-secret-77");
        assertThatThrownBy(() -> oauth(Map.of()).register("s", "\"string\""))
                .isInstanceOf(IOException.class)
                .hasMessageContainingAll("invalid_client", url + "/token");
        assertThat(authorizations).isEmpty();
    }

    @Test
    void aTokenEndpointThatIsAwayIsNamed() throws IOException {
        secret(SECRET);
        String away = "http://127.0.0.1:1/token";
        assertThatThrownBy(oauth(Map.of("bearer.auth.issuer.endpoint.url", away))::requireAnswer)
                .isInstanceOf(IOException.class)
                .hasMessageContainingAll(away, "bearer.auth.issuer.endpoint.url");
    }

    @Test
    void aRotatedTokenIsReadAgainAfterA401() throws IOException {
        Files.writeString(folder.resolve("token"), "token=first\n");
        admits = "Bearer first"::equals;
        ConfluentSchemaRegistry registry = new ConfluentSchemaRegistry(
                url,
                Map.of(
                        "bearer.auth.credentials.source",
                        "STATIC_TOKEN",
                        "bearer.auth.token",
                        "${file:" + folder.resolve("token") + ":token}"));
        registry.schemaOf(1);
        Files.writeString(folder.resolve("token"), "token=second\n");
        admits = "Bearer second"::equals;
        registry.schemaOf(2);
        registry.schemaOf(3);
        assertThat(authorizations).containsExactly("Bearer first", "Bearer first", "Bearer second", "Bearer second");
        admits = sent -> false;
        assertThatThrownBy(() -> registry.schemaOf(4)).hasMessageContainingAll("401", "bearer.auth.token");
        assertThat(authorizations).as("the same token is not tried twice").hasSize(5);
    }

    @Test
    void theLineBreakAtTheEndOfAFileIsNotPartOfItsSecret() throws IOException {
        Files.writeString(folder.resolve("token"), "first\r\n");
        ConfluentSchemaRegistry registry = new ConfluentSchemaRegistry(
                url,
                Map.of(
                        "bearer.auth.credentials.source",
                        "STATIC_TOKEN",
                        "bearer.auth.token",
                        "${directory:" + folder + ":token}"));
        registry.schemaOf(1);
        assertThat(authorizations).containsExactly("Bearer first");
    }

    /** The JDK's and Kafka's messages contain the token, and those of causes are printed too. */
    @Test
    void aTokenThatCannotBeSentIsNotShown() throws IOException {
        Files.writeString(folder.resolve("token"), "head-91\nrest-92\n");
        Map<String, String> broken = Map.of(
                "bearer.auth.credentials.source",
                "STATIC_TOKEN",
                "bearer.auth.token",
                "${directory:" + folder + ":token}");
        for (RegistryClient registry :
                List.of(RegistryClient.of("confluent", url, broken), RegistryClient.of("apicurio", url, broken))) {
            assertThatThrownBy(registry::requireAnswer)
                    .isInstanceOf(IOException.class)
                    .hasMessageContainingAll("line break", "bearer.auth.token")
                    .satisfies(e -> assertThat(Throwables.getStackTrace(e)).doesNotContain("head-91", "rest-92"));
            assertThatThrownBy(() -> registry.register("s", "\"string\""))
                    .satisfies(e -> assertThat(Throwables.getStackTrace(e)).doesNotContain("head-91", "rest-92"));
        }
        assertThat(authorizations).isEmpty();
    }

    @Test
    void aTokenThatIsNoJwtIsNotShown() throws IOException {
        secret(SECRET);
        opaque = "opaque-93";
        for (String type : List.of("confluent", "apicurio")) {
            assertThatThrownBy(RegistryClient.of(type, url, oauthProperties())::requireAnswer)
                    .isInstanceOf(IOException.class)
                    .hasMessageContainingAll("JWT", url + "/token")
                    .satisfies(e -> assertThat(Throwables.getStackTrace(e)).doesNotContain("opaque-93"));
        }
    }

    @Test
    void anExpiredTokenIsCalledExpired() throws IOException {
        Instant end = Instant.parse("2024-01-02T03:04:05Z");
        Files.writeString(folder.resolve("token"), "token=" + token(end) + "\n");
        admits = RegistryLoginTest::lives;
        ConfluentSchemaRegistry registry = new ConfluentSchemaRegistry(
                url,
                Map.of(
                        "bearer.auth.credentials.source",
                        "STATIC_TOKEN",
                        "bearer.auth.token",
                        "${file:" + folder.resolve("token") + ":token}"));
        assertThatThrownBy(registry::requireAnswer)
                .hasMessageContainingAll("401", "expired at " + end)
                .hasMessageNotContaining("c2lnbmF0dXJl");
    }

    @Test
    void basicAuthenticationAndItsAbsence() throws IOException {
        admits = ("Basic " + Base64.getEncoder().encodeToString("job:pass".getBytes(StandardCharsets.UTF_8)))::equals;
        Map<String, String> right =
                Map.of("basic.auth.credentials.source", "USER_INFO", "basic.auth.user.info", "job:pass");
        assertThat(new ConfluentSchemaRegistry(url, right).schemaOf(1)).isEqualTo("\"string\"");
        Map<String, String> wrong =
                Map.of("basic.auth.credentials.source", "USER_INFO", "basic.auth.user.info", "job:other-31");
        assertThatThrownBy(new ConfluentSchemaRegistry(url, wrong)::requireAnswer)
                .hasMessageContainingAll("401", "basic.auth.user.info")
                .hasMessageNotContaining("other-31");
        assertThatThrownBy(new ConfluentSchemaRegistry(url, Map.of())::requireAnswer)
                .hasMessageContainingAll("401", "has no credentials", "bearer.auth.credentials.source: OAUTHBEARER");
    }

    /** As proxies answer. */
    @Test
    void anAnswerWithoutAReasonIsNamedByItsStatus() {
        refusal = 401;
        reason = "";
        admits = sent -> false;
        assertThatThrownBy(new ConfluentSchemaRegistry(url, Map.of())::requireAnswer)
                .hasMessageContaining(url + ": no reason given (401): this client's credentials");
        refusal = 502;
        assertThatThrownBy(new ConfluentSchemaRegistry(url, Map.of())::requireAnswer)
                .hasMessageContaining(url + ": HTTP status 502; check registry.url");
    }

    @Test
    void loginsThatAreNeverSentAreProblems() {
        assertThat(RegistryProperties.loginProblems(
                        Map.of("basic.auth.credentials.source", "USERINFO", "basic.auth.user.info", "job:pass")))
                .containsExactly("basic.auth.credentials.source: is \"USERINFO\", expected one of "
                        + "[USER_INFO, URL, SASL_INHERIT]");
        assertThat(RegistryProperties.loginProblems(Map.of("bearer.auth.credentials.source", "STATIC")))
                .singleElement()
                .asString()
                .startsWith("bearer.auth.credentials.source: is \"STATIC\", expected one of [OAUTHBEARER, ");
        assertThat(RegistryProperties.loginProblems(Map.of("basic.auth.user.info", "job:pass")))
                .containsExactly("basic.auth.user.info: is set, but is not sent without "
                        + "basic.auth.credentials.source; set that to USER_INFO");
        assertThat(RegistryProperties.loginProblems(
                        Map.of("basic.auth.credentials.source", "USER_INFO", "basic.auth.user.info", "job:pass")))
                .isEmpty();
    }

    @Test
    void aMissingRightIsNamed() {
        refusal = 403;
        admits = sent -> false;
        assertThatThrownBy(new ConfluentSchemaRegistry(url, Map.of())::requireAnswer)
                .hasMessageContainingAll("403", "lacks a permission", "grant it");
    }

    @Test
    void propertiesOfWhichNoClientCanBeMade() {
        assertThatThrownBy(() -> new ConfluentSchemaRegistry(
                        url, Map.of("bearer.auth.credentials.source", "OAUTHBEARER", "bearer.auth.client.id", "x")))
                .isInstanceOf(RuntimeException.class)
                .hasMessageContaining("bearer.auth.");
        assertThat(RegistryProperties.names("confluent"))
                .contains("bearer.auth.scope", "schema.registry.ssl.truststore.location", "basic.auth.user.info");
    }
}
