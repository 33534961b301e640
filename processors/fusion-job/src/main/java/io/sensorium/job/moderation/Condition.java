// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.moderation;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiPredicate;

/** When a rule fires: a tree of comparisons. Immutable. */
public sealed interface Condition {

    /**
     * Parses a condition.
     *
     * @throws ConditionException with line and column of what is wrong
     */
    static Condition parse(String text) throws ConditionException {
        return ConditionParsing.parse(text);
    }

    /**
     * Whether it holds.
     *
     * @param values what is known of a window by variable: {@link Double}, {@link String} or {@link Boolean}
     */
    TriState evaluate(Map<String, Object> values);

    /** The conditions that it is made of. */
    default List<Condition> parts() {
        return List.of();
    }

    /** What it compares. */
    default List<Operand> operands() {
        return List.of();
    }

    /** Whether a value is missing or is no number: nothing can be compared with it. */
    private static boolean isUnknown(Object value) {
        return value == null || value instanceof Double number && number.isNaN();
    }

    /** Whether two known values are one: numbers as numbers, since {@link Double#equals} distinguishes 0 from −0. */
    private static boolean isSame(Object left, Object right) {
        return left instanceof Double one && right instanceof Double other
                ? one.doubleValue() == other.doubleValue()
                : left.equals(right);
    }

    /** Every variable named, in the text's order. */
    default List<Variable> variables() {
        List<Variable> all = new ArrayList<>();
        operands().stream().filter(Variable.class::isInstance).forEach(operand -> all.add((Variable) operand));
        parts().forEach(part -> all.addAll(part.variables()));
        return all;
    }

    /** The values of texts that it reads, in its own order. */
    default List<TextMeasure> measures() {
        List<TextMeasure> all = new ArrayList<>();
        operands().stream()
                .filter(Measured.class::isInstance)
                .forEach(operand -> all.add(((Measured) operand).measure()));
        parts().forEach(part -> all.addAll(part.measures()));
        return all;
    }

    /** Line and column in the text, both from 1. */
    record Position(int line, int column) {
        @Override
        public String toString() {
            return line + ":" + column;
        }
    }

    /** One side of a comparison. */
    sealed interface Operand {
        /** Its value; null where it is not known. */
        Object value(Map<String, Object> values);

        /** Where it stands. */
        Position at();
    }

    /** A value of the window, by its dotted name. */
    record Variable(String name, Position at) implements Operand {
        @Override
        public Object value(Map<String, Object> values) {
            return values.get(name);
        }
    }

    /**
     * A number that a function gives of a modality's texts.
     *
     * @param argumentAt where its list is named; where the function stands, if it has none
     * @param modalityAt where its modality is named
     */
    record Measured(TextMeasure measure, Position at, Position argumentAt, Position modalityAt) implements Operand {
        @Override
        public Object value(Map<String, Object> values) {
            return values.get(measure.name());
        }
    }

    /** A value of the text's: {@link Double}, {@link String} or {@link Boolean}. */
    record Literal(Object constant, Position at) implements Operand {
        @Override
        public Object value(Map<String, Object> values) {
            return constant;
        }
    }

    /** How two values compare. */
    enum Comparator {
        LESS("<", (left, right) -> left < right),
        AT_MOST("<=", (left, right) -> left <= right),
        GREATER(">", (left, right) -> left > right),
        AT_LEAST(">=", (left, right) -> left >= right),
        EQUAL("==", null),
        DIFFERENT("!=", null);

        private final String sign;
        private final transient BiPredicate<Double, Double> order;

        Comparator(String sign, BiPredicate<Double, Double> order) {
            this.sign = sign;
            this.order = order;
        }

        static Comparator of(String sign) {
            for (Comparator comparator : values()) {
                if (comparator.sign.equals(sign)) {
                    return comparator;
                }
            }
            throw new IllegalArgumentException(sign);
        }

        /** Whether it asks for numbers on both sides. */
        boolean orders() {
            return order != null;
        }

        String sign() {
            return sign;
        }

        private boolean holds(Object left, Object right) {
            return orders() ? order.test((Double) left, (Double) right) : isSame(left, right) == (this == EQUAL);
        }
    }

    /** A comparison; unknown where either side is. */
    record Comparison(Operand left, Comparator comparator, Operand right) implements Condition {
        @Override
        public TriState evaluate(Map<String, Object> values) {
            Object one = left.value(values);
            Object other = right.value(values);
            return isUnknown(one) || isUnknown(other) ? TriState.UNKNOWN : TriState.of(comparator.holds(one, other));
        }

        @Override
        public List<Operand> operands() {
            return List.of(left, right);
        }
    }

    /** Whether a value is one of a list. */
    record Membership(Operand operand, List<Literal> among) implements Condition {
        @Override
        public TriState evaluate(Map<String, Object> values) {
            Object value = operand.value(values);
            return isUnknown(value)
                    ? TriState.UNKNOWN
                    : TriState.of(among.stream().anyMatch(literal -> isSame(literal.constant(), value)));
        }

        @Override
        public List<Operand> operands() {
            return List.of(operand);
        }
    }

    /** A value that is true or false itself. */
    private static TriState truth(Object value) {
        return value == null ? TriState.UNKNOWN : TriState.of((Boolean) value);
    }

    /** Whether a modality's texts have a phrase; unknown where there is no text. */
    record Containment(Measured phrase) implements Condition {
        @Override
        public TriState evaluate(Map<String, Object> values) {
            return truth(phrase.value(values));
        }

        @Override
        public List<Operand> operands() {
            return List.of(phrase);
        }
    }

    /** A variable that is true or false itself. */
    record Flag(Variable variable) implements Condition {
        @Override
        public TriState evaluate(Map<String, Object> values) {
            return truth(variable.value(values));
        }

        @Override
        public List<Operand> operands() {
            return List.of(variable);
        }
    }

    /** Both. */
    record And(Condition left, Condition right) implements Condition {
        @Override
        public TriState evaluate(Map<String, Object> values) {
            return left.evaluate(values).and(right.evaluate(values));
        }

        @Override
        public List<Condition> parts() {
            return List.of(left, right);
        }
    }

    /** Either. */
    record Or(Condition left, Condition right) implements Condition {
        @Override
        public TriState evaluate(Map<String, Object> values) {
            return left.evaluate(values).or(right.evaluate(values));
        }

        @Override
        public List<Condition> parts() {
            return List.of(left, right);
        }
    }

    /** The opposite. */
    record Not(Condition condition) implements Condition {
        @Override
        public TriState evaluate(Map<String, Object> values) {
            return condition.evaluate(values).not();
        }

        @Override
        public List<Condition> parts() {
            return List.of(condition);
        }
    }
}
