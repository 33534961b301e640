// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.moderation;

import io.sensorium.job.moderation.Condition.Comparison;
import io.sensorium.job.moderation.Condition.Flag;
import io.sensorium.job.moderation.Condition.Literal;
import io.sensorium.job.moderation.Condition.Measured;
import io.sensorium.job.moderation.Condition.Membership;
import io.sensorium.job.moderation.Condition.Operand;
import io.sensorium.job.moderation.Condition.Variable;
import io.sensorium.job.text.FoldedText;
import io.sensorium.pipeline.Suggestions;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Predicate;

/** Whether a condition makes sense in a pipeline: its names are known, and what it compares is of one kind. */
public final class ConditionCheck {

    private final Map<String, ValueKind> known;
    private final Predicate<String> open;
    private final TextNames texts;
    private final List<String> problems;

    private ConditionCheck(
            Map<String, ValueKind> known, Predicate<String> open, TextNames texts, List<String> problems) {
        this.known = known;
        this.open = open;
        this.texts = texts;
        this.problems = problems;
    }

    /**
     * Adds every problem of a condition, each with its place.
     *
     * @param known kind by variable
     * @param open the further variables of which it is not known whether there are any
     * @param texts what it may say of texts
     */
    public static void check(
            Condition condition,
            Map<String, ValueKind> known,
            Predicate<String> open,
            TextNames texts,
            List<String> problems) {
        new ConditionCheck(known, open, texts, problems).check(condition);
    }

    private void check(Condition condition) {
        condition.operands().stream()
                .filter(Variable.class::isInstance)
                .map(Variable.class::cast)
                .filter(variable -> !known.containsKey(variable.name()) && !open.test(variable.name()))
                .forEach(variable -> problems.add("at " + variable.at() + ": \"" + variable.name()
                        + "\" is not a value of this pipeline's windows"
                        + Suggestions.suggestion(variable.name(), known.keySet())));
        condition.operands().stream()
                .filter(Measured.class::isInstance)
                .map(Measured.class::cast)
                .forEach(this::check);
        if (condition instanceof Comparison comparison) {
            ValueKind left = kind(comparison.left());
            ValueKind right = kind(comparison.right());
            if (left != null && right != null && left != right) {
                problems.add("at " + comparison.right().at() + ": compares " + left.words() + " with " + right.words());
            } else if (comparison.comparator().orders()
                    && (left != null && left != ValueKind.NUMBER || right != null && right != ValueKind.NUMBER)) {
                problems.add("at " + comparison.left().at() + ": "
                        + comparison.comparator().sign() + " compares numbers; use == or != or in [...]");
            }
        } else if (condition instanceof Membership membership) {
            ValueKind kind = kind(membership.operand());
            membership.among().stream()
                    .filter(literal -> kind != null && kind(literal) != kind)
                    .forEach(literal -> problems.add("at " + literal.at() + ": looks for "
                            + kind(literal).words() + " where there is " + kind.words()));
        } else if (condition instanceof Flag flag
                && known.containsKey(flag.variable().name())
                && kind(flag.variable()) != ValueKind.FLAG) {
            problems.add("at " + flag.variable().at() + ": \"" + flag.variable().name() + "\" is "
                    + kind(flag.variable()).words() + "; compare it with something, such as > 0.5");
        }
        condition.parts().forEach(this::check);
    }

    private void check(Measured measured) {
        TextMeasure measure = measured.measure();
        if (measure.kind() == TextMeasure.Kind.TERMS && !texts.lists().contains(measure.argument())) {
            problems.add("at " + measured.argumentAt() + ": \"" + measure.argument()
                    + "\" is not a list under moderation.terms"
                    + Suggestions.suggestion(measure.argument(), texts.lists()));
        }
        if (measure.kind() == TextMeasure.Kind.CONTAINS
                && FoldedText.phrase(measure.argument()).isEmpty()) {
            problems.add("at " + measured.argumentAt() + ": every text contains \"" + measure.argument()
                    + "\"; name a word or a phrase");
        }
        String modality = measure.modality();
        if (!texts.modalities().contains(modality)) {
            problems.add("at " + measured.modalityAt() + ": \"" + modality + "\" is not a modality"
                    + Suggestions.suggestion(modality, texts.modalities()));
        } else if (!texts.withText().contains(modality) && !texts.open().contains(modality)) {
            problems.add("at " + measured.modalityAt() + ": the events of \"" + modality + "\" have no text; "
                    + (texts.withText().isEmpty()
                            ? "no modality's have"
                            : "those of " + String.join(", ", new TreeSet<>(texts.withText())) + " have"));
        }
    }

    /** Null where it is not known, which is a problem of its own, or open. */
    private ValueKind kind(Operand operand) {
        if (operand instanceof Measured) {
            return ValueKind.NUMBER;
        }
        return operand instanceof Variable variable
                ? known.get(variable.name())
                : ValueKind.of(((Literal) operand).constant());
    }
}
