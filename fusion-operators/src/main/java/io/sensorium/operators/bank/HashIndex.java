// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.bank;

import java.util.Arrays;

/**
 * Image hashes, found by Hamming distance: multi-index hashing (Norouzi, Punjani and Fleet, "Fast Search in Hamming
 * Space with Multi-Index Hashing", CVPR 2012) over 16 chunks of 16 bits. Two hashes that differ in at most 31 bits
 * differ in at most one bit in at least one of their chunks, so the search is exact up to that distance. All hashes
 * with the same chunk form a list through the hashes' rows; a look-up follows its lists side by side, so that reads of
 * memory overlap. Of equal hashes only the first is in the lists of chunks. For one thread that changes it.
 */
final class HashIndex {

    /** The largest distance that is found. */
    static final int MAX_THRESHOLD = 31;

    private static final int CHUNKS = 16;
    private static final int CHUNK_BITS = 16;
    private static final int CHUNK_VALUES = 1 << CHUNK_BITS;

    /** Up to this distance one chunk is equal. */
    private static final int EQUAL_CHUNK = CHUNKS - 1;

    private static final int HASH_WORDS = PdqHash.BITS / Long.SIZE;

    /** A row: the hash, then for each chunk the next row of its list, two to a word. */
    private static final int ROW_WORDS = HASH_WORDS + CHUNKS / 2;

    private static final int PAGE_BITS = 12;
    private static final int PAGE_ROWS = 1 << PAGE_BITS;
    private static final int NONE = EqualSlots.NONE;

    /** Receives what is found. */
    interface Found {
        void take(int entry, int distance);
    }

    private final Slots slots = new Slots();
    private final EqualSlots equal = new EqualSlots();
    private int[] heads;
    private long[][] pages = new long[0][];
    private int[] entries = new int[0];
    private byte[] thresholds = new byte[0];

    /** Hashes whose threshold needs chunks that differ in a bit. */
    private int wide;

    /**
     * Adds a hash.
     *
     * @param entry that is found with it
     * @param threshold the largest distance at which it is found, 0 to {@link #MAX_THRESHOLD}
     * @return its place, with which it is removed
     */
    int add(PdqHash hash, int threshold, int entry) {
        if (heads == null) {
            heads = new int[CHUNKS * CHUNK_VALUES];
            Arrays.fill(heads, NONE);
        }
        int slot = slots.take();
        if (slot >= pages.length << PAGE_BITS) {
            int length = slot + PAGE_ROWS;
            entries = Arrays.copyOf(entries, length);
            thresholds = Arrays.copyOf(thresholds, length);
            // Last, so that nothing is half done where memory ends.
            long[][] more = Arrays.copyOf(pages, length >> PAGE_BITS);
            more[more.length - 1] = new long[PAGE_ROWS * ROW_WORDS];
            pages = more;
        }
        entries[slot] = entry;
        thresholds[slot] = (byte) threshold;
        wide += threshold > EQUAL_CHUNK ? 1 : 0;
        long[] page = page(slot);
        int row = row(slot);
        for (int word = 0; word < HASH_WORDS; word++) {
            page[row + word] = hash.word(word);
        }
        int first = first(hash, page, row);
        if (first != NONE) {
            equal.add(first, slot);
            return slot;
        }
        for (int chunk = 0; chunk < CHUNKS; chunk++) {
            int head = head(chunk, page, row);
            setNext(slot, chunk, heads[head]);
            heads[head] = slot;
        }
        return slot;
    }

    /**
     * An equal hash at the head of one of its lists. Where one is further back in all of them, the new one is at their
     * heads after it: then the two are both firsts, which is rare among hashes that differ.
     */
    private int first(PdqHash hash, long[] page, int row) {
        for (int chunk = 0; chunk < CHUNKS; chunk++) {
            int first = heads[head(chunk, page, row)];
            if (first != NONE && distance(hash, first) == 0) {
                return first;
            }
        }
        return NONE;
    }

    void remove(int slot) {
        if (equal.isFirst(slot)) {
            removeFirst(slot, equal.next(slot));
        }
        equal.remove(slot);
        wide -= thresholds[slot] > EQUAL_CHUNK ? 1 : 0;
        slots.giveBack(slot);
        if (slots.taken() == 0) {
            heads = null;
            pages = new long[0][];
            entries = new int[0];
            thresholds = new byte[0];
            equal.clear();
        }
    }

    /** @param heir of the slot's equals, the one that takes its place in the lists; {@link #NONE} for none */
    private void removeFirst(int slot, int heir) {
        long[] page = page(slot);
        int row = row(slot);
        for (int chunk = 0; chunk < CHUNKS; chunk++) {
            int head = head(chunk, page, row);
            int next = next(slot, chunk);
            if (heir != NONE) {
                setNext(heir, chunk, next);
                next = heir;
            }
            if (heads[head] == slot) {
                heads[head] = next;
                continue;
            }
            int before = heads[head];
            while (next(before, chunk) != slot) {
                before = next(before, chunk);
            }
            setNext(before, chunk, next);
        }
    }

    /** Finds every hash within its threshold, some of them more than once. */
    void find(PdqHash hash, Found found) {
        if (slots.taken() == 0) {
            return;
        }
        boolean near = wide > 0;
        int[] lists = new int[CHUNKS * (near ? CHUNK_BITS + 1 : 1)];
        byte[] chunks = new byte[lists.length];
        int count = 0;
        for (int chunk = 0; chunk < CHUNKS; chunk++) {
            int value = chunk(hash.word(chunk / HASH_WORDS), chunk);
            // Equal first, then with each of its bits changed.
            for (int bit = -1; bit < (near ? CHUNK_BITS : 0); bit++) {
                int first = heads[chunk * CHUNK_VALUES + (bit < 0 ? value : value ^ 1 << bit)];
                if (first != NONE) {
                    lists[count] = first;
                    chunks[count++] = (byte) chunk;
                }
            }
        }
        while (count > 0) {
            int left = 0;
            for (int i = 0; i < count; i++) {
                int slot = lists[i];
                int distance = distance(hash, slot);
                if (distance <= thresholds[slot]) {
                    found.take(entries[slot], distance);
                }
                int other = equal.next(slot);
                // Once is enough: they may be many.
                if (other != NONE && isFirstList(hash, slot, chunks[i], near)) {
                    for (; other != NONE; other = equal.next(other)) {
                        if (distance <= thresholds[other]) {
                            found.take(entries[other], distance);
                        }
                    }
                }
                int next = next(slot, chunks[i]);
                if (next != NONE) {
                    lists[left] = next;
                    chunks[left++] = chunks[i];
                }
            }
            count = left;
        }
    }

    /** Whether no list of an earlier chunk leads to a row. */
    private boolean isFirstList(PdqHash hash, int slot, int list, boolean near) {
        long[] page = page(slot);
        int row = row(slot);
        for (int chunk = 0; chunk < list; chunk++) {
            int word = chunk / HASH_WORDS;
            if (Integer.bitCount(chunk(hash.word(word), chunk) ^ chunk(page[row + word], chunk)) <= (near ? 1 : 0)) {
                return false;
            }
        }
        return true;
    }

    private int distance(PdqHash hash, int slot) {
        long[] page = page(slot);
        int row = row(slot);
        return Long.bitCount(hash.word0() ^ page[row])
                + Long.bitCount(hash.word1() ^ page[row + 1])
                + Long.bitCount(hash.word2() ^ page[row + 2])
                + Long.bitCount(hash.word3() ^ page[row + 3]);
    }

    private static int head(int chunk, long[] page, int row) {
        return chunk * CHUNK_VALUES + chunk(page[row + chunk / HASH_WORDS], chunk);
    }

    private static int chunk(long word, int chunk) {
        return (int) (word >>> chunk % HASH_WORDS * CHUNK_BITS) & CHUNK_VALUES - 1;
    }

    private long[] page(int slot) {
        return pages[slot >> PAGE_BITS];
    }

    private static int row(int slot) {
        return (slot & PAGE_ROWS - 1) * ROW_WORDS;
    }

    private int next(int slot, int chunk) {
        return (int) (page(slot)[row(slot) + HASH_WORDS + chunk / 2] >>> (chunk & 1) * Integer.SIZE);
    }

    private void setNext(int slot, int chunk, int next) {
        int shift = (chunk & 1) * Integer.SIZE;
        long[] page = page(slot);
        int at = row(slot) + HASH_WORDS + chunk / 2;
        page[at] = page[at] & ~(0xffffffffL << shift) | (next & 0xffffffffL) << shift;
    }

    int size() {
        return slots.taken();
    }

    /** Bytes of its arrays. */
    long bytes() {
        return (heads == null ? 0 : (long) Integer.BYTES * heads.length)
                + (long) pages.length * PAGE_ROWS * ROW_WORDS * Long.BYTES
                + entries.length * (Integer.BYTES + 1L)
                + slots.bytes()
                + equal.bytes();
    }
}
