// SPDX-License-Identifier: Apache-2.0
package io.sensorium.pipeline;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Secrets among client properties. The file contains only references: {@code ${env:NAME}}, {@code ${file:PATH:KEY}} (of
 * a properties file) or {@code ${directory:FOLDER:FILE}}, and Kafka's own configuration providers put the value in
 * where a client is made, which on a cluster is on each worker. So no secret is in the job that is submitted, in a
 * checkpoint, or on a page that shows the configuration.
 */
final class ClientSecrets {

    private static final Pattern SECRET_KEY =
            Pattern.compile("(?i).*(password|passphrase|secret|user\\.info|keystore\\.key|bearer\\.auth\\.token).*");
    private static final Pattern PLAINTEXT_IN_JAAS =
            Pattern.compile("(?is).*(password|secret)\\s*=\\s*(?![\"']?\\$\\{)[^\\s;].*");
    private static final Pattern REFERENCE = Pattern.compile("(?s).*\\$\\{[^}]+:[^}]+}.*");
    /** As Kafka's own pattern for them: provider, path where there is one, and key. */
    private static final Pattern PARTS = Pattern.compile("\\$\\{([^}]*?):(?:([^}]*?):)?([^}]*?)}");

    private static final Pattern USER_IN_URL = Pattern.compile("[^/]+://[^/@]+@.*");
    private static final String PROVIDERS = "org.apache.kafka.common.config.provider.";

    private ClientSecrets() {}

    /**
     * Reports every property that contains a plaintext secret.
     *
     * @param key of the mapping in the file
     */
    static void refusePlaintext(ConfigNode node, String key, Map<String, String> properties) {
        properties.forEach((name, value) -> {
            boolean plaintext = name.toLowerCase(Locale.ROOT).endsWith("jaas.config")
                    ? PLAINTEXT_IN_JAAS.matcher(value).matches()
                    : SECRET_KEY.matcher(name).matches()
                            && !name.endsWith(".location")
                            && !REFERENCE.matcher(value).matches();
            if (plaintext) {
                node.problem(
                        key + "." + name,
                        "contains a plaintext secret; put it into the environment and write ${env:NAME}, or into a "
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

    /**
     * One problem for each reference that this process cannot resolve. Kafka's clients report a missing file, but pass
     * on the text of a reference whose variable is not set or whose file lacks the key, and the broker then refuses a
     * password that nobody chose. Properties that configure providers of their own are not checked.
     *
     * @param key of the mapping in the file
     * @param environment of the process
     */
    static List<String> unresolved(String key, Map<String, String> properties, Map<String, String> environment) {
        List<String> problems = new ArrayList<>();
        if (properties.containsKey("config.providers")) {
            return problems;
        }
        properties.forEach((name, value) -> {
            Matcher reference = PARTS.matcher(value);
            while (reference.find()) {
                missing(reference.group(1), reference.group(2), reference.group(3), environment)
                        .ifPresent(missing -> problems.add(
                                key + "." + name + ": refers to " + reference.group() + ", but " + missing));
            }
        });
        return problems;
    }

    /** What is missing, and how to fix it; empty where the reference can be resolved, or names another provider. */
    private static Optional<String> missing(String provider, String path, String key, Map<String, String> environment) {
        try {
            return switch (provider) {
                case "env" ->
                    environment.containsKey(key)
                            ? Optional.empty()
                            : Optional.of("the environment variable " + key
                                    + " is not set; set it for this command, and on a cluster for every JobManager and"
                                    + " TaskManager");
                case "file" ->
                    path == null || hasProperty(Path.of(path), key)
                            ? Optional.empty()
                            : Optional.of("the file has no property " + key + "; add it, or correct the reference");
                case "directory" ->
                    path == null || Files.isReadable(Path.of(path, key))
                            ? Optional.empty()
                            : Optional.of("there is no such file that this user may read; create it, or correct the"
                                    + " reference");
                default -> Optional.empty();
            };
        } catch (IOException | InvalidPathException e) {
            return Optional.of("the file cannot be read (" + e + "); create it, or correct the reference");
        }
    }

    private static boolean hasProperty(Path file, String key) throws IOException {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        }
        return properties.containsKey(key);
    }
}
