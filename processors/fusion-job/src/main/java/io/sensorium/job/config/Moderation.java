// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.config;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * Rules over what is known of a window.
 *
 * @param output topic of the decisions
 * @param rules in the file's order
 */
public record Moderation(String output, List<Rule> rules) implements Serializable {

    /** A list that Flink can send with the job. */
    public Moderation {
        rules = new ArrayList<>(rules);
    }

    /** Whether there are rules. */
    public boolean on() {
        return !rules.isEmpty();
    }

    /**
     * @param version the file's own count of the rule's changes
     * @param when the condition's text
     * @param action a word for the consumer that acts on decisions
     */
    public record Rule(String name, int version, String when, String action, Severity severity, Mode mode)
            implements Serializable {

        /** The operator key of its decisions, part of their ids. */
        public String key() {
            return "moderation." + name;
        }
    }

    /** The severity of a decision. */
    public enum Severity {
        LOW,
        MEDIUM,
        HIGH,
        CRITICAL
    }

    /** Whether decisions are to be acted on, or to be looked at only. */
    public enum Mode {
        ENFORCE,
        SHADOW
    }
}
