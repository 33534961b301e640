// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.alignment;

import io.sensorium.job.alignment.SubjectState.BufferedEvent;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * {@link AlignStrategy.Nearest}. The caps choose among each anchor's candidates; what is held is bounded by the
 * windows' length.
 */
final class NearestWindowing extends Windowing {

    private final AlignStrategy.Nearest nearest;

    NearestWindowing(AlignSettings settings, AlignStrategy.Nearest nearest) {
        super(settings);
        this.nearest = nearest;
    }

    private boolean isAnchor(EncodedEvent event) {
        return event.modality() == nearest.anchor();
    }

    /** The watermark that closes an anchor's window, whose end is part of it. */
    private long closeAt(long anchorTime) {
        return plus(plus(anchorTime, nearest.after()), 1);
    }

    /** The watermark from which no window can see an event; an anchor is kept so long to know its copies by. */
    private long goneAt(long time) {
        return plus(plus(closeAt(time), nearest.before()), settings.firing().allowedLateness());
    }

    @Override
    boolean isLate(SubjectState subject, EncodedEvent event, long watermark) {
        return (isAnchor(event)
                        ? plus(closeAt(event.time()), settings.firing().allowedLateness())
                        : goneAt(event.time()))
                <= watermark;
    }

    /** The index of the first event whose window, if it is an anchor, the watermark has not closed. */
    private int firstThatClosesAfter(SubjectState subject, long watermark) {
        return subject.firstAt(minus(minus(watermark, nearest.after()), 1));
    }

    private Window of(SubjectState subject, EncodedEvent anchor) {
        long start = minus(anchor.time(), nearest.before());
        long end = plus(anchor.time(), nearest.after());
        return new Window(
                start,
                end,
                closeAt(anchor.time()),
                anchor,
                subject.firstAt(start),
                end == Aligner.NEVER ? subject.held.size() : subject.firstAt(end + 1));
    }

    /** A repeated anchor makes no second window. */
    private void addTo(List<Window> windows, SubjectState subject, EncodedEvent anchor) {
        Window window = of(subject, anchor);
        if (!isRepeated(subject, window)) {
            windows.add(window);
        }
    }

    @Override
    List<Window> around(SubjectState subject, EncodedEvent event) {
        List<Window> windows = new ArrayList<>();
        if (isAnchor(event)) {
            addTo(windows, subject, event);
            return windows;
        }
        long last = plus(event.time(), nearest.before());
        for (int i = subject.firstAt(minus(event.time(), nearest.after()));
                i < subject.held.size() && subject.held.get(i).time() <= last;
                i++) {
            if (isAnchor(subject.held.get(i).event)) {
                addTo(windows, subject, subject.held.get(i).event);
            }
        }
        return windows;
    }

    @Override
    List<Window> closing(SubjectState subject, long after, long upTo) {
        List<Window> windows = new ArrayList<>(1);
        for (BufferedEvent held : subject.held.subList(firstThatClosesAfter(subject, after), subject.held.size())) {
            long close = closeAt(held.time());
            if (close > upTo) {
                break;
            }
            if (close > after && isAnchor(held.event)) {
                addTo(windows, subject, held.event);
            }
        }
        return windows;
    }

    @Override
    List<WrittenWindow> vanished(SubjectState subject, List<Window> around) {
        if (subject.written.isEmpty() || !subject.copies) {
            return List.of();
        }
        List<WrittenWindow> vanished = new ArrayList<>();
        for (WrittenWindow written : subject.written) {
            // An anchor that turned out to be a copy of one written first.
            written.inputs.stream()
                    .filter(input -> isAnchor(input) && !written.closed && isRepeated(subject, of(subject, input)))
                    .forEach(input -> vanished.add(written));
        }
        return vanished;
    }

    /** Whether a window's anchor is a copy, in that window, of another that has the event. */
    private boolean isRepeated(SubjectState subject, Window window) {
        if (!subject.copies) {
            return false;
        }
        WrittenWindow own = subject.written(window.start(), window.anchorId());
        if (own != null && own.closed) {
            return !own.uses(window.anchor());
        }
        boolean closed = window.closeAt() <= subject.closedUpTo;
        for (BufferedEvent other : subject.held.subList(window.from(), window.to())) {
            if (other.event != window.anchor()
                    && other.event.sameAs(window.anchor())
                    && (other.event.precedes(window.anchor())
                            || closed
                                    && subject.written.stream()
                                            .anyMatch(written -> written.closed && written.uses(other.event)))) {
                return true;
            }
        }
        return false;
    }

    private static Comparator<EncodedEvent> nearness(Window window) {
        long time = window.anchor().time();
        return Comparator.<EncodedEvent>comparingLong(event -> Math.abs(event.time() - time))
                .thenComparing(EncodedEvent.BY_TIME_AND_ORIGIN);
    }

    @Override
    long firstReplaced(SubjectState subject, Window window, WrittenWindow written) {
        Comparator<EncodedEvent> nearness = nearness(window);
        EncodedEvent[] used = new EncodedEvent[settings.modalities()];
        written.inputs.forEach(input -> used[input.modality()] = input);
        long first = Aligner.NEVER;
        for (BufferedEvent held : subject.held.subList(window.from(), window.to())) {
            EncodedEvent before = used[held.event.modality()];
            if (held.arrival < first
                    && !isAnchor(held.event)
                    && !written.usesCopyOf(held.event)
                    && (before == null || nearness.compare(held.event, before) < 0)) {
                first = held.arrival;
            }
        }
        return first;
    }

    @Override
    List<BufferedEvent> select(SubjectState subject, Window window) {
        List<BufferedEvent> candidates = new ArrayList<>(window.to() - window.from());
        BufferedEvent anchor = null;
        for (BufferedEvent held : subject.held.subList(window.from(), window.to())) {
            if (!isAnchor(held.event)) {
                candidates.add(held);
            } else if (held.event == window.anchor()) {
                anchor = held;
            }
        }
        if (subject.copies) {
            candidates = single(subject, window, candidates);
        }
        Comparator<BufferedEvent> nearness = Comparator.comparing(held -> held.event, nearness(window));
        BufferedEvent[] chosen = new BufferedEvent[settings.modalities()];
        chosen[nearest.anchor()] = anchor;
        for (BufferedEvent held : capped(byModality(candidates))) {
            int modality = held.event.modality();
            if (chosen[modality] == null || nearness.compare(held, chosen[modality]) < 0) {
                chosen[modality] = held;
            }
        }
        List<BufferedEvent> events = new ArrayList<>(chosen.length);
        for (BufferedEvent held : chosen) {
            if (held != null) {
                events.add(held);
            }
        }
        return events;
    }

    @Override
    void purge(SubjectState subject, long watermark, Aligner.AlignmentOutput effects) {
        int gone = 0;
        for (; gone < subject.held.size() && goneAt(subject.held.get(gone).time()) <= watermark; gone++) {
            if (!subject.held.get(gone).served && !isAnchor(subject.held.get(gone).event)) {
                effects.count(Aligner.Count.UNMATCHED, 1);
            }
        }
        subject.removeFirst(gone);
        subject.forgetWritten(
                window -> plus(plus(window.end, 1), settings.firing().allowedLateness()) <= watermark);
    }

    @Override
    long nextDeadline(SubjectState subject) {
        if (subject.held.isEmpty()) {
            return Aligner.NEVER;
        }
        long next = goneAt(subject.held.get(0).time());
        for (WrittenWindow window : subject.written) {
            next = Math.min(next, plus(plus(window.end, 1), settings.firing().allowedLateness()));
        }
        for (BufferedEvent held :
                subject.held.subList(firstThatClosesAfter(subject, subject.closedUpTo), subject.held.size())) {
            long close = closeAt(held.time());
            if (isAnchor(held.event) && close > subject.closedUpTo) {
                return Math.min(next, close);
            }
        }
        return next;
    }

    @Override
    int openWindows(SubjectState subject) {
        if (subject.copies) {
            return closing(subject, subject.closedUpTo, Aligner.NEVER).size();
        }
        int open = 0;
        for (int i = firstThatClosesAfter(subject, subject.closedUpTo); i < subject.held.size(); i++) {
            open += isAnchor(subject.held.get(i).event)
                            && closeAt(subject.held.get(i).time()) > subject.closedUpTo
                    ? 1
                    : 0;
        }
        return open;
    }

    @Override
    long deadlineOf(EncodedEvent event, long closedUpTo) {
        long close = closeAt(event.time());
        if (!isAnchor(event)) {
            return goneAt(event.time());
        }
        return close > closedUpTo
                ? close
                : Math.min(goneAt(event.time()), plus(close, settings.firing().allowedLateness()));
    }

    @Override
    boolean mayOpenAWindow(SubjectState subject, EncodedEvent event) {
        return isAnchor(event);
    }
}
