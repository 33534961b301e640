package io.sensorium.job.align;

import java.util.ArrayList;
import java.util.List;

/**
 * What is kept of one subject between calls: its events that some window can still use. Empty state is no state. Mutable; for
 * one thread.
 */
public final class SubjectEvents {

    /** An event and whether a window has used it (only the nearest strategy keeps an event that one has). */
    static final class Held {
        final AlignedEvent event;
        boolean used;

        Held(AlignedEvent event, boolean used) {
            this.event = event;
            this.used = used;
        }
    }

    final List<Held> held = new ArrayList<>(4);

    /** The event-time timer that stands for this subject, or {@link Aligner#NEVER}. */
    long timer = Aligner.NEVER;

    public SubjectEvents() {}

    /** Whether nothing is kept. */
    public boolean isEmpty() {
        return held.isEmpty();
    }

    /** How many events are kept. */
    public int size() {
        return held.size();
    }
}
