// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.alignment;

import io.sensorium.job.alignment.SubjectState.BufferedEvent;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One strategy's rules over a subject's events; {@link Aligner} calls them. Stateless. */
public abstract class Windowing {

    static final Comparator<BufferedEvent> BY_MODALITY = Comparator.comparingInt(held -> held.event.modality());

    final AlignSettings settings;

    Windowing(AlignSettings settings) {
        this.settings = settings;
    }

    static Windowing of(AlignSettings settings) {
        if (settings.strategy() instanceof AlignStrategy.Tumbling tumbling) {
            return new FixedWindowing(settings, tumbling.size(), tumbling.size());
        }
        if (settings.strategy() instanceof AlignStrategy.Sliding sliding) {
            return new FixedWindowing(settings, sliding.size(), sliding.slide());
        }
        if (settings.strategy() instanceof AlignStrategy.Session session) {
            return new SessionWindowing(settings, session);
        }
        return new NearestWindowing(settings, (AlignStrategy.Nearest) settings.strategy());
    }

    /** Whether none of the event's windows can take it any more. */
    abstract boolean isLate(SubjectState subject, EncodedEvent event, long watermark);

    /**
     * Whether two copies of one event are in the same windows, whatever else comes; others are distinguished when a
     * window is written.
     */
    boolean shareEveryWindow(EncodedEvent one, EncodedEvent other) {
        return one.time() == other.time();
    }

    /** The windows that hold an event, or may be changed by it, by start. */
    abstract List<Window> around(SubjectState subject, EncodedEvent event);

    /** The windows with {@code after < closeAt ≤ upTo} that hold events, by start. */
    abstract List<Window> closing(SubjectState subject, long after, long upTo);

    /** Forgets what no window can use once the watermark is here. */
    abstract void purge(SubjectState subject, long watermark, Aligner.AlignmentOutput effects);

    /** The watermark at which there is next something to close or to forget, or {@link Aligner#NEVER}. */
    abstract long nextDeadline(SubjectState subject);

    /** How many windows of the subject are open. */
    abstract int openWindows(SubjectState subject);

    /**
     * The earliest watermark at which an event may have something closed or forgotten.
     *
     * @param closedUpTo the subject's
     */
    abstract long deadlineOf(EncodedEvent event, long closedUpTo);

    /** Whether an event that just came, with no copies about, may have changed how many windows are open. */
    abstract boolean mayOpenAWindow(SubjectState subject, EncodedEvent event);

    /** Keeps a subject within the caps after an event was added, where its windows allow that to be known. */
    void cap(SubjectState subject, BufferedEvent added, Aligner.AlignmentOutput effects) {}

    /** What of the subject was written under ids that no window has any more. */
    abstract List<WrittenWindow> vanished(SubjectState subject, List<Window> around);

    /** Of a window its events in order, single and within the caps. */
    List<BufferedEvent> select(SubjectState subject, Window window) {
        List<BufferedEvent> events = new ArrayList<>(subject.held.subList(window.from(), window.to()));
        if (subject.copies) {
            events = single(subject, window, events);
        }
        return capped(byModality(events));
    }

    /**
     * When the first event came that would have changed a window since it was written, had no other replaced it in the
     * meantime; {@link Aligner#NEVER} where events do not replace each other.
     */
    long firstReplaced(SubjectState subject, Window window, WrittenWindow written) {
        return Aligner.NEVER;
    }

    static List<BufferedEvent> byModality(List<BufferedEvent> byTime) {
        if (byTime.size() > 1) {
            byTime.sort(BY_MODALITY);
        }
        return byTime;
    }

    /** Of the copies of one event the one that a closed window has used, else the one written first. */
    final List<BufferedEvent> single(SubjectState subject, Window window, List<BufferedEvent> events) {
        record Identity(int modality, String eventId) {}
        Map<Identity, BufferedEvent> kept = new HashMap<>();
        boolean found = false;
        for (BufferedEvent held : events) {
            Identity identity = new Identity(held.event.modality(), held.event.eventId());
            BufferedEvent other = kept.putIfAbsent(identity, held);
            if (other != null) {
                found = true;
                boolean usedBefore = usedWhenClosed(subject, window, other.event);
                boolean used = usedWhenClosed(subject, window, held.event);
                if (used == usedBefore ? held.event.precedes(other.event) : used) {
                    kept.put(identity, held);
                }
            }
        }
        return found
                ? new ArrayList<>(events.stream()
                        .filter(held -> kept.get(new Identity(held.event.modality(), held.event.eventId())) == held)
                        .toList())
                : events;
    }

    /** Whether a window that had closed, and that this one is or has taken in, used the event. */
    boolean usedWhenClosed(SubjectState subject, Window window, EncodedEvent event) {
        WrittenWindow before = subject.written(window.start(), window.anchorId());
        return before != null && before.closed && before.uses(event);
    }

    /**
     * Of each modality the earliest, as many as the caps allow.
     *
     * @param events by modality and time
     */
    final List<BufferedEvent> capped(List<BufferedEvent> events) {
        if (events.size() <= settings.caps().maxEvents()
                && bytes(events) <= settings.caps().maxBytes()) {
            return events;
        }
        int[] count = new int[settings.modalities()];
        long[] bytes = new long[settings.modalities()];
        List<BufferedEvent> kept = new ArrayList<>(events.size());
        for (BufferedEvent held : events) {
            int modality = held.event.modality();
            count[modality]++;
            bytes[modality] += bytes(held.event);
            if (fits(count[modality], bytes[modality])) {
                kept.add(held);
            }
        }
        return kept;
    }

    /** Whether the last of so many events of one modality, with so many bytes together, is within the caps. */
    final boolean fits(int events, long bytes) {
        return events <= settings.caps().maxEvents()
                && (bytes <= settings.caps().maxBytes() || events == 1);
    }

    /** Whether no cap can be exceeded: the usual case, known without looking at the windows. */
    final boolean withinCaps(SubjectState subject) {
        return subject.held.size() <= settings.caps().maxEvents()
                && subject.bytes <= settings.caps().maxBytes();
    }

    /** Whether two copies of one event at one time stand side by side: they count once. */
    static boolean isCopyOfTheOneBefore(SubjectState subject, int index) {
        return index > 0
                && subject.held.get(index).time() == subject.held.get(index - 1).time()
                && subject.held.get(index).event.sameAs(subject.held.get(index - 1).event);
    }

    /** Drops an event by rule; a neighbour in its window takes over the deadline that runs from its arrival. */
    static void drop(
            SubjectState subject, BufferedEvent gone, BufferedEvent neighbour, Aligner.AlignmentOutput effects) {
        neighbour.arrival = Math.min(neighbour.arrival, gone.arrival);
        subject.remove(gone);
        effects.count(Aligner.Count.OVERFLOW, 1);
    }

    private static long bytes(List<BufferedEvent> events) {
        long bytes = 0;
        for (BufferedEvent held : events) {
            bytes += bytes(held.event);
        }
        return bytes;
    }

    static long bytes(EncodedEvent event) {
        return event.embeddingBytes();
    }

    /** Saturating, so that a huge time has a deadline that never comes instead of one long past. */
    static long plus(long time, long length) {
        long sum = time + length;
        return sum < time ? Aligner.NEVER : sum;
    }

    public static long minus(long time, long length) {
        long difference = time - length;
        return difference > time ? Long.MIN_VALUE : difference;
    }
}
