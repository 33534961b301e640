// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.config;

import io.sensorium.job.text.TermList;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * Rules over what is known of a window.
 *
 * @param output topic of the decisions
 * @param rules in the file's order
 * @param lists terms that rules look for in texts
 * @param toxicity what rates the events' texts
 */
public record Moderation(String output, List<Rule> rules, List<TermList> lists, Toxicity toxicity)
        implements Serializable {

    /** Lists that Flink can send with the job. */
    public Moderation {
        rules = new ArrayList<>(rules);
        lists = new ArrayList<>(lists);
    }

    /**
     * Heads that rate each event's text by its embedding.
     *
     * @param heads name or name@version of each; empty for none
     * @param modalities whose events are rated; empty for all with a text encoder
     */
    public record Toxicity(List<String> heads, List<String> modalities) implements Serializable {

        /** Lists that Flink can send with the job. */
        public Toxicity {
            heads = new ArrayList<>(heads);
            modalities = new ArrayList<>(modalities);
        }
    }

    /** The list of a name, which a checked pipeline has. */
    public TermList list(String name) {
        return lists.stream()
                .filter(list -> list.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no list " + name));
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
