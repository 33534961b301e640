// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.engine;

import java.util.Arrays;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts how often a value falls between fixed bounds. Unlike quantiles, buckets of several processes can be added up.
 * Safe for several threads.
 */
public final class Histogram {

    private final double[] bounds;
    private final LongAdder[] counts;
    private final DoubleAdder sum = new DoubleAdder();

    private Histogram(double... bounds) {
        this.bounds = bounds;
        this.counts = new LongAdder[bounds.length + 1];
        Arrays.setAll(counts, i -> new LongAdder());
    }

    /** For durations in seconds, from 0.1 ms to 2 minutes. */
    public static Histogram ofSeconds() {
        return new Histogram(
                0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
                120);
    }

    /** For numbers of records, from 1 to 4,096. */
    public static Histogram ofCounts() {
        return new Histogram(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 2_048, 4_096);
    }

    /** Counts a value. */
    public void add(double value) {
        int at = Arrays.binarySearch(bounds, value);
        counts[at >= 0 ? at : -at - 1].increment();
        sum.add(value);
    }

    /** Upper bounds, each inclusive, of all buckets but the last, which has none. */
    public double[] bounds() {
        return bounds.clone();
    }

    /** How many values fell into each bucket. */
    public long[] counts() {
        return Arrays.stream(counts).mapToLong(LongAdder::sum).toArray();
    }

    /** The sum of all values. */
    public double sum() {
        return sum.sum();
    }

    /**
     * A quantile, as if the values of a bucket lay evenly in it; NaN where there are none. Beyond the last bound it is
     * the last bound.
     *
     * @param quantile in [0, 1]
     */
    public double quantile(double quantile) {
        return quantile(quantile, counts());
    }

    /**
     * {@link #quantile(double)} of some of the values.
     *
     * @param now how many of them are in each bucket
     */
    public double quantile(double quantile, long[] now) {
        long all = Arrays.stream(now).sum();
        if (all == 0) {
            return Double.NaN;
        }
        double rank = quantile * all;
        long before = 0;
        for (int i = 0; i < bounds.length; i++) {
            if (now[i] > 0 && before + now[i] >= rank) {
                double from = i == 0 ? 0 : bounds[i - 1];
                return from + (bounds[i] - from) * Math.max(0, rank - before) / now[i];
            }
            before += now[i];
        }
        return bounds[bounds.length - 1];
    }
}
