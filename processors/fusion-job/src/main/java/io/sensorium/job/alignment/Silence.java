// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.alignment;

/**
 * The watermark's own pace while every partition is idle: a millisecond of event time for a millisecond of wall-clock
 * time. It runs only while a window is open, so that a later batch with the event times that follow is not late. Pure;
 * for one thread.
 */
public final class Silence {

    private boolean running;
    private long base;
    private long since;

    /**
     * @param watermark where it stands
     * @param now wall-clock ms
     */
    public void begin(long watermark, long now) {
        running = true;
        base = watermark;
        since = now;
    }

    public void end() {
        running = false;
    }

    public boolean isRunning() {
        return running;
    }

    /**
     * Where the watermark has moved to.
     *
     * @param now wall-clock ms; a clock that was set back moves nothing
     */
    public long watermark(long now) {
        return Windowing.plus(base, Math.max(0, Windowing.minus(now, since)));
    }

    /** The wall-clock ms at which the watermark gets to a point of event time, or {@link Aligner#NEVER}. */
    public long reaches(long watermark) {
        if (!running || watermark == Aligner.NEVER) {
            return Aligner.NEVER;
        }
        // Beyond the smallest long the difference of two longs does not fit one.
        long distance = watermark - base;
        boolean overflows = ((watermark ^ base) & (watermark ^ distance)) < 0;
        return watermark <= base ? since : overflows ? Aligner.NEVER : Windowing.plus(since, distance);
    }
}
