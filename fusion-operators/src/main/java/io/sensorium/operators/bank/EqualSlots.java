// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.bank;

import java.util.Arrays;

/**
 * Lists of slots whose patterns are equal, each behind its first one. Slots that are equal to no other take no memory.
 * For one thread that changes it.
 */
final class EqualSlots {

    static final int NONE = -1;

    /** The next slot and the one before, by slot; one more than their number, so that 0 is none. */
    private int[] next = new int[0];

    private int[] before = new int[0];

    /** Adds a slot, which is in no list, to the list of a first one. */
    void add(int first, int slot) {
        int least = Math.max(first, slot) + 1;
        if (before.length < least) {
            int length = Math.max(least, before.length + before.length / 4);
            next = Arrays.copyOf(next, length);
            before = Arrays.copyOf(before, length);
        }
        int second = next[first];
        next[slot] = second;
        before[slot] = first + 1;
        next[first] = slot + 1;
        if (second > 0) {
            before[second - 1] = slot + 1;
        }
    }

    /** Whether a slot is its list's first, as one that is equal to no other is. */
    boolean isFirst(int slot) {
        return slot >= before.length || before[slot] == 0;
    }

    /** The slot behind another; {@link #NONE} where that is its list's last. */
    int next(int slot) {
        return slot < before.length ? next[slot] - 1 : NONE;
    }

    /** Takes a slot out of its list. The next one becomes the first where it was the first. */
    void remove(int slot) {
        if (slot >= before.length) {
            return;
        }
        if (next[slot] > 0) {
            before[next[slot] - 1] = before[slot];
        }
        if (before[slot] > 0) {
            next[before[slot] - 1] = next[slot];
        }
        next[slot] = 0;
        before[slot] = 0;
    }

    /** Forgets all lists. */
    void clear() {
        next = new int[0];
        before = new int[0];
    }

    long bytes() {
        return 2L * Integer.BYTES * before.length;
    }
}
