// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.explain;

import io.sensorium.results.InputReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificRecord;

/** How far two records of one schema differ. Pure. */
final class RecordComparison {

    /**
     * How and when a record was written, not what was computed; modalities are the whole window's, of which an operator
     * may see a part.
     */
    private static final Set<String> LEFT_OUT = Set.of("status", "revision", "forced", "emitted_at", "modalities");

    /**
     * Of an input; the bank of known content, {@code emit.texts} and the lists of terms may be others by now, and texts
     * must not get into an explanation that way.
     */
    private static final Set<String> LEFT_OUT_OF_INPUT = Set.of("known", "text", "text_length", "passages", "terms");

    private double largest;
    private final List<String> others = new ArrayList<>();

    private RecordComparison() {}

    /**
     * Compares.
     *
     * @param largest difference of two numbers
     * @param others places that differ in anything else
     */
    record Difference(double largest, List<String> others) {

        /** Whether it is the same result: numbers within the tolerance, all else equal. */
        boolean within(double tolerance) {
            return others.isEmpty() && largest <= tolerance;
        }
    }

    static Difference of(SpecificRecord one, SpecificRecord other) {
        RecordComparison comparison = new RecordComparison();
        for (Schema.Field field : one.getSchema().getFields()) {
            if (!LEFT_OUT.contains(field.name())) {
                comparison.compare(field.name(), one.get(field.pos()), other.get(field.pos()));
            }
        }
        return new Difference(comparison.largest, comparison.others);
    }

    /** Removes from an input what is not compared. */
    static void leaveOut(InputReference input) {
        for (Schema.Field field : input.getSchema().getFields()) {
            if (LEFT_OUT_OF_INPUT.contains(field.name())) {
                input.put(field.pos(), field.schema().getType() == Schema.Type.ARRAY ? List.of() : null);
            }
        }
    }

    private void compare(String place, Object one, Object other) {
        if (one instanceof Double left && other instanceof Double right) {
            if (!left.equals(right)) {
                double difference = Math.abs(left - right);
                largest = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : Math.max(largest, difference);
            }
        } else if (one instanceof List<?> left && other instanceof List<?> right) {
            if (left.size() != right.size()) {
                others.add(place + " has " + left.size() + " entries, computed again " + right.size());
                return;
            }
            for (int i = 0; i < left.size(); i++) {
                compare(place + "[" + i + "]", left.get(i), right.get(i));
            }
        } else if (one instanceof Map<?, ?> left
                && other instanceof Map<?, ?> right
                && left.keySet().equals(right.keySet())) {
            left.forEach((key, value) -> compare(place + "." + key, value, right.get(key)));
        } else if (one instanceof SpecificRecord left && other instanceof SpecificRecord right) {
            for (Schema.Field field : left.getSchema().getFields()) {
                if (!(left instanceof InputReference && LEFT_OUT_OF_INPUT.contains(field.name()))) {
                    compare(place + "." + field.name(), left.get(field.pos()), right.get(field.pos()));
                }
            }
        } else if (one == null ? other != null : !one.equals(other)) {
            others.add(place + " is " + one + ", computed again " + other);
        }
    }
}
