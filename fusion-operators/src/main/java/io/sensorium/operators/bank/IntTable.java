// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.bank;

import java.util.Arrays;
import java.util.function.IntConsumer;

/**
 * Numbers by the hashes of what they stand for, several to a hash where need be: open addressing with linear probing, 8
 * bytes a place, at most three quarters of the places taken. Numbers are not negative. For one thread that changes it.
 */
final class IntTable {

    private static final int FREE = -1;
    private static final int LEAST = 16;

    private int[] numbers = free(LEAST);
    private int[] hashes = new int[LEAST];
    private int size;

    private static int[] free(int length) {
        int[] numbers = new int[length];
        Arrays.fill(numbers, FREE);
        return numbers;
    }

    /** Spreads the bits of a hash, whose last ones choose the place. */
    static int spread(int hash) {
        int mixed = hash * 0x9E3779B9;
        return mixed ^ mixed >>> 15;
    }

    void add(int hash, int number) {
        if ((size + 1) * 4L > numbers.length * 3L) {
            resize(numbers.length * 2);
        }
        place(hash, number);
        size++;
    }

    private void place(int hash, int number) {
        int at = hash & numbers.length - 1;
        while (numbers[at] != FREE) {
            at = at + 1 & numbers.length - 1;
        }
        numbers[at] = number;
        hashes[at] = hash;
    }

    /** Calls back with each number of a hash. */
    void each(int hash, IntConsumer found) {
        for (int at = hash & numbers.length - 1; numbers[at] != FREE; at = at + 1 & numbers.length - 1) {
            if (hashes[at] == hash) {
                found.accept(numbers[at]);
            }
        }
    }

    /** Removes a number that is there. */
    void remove(int hash, int number) {
        int mask = numbers.length - 1;
        int gap = find(hash, number);
        // Those behind it move up, unless that would be before their own place.
        for (int at = gap + 1 & mask; numbers[at] != FREE; at = at + 1 & mask) {
            if ((at - hashes[at] & mask) >= (at - gap & mask)) {
                numbers[gap] = numbers[at];
                hashes[gap] = hashes[at];
                gap = at;
            }
        }
        numbers[gap] = FREE;
        size--;
        if (numbers.length > LEAST && size * 8L < numbers.length) {
            resize(numbers.length / 2);
        }
    }

    /** Puts a number in the place of one that is there. */
    void replace(int hash, int number, int by) {
        numbers[find(hash, number)] = by;
    }

    private int find(int hash, int number) {
        int at = hash & numbers.length - 1;
        while (numbers[at] != number || hashes[at] != hash) {
            if (numbers[at] == FREE) {
                throw new IllegalStateException("number " + number + " is not in the table");
            }
            at = at + 1 & numbers.length - 1;
        }
        return at;
    }

    private void resize(int length) {
        int[] oldNumbers = numbers;
        int[] oldHashes = hashes;
        int[] newNumbers = free(length);
        hashes = new int[length];
        numbers = newNumbers;
        for (int i = 0; i < oldNumbers.length; i++) {
            if (oldNumbers[i] != FREE) {
                place(oldHashes[i], oldNumbers[i]);
            }
        }
    }

    int size() {
        return size;
    }

    /** Bytes of its arrays. */
    long bytes() {
        return 2L * Integer.BYTES * numbers.length;
    }
}
