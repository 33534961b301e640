// SPDX-License-Identifier: Apache-2.0
package io.sensorium.pipeline;

import java.io.Serializable;
import java.util.List;
import java.util.Map;

/**
 * Where the schemas are.
 *
 * @param url base of the Confluent API
 * @param properties of the Confluent client
 */
public record RegistryAccess(String url, Map<String, String> properties) implements Serializable {

    /** Reads the file's {@code registry}. */
    public static RegistryAccess read(ConfigNode root) {
        ConfigNode node = root.child("registry");
        RegistryAccess registry =
                new RegistryAccess(node.text("url", "http://localhost:8081"), node.properties("properties"));
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
