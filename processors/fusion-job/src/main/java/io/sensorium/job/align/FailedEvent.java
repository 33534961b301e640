package io.sensorium.job.align;

import java.util.List;

/** An event on which alignment failed, on its way out: a window of that event alone, with the failure's message in place of an anchor's id. */
public final class FailedEvent {

    private FailedEvent() {}

    static AlignedWindow wrap(String subject, AlignedEvent event, String message) {
        return new AlignedWindow(subject, event.time(), event.time(), message, List.of(event), List.of(), AlignedWindow.Status.FINAL, false, 0, AlignedWindow.FIRST);
    }

    /** The event. */
    public static AlignedEvent event(AlignedWindow failed) {
        return failed.events().get(0);
    }

    /** What went wrong. */
    public static String message(AlignedWindow failed) {
        return failed.anchorId();
    }
}
