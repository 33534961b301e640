// SPDX-License-Identifier: Apache-2.0
package io.sensorium.pipeline;

import java.io.Serializable;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the schemas are.
 *
 * @param type which API the registry has: {@code confluent} or {@code apicurio}
 * @param url base of that API
 * @param properties of its client
 */
public record RegistryAccess(String type, String url, Map<String, String> properties) implements Serializable {

    private static final Pattern OTHER_API = Pattern.compile("/apis/(ccompat|registry/v[12])\\b");

    /** What the file may name. */
    private enum Api {
        CONFLUENT,
        APICURIO
    }

    /** Reads the file's {@code registry}. */
    public static RegistryAccess read(ConfigNode root) {
        ConfigNode node = root.child("registry");
        Api api = node.choice("type", Api.class, Api.CONFLUENT);
        RegistryAccess registry = new RegistryAccess(
                api.name().toLowerCase(Locale.ROOT),
                node.text("url", "http://localhost:8081"),
                node.properties("properties"));
        Matcher other = OTHER_API.matcher(registry.url());
        if (api == Api.APICURIO && other.find()) {
            node.problem(
                    "url",
                    "is \"" + registry.url() + "\", but type is apicurio, whose address ends in /apis/registry/v3; "
                            + "with Apicurio's /apis/ccompat/v7 the type is confluent");
        } else if (api == Api.CONFLUENT && registry.url().contains("/apis/registry/")) {
            node.problem(
                    "url",
                    "is \"" + registry.url() + "\", which is Apicurio's own API; set type: apicurio, or use its "
                            + "/apis/ccompat/v7");
        }
        for (String url : registry.url().split(",")) {
            if (!url.strip().matches("(?i)https?://[^/\\s]+.*")) {
                node.problem(
                        "url",
                        "is \"" + url.strip() + "\", expected an http or https address, such as http://localhost:8081");
            }
        }
        ClientSecrets.refusePlaintext(node, "properties", registry.properties());
        ClientSecrets.refuseUser(node, "url", registry.url());
        node.refuseUnknown();
        return registry;
    }

    /**
     * References to secrets that cannot be resolved in a process, a message for each.
     *
     * @param environment of the process
     */
    public List<String> unresolvedSecrets(Map<String, String> environment) {
        return ClientSecrets.unresolved("registry.properties", properties, environment);
    }
}
