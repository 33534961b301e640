// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.alignment;

import io.sensorium.job.alignment.SubjectState.BufferedEvent;
import io.sensorium.job.alignment.SubjectState.DroppedSpan;
import java.util.ArrayList;
import java.util.List;

/** {@link AlignStrategy.Session}. */
final class SessionWindowing extends Windowing {

    private final AlignStrategy.Session session;

    SessionWindowing(AlignSettings settings, AlignStrategy.Session session) {
        super(settings);
        this.session = session;
    }

    @Override
    boolean isLate(SubjectState subject, EncodedEvent event, long watermark) {
        if (plus(plus(event.time(), session.gap()), settings.firing().allowedLateness()) > watermark) {
            return false;
        }
        SubjectState joined = new SubjectState(subject.subject());
        joined.held.addAll(subject.held);
        joined.dropped = subject.dropped;
        BufferedEvent added = new BufferedEvent(event, 0, false);
        joined.insert(added);
        int at = joined.held.indexOf(added);
        for (Window chain : chains(joined)) {
            if (at >= chain.from() && at < chain.to()) {
                return plus(chain.closeAt(), settings.firing().allowedLateness()) <= watermark;
            }
        }
        throw new IllegalStateException("every event is in a chain");
    }

    /** Builds chains event by event. */
    private final class Chaining {
        final List<Window> chains = new ArrayList<>(1);
        private boolean begun;
        private long first;
        private long last = Long.MIN_VALUE;
        private int from;
        private int to;

        void event(long time, int index) {
            add(time, index, begun && time < plus(last, session.gap()));
            to = index + 1;
        }

        /** Times between which every neighbour is near. */
        void span(DroppedSpan span, long upTo, int index) {
            add(Math.max(last, span.first), index, begun && span.first < plus(last, session.gap()));
            add(Math.max(last, Math.min(span.last, upTo)), index, true);
        }

        private void add(long time, int index, boolean near) {
            if (!near || time >= plus(first, session.maxLength())) {
                last = near ? plus(first, session.maxLength() - 1) : last;
                finish();
                begun = true;
                first = time;
                from = index;
                to = index;
            }
            last = time;
        }

        void finish() {
            if (begun && to > from) {
                long end = Math.min(plus(last, session.gap()), plus(first, session.maxLength()));
                chains.add(new Window(first, end, end, null, from, to));
            }
        }
    }

    private List<Window> chains(SubjectState subject) {
        Chaining chaining = new Chaining();
        int next = 0;
        for (int i = 0; i < subject.held.size(); i++) {
            long time = subject.held.get(i).time();
            while (next < subject.dropped.size() && subject.dropped.get(next).first <= time) {
                DroppedSpan span = subject.dropped.get(next);
                chaining.span(span, time, i);
                if (span.last > time) {
                    break;
                }
                next++;
            }
            chaining.event(time, i);
        }
        for (; next < subject.dropped.size(); next++) {
            chaining.span(subject.dropped.get(next), Aligner.NEVER, subject.held.size());
        }
        chaining.finish();
        return chaining.chains;
    }

    @Override
    List<Window> around(SubjectState subject, EncodedEvent event) {
        // One event may move the cuts of every chain that follows.
        return chains(subject);
    }

    @Override
    List<Window> closing(SubjectState subject, long after, long upTo) {
        List<Window> chains = chains(subject);
        chains.removeIf(chain -> chain.closeAt() <= after || chain.closeAt() > upTo);
        return chains;
    }

    @Override
    List<WrittenWindow> vanished(SubjectState subject, List<Window> around) {
        if (subject.written.isEmpty()) {
            return List.of();
        }
        return subject.written.stream()
                .filter(written ->
                        !written.inputs.isEmpty() && around.stream().noneMatch(chain -> chain.start() == written.start))
                .toList();
    }

    @Override
    boolean usedWhenClosed(SubjectState subject, Window window, EncodedEvent event) {
        return subject.written.stream()
                .anyMatch(before -> before.closed
                        && before.start >= window.start()
                        && before.start < window.end()
                        && before.uses(event));
    }

    @Override
    void purge(SubjectState subject, long watermark, Aligner.AlignmentOutput effects) {
        int gone = 0;
        long last = 0;
        for (Window chain : chains(subject)) {
            if (plus(chain.closeAt(), settings.firing().allowedLateness()) > watermark) {
                break;
            }
            gone = chain.to();
            last = chain.end();
        }
        if (gone > 0) {
            subject.removeFirst(gone);
            long purged = last;
            if (!subject.dropped.isEmpty()) {
                subject.dropped.removeIf(span -> span.first < purged);
            }
            subject.forgetWritten(written -> written.start < purged);
        }
    }

    @Override
    long nextDeadline(SubjectState subject) {
        List<Window> chains = chains(subject);
        if (chains.isEmpty()) {
            return Aligner.NEVER;
        }
        // Chains follow each other, and so do their deadlines.
        long next = plus(chains.get(0).closeAt(), settings.firing().allowedLateness());
        for (Window chain : chains) {
            if (chain.closeAt() > subject.closedUpTo) {
                return Math.min(next, chain.closeAt());
            }
        }
        return next;
    }

    @Override
    int openWindows(SubjectState subject) {
        return closing(subject, subject.closedUpTo, Aligner.NEVER).size();
    }

    @Override
    long deadlineOf(EncodedEvent event, long closedUpTo) {
        // The chain ends where it ended or later, unless it begins with the event.
        return plus(event.time(), Math.min(session.gap(), session.maxLength()));
    }

    @Override
    boolean mayOpenAWindow(SubjectState subject, EncodedEvent event) {
        long time = event.time();
        int at = subject.firstAt(time);
        if (at == 0
                || !subject.dropped.isEmpty()
                || time >= plus(subject.held.get(0).time(), session.maxLength())) {
            return true;
        }
        long before = subject.held.get(at - 1).time();
        int next = subject.firstAt(plus(time, 1));
        boolean nearNext = next < subject.held.size() && subject.held.get(next).time() < plus(time, session.gap());
        boolean nearBefore = time < plus(before, session.gap()) && plus(before, session.gap()) > subject.closedUpTo;
        boolean joinsTwo = nearNext && subject.held.get(next).time() >= plus(before, session.gap());
        return !nearBefore || joinsTwo;
    }

    @Override
    void cap(SubjectState subject, BufferedEvent added, Aligner.AlignmentOutput effects) {
        if (withinCaps(subject)) {
            return;
        }
        int at = subject.held.indexOf(added);
        for (Window chain : chains(subject)) {
            if (at >= chain.from() && at < chain.to()) {
                capChain(subject, chain, added.event.modality(), effects);
                return;
            }
        }
    }

    private void capChain(SubjectState subject, Window chain, int modality, Aligner.AlignmentOutput effects) {
        List<BufferedEvent> events = new ArrayList<>();
        long bytes = 0;
        for (int i = chain.from(); i < chain.to(); i++) {
            BufferedEvent held = subject.held.get(i);
            if (held.event.modality() == modality && !isCopyOfTheOneBefore(subject, i)) {
                events.add(held);
                bytes += bytes(held.event);
            }
        }
        for (int i = events.size() - 1; i > 0 && !fits(i + 1, bytes); i--) {
            BufferedEvent latest = events.get(i);
            bytes -= bytes(latest.event);
            if (!subject.isReferenced(latest.event)) {
                addDropped(subject, latest.time());
                drop(subject, latest, events.get(0), effects);
            }
        }
    }

    private void addDropped(SubjectState subject, long time) {
        if (subject.dropped.isEmpty()) {
            subject.dropped = new ArrayList<>(1);
        }
        DroppedSpan grown = null;
        int at = 0;
        for (int i = 0; i < subject.dropped.size(); i++) {
            DroppedSpan span = subject.dropped.get(i);
            if (span.last < time) {
                at = i + 1;
            }
            if (grown == null
                    && time >= minus(span.first, session.gap() - 1)
                    && time <= plus(span.last, session.gap() - 1)) {
                span.first = Math.min(span.first, time);
                span.last = Math.max(span.last, time);
                grown = span;
            } else if (grown != null && span.first - grown.last < session.gap()) {
                grown.last = Math.max(grown.last, span.last);
                subject.dropped.remove(i--);
            }
        }
        if (grown == null) {
            subject.dropped.add(at, new DroppedSpan(time, time));
        }
        subject.markDirty();
    }
}
