// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.moderation;

import java.util.Set;

/**
 * A value that a condition reads from a modality's texts. Of several texts in a window it is that of one text made of
 * all of them.
 *
 * @param argument name of a list, or a phrase; empty for the length
 * @param modality whose texts they are
 */
public record TextMeasure(Kind kind, String argument, String modality) {

    /** Words of the language, which are names only in quotes. */
    private static final Set<String> RESERVED = Set.of("and", "or", "not", "in", "contains", "true", "false");

    /** What is measured. */
    public enum Kind {
        /** Occurrences of a list's terms. */
        TERMS,
        /** Code points. */
        LENGTH,
        /** Whether a phrase is in it: 1 or 0. */
        CONTAINS
    }

    /** The condition's text for it: the name of its value. */
    public String name() {
        return switch (kind) {
            case TERMS -> "terms(" + quoted(argument) + ", " + word(modality) + ")";
            case LENGTH -> "length(" + word(modality) + ")";
            case CONTAINS -> word(modality) + " contains " + quoted(argument);
        };
    }

    private static String word(String name) {
        return name.matches("[\\p{L}_][\\p{L}\\p{Nd}_-]*") && !RESERVED.contains(name) ? name : quoted(name);
    }

    /** A text in quotes has no quotes of the same kind. */
    private static String quoted(String text) {
        String quote = text.indexOf('"') < 0 ? "\"" : "'";
        return quote + text + quote;
    }

    /** The measure of two texts together. */
    public double together(double one, double other) {
        return kind == Kind.CONTAINS ? Math.max(one, other) : one + other;
    }

    /** A measure as the condition's value. */
    public Object value(double measure) {
        return kind == Kind.CONTAINS ? (Object) (measure > 0) : (Object) measure;
    }
}
