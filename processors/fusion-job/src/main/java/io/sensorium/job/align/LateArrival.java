package io.sensorium.job.align;

import java.util.List;

/** A late event on its way out: a window of that event alone, whose end is the watermark at its arrival. */
public final class LateArrival {

    private LateArrival() {}

    static AlignedWindow wrap(String subject, AlignedEvent event, long watermark) {
        return new AlignedWindow(subject, event.time(), watermark, "", List.of(event), List.of(), AlignedWindow.Status.FINAL, false, 0,
                AlignedWindow.FIRST);
    }

    /** The late event. */
    public static AlignedEvent event(AlignedWindow late) {
        return late.events().get(0);
    }

    /** The watermark at its arrival, in ms. */
    public static long watermark(AlignedWindow late) {
        return late.end();
    }
}
