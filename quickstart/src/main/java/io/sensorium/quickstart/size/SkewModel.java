// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.size;

import java.util.Arrays;
import java.util.Random;

/**
 * How unevenly a topic's events spread over TaskManagers, simulated: subjects by Zipf's law, partitions by the record's
 * key, TaskManagers by Flink's way of giving partitions to readers. All readers of a TaskManager share its engine, so
 * its load is that of all its partitions. Pure, the same for the same seed.
 */
public final class SkewModel {

    private static final int DRAWN = 400_000;

    private SkewModel() {}

    /** What the records are keyed by. */
    public enum Key {
        /** The subject: all events of a hot one meet in one partition. */
        SUBJECT,
        /**
         * The event, or nothing: events spread evenly, regardless of their subject. Alignment keys by the value's
         * subject in any case.
         */
        EVENT
    }

    /**
     * The hottest TaskManager's load over the mean.
     *
     * @param subjects at a time
     * @param exponent of Zipf's law; 0 is even, 1 is what words and people are like
     */
    public static double hottest(int subjects, double exponent, int partitions, int taskManagers, Key key, long seed) {
        double[] cumulative = new double[subjects];
        double sum = 0;
        for (int rank = 0; rank < subjects; rank++) {
            sum += Math.pow(rank + 1, -exponent);
            cumulative[rank] = sum;
        }
        Random random = new Random(seed);
        long[] load = new long[taskManagers];
        for (int event = 0; event < DRAWN; event++) {
            int found = Arrays.binarySearch(cumulative, random.nextDouble() * sum);
            int subject = found < 0 ? Math.min(subjects - 1, -found - 1) : found;
            int partition =
                    key == Key.EVENT ? random.nextInt(partitions) : Math.floorMod(mix(subject + seed), partitions);
            load[partition % taskManagers]++;
        }
        return Arrays.stream(load).max().orElse(0) * (double) taskManagers / DRAWN;
    }

    /** SplitMix64's finalizer (Steele, Lea and Flood, 2014), as good as any hash of a key. */
    private static int mix(long value) {
        long z = value + 0x9E3779B97F4A7C15L;
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return (int) (z ^ z >>> 31);
    }
}
