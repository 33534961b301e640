// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import java.time.Duration;

/** A moment of the monotonic clock by which work has to be done. Safe for several threads. */
final class Deadline {

    private final long nanos;

    private Deadline(long nanos) {
        this.nanos = nanos;
    }

    /** @param time from now on */
    static Deadline after(Duration time) {
        return new Deadline(System.nanoTime() + time.toNanos());
    }

    boolean passed() {
        return System.nanoTime() - nanos > 0;
    }

    /** Time left in ms, 0 or more. */
    long leftMillis() {
        return Math.max(0, (nanos - System.nanoTime()) / 1_000_000);
    }
}
