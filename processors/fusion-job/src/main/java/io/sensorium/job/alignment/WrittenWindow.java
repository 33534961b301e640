// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.alignment;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What was last written of a window that may be written again, or taken back. Mutable; for one thread. */
final class WrittenWindow {

    final long start;
    final String anchorId;

    /** The end as it was written. */
    long end;

    /** What was last written: the events, and whether it claimed to be final. */
    List<EncodedEvent> inputs = List.of();

    boolean finalRecord;
    boolean forced;

    /** Whether a provisional record was ever written: at most once an id. */
    boolean provisionalDone;

    /** Whether a record was written at the deadline: from then on only an event that it did not use has one. */
    boolean deadlineDone;

    /** Whether the watermark had passed its end when it was last written. */
    boolean closed;

    private Set<EventKey> keys;
    private List<EncodedEvent> keyed;

    /** Records so far under the window's own id, then under each operator's. */
    int[] revisions;

    WrittenWindow(long start, String anchorId, int operators) {
        this(start, anchorId, new int[1 + operators]);
    }

    WrittenWindow(long start, String anchorId, int[] revisions) {
        this.start = start;
        this.anchorId = anchorId;
        this.revisions = revisions;
    }

    /** Whether the record last written used this one. */
    boolean uses(EncodedEvent event) {
        for (EncodedEvent input : inputs) {
            if (input.isRecord(event)) {
                return true;
            }
        }
        return false;
    }

    /** Whether the record last written used this event, or a copy of it. */
    boolean usesCopyOf(EncodedEvent event) {
        if (keyed != inputs) {
            keys = new HashSet<>(inputs.size() * 2);
            inputs.forEach(input -> keys.add(EventKey.of(input)));
            keyed = inputs;
        }
        return keys.contains(EventKey.of(event));
    }

    /** Whether the record last written used exactly these. */
    boolean usesExactly(List<EncodedEvent> events) {
        return EncodedEvent.areSameRecords(inputs, events);
    }
}
