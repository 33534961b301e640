// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.alignment;

import io.sensorium.operators.encode.Passage;
import java.util.List;

/**
 * What an event's content says, and which known item it is like. Immutable.
 *
 * @param text of a text event, or what was recognized in the content; null where the pipeline does not need it
 * @param passages of recognized text, with their places; else empty
 * @param known the bank's entry that the content matches; null for none
 */
public record Evidence(String text, List<Passage> passages, KnownItem known) {

    /** What a passage takes beside its text, in bytes. */
    private static final int PLACE_BYTES = 32;

    /**
     * An entry of the bank of known content, as an event matched it.
     *
     * @param id the entry's
     * @param label the entry's
     * @param by what was compared, such as {@code pdq}
     * @param distance between the content and the entry, in the unit of what was compared
     */
    public record KnownItem(String id, String label, String by, double distance) {}

    /** What keeping it takes, without the JVM's own. */
    long stateBytes() {
        long bytes = text == null ? 0 : text.length();
        for (Passage passage : passages) {
            bytes += passage.text().length() + PLACE_BYTES;
        }
        return bytes + (known == null ? 0 : known.id().length() + known.label().length() + PLACE_BYTES);
    }
}
