// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An identity provider: gives out tokens for client credentials (RFC 6749, 4.4), signed by a key (RS256) whose public
 * half it serves as a JSON Web Key Set.
 */
final class TokenServer implements AutoCloseable {

    static final String ISSUER = "https://issuer.example.com";

    private final HttpServer server;
    private final KeyPair keys;
    private final Map<String, String> secrets;
    private final Duration lifetime;
    private final List<String> issued = new CopyOnWriteArrayList<>();
    private final Map<String, AtomicInteger> issuedTo = new ConcurrentHashMap<>();
    private final Map<String, String> audiences = new ConcurrentHashMap<>();

    /**
     * @param secrets by client
     * @param lifetime of each token, in whole seconds
     */
    TokenServer(Map<String, String> secrets, Duration lifetime) throws Exception {
        this.secrets = secrets;
        this.lifetime = lifetime;
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        keys = generator.generateKeyPair();
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newFixedThreadPool(4));
        server.createContext("/token", exchange -> {
            try (exchange) {
                token(exchange);
            }
        });
        server.createContext("/jwks", exchange -> {
            try (exchange) {
                RSAPublicKey key = (RSAPublicKey) keys.getPublic();
                answer(
                        exchange,
                        200,
                        "{\"keys\": [{\"kty\": \"RSA\", \"alg\": \"RS256\", \"use\": \"sig\", \"kid\": \"test\", \"n\": \""
                                + base64(unsigned(key.getModulus())) + "\", \"e\": \""
                                + base64(unsigned(key.getPublicExponent())) + "\"}]}");
            }
        });
        server.start();
    }

    private void token(HttpExchange exchange) throws IOException {
        String form = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        String authorization = String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"));
        for (Map.Entry<String, String> client : secrets.entrySet()) {
            String expected =
                    "Basic " + Base64.getEncoder().encodeToString(bytes(client.getKey() + ":" + client.getValue()));
            if (expected.equals(authorization) && form.contains("grant_type=client_credentials")) {
                String token = signed(client.getKey());
                issued.add(token);
                issuedTo.computeIfAbsent(client.getKey(), c -> new AtomicInteger())
                        .incrementAndGet();
                answer(
                        exchange,
                        200,
                        "{\"access_token\": \"" + token + "\", \"token_type\": \"Bearer\", \"expires_in\": "
                                + lifetime.toSeconds() + "}");
                return;
            }
        }
        answer(
                exchange,
                401,
                "{\"error\": \"invalid_client\", \"error_description\": \"client authentication failed\"}");
    }

    private String signed(String client) throws IOException {
        long now = Instant.now().getEpochSecond();
        String content = base64(bytes("{\"alg\": \"RS256\", \"typ\": \"JWT\", \"kid\": \"test\"}")) + "."
                + base64(bytes("{\"iss\": \"" + ISSUER + "\", \"aud\": \""
                        + audiences.getOrDefault(client, "sensorium") + "\", \"sub\": \"" + client
                        + "\", \"scope\": \"kafka\", \"iat\": " + now + ", \"exp\": " + (now + lifetime.toSeconds())
                        + ", \"jti\": \"" + issued.size() + "\"}"));
        try {
            Signature signature = Signature.getInstance("SHA256withRSA");
            signature.initSign(keys.getPrivate());
            signature.update(bytes(content));
            return content + "." + base64(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new IOException(e);
        }
    }

    /** Whether an {@code Authorization} header holds a token of this server that has not expired. */
    boolean admits(String authorization) {
        if (authorization == null || !authorization.startsWith("Bearer ")) {
            return false;
        }
        String[] parts = authorization.substring("Bearer ".length()).split("\\.");
        try {
            Signature signature = Signature.getInstance("SHA256withRSA");
            signature.initVerify(keys.getPublic());
            signature.update(bytes(parts[0] + "." + parts[1]));
            String claims = new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8);
            long end = Long.parseLong(claims.replaceAll(".*\"exp\": (\\d+).*", "$1"));
            return signature.verify(Base64.getUrlDecoder().decode(parts[2]))
                    && end > Instant.now().getEpochSecond();
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private static byte[] unsigned(BigInteger number) {
        byte[] bytes = number.toByteArray();
        return bytes[0] == 0 ? Arrays.copyOfRange(bytes, 1, bytes.length) : bytes;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    static void answer(HttpExchange exchange, int status, String json) throws IOException {
        byte[] body = bytes(json);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
    }

    /** A client's tokens are for somebody else from now on. */
    void issueFor(String audience, String client) {
        audiences.put(client, audience);
    }

    /** Every token that was given out. */
    List<String> issued() {
        return issued;
    }

    int issuedTo(String client) {
        AtomicInteger count = issuedTo.get(client);
        return count == null ? 0 : count.get();
    }

    String url(String path) {
        return "http://127.0.0.1:" + server.getAddress().getPort() + path;
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
