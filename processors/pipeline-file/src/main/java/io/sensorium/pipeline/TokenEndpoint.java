// SPDX-License-Identifier: Apache-2.0
package io.sensorium.pipeline;

import java.util.Map;

/** Properties of Kafka clients that log in with tokens of an OAuth endpoint. */
public final class TokenEndpoint {

    /** The property with the endpoint's address. */
    public static final String URL = "sasl.oauthbearer.token.endpoint.url";

    private static final String HANDLER = "sasl.login.callback.handler.class";
    private static final String KAFKA = "org.apache.kafka.common.security.oauthbearer.";
    private static final String KAFKAS_LOGIN = KAFKA + "OAuthBearerLoginCallbackHandler";
    private static final String LOGIN = "io.sensorium.login.TokenEndpointLogin";

    private TokenEndpoint() {}

    /**
     * Whether a client with these properties logs in with tokens of an endpoint.
     *
     * @param properties as the pipeline file has them
     */
    public static boolean isUsed(Map<String, String> properties) {
        String handler = properties.get(HANDLER);
        return "OAUTHBEARER".equals(properties.get("sasl.mechanism"))
                && (handler == null
                        ? properties.containsKey(URL)
                        : handler.equals(KAFKAS_LOGIN) || handler.equals(LOGIN));
    }

    /** Adds what such a client needs and the properties do not name; Kafka's own login is replaced by ours. */
    static void complete(Map<String, String> properties) {
        if (isUsed(properties)) {
            properties.put(HANDLER, LOGIN);
            properties.putIfAbsent("sasl.jaas.config", KAFKA + "OAuthBearerLoginModule required;");
            // Kafka's default loads classes of the broker's side, whose library clients do not have.
            properties.putIfAbsent("sasl.oauthbearer.jwt.validator.class", KAFKA + "ClientJwtValidator");
        }
    }
}
