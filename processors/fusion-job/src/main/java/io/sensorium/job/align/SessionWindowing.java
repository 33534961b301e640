package io.sensorium.job.align;

import io.sensorium.job.align.Aligner.Effects;
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
    boolean isLate(SubjectEvents subject, AlignedEvent event, long watermark) {
        if (endOf(List.of(event)) > watermark) {
            return false;
        }
        List<AlignedEvent> joined = events(subject);
        joined.add(event);
        for (List<AlignedEvent> chain : chains(joined)) {
            if (chain.contains(event)) {
                return endOf(chain) <= watermark;
            }
        }
        throw new IllegalStateException("every event is in a chain");
    }

    @Override
    boolean shareWindow(AlignedEvent one, AlignedEvent other) {
        return one.time() == other.time();
    }

    @Override
    long nextDeadline(SubjectEvents subject) {
        long next = Aligner.NEVER;
        for (List<AlignedEvent> chain : chains(events(subject))) {
            next = Math.min(next, endOf(chain));
        }
        return next;
    }

    private List<List<AlignedEvent>> chains(List<AlignedEvent> events) {
        events.sort(AlignedEvent.BY_TIME.thenComparingInt(AlignedEvent::modality));
        List<List<AlignedEvent>> chains = new ArrayList<>();
        List<AlignedEvent> chain = new ArrayList<>();
        for (AlignedEvent event : events) {
            boolean joins = !chain.isEmpty()
                    && event.time() - chain.get(chain.size() - 1).time() < session.gap()
                    && event.time() - chain.get(0).time() < session.maxLength();
            if (!joins && !chain.isEmpty()) {
                chains.add(chain);
                chain = new ArrayList<>();
            }
            chain.add(event);
        }
        if (!chain.isEmpty()) {
            chains.add(chain);
        }
        return chains;
    }

    private long endOf(List<AlignedEvent> chain) {
        return Math.min(plus(chain.get(chain.size() - 1).time(), session.gap()), plus(chain.get(0).time(), session.maxLength()));
    }

    @Override
    void close(String key, SubjectEvents subject, long watermark, Effects effects) {
        for (List<AlignedEvent> chain : chains(events(subject))) {
            long end = endOf(chain);
            if (end <= watermark) {
                subject.held.removeIf(held -> chain.contains(held.event));
                List<AlignedEvent> single = withoutCopies(chain, effects);
                emit(key, chain.get(0).time(), end, "", capped(single, effects), effects);
            }
        }
    }
}
