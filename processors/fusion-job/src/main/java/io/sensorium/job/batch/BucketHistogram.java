package io.sensorium.job.batch;

import io.sensorium.operators.engine.Distribution;
import java.util.Arrays;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.HistogramStatistics;

/** A {@link Distribution} among Flink's metrics. A reporter that knows it can show its buckets; others see quantiles. */
public record BucketHistogram(Distribution distribution) implements Histogram {

    @Override
    public void update(long value) {
        distribution.add(value);
    }

    @Override
    public long getCount() {
        return Arrays.stream(distribution.counts()).sum();
    }

    @Override
    public HistogramStatistics getStatistics() {
        long[] counts = distribution.counts();
        double[] bounds = distribution.bounds();
        return new HistogramStatistics() {
            @Override
            public double getQuantile(double quantile) {
                return distribution.quantile(quantile);
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
                return distribution.sum() / size();
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
        };
    }
}
