// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.alignment;

import io.sensorium.job.alignment.AlignedWindow.Status;
import io.sensorium.job.alignment.SubjectState.BufferedEvent;
import java.util.ArrayList;
import java.util.List;

/**
 * Decides which events make which windows, and when they are written. Pure: everything it knows of a subject is in
 * {@link SubjectState}, everything it does goes to {@link AlignmentOutput}. The last it writes of a window depends on
 * the events alone as long as none is behind the watermark: not on the order of their arrival. Stateless and safe for
 * several threads.
 */
public final class Aligner {

    /** A deadline that never comes. */
    public static final long NEVER = Long.MAX_VALUE;

    /** What the aligner does. */
    public interface AlignmentOutput {
        /** A window is written. */
        void window(AlignedWindow window);

        /**
         * The watermark passed a window's end for the first time.
         *
         * @param missing as in {@link AlignedWindow}
         */
        void closed(List<Integer> missing);

        /** An event came when none of its windows could take it. */
        void late(EncodedEvent event, long watermark);

        /** Something was dropped or passed over by rule. */
        void count(Count count, long events);
    }

    /** What is counted. */
    public enum Count {
        /** A further copy of an event. */
        DUPLICATE,
        /** Beyond the most events or bytes of a window. */
        OVERFLOW,
        /** Left without serving any anchor. */
        UNMATCHED
    }

    private final AlignSettings settings;
    private final Windowing windowing;
    private final boolean repeats;
    private final Presence presence;

    public Aligner(AlignSettings settings) {
        this.settings = settings;
        this.windowing = Windowing.of(settings);
        this.repeats = settings.firing().repeats();
        this.presence = new Presence(settings);
    }

    /**
     * Takes one event.
     *
     * @param watermark the combined watermark at its arrival; every window it has passed has been closed by
     *     {@link #onWatermark}
     * @param now wall-clock ms
     */
    public void onEvent(SubjectState subject, EncodedEvent event, long watermark, long now, AlignmentOutput effects) {
        if (windowing.isLate(subject, event, watermark)) {
            effects.late(event, watermark);
            return;
        }
        subject.closedUpTo = Math.max(subject.closedUpTo, watermark);
        BufferedEvent added = new BufferedEvent(event, Math.min(now, event.readAt()), false);
        subject.deadlineBound = Math.min(
                subject.deadlineBound,
                Windowing.plus(added.arrival, settings.firing().maxWait()));
        BufferedEvent copy = subject.copyOf(event);
        if (copy != null) {
            effects.count(Count.DUPLICATE, 1);
            if (windowing.shareEveryWindow(copy.event, event)) {
                if (!event.precedes(copy.event)) {
                    return;
                }
                added.arrival = Math.min(added.arrival, copy.arrival);
                added.served = copy.served;
                if (!subject.isReferenced(copy.event)) {
                    subject.remove(copy);
                    subject.insert(added);
                    return;
                }
                // What was written with the other may have to be taken back, which repeats it: both stay, the window
                // chooses.
                subject.insert(added);
                subject.copies = true;
                return;
            }
            subject.copies = true;
        }
        subject.insert(added);
        windowing.cap(subject, added, effects);
        if (repeats) {
            afterChange(subject, event, now, effects);
        }
    }

    private void afterChange(SubjectState subject, EncodedEvent event, long now, AlignmentOutput effects) {
        List<Window> around = windowing.around(subject, event);
        List<WrittenWindow> vanished = windowing.vanished(subject, around);
        // An id that vanished was written at its deadline, so the window that took its events may be due at once.
        boolean mayBeDue = settings.firing().maxWait() > 0 && (now >= subject.deadlineBound || !vanished.isEmpty());
        for (WrittenWindow gone : vanished) {
            retract(subject, gone, AlignedWindow.ALL_OPERATORS, effects);
            // Its revisions stay, because a later event may move a window back to this id.
            gone.inputs = List.of();
            gone.finalRecord = false;
            gone.closed = false;
        }
        for (Window window : around) {
            WrittenWindow written = subject.written(window.start(), window.anchorId());
            if (window.closeAt() <= subject.closedUpTo) {
                if (window.from() < window.to()
                        && Windowing.plus(window.closeAt(), settings.firing().allowedLateness()) > subject.closedUpTo) {
                    close(subject, window, effects);
                }
            } else {
                if (settings.firing().early() && (written == null || !written.provisionalDone)) {
                    writeEarly(subject, window, effects);
                }
                if (mayBeDue && now >= deadline(subject, window)) {
                    writeAtDeadline(subject, window, effects);
                }
            }
        }
    }

    /** Closes every window that the watermark has passed and forgets what no window can use any more. */
    public void onWatermark(SubjectState subject, long watermark, AlignmentOutput effects) {
        for (Window window : windowing.closing(subject, subject.closedUpTo, watermark)) {
            close(subject, window, effects);
        }
        subject.closedUpTo = Math.max(subject.closedUpTo, watermark);
        windowing.purge(subject, watermark, effects);
    }

    /**
     * Writes the open windows whose deadline on the wall clock has come.
     *
     * @param now wall-clock ms
     */
    public void onWallClock(SubjectState subject, long now, AlignmentOutput effects) {
        for (Window window : windowing.closing(subject, subject.closedUpTo, NEVER)) {
            if (now >= deadline(subject, window)) {
                writeAtDeadline(subject, window, effects);
            }
        }
    }

    /** The watermark at which {@link #onWatermark} next has something to do, or {@link #NEVER}. */
    public long nextDeadline(SubjectState subject) {
        return subject.isEmpty() ? NEVER : windowing.nextDeadline(subject);
    }

    /** The wall-clock ms at which {@link #onWallClock} next has something to do, or {@link #NEVER}. */
    public long nextWallClockDeadline(SubjectState subject) {
        long next = NEVER;
        if (settings.firing().maxWait() > 0) {
            for (Window window : windowing.closing(subject, subject.closedUpTo, NEVER)) {
                next = Math.min(next, deadline(subject, window));
            }
        }
        subject.deadlineBound = next;
        return next;
    }

    /** The earliest watermark at which an event that just came may make something due. */
    public long deadlineOf(SubjectState subject, EncodedEvent event) {
        return windowing.deadlineOf(event, subject.closedUpTo);
    }

    /** Whether an event that just came may have changed how many windows are open. */
    public boolean mayOpenAWindow(SubjectState subject, EncodedEvent event) {
        return subject.copies || windowing.mayOpenAWindow(subject, event);
    }

    /**
     * The wall-clock ms before which an event that just came is not due by itself, or {@link #NEVER}.
     *
     * @param now wall-clock ms
     */
    public long wallClockDeadlineOf(EncodedEvent event, long now) {
        return settings.firing().maxWait() == 0
                ? NEVER
                : Windowing.plus(
                        Math.min(now, event.readAt()), settings.firing().maxWait());
    }

    /** How many windows of the subject are open. */
    public int openWindows(SubjectState subject) {
        return windowing.openWindows(subject);
    }

    /**
     * The wall-clock ms at which an open window is written as it stands: after its first event's arrival, or its
     * anchor's; where it was written so before, after the arrival of the first event that came since, and
     * {@link #NEVER} where none did.
     */
    private long deadline(SubjectState subject, Window window) {
        WrittenWindow written = subject.written(window.start(), window.anchorId());
        long first = NEVER;
        if (written != null && written.deadlineDone) {
            for (BufferedEvent held : windowing.select(subject, window)) {
                if (!written.usesCopyOf(held.event)) {
                    first = Math.min(first, held.arrival);
                }
            }
            if (first != NEVER) {
                first = Math.min(first, windowing.firstReplaced(subject, window, written));
            }
        } else {
            for (BufferedEvent held : subject.held.subList(window.from(), window.to())) {
                if (window.anchor() == null || held.event == window.anchor()) {
                    first = Math.min(first, held.arrival);
                }
            }
        }
        return Windowing.plus(first, settings.firing().maxWait());
    }

    private void close(SubjectState subject, Window window, AlignmentOutput effects) {
        List<EncodedEvent> inputs = served(subject, windowing.select(subject, window));
        if (!repeats) {
            List<Integer> missing = presence.missing(Presence.present(inputs));
            effects.closed(missing);
            effects.window(new AlignedWindow(
                    subject.subject(),
                    window.start(),
                    window.end(),
                    window.anchorId(),
                    inputs,
                    missing,
                    Status.FINAL,
                    false,
                    AlignedWindow.ALL_OPERATORS,
                    AlignedWindow.FIRST));
            return;
        }
        WrittenWindow written = written(subject, window);
        boolean moved = false;
        if (!written.closed) {
            effects.closed(presence.missing(Presence.present(inputs)));
            written.closed = true;
            subject.markDirty();
            // A session may have grown without its inputs; once closed, only a change of inputs fires it.
            moved = written.end != window.end();
        }
        if (moved || !written.finalRecord || !written.usesExactly(inputs)) {
            write(subject, window, written, inputs, Status.FINAL, false, effects);
        }
    }

    private void writeEarly(SubjectState subject, Window window, AlignmentOutput effects) {
        if (Presence.buffered(subject.held.subList(window.from(), window.to())) != presence.all()) {
            return;
        }
        WrittenWindow written = written(subject, window);
        written.provisionalDone = true;
        write(subject, window, written, events(windowing.select(subject, window)), Status.PROVISIONAL, false, effects);
    }

    private void writeAtDeadline(SubjectState subject, Window window, AlignmentOutput effects) {
        WrittenWindow written = written(subject, window);
        written.deadlineDone = true;
        subject.markDirty();
        List<EncodedEvent> inputs = served(subject, windowing.select(subject, window));
        if (!written.finalRecord || !written.usesExactly(inputs)) {
            write(subject, window, written, inputs, Status.FINAL, true, effects);
        }
    }

    private WrittenWindow written(SubjectState subject, Window window) {
        WrittenWindow written = subject.written(window.start(), window.anchorId());
        if (written == null) {
            written = new WrittenWindow(
                    window.start(), window.anchorId(), settings.operators().size());
            subject.addWritten(written);
        }
        return written;
    }

    /** Takes back what the new record does not replace under the same id, then writes it. */
    private void write(
            SubjectState subject,
            Window window,
            WrittenWindow written,
            List<EncodedEvent> inputs,
            Status status,
            boolean forced,
            AlignmentOutput effects) {
        int present = Presence.present(inputs);
        List<Integer> missing = presence.missing(present);
        if (!written.inputs.isEmpty()) {
            int before = Presence.present(written.inputs);
            if (presence.missing(before).isEmpty() != missing.isEmpty()) {
                retract(subject, written, AlignedWindow.ALL_OPERATORS, effects);
            } else if (missing.isEmpty()) {
                int changed = (presence.accepting(before) ^ presence.accepting(present)) & presence.recording(before);
                if (changed != 0) {
                    retract(subject, written, changed, effects);
                }
            }
        }
        written.end = window.end();
        written.inputs = inputs;
        written.finalRecord = status == Status.FINAL;
        written.forced = forced;
        subject.markDirty();
        emit(subject, written, missing, status, AlignedWindow.ALL_OPERATORS, effects);
    }

    private void retract(SubjectState subject, WrittenWindow written, int operators, AlignmentOutput effects) {
        emit(
                subject,
                written,
                presence.missing(Presence.present(written.inputs)),
                Status.RETRACTED,
                operators,
                effects);
        subject.markDirty();
    }

    private void emit(
            SubjectState subject,
            WrittenWindow written,
            List<Integer> missing,
            Status status,
            int operators,
            AlignmentOutput effects) {
        effects.window(new AlignedWindow(
                subject.subject(),
                written.start,
                written.end,
                written.anchorId,
                written.inputs,
                missing,
                status,
                written.forced,
                operators,
                written.revisions.clone()));
        if (missing.isEmpty()) {
            int recorded = operators & presence.recording(Presence.present(written.inputs));
            for (int operator = 0; operator < settings.operators().size(); operator++) {
                written.revisions[1 + operator] += (recorded & 1 << operator) != 0 ? 1 : 0;
            }
        } else {
            written.revisions[0]++;
        }
    }

    private static List<EncodedEvent> events(List<BufferedEvent> selected) {
        List<EncodedEvent> events = new ArrayList<>(selected.size());
        for (BufferedEvent held : selected) {
            events.add(held.event);
        }
        return events;
    }

    private List<EncodedEvent> served(SubjectState subject, List<BufferedEvent> selected) {
        if (settings.strategy().marksServedEvents()) {
            for (BufferedEvent held : selected) {
                if (!held.served) {
                    held.served = true;
                    subject.markDirty();
                }
            }
        }
        return events(selected);
    }
}
