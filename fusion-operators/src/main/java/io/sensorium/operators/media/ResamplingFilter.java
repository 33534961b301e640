// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A low-pass filter for one change of the sample rate: a sinc under a Kaiser window, one row of taps for each phase
 * between two input samples. Immutable; filters of the rates met last are kept.
 */
final class ResamplingFilter {

    /** Taps where the rate is raised; where it is lowered they are stretched with the period. */
    private static final int TAPS = 32;
    /** The pass band, as a share of half the lower rate. */
    private static final double CUTOFF = 0.97;

    private static final double KAISER_BETA = 9;
    /** Odd ratios have as many phases as the output's rate has Hz: then neighbours of these are interpolated. */
    private static final int MAX_PHASES = 1024;

    private static final int KEPT = 16;

    private static final Map<Long, ResamplingFilter> CACHE =
            Collections.synchronizedMap(new LinkedHashMap<>(32, 0.75f, true) {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<Long, ResamplingFilter> eldest) {
                    return size() > KEPT;
                }
            });

    /** Taps of each row. */
    final int taps;
    /** Rows between two input samples. */
    final int phases;
    /** Taps before the input sample at or before the output's time. */
    final int before;

    private final float[][] rows;

    private ResamplingFilter(int in, int out) {
        double factor = Math.min(out * CUTOFF / in, 1);
        taps = (int) Math.ceil(TAPS / factor);
        phases = Math.min(out, MAX_PHASES);
        before = (taps - 1) / 2;
        rows = new float[phases + 1][taps];
        for (int phase = 0; phase <= phases; phase++) {
            fill(rows[phase], factor, (double) phase / phases);
        }
    }

    /**
     * @param in the input's rate and
     * @param out the output's, without a common divisor
     */
    static ResamplingFilter of(int in, int out) {
        long key = (long) in << 32 | out;
        ResamplingFilter kept = CACHE.get(key);
        if (kept == null) {
            kept = new ResamplingFilter(in, out);
            CACHE.put(key, kept);
        }
        return kept;
    }

    private void fill(float[] row, double factor, double shift) {
        double[] values = new double[taps];
        double sum = 0;
        for (int i = 0; i < taps; i++) {
            double x = Math.PI * (i - before - shift) * factor;
            double across = 2 * x / (factor * taps * Math.PI);
            values[i] =
                    (x == 0 ? 1 : Math.sin(x) / x) * bessel(KAISER_BETA * Math.sqrt(Math.max(0, 1 - across * across)));
            sum += values[i];
        }
        for (int i = 0; i < taps; i++) {
            row[i] = (float) (values[i] / sum);
        }
    }

    /** The modified Bessel function of the first kind and order 0, by its power series. */
    private static double bessel(double x) {
        double term = 1;
        double sum = 1;
        for (int k = 1; term > sum * 1e-17; k++) {
            term *= x * x / (4.0 * k * k);
            sum += term;
        }
        return sum;
    }

    /**
     * The filtered value of the input from {@code at} on.
     *
     * @param fraction the output's time past the input sample {@code at + before}, in {@code 1 / of} of an input period
     */
    float value(float[] input, int at, long fraction, int of) {
        if (of == phases) {
            return dot(rows[(int) fraction], input, at);
        }
        double phase = (double) fraction * phases / of;
        int lower = (int) phase;
        float share = (float) (phase - lower);
        return (1 - share) * dot(rows[lower], input, at) + share * dot(rows[lower + 1], input, at);
    }

    private float dot(float[] row, float[] input, int at) {
        // Four sums: each would else wait for the addition before.
        float a = 0;
        float b = 0;
        float c = 0;
        float d = 0;
        int i = 0;
        for (; i + 3 < taps; i += 4) {
            a += row[i] * input[at + i];
            b += row[i + 1] * input[at + i + 1];
            c += row[i + 2] * input[at + i + 2];
            d += row[i + 3] * input[at + i + 3];
        }
        for (; i < taps; i++) {
            a += row[i] * input[at + i];
        }
        return a + b + c + d;
    }
}
