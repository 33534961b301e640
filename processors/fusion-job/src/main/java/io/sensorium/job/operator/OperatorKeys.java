// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.operator;

import io.sensorium.job.alignment.AlignSettings;
import io.sensorium.job.operator.OperatorPlugin.Scope;
import io.sensorium.pipeline.ConfigNode;
import io.sensorium.pipeline.Suggestions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The keys that several operator types have. Stateless. */
public final class OperatorKeys {

    private static final int MAX_CONTEXT = 64;

    private OperatorKeys() {}

    /** {@code optional}, {@link Operator#optional()}. */
    public static boolean optional(ConfigNode section) {
        return section.flag("optional", false);
    }

    /** {@code inputs}: modalities by slot of the head; each modality feeds one slot, once. */
    public static Map<String, List<String>> inputs(ConfigNode section, Scope scope) {
        Map<String, List<String>> inputs = section.textsByKey("inputs");
        Map<String, String> slots = new HashMap<>();
        inputs.forEach((slot, modalities) -> {
            if (modalities.isEmpty()) {
                section.problem(
                        "inputs." + slot,
                        "is empty, expected a modality or a list of them, such as text or [caption, writing]");
            }
            for (String modality : modalities) {
                if (!scope.modalities().contains(modality)) {
                    section.problem(
                            "inputs." + slot,
                            "names \"" + modality + "\", which is not a modality"
                                    + Suggestions.suggestion(modality, scope.modalities()));
                } else if (slots.containsKey(modality)) {
                    section.problem(
                            "inputs." + slot,
                            "names \"" + modality + "\", which inputs." + slots.get(modality)
                                    + " names already; a modality feeds one slot, once");
                }
                slots.putIfAbsent(modality, slot);
            }
        });
        return inputs;
    }

    /**
     * {@code context}; null where the key is missing. A window that was read as an earlier one is never read again, so
     * nothing may change it afterwards: what late events, deadlines and the order of arrival do to a closed window
     * would be lost in the next.
     */
    public static Context context(ConfigNode section, AlignSettings align) {
        if (!section.has("context")) {
            return null;
        }
        ConfigNode child = section.child("context");
        Context context = new Context(
                child.number("windows", 4, 1, MAX_CONTEXT), child.positiveDuration("ttl", Duration.ofMinutes(10)));
        child.refuseUnknown();
        if (align != null
                && (align.firing().allowedLateness() > 0 || align.firing().maxWait() > 0)) {
            section.problem(
                    "context",
                    "needs windows that do not change once they are written; leave out align.allowed_lateness and "
                            + "align.max_wait, or the context");
        }
        return context;
    }

    /** A copy that Java serialization takes, in the same order. */
    public static Map<String, List<String>> serializable(Map<String, List<String>> inputs) {
        Map<String, List<String>> copy = new LinkedHashMap<>();
        inputs.forEach((slot, names) -> copy.put(slot, new ArrayList<>(names)));
        return copy;
    }
}
