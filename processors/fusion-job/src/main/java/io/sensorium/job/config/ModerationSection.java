// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.config;

import io.sensorium.job.config.Moderation.Mode;
import io.sensorium.job.config.Moderation.Rule;
import io.sensorium.job.config.Moderation.Severity;
import io.sensorium.job.config.Moderation.Toxicity;
import io.sensorium.job.moderation.Condition;
import io.sensorium.job.moderation.ConditionException;
import io.sensorium.pipeline.ConfigNode;
import io.sensorium.pipeline.ModerationTopic;
import io.sensorium.pipeline.Suggestions;
import java.util.ArrayList;
import java.util.List;

/** The {@code moderation} section of a pipeline file. */
final class ModerationSection {

    private ModerationSection() {}

    /** @param modalities the names of all modalities */
    static Moderation read(ConfigNode root, List<String> modalities) {
        ConfigNode node = root.child("moderation");
        List<Rule> rules = new ArrayList<>();
        node.child("rules").children().forEach((name, rule) -> rules.add(rule(node, name, rule)));
        Toxicity toxicity = toxicity(node, modalities);
        if (root.has("moderation") && rules.isEmpty() && toxicity.heads().isEmpty()) {
            node.problem(
                    "rules",
                    "is empty; state one at least, such as explicit: {when: moderation.porn > 0.8, action: hide}, or remove the section");
        }
        Moderation moderation = new Moderation(ModerationTopic.read(node), rules, TermsSection.read(node), toxicity);
        node.refuseUnknown();
        return moderation;
    }

    private static Toxicity toxicity(ConfigNode moderation, List<String> modalities) {
        ConfigNode node = moderation.child("toxicity");
        Toxicity toxicity = new Toxicity(node.texts("heads"), node.texts("modalities"));
        if (moderation.has("toxicity") && toxicity.heads().isEmpty()) {
            node.problem("heads", "is empty; name one at least, such as [text-offensive-early], or remove the section");
        }
        toxicity.modalities().stream()
                .filter(name -> !modalities.contains(name))
                .forEach(name -> node.problem(
                        "modalities",
                        "names \"" + name + "\", which is not a modality" + Suggestions.suggestion(name, modalities)));
        node.refuseUnknown();
        return toxicity;
    }

    private static Rule rule(ConfigNode node, String name, ConfigNode rule) {
        if (!name.matches("[A-Za-z0-9_-]{1,64}")) {
            node.problem(
                    "rules." + name, "is no name for a rule, expected 1 to 64 letters, digits, dashes or underscores");
        }
        String when = rule.required("when", "state a condition, such as moderation.porn > 0.8");
        if (!when.isEmpty()) {
            try {
                Condition.parse(when);
            } catch (ConditionException e) {
                rule.problem("when", e.getMessage());
            }
        }
        String action = rule.required("action", "name the action, such as hide or review");
        if (!action.isEmpty() && !action.matches("[A-Za-z0-9_-]{1,64}")) {
            rule.problem(
                    "action", "is \"" + action + "\", expected one word of letters, digits, dashes or underscores");
        }
        Rule read = new Rule(
                name,
                rule.number("version", 1, 0, Integer.MAX_VALUE),
                when,
                action,
                rule.choice("severity", Severity.class, Severity.MEDIUM),
                rule.choice("mode", Mode.class, Mode.ENFORCE));
        rule.refuseUnknown();
        return read;
    }
}
