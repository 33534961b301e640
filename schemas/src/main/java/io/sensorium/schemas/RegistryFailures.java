// SPDX-License-Identifier: Apache-2.0
package io.sensorium.schemas;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.cert.CertPathBuilderException;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.security.bearerauth.oauth.exceptions.SchemaRegistryOauthTokenRetrieverException;

/** Why a registry did not do what it was asked for, with what to change. No message contains a secret. */
final class RegistryFailures {

    /** Characters; a proxy's answer may be a whole page. */
    private static final int MAX_REASON = 500;

    private static final Pattern BARE = Pattern.compile("(null)?\\s*; error code: -?[0-9]+");

    private static final ObjectMapper JSON = new ObjectMapper();

    private RegistryFailures() {}

    /**
     * @param what the request, as in "could not read schema 7"
     * @param url of the registry
     * @param credentials the client's properties, secrets resolved
     */
    static IOException of(String what, String url, Map<String, String> credentials, Exception e) {
        String failed =
                "could not " + what + (what.startsWith("register") ? " in" : " from") + " the registry " + url + ": ";
        Optional<String> token = unusableToken(credentials, e);
        if (token.isPresent()) {
            // Without the cause: its message contains the token, and causes are printed and logged.
            return new IOException(failed + token.get());
        }
        int status = e instanceof RestClientException answer ? answer.getStatus() : 0;
        return new IOException(failed + reason(e) + advice(status, credentials, e), e);
    }

    /** What is wrong with a token that could not be sent, by the messages of Kafka and the JDK, which contain it. */
    private static Optional<String> unusableToken(Map<String, String> credentials, Exception e) {
        String source = RegistryProperties.usesTokenEndpoint(credentials)
                ? credentials.get(RegistryProperties.TOKEN_ENDPOINT)
                : RegistryProperties.STATIC_TOKEN + " in registry.properties";
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            String message = String.valueOf(cause.getMessage());
            if (message.contains("JWT provided")) {
                return Optional.of("the token from " + source + " is not a JWT, which has three parts with dots "
                        + "between them; set up the endpoint to issue JWTs");
            }
            if (message.contains("header value") || message.contains("Bearer ")) {
                return Optional.of("the token from " + source + " has a line break or another character that no HTTP "
                        + "header may have; put the token alone, on one line, where it comes from");
            }
        }
        return Optional.empty();
    }

    private static String reason(Exception e) {
        Throwable cause = e;
        if (e instanceof SchemaRegistryOauthTokenRetrieverException) {
            while (cause.getCause() != null && cause.getCause().getMessage() != null) {
                cause = cause.getCause();
            }
        }
        if (e instanceof RestClientException answer && isBare(answer)) {
            return answer.getStatus() == 401 || answer.getStatus() == 403
                    ? "no reason given"
                    : "HTTP status " + answer.getStatus();
        }
        String reason = cause.getMessage() == null ? cause.toString() : cause.getMessage();
        return reason.length() <= MAX_REASON ? reason : reason.substring(0, MAX_REASON) + "…";
    }

    /** Whether an answer has no reason in it; the client's message is its error code alone then. */
    private static boolean isBare(RestClientException answer) {
        String message = answer.getMessage();
        return message == null || message.isBlank() || BARE.matcher(message).matches();
    }

    private static String advice(int status, Map<String, String> credentials, Exception e) {
        if (e instanceof SchemaRegistryOauthTokenRetrieverException) {
            return "; there is no token from " + credentials.get(RegistryProperties.TOKEN_ENDPOINT)
                    + ": check bearer.auth.issuer.endpoint.url, bearer.auth.client.id, bearer.auth.client.secret and "
                    + "bearer.auth.scope in registry.properties, and that the endpoint issues JWTs";
        }
        if (status == 401) {
            return " (401): this client's credentials are not accepted; " + login(credentials);
        }
        if (status == 403) {
            return " (403): this client lacks a permission; grant it read on subjects and "
                    + "schemas, and write on the subjects of the output topics";
        }
        if (status == 404) {
            return ", which is not a schema registry's answer: the path may be wrong, or a proxy may be in between; "
                    + "check registry.url";
        }
        return certificates(e)
                .orElse("; check registry.url and registry.properties, and that the registry is up"
                        + (has(e, ConnectException.class)
                                        || has(e, UnknownHostException.class)
                                        || has(e, SocketTimeoutException.class)
                                ? " and can be reached from here"
                                : ""));
    }

    private static String login(Map<String, String> credentials) {
        String token = credentials.get(RegistryProperties.STATIC_TOKEN);
        if (RegistryProperties.usesTokenEndpoint(credentials)) {
            return "a new token from " + credentials.get(RegistryProperties.TOKEN_ENDPOINT)
                    + " was refused as well: check that the registry trusts that issuer, and bearer.auth.scope, "
                    + "bearer.auth.logical.cluster and bearer.auth.identity.pool.id";
        }
        if (credentials.containsKey(RegistryProperties.BEARER_SOURCE) && token != null) {
            return expiry(token)
                            .filter(Instant.now()::isAfter)
                            .map(end -> "the token of bearer.auth.token expired at " + end + ": ")
                            .orElse("")
                    + "replace the token that bearer.auth.token is set to, or set "
                    + "bearer.auth.credentials.source: OAUTHBEARER, whose tokens are renewed";
        }
        if (credentials.containsKey(RegistryProperties.BASIC_SOURCE)) {
            return "check the user and password of basic.auth.user.info in registry.properties";
        }
        return "registry.properties has no credentials: set basic.auth.credentials.source: USER_INFO and "
                + "basic.auth.user.info, or bearer.auth.credentials.source: OAUTHBEARER and its client";
    }

    private static Optional<String> certificates(Exception e) {
        if (has(e, CertPathBuilderException.class)) {
            return Optional.of("; the registry's certificate is not signed by a CA that this client trusts: name a "
                    + "store with that CA in schema.registry.ssl.truststore.location");
        }
        if (has(e, SSLException.class)) {
            return Optional.of(
                    "; TLS fails: check that registry.url has the registry's scheme (http or https), its "
                            + "name in the certificate, and schema.registry.ssl.keystore.location if it requires a certificate");
        }
        return Optional.empty();
    }

    private static boolean has(Throwable e, Class<? extends Throwable> type) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (type.isInstance(cause)) {
                return true;
            }
        }
        return false;
    }

    /** When a token expires; empty where it is no JWT or does not contain it. */
    private static Optional<Instant> expiry(String token) {
        try {
            JsonNode claims = JSON.readTree(Base64.getUrlDecoder().decode(token.split("\\.")[1]));
            return claims.path("exp").isNumber()
                    ? Optional.of(Instant.ofEpochSecond(claims.get("exp").longValue()))
                    : Optional.empty();
        } catch (IOException | RuntimeException e) {
            return Optional.empty();
        }
    }
}
