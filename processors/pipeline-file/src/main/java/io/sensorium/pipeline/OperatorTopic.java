// SPDX-License-Identifier: Apache-2.0
package io.sensorium.pipeline;

import java.util.Set;

/** The topic of an operator's results. Stateless. */
public final class OperatorTopic {

    /** Types whose default topic is named after the type, by the contract. */
    private static final Set<String> NAMED_BY_TYPE = Set.of("sentiment", "match");

    private OperatorTopic() {}

    /**
     * An operator's {@code output}; by default {@code results.KEY}.
     *
     * @param type the operator's
     * @param key of the operator
     * @param section its own
     */
    public static String of(String type, String key, ConfigNode section) {
        return section.topic("output", "results." + (NAMED_BY_TYPE.contains(type) ? type : key));
    }
}
