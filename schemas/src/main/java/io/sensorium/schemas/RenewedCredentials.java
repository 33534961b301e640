// SPDX-License-Identifier: Apache-2.0
package io.sensorium.schemas;

import java.util.Map;
import java.util.function.Consumer;

/**
 * A client's properties with secrets that may change while it runs: references to them are resolved again, and tokens
 * of an endpoint requested anew, when a registry refused the ones that were sent. Safe for several threads.
 */
final class RenewedCredentials {

    private final Map<String, String> properties;
    private volatile Map<String, String> current;

    /** @param properties with references to secrets, as the pipeline file has them */
    RenewedCredentials(Map<String, String> properties) {
        this.properties = Map.copyOf(properties);
        this.current = RegistryProperties.resolved(properties);
    }

    /** The properties with the secrets that are sent now. */
    Map<String, String> current() {
        return current;
    }

    /**
     * Looks for newer credentials than those that were refused.
     *
     * @param login makes the client use new ones
     * @return whether there are any, so that a request is worth another try
     */
    synchronized boolean renewed(Map<String, String> refused, Consumer<Map<String, String>> login) {
        if (current != refused) {
            return true;
        }
        Map<String, String> now = RegistryProperties.resolved(properties);
        // The same password again would be one more failed login, of which some servers allow few.
        if (!RegistryProperties.usesTokenEndpoint(now) && now.equals(refused)) {
            return false;
        }
        login.accept(now);
        current = now;
        return true;
    }
}
