// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.alignment;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * A window to be written: closed, provisional, or taken back.
 *
 * @param start in ms
 * @param end in ms; exclusive, but inclusive for the nearest strategy
 * @param anchorId the anchor's event id for the nearest strategy, else empty
 * @param events by modality, time, id
 * @param missing indices of the modalities that were wanted and absent; empty for a complete window
 * @param forced whether a deadline on the wall clock wrote it
 * @param operators the operators concerned, as bits by index; of a complete window only
 * @param revisions records written before under the window's own id, then under each operator's; empty where none can
 *     have been. Not to be written to
 */
public record AlignedWindow(
        String subject,
        long start,
        long end,
        String anchorId,
        List<EncodedEvent> events,
        List<Integer> missing,
        Status status,
        boolean forced,
        int operators,
        int[] revisions) {

    /** Every operator. */
    public static final int ALL_OPERATORS = -1;

    /** Nothing was written before. */
    public static final int[] FIRST = {};

    /** What a record claims to be. */
    public enum Status {
        PROVISIONAL,
        FINAL,
        RETRACTED
    }

    /** Whether operators see it. */
    public boolean complete() {
        return missing.isEmpty();
    }

    /** Its events of the given modalities, in order. */
    public List<EncodedEvent> eventsOf(IntPredicate modality) {
        List<EncodedEvent> chosen = new ArrayList<>(events.size());
        for (EncodedEvent event : events) {
            if (modality.test(event.modality())) {
                chosen.add(event);
            }
        }
        return chosen;
    }

    /** Whether it has an event of a modality. */
    public boolean has(int modality) {
        for (EncodedEvent event : events) {
            if (event.modality() == modality) {
                return true;
            }
        }
        return false;
    }

    /** The modalities that it has events of, as bits. */
    public int present() {
        return Presence.present(events);
    }

    /** Whether a complete window concerns an operator. */
    public boolean concerns(int operator) {
        return (operators & 1 << operator) != 0;
    }

    /** Records written before under the window's own id, which an incomplete window has. */
    public int revision() {
        return revisions.length == 0 ? 0 : revisions[0];
    }

    /** Records written before under an operator's id. */
    public int revision(int operator) {
        return revisions.length == 0 ? 0 : revisions[1 + operator];
    }
}
