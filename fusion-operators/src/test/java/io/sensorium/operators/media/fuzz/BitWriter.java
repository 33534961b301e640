// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media.fuzz;

import java.io.ByteArrayOutputStream;

/** Bits one after another, the highest first. */
final class BitWriter {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private int pending;
    private int count;

    BitWriter put(long value, int width) {
        for (int i = width - 1; i >= 0; i--) {
            pending = pending << 1 | (int) (value >> i & 1);
            if (++count == 8) {
                bytes.write(pending);
                pending = 0;
                count = 0;
            }
        }
        return this;
    }

    /** What was written, filled up with a bit to whole bytes. */
    byte[] toBytes(int fill) {
        while (count != 0) {
            put(fill, 1);
        }
        return bytes.toByteArray();
    }
}
