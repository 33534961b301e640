// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.alignment;

import io.sensorium.job.alignment.SubjectState.BufferedEvent;
import io.sensorium.job.alignment.SubjectState.DroppedSpan;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A subject's state in parts, as the keyed state keeps it: adding an event appends a part and touches no other.
 * Immutable.
 */
public sealed interface SubjectElement {

    /** An event that some window can still use, and whether one has. */
    record Event(EncodedEvent event, boolean served) implements SubjectElement {}

    /**
     * What was last written of a window.
     *
     * @param inputs the events by the modality, partition and offset that they came from; each is kept as an
     *     {@link Event}
     */
    record Written(
            long start,
            long end,
            String anchorId,
            List<Origin> inputs,
            boolean finalRecord,
            boolean forced,
            boolean provisionalDone,
            boolean deadlineDone,
            boolean closed,
            int[] revisions)
            implements SubjectElement {}

    /** Times between which events that a cap dropped hold a session together. */
    record Dropped(long first, long last) implements SubjectElement {}

    /** A record of a modality's topic. */
    record Origin(int modality, int partition, long offset) {

        static Origin of(EncodedEvent event) {
            return new Origin(event.modality(), event.partition(), event.offset());
        }
    }

    /** The whole of a subject's state; marks it as saved. */
    static List<SubjectElement> all(SubjectState subject) {
        List<SubjectElement> elements = new ArrayList<>(subject.held.size() + subject.written.size());
        for (BufferedEvent held : subject.held) {
            elements.add(save(held));
        }
        for (WrittenWindow window : subject.written) {
            elements.add(new Written(
                    window.start,
                    window.end,
                    window.anchorId,
                    window.inputs.stream().map(Origin::of).toList(),
                    window.finalRecord,
                    window.forced,
                    window.provisionalDone,
                    window.deadlineDone,
                    window.closed,
                    window.revisions.clone()));
        }
        for (DroppedSpan span : subject.dropped) {
            elements.add(new Dropped(span.first, span.last));
        }
        return elements;
    }

    /** The events that were not saved yet; marks them as saved. */
    static List<SubjectElement> added(SubjectState subject) {
        List<SubjectElement> elements = new ArrayList<>();
        for (BufferedEvent held : subject.held) {
            if (!held.saved) {
                elements.add(save(held));
            }
        }
        return elements;
    }

    private static Event save(BufferedEvent held) {
        held.saved = true;
        return new Event(held.event, held.served);
    }

    /**
     * Puts a subject together from its parts.
     *
     * @param subject empty
     * @param now wall-clock ms, from which deadlines start again
     * @param watermark up to which its windows were closed
     */
    static void load(SubjectState subject, Iterable<SubjectElement> elements, long now, long watermark) {
        List<Written> written = new ArrayList<>();
        List<BufferedEvent> unordered = new ArrayList<>();
        Set<EventKey> events = new HashSet<>();
        for (SubjectElement element : elements) {
            if (element instanceof Event event) {
                BufferedEvent held = new BufferedEvent(event.event(), now, event.served());
                held.saved = true;
                subject.copies |= !events.add(EventKey.of(held.event));
                unordered.add(held);
            } else if (element instanceof Written window) {
                written.add(window);
            } else if (element instanceof Dropped span) {
                if (subject.dropped.isEmpty()) {
                    subject.dropped = new ArrayList<>();
                }
                subject.dropped.add(new DroppedSpan(span.first(), span.last()));
            }
        }
        unordered.sort(BufferedEvent.ORDER);
        unordered.forEach(subject::insert);
        Map<Origin, EncodedEvent> byOrigin = new HashMap<>();
        if (!written.isEmpty()) {
            unordered.forEach(held -> byOrigin.put(Origin.of(held.event), held.event));
        }
        for (Written window : written) {
            WrittenWindow loaded = new WrittenWindow(
                    window.start(), window.anchorId(), window.revisions().clone());
            loaded.end = window.end();
            loaded.inputs = window.inputs().stream()
                    .map(origin -> Optional.ofNullable(byOrigin.get(origin))
                            .orElseThrow(() -> new IllegalStateException("subject " + subject.subject()
                                    + ": a written window used " + origin + ", which the state does not hold")))
                    .toList();
            loaded.finalRecord = window.finalRecord();
            loaded.forced = window.forced();
            loaded.provisionalDone = window.provisionalDone();
            loaded.deadlineDone = window.deadlineDone();
            loaded.closed = window.closed();
            subject.addWritten(loaded);
        }
        subject.closedUpTo = watermark;
        subject.deadlineBound = Long.MIN_VALUE;
        subject.markSaved();
    }
}
