// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.bank;

import java.util.Arrays;
import java.util.function.IntConsumer;

/**
 * Fingerprints of texts, found by equality: of equal ones, the first is in the table. For one thread that changes it.
 */
final class TextIndex {

    private final IntTable byHash = new IntTable();
    private final Slots slots = new Slots();
    private final EqualSlots equal = new EqualSlots();
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
        if (slot >= keys.length / 2) {
            int length = Math.max(16, slot + slot / 4);
            entries = Arrays.copyOf(entries, length);
            keys = Arrays.copyOf(keys, 2 * length);
        }
        keys[2 * slot] = text.high();
        keys[2 * slot + 1] = text.low();
        entries[slot] = entry;
        int first = first(text);
        if (first == EqualSlots.NONE) {
            byHash.add(hash(text.high()), slot);
        } else {
            equal.add(first, slot);
        }
        return slot;
    }

    private int first(Fingerprint.Text text) {
        int[] first = {EqualSlots.NONE};
        byHash.each(hash(text.high()), slot -> {
            if (keys[2 * slot] == text.high() && keys[2 * slot + 1] == text.low()) {
                first[0] = slot;
            }
        });
        return first[0];
    }

    void remove(int slot) {
        if (equal.isFirst(slot)) {
            int hash = hash(keys[2 * slot]);
            int next = equal.next(slot);
            if (next == EqualSlots.NONE) {
                byHash.remove(hash, slot);
            } else {
                byHash.replace(hash, slot, next);
            }
        }
        equal.remove(slot);
        slots.giveBack(slot);
        if (slots.taken() == 0) {
            keys = new long[0];
            entries = new int[0];
            equal.clear();
        }
    }

    /** Finds every equal one. */
    void find(Fingerprint.Text text, IntConsumer found) {
        for (int slot = first(text); slot != EqualSlots.NONE; slot = equal.next(slot)) {
            found.accept(entries[slot]);
        }
    }

    private static int hash(long high) {
        return IntTable.spread(Long.hashCode(high));
    }

    int size() {
        return slots.taken();
    }

    /** Bytes of its arrays. */
    long bytes() {
        return byHash.bytes()
                + slots.bytes()
                + equal.bytes()
                + (long) Long.BYTES * keys.length
                + (long) Integer.BYTES * entries.length;
    }
}
