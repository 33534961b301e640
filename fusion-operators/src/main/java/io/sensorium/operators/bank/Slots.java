// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.bank;

import java.util.Arrays;

/** Numbers that are taken and given back, the least possible; those given back are taken first. For one thread. */
final class Slots {

    private int[] free = new int[16];
    private int freed;
    private int next;

    int take() {
        return freed > 0 ? free[--freed] : next++;
    }

    void giveBack(int slot) {
        if (freed == free.length) {
            free = Arrays.copyOf(free, 2 * freed);
        }
        free[freed++] = slot;
        if (freed == next) {
            freed = 0;
            next = 0;
        }
    }

    /** How many are taken. */
    int taken() {
        return next - freed;
    }

    /** How many were taken at once at most since all were free. */
    int most() {
        return next;
    }

    long bytes() {
        return (long) Integer.BYTES * free.length;
    }
}
