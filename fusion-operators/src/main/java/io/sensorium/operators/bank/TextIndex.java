// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.bank;

import java.util.Arrays;
import java.util.function.IntConsumer;

/** Fingerprints of texts, found by equality. For one thread that changes it. */
final class TextIndex {

    private final IntTable byHash = new IntTable();
    private final Slots slots = new Slots();
    private long[] keys = new long[0];
    private int[] entries = new int[0];

    /**
     * Adds a fingerprint.
     *
     * @param entry that is found with it
     * @return its place, with which it is removed
     */
    int add(Fingerprint.Text text, int entry) {
        int slot = slots.take();
        if (slot == entries.length) {
            int length = Math.max(16, slot + slot / 4);
            entries = Arrays.copyOf(entries, length);
            keys = Arrays.copyOf(keys, 2 * length);
        }
        keys[2 * slot] = text.high();
        keys[2 * slot + 1] = text.low();
        entries[slot] = entry;
        byHash.add(hash(text.high()), slot);
        return slot;
    }

    void remove(int slot) {
        byHash.remove(hash(keys[2 * slot]), slot);
        slots.giveBack(slot);
        if (slots.taken() == 0) {
            keys = new long[0];
            entries = new int[0];
        }
    }

    /** Finds every equal one. */
    void find(Fingerprint.Text text, IntConsumer found) {
        byHash.each(hash(text.high()), slot -> {
            if (keys[2 * slot] == text.high() && keys[2 * slot + 1] == text.low()) {
                found.accept(entries[slot]);
            }
        });
    }

    private static int hash(long high) {
        return IntTable.spread(Long.hashCode(high));
    }

    int size() {
        return slots.taken();
    }

    /** Bytes of its arrays. */
    long bytes() {
        return byHash.bytes() + slots.bytes() + (long) Long.BYTES * keys.length + (long) Integer.BYTES * entries.length;
    }
}
