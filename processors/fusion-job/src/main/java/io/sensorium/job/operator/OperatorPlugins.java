// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.operator;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/** The operator types on the class path. Immutable; for any thread. */
public final class OperatorPlugins {

    private static final Map<String, OperatorPlugin> BY_TYPE = load();

    private OperatorPlugins() {}

    private static Map<String, OperatorPlugin> load() {
        Map<String, OperatorPlugin> byType = new LinkedHashMap<>();
        try {
            for (OperatorPlugin plugin :
                    ServiceLoader.load(OperatorPlugin.class, OperatorPlugin.class.getClassLoader())) {
                OperatorPlugin other = byType.putIfAbsent(plugin.type(), plugin);
                if (other != null) {
                    throw new IllegalStateException("operator type \"" + plugin.type() + "\" is registered by "
                            + other.getClass().getName() + " and by "
                            + plugin.getClass().getName() + ", expected one plug-in for each type; remove one of them");
                }
            }
        } catch (ServiceConfigurationError | LinkageError e) {
            throw new IllegalStateException(
                    "an operator plug-in cannot be loaded (" + e
                            + "); it has to be in the same jar or folder of jars as the job, not in Flink's lib",
                    e);
        }
        return byType;
    }

    /** Every type, in the order of registration. */
    public static List<String> types() {
        return List.copyOf(BY_TYPE.keySet());
    }

    /** The plug-in of a type; empty where none is registered. */
    public static Optional<OperatorPlugin> find(String type) {
        return Optional.ofNullable(BY_TYPE.get(type));
    }
}
