package io.sensorium.job.align;

import io.sensorium.job.align.Aligner.Count;
import io.sensorium.job.align.Aligner.Effects;
import io.sensorium.job.align.SubjectEvents.Held;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;

/** {@link AlignStrategy.Nearest}. */
final class NearestWindowing extends Windowing {

    private final AlignStrategy.Nearest nearest;

    NearestWindowing(AlignSettings settings, AlignStrategy.Nearest nearest) {
        super(settings);
        this.nearest = nearest;
    }

    @Override
    boolean isLate(SubjectEvents subject, AlignedEvent event, long watermark) {
        return watermark > lastUse(event);
    }

    @Override
    boolean shareWindow(AlignedEvent one, AlignedEvent other) {
        return one.time() == other.time();
    }

    @Override
    long nextDeadline(SubjectEvents subject) {
        long next = Aligner.NEVER;
        for (Held held : subject.held) {
            next = Math.min(next, plus(isOpenAnchor(held) ? lastUse(held.event) : lastSeen(held.event), 1));
        }
        return next;
    }

    /** The last watermark at which the event can still be taken. */
    private long lastUse(AlignedEvent event) {
        return event.modality() == nearest.anchor() ? plus(event.time(), nearest.after()) : lastSeen(event);
    }

    /** The last watermark at which a window can still see the event; an anchor is kept so long to know its copies by. */
    private long lastSeen(AlignedEvent event) {
        return plus(plus(event.time(), nearest.before()), nearest.after());
    }

    private boolean isOpenAnchor(Held held) {
        return held.event.modality() == nearest.anchor() && !held.used;
    }

    @Override
    void close(String key, SubjectEvents subject, long watermark, Effects effects) {
        List<Held> anchors = new ArrayList<>();
        for (Held held : subject.held) {
            if (isOpenAnchor(held) && watermark > lastUse(held.event)) {
                anchors.add(held);
            }
        }
        anchors.sort(Comparator.comparing(held -> held.event, AlignedEvent.BY_TIME));
        for (Held anchor : anchors) {
            anchor.used = true;
            closeAnchor(key, subject, anchor.event, effects);
        }
        for (Iterator<Held> all = subject.held.iterator(); all.hasNext(); ) {
            Held held = all.next();
            if (watermark > lastSeen(held.event)) {
                if (!held.used) {
                    effects.count(Count.UNMATCHED, 1);
                }
                all.remove();
            }
        }
    }

    private void closeAnchor(String key, SubjectEvents subject, AlignedEvent anchor, Effects effects) {
        long start = minus(anchor.time(), nearest.before());
        long end = plus(anchor.time(), nearest.after());
        List<Held> within = new ArrayList<>();
        for (Held held : subject.held) {
            boolean inside = held.event.time() >= start && held.event.time() <= end;
            if (inside && held.event.modality() == nearest.anchor() && held.event.sameAs(anchor) && held.event.precedes(anchor)) {
                // A repeated anchor makes no second window: the copy written first has the window.
                effects.count(Count.DUPLICATE, 1);
                return;
            }
            if (inside && held.event.modality() != nearest.anchor()) {
                within.add(held);
            }
        }
        Comparator<Held> nearness = Comparator.<Held>comparingLong(held -> Math.abs(held.event.time() - anchor.time()))
                .thenComparing(held -> held.event, AlignedEvent.BY_TIME);
        Held[] chosen = new Held[settings.modalities()];
        for (Held held : within) {
            boolean laterCopy = within.stream().anyMatch(other -> other.event.sameAs(held.event) && other.event.precedes(held.event));
            int modality = held.event.modality();
            if (!laterCopy && (chosen[modality] == null || nearness.compare(held, chosen[modality]) < 0)) {
                chosen[modality] = held;
            }
        }
        List<AlignedEvent> events = new ArrayList<>(List.of(anchor));
        for (Held held : chosen) {
            if (held != null) {
                held.used = true;
                events.add(held.event);
            }
        }
        emit(key, start, end, anchor.eventId(), events, effects);
    }
}
