// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.alignment;

import io.sensorium.job.alignment.SubjectState.BufferedEvent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * {@link AlignStrategy.Tumbling} and {@link AlignStrategy.Sliding}: windows whose place does not depend on the events.
 */
final class FixedWindowing extends Windowing {

    private final long size;
    private final long slide;

    FixedWindowing(AlignSettings settings, long size, long slide) {
        super(settings);
        this.size = size;
        this.slide = slide;
    }

    private long firstStart(long time) {
        return Math.floorDiv(time - size, slide) * slide + slide;
    }

    private long lastStart(long time) {
        return Math.floorDiv(time, slide) * slide;
    }

    /** The watermark from which no window can see an event of this time. */
    private long lastClose(long time) {
        return plus(plus(lastStart(time), size), settings.firing().allowedLateness());
    }

    @Override
    boolean isLate(SubjectState subject, EncodedEvent event, long watermark) {
        return lastClose(event.time()) <= watermark;
    }

    @Override
    boolean shareEveryWindow(EncodedEvent one, EncodedEvent other) {
        return lastStart(one.time()) == lastStart(other.time()) && firstStart(one.time()) == firstStart(other.time());
    }

    private Window at(SubjectState subject, long start) {
        long end = plus(start, size);
        return new Window(
                start,
                end,
                end,
                null,
                subject.firstAt(start),
                end == Aligner.NEVER ? subject.held.size() : subject.firstAt(end));
    }

    @Override
    List<Window> around(SubjectState subject, EncodedEvent event) {
        List<Window> windows = new ArrayList<>(1);
        long last = lastStart(event.time());
        for (long start = firstStart(event.time()); start <= last; start += slide) {
            windows.add(at(subject, start));
        }
        return windows;
    }

    @Override
    List<Window> closing(SubjectState subject, long after, long upTo) {
        List<Window> windows = new ArrayList<>(2);
        long next = Long.MIN_VALUE;
        for (BufferedEvent held : subject.held) {
            long last = lastStart(held.time());
            for (long start = Math.max(next, firstStart(held.time())); start <= last; start += slide) {
                next = start + slide;
                long close = plus(start, size);
                if (close > upTo) {
                    return windows;
                }
                if (close > after) {
                    windows.add(at(subject, start));
                }
            }
        }
        return windows;
    }

    @Override
    void purge(SubjectState subject, long watermark, Aligner.AlignmentOutput effects) {
        int gone = 0;
        while (gone < subject.held.size() && lastClose(subject.held.get(gone).time()) <= watermark) {
            gone++;
        }
        subject.removeFirst(gone);
        subject.forgetWritten(window -> plus(window.end, settings.firing().allowedLateness()) <= watermark);
    }

    @Override
    long nextDeadline(SubjectState subject) {
        long next = Aligner.NEVER;
        for (WrittenWindow window : subject.written) {
            next = Math.min(next, plus(window.end, settings.firing().allowedLateness()));
        }
        if (subject.held.isEmpty()) {
            return next;
        }
        next = Math.min(next, lastClose(subject.held.get(0).time()));
        for (BufferedEvent held : subject.held) {
            long last = lastStart(held.time());
            for (long start = firstStart(held.time()); start <= last; start += slide) {
                long close = plus(start, size);
                if (close > subject.closedUpTo) {
                    return Math.min(next, close);
                }
            }
        }
        return next;
    }

    @Override
    int openWindows(SubjectState subject) {
        int open = 0;
        long next = subject.closedUpTo < Long.MIN_VALUE + size ? Long.MIN_VALUE : firstStart(subject.closedUpTo);
        for (int i = 0; i < subject.held.size(); ) {
            long time = subject.held.get(i).time();
            long first = Math.max(next, firstStart(time));
            long last = lastStart(time);
            if (first <= last) {
                open += (int) ((last - first) / slide) + 1;
                next = last + slide;
            }
            // The next event that reaches a window not counted yet is at or after that window's start.
            i = next > time ? Math.max(i + 1, subject.firstAt(next)) : i + 1;
        }
        return open;
    }

    @Override
    long deadlineOf(EncodedEvent event, long closedUpTo) {
        long next = lastClose(event.time());
        long last = lastStart(event.time());
        for (long start = firstStart(event.time()); start <= last; start += slide) {
            long close = plus(start, size);
            next = Math.min(
                    next,
                    close > closedUpTo ? close : plus(close, settings.firing().allowedLateness()));
            if (close > closedUpTo) {
                break;
            }
        }
        return next;
    }

    @Override
    boolean mayOpenAWindow(SubjectState subject, EncodedEvent event) {
        for (Window window : around(subject, event)) {
            if (window.to() - window.from() <= 1) {
                return true;
            }
        }
        return false;
    }

    @Override
    List<WrittenWindow> vanished(SubjectState subject, List<Window> around) {
        return List.of();
    }

    @Override
    void cap(SubjectState subject, BufferedEvent added, Aligner.AlignmentOutput effects) {
        if (withinCaps(subject)) {
            return;
        }
        List<Window> windows = around(subject, added.event);
        int modality = added.event.modality();
        Map<Long, Integer> bounds = new HashMap<>();
        // From the last on, because what is dropped moves no event before it.
        for (int i = windows.get(windows.size() - 1).to() - 1;
                i >= windows.get(0).from();
                i--) {
            BufferedEvent held = subject.held.get(i);
            if (held.event.modality() == modality
                    && isBeyondEveryWindow(subject, i, bounds)
                    && !subject.isReferenced(held.event)) {
                drop(subject, held, subject.held.get(subject.firstAt(firstLivingStart(subject, held.time()))), effects);
            }
        }
    }

    private long firstLivingStart(SubjectState subject, long time) {
        long start = firstStart(time);
        while (plus(plus(start, size), settings.firing().allowedLateness()) <= subject.closedUpTo
                && start < lastStart(time)) {
            start += slide;
        }
        return start;
    }

    private boolean isBeyondEveryWindow(SubjectState subject, int index, Map<Long, Integer> bounds) {
        BufferedEvent held = subject.held.get(index);
        for (long start = firstLivingStart(subject, held.time()); start <= lastStart(held.time()); start += slide) {
            if (index
                    <= bounds.computeIfAbsent(
                            start, from -> lastThatFits(subject, at(subject, from), held.event.modality()))) {
                return false;
            }
        }
        return true;
    }

    private int lastThatFits(SubjectState subject, Window window, int modality) {
        int events = 0;
        long bytes = 0;
        int last = -1;
        for (int i = window.from(); i < window.to(); i++) {
            EncodedEvent event = subject.held.get(i).event;
            if (event.modality() == modality && !isCopyOfTheOneBefore(subject, i)) {
                events++;
                bytes += bytes(event);
                if (!fits(events, bytes)) {
                    break;
                }
            }
            last = i;
        }
        return last;
    }
}
