// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.bank;

import java.util.Arrays;
import java.util.Random;
import java.util.function.IntConsumer;

/**
 * Embeddings by one encoder, found by cosine: each as bytes, scaled to its largest number, beside a sketch of 256
 * signs, those of its products with random directions (Charikar, "Similarity Estimation Techniques from Rounding
 * Algorithms", STOC 2002). The share of signs that differ estimates the angle. A look-up goes through all sketches, and
 * computes the cosine of those that may be within their thresholds: at the threshold itself one match of 30,000 is
 * missed, within it fewer. For one thread that changes it.
 */
final class EmbeddingIndex {

    static final double LEAST_THRESHOLD = 0.5;

    /** Above, the rounding to bytes decides. */
    static final double MAX_THRESHOLD = 0.999;

    private static final int SIGNS = 256;
    private static final int WORDS = SIGNS / Long.SIZE;

    /** Standard deviations that the signs that differ may be above their expected number. */
    private static final double MARGIN = 4;

    private static final long SEED = 20_190_801;
    private static final int PAGE_BITS = 10;
    private static final int PAGE_ROWS = 1 << PAGE_BITS;

    /** Receives what is found. */
    interface Found {
        /** @param distance 1 less the cosine */
        void take(int entry, double distance);
    }

    private final int dimension;

    /** For each number of an embedding, that of each direction. */
    private final float[] directions;

    private int size;
    private long[] sketches = new long[0];
    private short[] radii = new short[0];
    private byte[][] pages = new byte[0][];
    private float[] scales = new float[0];
    private float[] thresholds = new float[0];
    private int[] entries = new int[0];

    /** @param dimension numbers of an embedding */
    EmbeddingIndex(int dimension) {
        this.dimension = dimension;
        Random random = new Random(SEED);
        directions = new float[SIGNS * dimension];
        for (int i = 0; i < directions.length; i++) {
            directions[i] = (float) random.nextGaussian();
        }
    }

    int size() {
        return size;
    }

    /**
     * Adds an embedding, which must not be zero, behind the others.
     *
     * @param threshold the least cosine with which it is found
     * @param entry that is found with it
     */
    void add(float[] vector, double threshold, int entry) {
        if (size == pages.length << PAGE_BITS) {
            int length = size + PAGE_ROWS;
            sketches = Arrays.copyOf(sketches, length * WORDS);
            radii = Arrays.copyOf(radii, length);
            scales = Arrays.copyOf(scales, length);
            thresholds = Arrays.copyOf(thresholds, length);
            entries = Arrays.copyOf(entries, length);
            // Last, so that nothing is half done where memory ends.
            byte[][] more = Arrays.copyOf(pages, length >> PAGE_BITS);
            more[pages.length] = new byte[PAGE_ROWS * dimension];
            pages = more;
        }
        System.arraycopy(sketch(vector), 0, sketches, size * WORDS, WORDS);
        radii[size] = (short) radius(threshold);
        thresholds[size] = (float) threshold;
        entries[size] = entry;
        float most = 0;
        for (float number : vector) {
            most = Math.max(most, Math.abs(number));
        }
        byte[] page = pages[size >> PAGE_BITS];
        int at = (size & PAGE_ROWS - 1) * dimension;
        long squares = 0;
        for (int i = 0; i < dimension; i++) {
            page[at + i] = (byte) Math.round(vector[i] / most * Byte.MAX_VALUE);
            squares += page[at + i] * page[at + i];
        }
        scales[size] = (float) (1 / Math.sqrt(squares));
        size++;
    }

    /**
     * Removes an embedding by its place. The last one takes the place.
     *
     * @param moved gets the entry that has the place now, where there is one
     */
    void remove(int place, IntConsumer moved) {
        size--;
        if (place != size) {
            System.arraycopy(sketches, size * WORDS, sketches, place * WORDS, WORDS);
            radii[place] = radii[size];
            thresholds[place] = thresholds[size];
            scales[place] = scales[size];
            entries[place] = entries[size];
            System.arraycopy(
                    pages[size >> PAGE_BITS],
                    (size & PAGE_ROWS - 1) * dimension,
                    pages[place >> PAGE_BITS],
                    (place & PAGE_ROWS - 1) * dimension,
                    dimension);
            moved.accept(entries[place]);
        }
        if (size == 0) {
            sketches = new long[0];
            radii = new short[0];
            pages = new byte[0][];
            scales = new float[0];
            thresholds = new float[0];
            entries = new int[0];
        }
    }

    /** Finds every embedding within its threshold. */
    void find(float[] vector, Found found) {
        double norm = norm(vector);
        if (size == 0 || norm == 0) {
            return;
        }
        long[] sketch = sketch(vector);
        long zero = sketch[0];
        long one = sketch[1];
        long two = sketch[2];
        long three = sketch[3];
        for (int i = 0, at = 0; i < size; i++, at += WORDS) {
            int different = Long.bitCount(sketches[at] ^ zero)
                    + Long.bitCount(sketches[at + 1] ^ one)
                    + Long.bitCount(sketches[at + 2] ^ two)
                    + Long.bitCount(sketches[at + 3] ^ three);
            if (different <= radii[i]) {
                double cosine = dot(vector, i) * scales[i] / norm;
                if (cosine >= thresholds[i]) {
                    found.take(entries[i], Math.max(0, 1 - cosine));
                }
            }
        }
    }

    static double norm(float[] vector) {
        double squares = 0;
        for (float number : vector) {
            squares += (double) number * number;
        }
        return Math.sqrt(squares);
    }

    /** Four sums, which do not wait for each other. */
    private float dot(float[] vector, int place) {
        byte[] page = pages[place >> PAGE_BITS];
        int at = (place & PAGE_ROWS - 1) * dimension;
        float one = 0;
        float two = 0;
        float three = 0;
        float four = 0;
        int i = 0;
        for (; i + 3 < dimension; i += 4) {
            one += vector[i] * page[at + i];
            two += vector[i + 1] * page[at + i + 1];
            three += vector[i + 2] * page[at + i + 2];
            four += vector[i + 3] * page[at + i + 3];
        }
        for (; i < dimension; i++) {
            one += vector[i] * page[at + i];
        }
        return one + two + (three + four);
    }

    /** All signs side by side, which the JVM computes with vectors. */
    private long[] sketch(float[] vector) {
        float[] sums = new float[SIGNS];
        for (int i = 0; i < dimension; i++) {
            float number = vector[i];
            int at = i * SIGNS;
            for (int sign = 0; sign < SIGNS; sign++) {
                sums[sign] += directions[at + sign] * number;
            }
        }
        long[] sketch = new long[WORDS];
        for (int sign = 0; sign < SIGNS; sign++) {
            if (sums[sign] >= 0) {
                sketch[sign >> 6] |= 1L << sign;
            }
        }
        return sketch;
    }

    /** Signs that may differ between vectors of a cosine. */
    static int radius(double cosine) {
        double share = Math.acos(cosine) / Math.PI;
        double expected = SIGNS * share;
        return (int) Math.ceil(expected + MARGIN * Math.sqrt(expected * (1 - share)));
    }

    /** Bytes of its arrays. */
    long bytes() {
        return (long) Float.BYTES * directions.length
                + (long) Long.BYTES * sketches.length
                + (long) pages.length * PAGE_ROWS * dimension
                + entries.length * (2L + 2 * Float.BYTES + Integer.BYTES);
    }
}
