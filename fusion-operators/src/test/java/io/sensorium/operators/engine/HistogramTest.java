// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Buckets count everything once, at their inclusive upper bounds, and their quantiles are within a bucket of the true
 * ones.
 */
class HistogramTest {

    @Test
    void everyValueFallsIntoOneBucket() {
        Histogram histogram = Histogram.ofCounts();
        for (double value : new double[] {0, 1, 1.5, 2, 4_096, 4_097, 1e9}) {
            histogram.add(value);
        }
        long[] counts = histogram.counts();
        assertThat(counts).hasSize(histogram.bounds().length + 1);
        assertThat(counts[0]).as("0 and 1").isEqualTo(2);
        assertThat(counts[1]).as("1.5 and 2").isEqualTo(2);
        assertThat(counts[counts.length - 2]).isEqualTo(1);
        assertThat(counts[counts.length - 1]).as("beyond the last bound").isEqualTo(2);
        assertThat(histogram.sum()).isCloseTo(0 + 1 + 1.5 + 2 + 4_096 + 4_097 + 1e9, within(1e-6));
    }

    @Test
    void quantilesAreWithinABucketOfTheTrueOnes() {
        Random random = new Random(4);
        Histogram histogram = Histogram.ofSeconds();
        double[] values = new double[5_000];
        for (int i = 0; i < values.length; i++) {
            values[i] = Math.exp(random.nextGaussian() * 1.5 + 3) / 1e3;
            histogram.add(values[i]);
        }
        Arrays.sort(values);
        for (double quantile : new double[] {0.01, 0.5, 0.95, 0.99}) {
            double truth = values[(int) (quantile * values.length)];
            double[] bounds = histogram.bounds();
            int bucket = -Arrays.binarySearch(bounds, truth) - 1;
            assertThat(histogram.quantile(quantile))
                    .isBetween(bucket == 0 ? 0 : bounds[bucket - 1] * 0.99, bounds[bucket] * 1.01);
        }
        assertThat(Histogram.ofSeconds().quantile(0.5)).isNaN();
    }
}
