// SPDX-License-Identifier: Apache-2.0
package io.sensorium.schemas;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.SchemaRegistryClientConfig;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.security.SslFactory;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.security.basicauth.BasicAuthCredentialProviderFactory;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.security.bearerauth.BearerAuthCredentialProviderFactory;

/**
 * Requests to Apicurio's own API, with the logins and TLS settings of Confluent's client. The client that Apicurio
 * publishes needs a parent POM that Maven Central does not have. Safe for several threads.
 */
final class ApicurioHttp {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String SSL = SchemaRegistryClientConfig.CLIENT_NAMESPACE;
    private static final String DEFAULT_TIMEOUT_MS = "60000";
    private static final int UNAUTHORIZED = 401;

    /** Gives the Authorization header of a request; null where there is none. */
    private interface Login {
        String header(URI to) throws IOException;
    }

    private final String url;
    private final RenewedCredentials credentials;
    private final HttpClient http;
    private final Duration timeout;
    private volatile Login login;

    /**
     * @param url base of the API, path included
     * @param properties with references to secrets
     */
    ApicurioHttp(String url, Map<String, String> properties) {
        this.url = url.replaceFirst("/+$", "");
        this.credentials = new RenewedCredentials(properties);
        Map<String, String> now = credentials.current();
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(ms(now, SchemaRegistryClientConfig.HTTP_CONNECT_TIMEOUT_MS));
        Map<String, String> ssl = new HashMap<>();
        now.forEach((name, value) -> {
            if (name.startsWith(SSL + "ssl.")) {
                ssl.put(name.substring(SSL.length()), value);
            }
        });
        if (!ssl.isEmpty()) {
            builder.sslContext(new SslFactory(ssl).sslContext());
        }
        String host = now.get(RegistryProperties.PROXY_HOST);
        String port = now.get(RegistryProperties.PROXY_PORT);
        if (host != null && port != null) {
            builder.proxy(ProxySelector.of(InetSocketAddress.createUnresolved(host, Integer.parseInt(port))));
        }
        this.http = builder.build();
        this.timeout = ms(now, SchemaRegistryClientConfig.HTTP_READ_TIMEOUT_MS);
        this.login = login(now);
    }

    private static Duration ms(Map<String, String> properties, String name) {
        return Duration.ofMillis(Long.parseLong(properties.getOrDefault(name, DEFAULT_TIMEOUT_MS)));
    }

    private static Login login(Map<String, String> properties) {
        String basic = properties.get(RegistryProperties.BASIC_SOURCE);
        String bearer = properties.get(RegistryProperties.BEARER_SOURCE);
        if (basic != null && bearer != null) {
            throw new IllegalArgumentException("only one of " + RegistryProperties.BASIC_SOURCE + " and "
                    + RegistryProperties.BEARER_SOURCE + " may be set");
        }
        if (basic != null) {
            var provider = BasicAuthCredentialProviderFactory.getBasicAuthCredentialProvider(basic, properties);
            return to -> "Basic "
                    + Base64.getEncoder()
                            .encodeToString(provider.getUserInfo(to.toURL()).getBytes(StandardCharsets.UTF_8));
        }
        if (bearer != null) {
            var provider = BearerAuthCredentialProviderFactory.getBearerAuthCredentialProvider(bearer, properties);
            return to -> "Bearer " + provider.getBearerToken(to.toURL());
        }
        return to -> null;
    }

    /** The properties with the secrets that are sent now. */
    Map<String, String> credentials() {
        return credentials.current();
    }

    /**
     * What a path holds.
     *
     * @throws NamedErrorException when the registry answers with an error of its own
     * @throws RestClientException when something answers with another error
     * @throws IOException when nothing answers
     */
    byte[] get(String path) throws IOException, RestClientException {
        return send(path, HttpRequest.newBuilder().GET());
    }

    /** {@link #get(String)} as JSON. */
    JsonNode json(String path) throws IOException, RestClientException {
        return JSON.readTree(get(path));
    }

    /** Sends JSON to a path and gives the answer's, with the exceptions of {@link #get(String)}. */
    JsonNode post(String path, JsonNode body) throws IOException, RestClientException {
        return JSON.readTree(send(
                path,
                HttpRequest.newBuilder()
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofByteArray(JSON.writeValueAsBytes(body)))));
    }

    private byte[] send(String path, HttpRequest.Builder request) throws IOException, RestClientException {
        request.uri(URI.create(url + path)).timeout(timeout);
        Map<String, String> sent = credentials.current();
        HttpResponse<byte[]> answer = once(request);
        if (answer.statusCode() == UNAUTHORIZED && credentials.renewed(sent, now -> login = login(now))) {
            answer = once(request);
        }
        if (answer.statusCode() / 100 == 2) {
            return answer.body();
        }
        throw error(answer);
    }

    private HttpResponse<byte[]> once(HttpRequest.Builder request) throws IOException {
        String header = login.header(request.build().uri());
        if (header != null) {
            request.setHeader("Authorization", header);
        }
        try {
            return http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for the registry", e);
        }
    }

    private static RestClientException error(HttpResponse<byte[]> answer) {
        String text = new String(answer.body(), StandardCharsets.UTF_8);
        try {
            JsonNode error = JSON.readTree(answer.body());
            if (error.path("name").isTextual() && error.path("title").isTextual()) {
                return new NamedErrorException(
                        error.get("name").asText(), error.get("title").asText(), answer.statusCode());
            }
        } catch (IOException e) {
            // Not the registry's; the text is shown as it is.
        }
        return new RestClientException(text, answer.statusCode(), answer.statusCode());
    }

    /** An error that the registry itself answered with. */
    static final class NamedErrorException extends RestClientException {
        private static final long serialVersionUID = 1L;

        private final String name;

        NamedErrorException(String name, String message, int status) {
            super(message, status, status);
            this.name = name;
        }

        /** Such as {@code ContentNotFoundException}. */
        String name() {
            return name;
        }
    }
}
