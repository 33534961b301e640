// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.run;

import io.sensorium.job.config.PipelineConfig;
import io.sensorium.pipeline.FailureMessages;
import io.sensorium.pipeline.TokenEndpoint;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.common.errors.AuthenticationException;

/** How a pipeline's Kafka clients log in: what is wrong with it, before and after they tried. */
final class KafkaLogin {

    /** Kafka's handler until 4.0, which many pages still name. */
    private static final String FORMER_HANDLER =
            "org.apache.kafka.common.security.oauthbearer.secured.OAuthBearerLoginCallbackHandler";

    private KafkaLogin() {}

    /**
     * Adds a problem for each property without which a login cannot work.
     *
     * @param properties of the file, by name
     */
    static void check(Map<String, String> properties, List<String> problems) {
        String protocol = properties.getOrDefault("security.protocol", "PLAINTEXT");
        if (properties.containsKey("sasl.mechanism")
                && !protocol.contains("${")
                && !protocol.toUpperCase(Locale.ROOT).startsWith("SASL_")) {
            problems.add("kafka.properties.security.protocol: is " + protocol + ", with which sasl.mechanism "
                    + properties.get("sasl.mechanism") + " is not used; set SASL_SSL, or remove sasl.mechanism");
        }
        if (!"OAUTHBEARER".equals(properties.get("sasl.mechanism"))) {
            return;
        }
        String handler = properties.get("sasl.login.callback.handler.class");
        if (FORMER_HANDLER.equals(handler)) {
            problems.add("kafka.properties.sasl.login.callback.handler.class: is " + handler
                    + ", which Kafka 4.0 removed; leave the property out, since " + TokenEndpoint.URL
                    + " suffices here");
        } else if (TokenEndpoint.isUsed(properties) && !properties.containsKey(TokenEndpoint.URL)) {
            problems.add("kafka.properties." + TokenEndpoint.URL
                    + ": is missing, expected the address of the identity "
                    + "provider's token endpoint, such as https://login.example.com/oauth2/token");
        } else if (handler == null
                && !properties.containsKey(TokenEndpoint.URL)
                && !properties.getOrDefault("sasl.jaas.config", "").contains("unsecuredLogin")) {
            problems.add("kafka.properties.sasl.mechanism: is OAUTHBEARER, but no source of tokens is set; set "
                    + TokenEndpoint.URL + ", or sasl.login.callback.handler.class where a library logs in");
        }
    }

    /** Why no client could be made. */
    static String noClient(PipelineConfig config, RuntimeException e) {
        List<String> messages = FailureMessages.of(e);
        String root = messages.get(messages.size() - 1);
        Map<String, String> properties = config.kafka().properties();
        if (TokenEndpoint.isUsed(properties)) {
            return "kafka.properties: there is no token from " + properties.get(TokenEndpoint.URL) + ": " + root
                    + "; check that address, sasl.oauthbearer.client.credentials.client.id and .client.secret (or clientId and "
                    + "clientSecret in sasl.jaas.config), and sasl.oauthbearer.scope";
        }
        return "kafka.properties: no Kafka client can be made with these properties: " + root
                + "; SASL needs sasl.mechanism and sasl.jaas.config, TLS ssl.truststore.location";
    }

    /** Why the broker refused a client. */
    static String refused(PipelineConfig config, AuthenticationException e) {
        return "kafka.properties: the broker at " + config.kafka().bootstrapServers()
                + " refused the login (" + e.getMessage() + "); check "
                + (TokenEndpoint.isUsed(config.kafka().properties())
                        ? "that the broker trusts this issuer (its sasl.oauthbearer.jwks.endpoint.url, .expected.issuer and"
                                + " .expected.audience), the token's scope, and both clocks"
                        : "its user and password, or its certificate (sasl.jaas.config, ssl.keystore.location)");
    }
}
