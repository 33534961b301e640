// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.batch;

import io.sensorium.operators.engine.Histogram;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.function.LongSupplier;
import org.apache.flink.metrics.HistogramStatistics;

/**
 * A {@link Histogram} as a Flink metric. Reporters that know this class can export its buckets, which count all values
 * since the start. The statistics of {@link #getStatistics()}, which other reporters export, cover the values of the
 * last five minutes: a quantile over a month would not show an hour of slow results. Minimum and maximum are whole
 * numbers of the histogram's unit, as Flink's interface has them. Safe for several threads.
 */
public final class BucketHistogram implements org.apache.flink.metrics.Histogram {

    /** The statistics cover this much time, or the time since the previous report where that is longer. */
    public static final Duration RECENT = Duration.ofMinutes(5);

    private static final long SNAPSHOT_NANOS = Duration.ofSeconds(5).toNanos();

    private record Snapshot(long nanos, long[] counts, double sum) {}

    private final Histogram histogram;
    private final LongSupplier clock;
    private final Deque<Snapshot> snapshots = new ArrayDeque<>();

    /** @param histogram that holds the values */
    public BucketHistogram(Histogram histogram) {
        this(histogram, System::nanoTime);
    }

    /** @param clock in ns, from any origin */
    BucketHistogram(Histogram histogram, LongSupplier clock) {
        this.histogram = histogram;
        this.clock = clock;
        snapshots.add(snapshot());
    }

    /** All values since the start. */
    public Histogram histogram() {
        return histogram;
    }

    private Snapshot snapshot() {
        return new Snapshot(clock.getAsLong(), histogram.counts(), histogram.sum());
    }

    /** @param value in the histogram's unit; fractions go to {@link Histogram#add(double)} */
    @Override
    public void update(long value) {
        histogram.add(value);
    }

    @Override
    public long getCount() {
        return Arrays.stream(histogram.counts()).sum();
    }

    @Override
    public synchronized HistogramStatistics getStatistics() {
        Snapshot now = snapshot();
        Snapshot base = snapshots.peekFirst();
        while (snapshots.size() > 1 && now.nanos() - second().nanos() >= RECENT.toNanos()) {
            snapshots.removeFirst();
            base = snapshots.peekFirst();
        }
        if (now.nanos() - snapshots.peekLast().nanos() >= SNAPSHOT_NANOS) {
            snapshots.addLast(now);
        }
        long[] counts = now.counts().clone();
        for (int i = 0; i < counts.length; i++) {
            counts[i] -= base.counts()[i];
        }
        return new Recent(histogram, counts, now.sum() - base.sum());
    }

    private Snapshot second() {
        var all = snapshots.iterator();
        all.next();
        return all.next();
    }

    /** Statistics of some values, from their bucket counts. */
    private static final class Recent extends HistogramStatistics {

        private final Histogram histogram;
        private final long[] counts;
        private final double[] bounds;
        private final double sum;

        Recent(Histogram histogram, long[] counts, double sum) {
            this.histogram = histogram;
            this.counts = counts;
            this.bounds = histogram.bounds();
            this.sum = sum;
        }

        @Override
        public double getQuantile(double quantile) {
            return histogram.quantile(quantile, counts);
        }

        @Override
        public long[] getValues() {
            return new long[0];
        }

        @Override
        public int size() {
            return (int) Math.min(Integer.MAX_VALUE, Arrays.stream(counts).sum());
        }

        @Override
        public double getMean() {
            return sum / size();
        }

        @Override
        public double getStdDev() {
            double mean = getMean();
            double squares = 0;
            for (int i = 0; i < counts.length; i++) {
                double middle = ((i == 0 ? 0 : bounds[i - 1]) + bounds[Math.min(i, bounds.length - 1)]) / 2;
                squares += counts[i] * (middle - mean) * (middle - mean);
            }
            return Math.sqrt(squares / size());
        }

        @Override
        public long getMax() {
            for (int i = counts.length - 1; i >= 0; i--) {
                if (counts[i] > 0) {
                    return (long) Math.ceil(bounds[Math.min(i, bounds.length - 1)]);
                }
            }
            return 0;
        }

        @Override
        public long getMin() {
            for (int i = 0; i < counts.length; i++) {
                if (counts[i] > 0) {
                    return i == 0 ? 0 : (long) bounds[i - 1];
                }
            }
            return 0;
        }
    }
}
