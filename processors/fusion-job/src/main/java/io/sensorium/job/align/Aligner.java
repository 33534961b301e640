package io.sensorium.job.align;

import io.sensorium.job.align.SubjectEvents.Held;

/**
 * Decides which events make which windows. Pure: everything it knows of a subject is in {@link SubjectEvents}, everything it
 * does goes to {@link Effects}. What it writes depends on the events alone as long as none is behind the watermark: not on
 * the order of their arrival. Stateless and safe for several threads.
 */
public final class Aligner {

    /** A deadline that never comes. */
    public static final long NEVER = Long.MAX_VALUE;

    /** What the aligner does. */
    public interface Effects {
        /** A window closed. */
        void window(AlignedWindow window);

        /** An event came when none of its windows could take it. */
        void late(AlignedEvent event, long watermark);

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

    private final Windowing windowing;

    public Aligner(AlignSettings settings) {
        this.windowing = Windowing.of(settings);
    }

    /**
     * Takes one event.
     *
     * @param watermark the combined watermark at its arrival
     */
    public void onEvent(SubjectEvents subject, AlignedEvent event, long watermark, Effects effects) {
        if (windowing.isLate(subject, event, watermark)) {
            effects.late(event, watermark);
            return;
        }
        for (int i = 0; i < subject.held.size(); i++) {
            Held held = subject.held.get(i);
            if (held.event.sameAs(event) && windowing.shareWindow(held.event, event)) {
                effects.count(Count.DUPLICATE, 1);
                if (event.precedes(held.event)) {
                    subject.held.set(i, new Held(event, held.used));
                }
                return;
            }
        }
        subject.held.add(new Held(event, false));
        windowing.cap(subject, event, effects);
    }

    /** Closes every window that the watermark has passed and forgets what no window can use any more. */
    public void onWatermark(String key, SubjectEvents subject, long watermark, Effects effects) {
        windowing.close(key, subject, watermark, effects);
    }

    /** The watermark at which {@link #onWatermark} next has something to do, or {@link #NEVER}. */
    public long nextDeadline(SubjectEvents subject) {
        return subject.isEmpty() ? NEVER : windowing.nextDeadline(subject);
    }
}
