package io.sensorium.job.align;

import io.sensorium.job.align.Aligner.Count;
import io.sensorium.job.align.Aligner.Effects;
import io.sensorium.job.align.SubjectEvents.Held;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One strategy's rules over a subject's events; {@link Aligner} calls them. Stateless. */
abstract class Windowing {

    final AlignSettings settings;

    Windowing(AlignSettings settings) {
        this.settings = settings;
    }

    static Windowing of(AlignSettings settings) {
        if (settings.strategy() instanceof AlignStrategy.Tumbling tumbling) {
            return new TumblingWindowing(settings, tumbling);
        }
        if (settings.strategy() instanceof AlignStrategy.Session session) {
            return new SessionWindowing(settings, session);
        }
        return new NearestWindowing(settings, (AlignStrategy.Nearest) settings.strategy());
    }

    /** Whether none of the event's windows can take it any more. */
    abstract boolean isLate(SubjectEvents subject, AlignedEvent event, long watermark);

    /** Whether two copies of one event are certain to meet in a window; copies that only may are told apart when it closes. */
    abstract boolean shareWindow(AlignedEvent one, AlignedEvent other);

    /** Keeps a subject within bounds after an event was added. */
    void cap(SubjectEvents subject, AlignedEvent added, Effects effects) {}

    /** Emits what the watermark has passed and forgets what no window can use. */
    abstract void close(String key, SubjectEvents subject, long watermark, Effects effects);

    /** The watermark at which {@link #close} next has something to do. */
    abstract long nextDeadline(SubjectEvents subject);

    final void emit(String key, long start, long end, String anchorId, List<AlignedEvent> events, Effects effects) {
        events.sort(AlignedEvent.IN_WINDOW);
        boolean[] present = new boolean[settings.modalities()];
        int distinct = 0;
        for (AlignedEvent event : events) {
            distinct += present[event.modality()] ? 0 : 1;
            present[event.modality()] = true;
        }
        // Short of the minimum any modality would have done, so all absent ones are named; else just the required ones.
        List<Integer> missing = new ArrayList<>();
        for (int modality = 0; modality < present.length; modality++) {
            if (!present[modality] && (distinct < settings.minModalities() || settings.required().contains(modality))) {
                missing.add(modality);
            }
        }
        effects.window(new AlignedWindow(key, start, end, anchorId, List.copyOf(events), List.copyOf(missing)));
    }

    /** Of the copies of one event the one written first. */
    static List<AlignedEvent> withoutCopies(List<AlignedEvent> events, Effects effects) {
        Map<String, AlignedEvent> first = new HashMap<>();
        for (AlignedEvent event : events) {
            first.merge(event.modality() + " " + event.eventId(), event, (one, other) -> other.precedes(one) ? other : one);
        }
        if (first.size() < events.size()) {
            effects.count(Count.DUPLICATE, events.size() - first.size());
        }
        List<AlignedEvent> single = new ArrayList<>(first.values());
        single.sort(AlignedEvent.IN_WINDOW);
        return single;
    }

    final List<AlignedEvent> capped(List<AlignedEvent> sorted, Effects effects) {
        int[] events = new int[settings.modalities()];
        long[] bytes = new long[settings.modalities()];
        List<AlignedEvent> kept = new ArrayList<>();
        for (AlignedEvent event : sorted) {
            int modality = event.modality();
            events[modality]++;
            bytes[modality] += bytes(event);
            if (events[modality] <= settings.maxEvents() && (bytes[modality] <= settings.maxBytes() || events[modality] == 1)) {
                kept.add(event);
            }
        }
        if (kept.size() < sorted.size()) {
            effects.count(Count.OVERFLOW, sorted.size() - kept.size());
        }
        return kept;
    }

    static long bytes(AlignedEvent event) {
        return (long) event.vector().length * Float.BYTES;
    }

    static List<AlignedEvent> events(SubjectEvents subject) {
        List<AlignedEvent> events = new ArrayList<>(subject.held.size() + 1);
        subject.held.forEach(held -> events.add(held.event));
        return events;
    }

    /** Saturating, so that a huge time has a deadline that never comes instead of one long past. */
    static long plus(long time, long length) {
        long sum = time + length;
        return sum < time ? Aligner.NEVER : sum;
    }

    static long minus(long time, long length) {
        long difference = time - length;
        return difference > time ? Long.MIN_VALUE : difference;
    }
}
