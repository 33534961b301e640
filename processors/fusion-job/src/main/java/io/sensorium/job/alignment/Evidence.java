// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.alignment;

import io.sensorium.operators.encode.Passage;
import java.util.List;
import java.util.Map;

/**
 * The text of an event's content, and which known item it is like. Immutable.
 *
 * @param text of a text event, or what was recognized in the content, or the beginning of it; null where the pipeline
 *     does not need it
 * @param passages of recognized text, with their places; else empty
 * @param known the bank's entry that the content matches; null for none
 * @param reading what was found in the whole text; null where no rule needs it and it may not leave
 */
public record Evidence(String text, List<Passage> passages, KnownItem known, Reading reading) {

    /** What a passage or a term takes beside its text, in bytes. */
    private static final int PLACE_BYTES = 32;

    /** Of an event whose text was not read for rules. */
    public Evidence(String text, List<Passage> passages, KnownItem known) {
        this(text, passages, known, null);
    }

    /**
     * What is kept of an event together with what it is known as.
     *
     * @param evidence null for none
     * @param known null for nothing
     * @return null where both are
     */
    public static Evidence of(Evidence evidence, KnownItem known) {
        if (known == null) {
            return evidence;
        }
        return evidence == null
                ? new Evidence(null, List.of(), known)
                : new Evidence(evidence.text, evidence.passages, known, evidence.reading);
    }

    /**
     * An entry of the bank of known content, as an event matched it.
     *
     * @param id the entry's
     * @param label the entry's
     * @param by what was compared, such as {@code pdq}
     * @param distance between the content and the entry, in the unit of what was compared
     */
    public record KnownItem(String id, String label, String by, double distance) {}

    /**
     * What was found in a whole text, however much of it is kept.
     *
     * @param length code points
     * @param measures the values that conditions read, by their names there
     * @param terms the first of the terms that were found, in the text's order; empty where they may not leave
     */
    public record Reading(int length, Map<String, Double> measures, List<FoundTerm> terms) {}

    /**
     * A term in a text.
     *
     * @param list the list that has it
     * @param term as the list has it
     * @param start code points before it
     * @param end code points up to its end
     */
    public record FoundTerm(String list, String term, int start, int end) {}

    /** What keeping it takes, without the JVM's own. */
    public long stateBytes() {
        long bytes = text == null ? 0 : text.length();
        for (Passage passage : passages) {
            bytes += passage.text().length() + PLACE_BYTES;
        }
        if (reading != null) {
            bytes += PLACE_BYTES * (1L + reading.measures().size());
            for (FoundTerm found : reading.terms()) {
                bytes += found.term().length() + PLACE_BYTES;
            }
        }
        return bytes + (known == null ? 0 : known.id().length() + known.label().length() + PLACE_BYTES);
    }
}
