// SPDX-License-Identifier: Apache-2.0
package io.sensorium.login;

import java.net.URI;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.security.auth.login.AppConfigurationEntry;
import org.apache.kafka.common.config.SaslConfigs;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler;

/**
 * Kafka's login with tokens of an OAuth endpoint, for the endpoint that the pipeline file names. Since 4.0 Kafka's
 * clients use only endpoints and files that a system property of the JVM lists, as protection from whoever configures
 * connectors in somebody else's process. A pipeline file is its operator's own, so what it names is added to the list,
 * in every process in which a client is made. Kafka makes instances by this class's name; safe for several threads.
 */
public final class TokenEndpointLogin extends OAuthBearerLoginCallbackHandler {

    private static final String ALLOWED_URLS = "org.apache.kafka.sasl.oauthbearer.allowed.urls";
    private static final String ALLOWED_FILES = "org.apache.kafka.sasl.oauthbearer.allowed.files";
    private static final List<String> FILES = List.of(
            SaslConfigs.SASL_OAUTHBEARER_ASSERTION_FILE,
            SaslConfigs.SASL_OAUTHBEARER_ASSERTION_PRIVATE_KEY_FILE,
            SaslConfigs.SASL_OAUTHBEARER_ASSERTION_TEMPLATE_FILE);

    /** For Kafka. */
    public TokenEndpointLogin() {}

    @Override
    public void configure(Map<String, ?> configs, String mechanism, List<AppConfigurationEntry> entries) {
        if (configs.get(SaslConfigs.SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL) instanceof String url) {
            allow(ALLOWED_URLS, url);
            if (url.startsWith("file:")) {
                allow(ALLOWED_FILES, URI.create(url).getPath());
            }
        }
        FILES.forEach(name -> {
            if (configs.get(name) instanceof String file) {
                allow(ALLOWED_FILES, file);
            }
        });
        super.configure(configs, mechanism, entries);
    }

    private static synchronized void allow(String property, String resource) {
        Set<String> allowed =
                new LinkedHashSet<>(List.of(System.getProperty(property, "").split(",")));
        if (allowed.add(resource)) {
            allowed.remove("");
            System.setProperty(property, String.join(",", allowed));
        }
    }
}
