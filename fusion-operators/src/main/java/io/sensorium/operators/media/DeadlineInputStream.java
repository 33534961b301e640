// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import java.io.ByteArrayInputStream;
import java.time.Duration;

/** Bytes that end early once their time is over, so that a decoder that asks for more stops. For one thread. */
final class DeadlineInputStream extends ByteArrayInputStream {

    private final long deadline;

    DeadlineInputStream(byte[] bytes, Duration most) {
        super(bytes);
        deadline = System.nanoTime() + most.toNanos();
    }

    boolean over() {
        return System.nanoTime() - deadline > 0;
    }

    @Override
    public synchronized int read() {
        return over() ? -1 : super.read();
    }

    @Override
    public synchronized int read(byte[] into, int from, int length) {
        return over() ? -1 : super.read(into, from, length);
    }
}
