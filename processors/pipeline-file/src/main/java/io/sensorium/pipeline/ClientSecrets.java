// SPDX-License-Identifier: Apache-2.0
package io.sensorium.pipeline;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Secrets among client properties. The file contains only references: {@code ${env:NAME}}, {@code ${file:PATH:KEY}} (of
 * a properties file) or {@code ${directory:FOLDER:FILE}}, and Kafka's own configuration providers put the value in
 * where a client is made, which on a cluster is on each worker. So no secret is in the job that is submitted, in a
 * checkpoint, or on a page that shows the configuration.
 */
final class ClientSecrets {

    private static final Pattern SECRET_KEY =
            Pattern.compile("(?i).*(password|secret|user\\.info|keystore\\.key|bearer\\.auth\\.token).*");
    private static final Pattern OPEN_IN_JAAS =
            Pattern.compile("(?is).*(password|secret)\\s*=\\s*(?!\"?\\$\\{)[^\\s;].*");
    private static final Pattern REFERENCE = Pattern.compile("(?s).*\\$\\{[^}]+:[^}]+}.*");
    private static final Pattern USER_IN_URL = Pattern.compile("[^/]+://[^/@]+@.*");
    private static final String PROVIDERS = "org.apache.kafka.common.config.provider.";

    private ClientSecrets() {}

    /**
     * Reports every property that contains a secret in plain text.
     *
     * @param key of the mapping in the file
     */
    static void refuseOpen(ConfigNode node, String key, Map<String, String> properties) {
        properties.forEach((name, value) -> {
            boolean open = name.toLowerCase(Locale.ROOT).endsWith("jaas.config")
                    ? OPEN_IN_JAAS.matcher(value).matches()
                    : SECRET_KEY.matcher(name).matches()
                            && !name.endsWith(".location")
                            && !REFERENCE.matcher(value).matches();
            if (open) {
                node.problem(
                        key + "." + name,
                        "contains a secret in plain text; put it into the environment and write ${env:NAME}, or into a "
                                + "properties file and write ${file:PATH:KEY}");
            }
        });
    }

    /** Reports an address that holds a user name. */
    static void refuseUser(ConfigNode node, String key, String url) {
        if (USER_IN_URL.matcher(url).matches()) {
            node.problem(
                    key,
                    "holds a user name; write basic.auth.credentials.source: USER_INFO and basic.auth.user.info: "
                            + "${env:NAME} into registry.properties");
        }
    }

    /** The properties with the configuration providers that their references need, where they name none. */
    static Map<String, String> withProviders(Map<String, String> properties) {
        Map<String, String> all = new LinkedHashMap<>(properties);
        if (!properties.containsKey("config.providers")
                && properties.values().stream().anyMatch(REFERENCE.asMatchPredicate())) {
            all.put("config.providers", "env,file,directory");
            all.put("config.providers.env.class", PROVIDERS + "EnvVarConfigProvider");
            all.put("config.providers.file.class", PROVIDERS + "FileConfigProvider");
            all.put("config.providers.directory.class", PROVIDERS + "DirectoryConfigProvider");
        }
        return all;
    }
}
