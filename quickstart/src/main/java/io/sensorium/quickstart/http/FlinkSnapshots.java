// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.http;

import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.PrometheusNaming;
import io.prometheus.metrics.model.snapshots.Quantile;
import io.prometheus.metrics.model.snapshots.Quantiles;
import io.prometheus.metrics.model.snapshots.SummarySnapshot;
import io.prometheus.metrics.model.snapshots.SummarySnapshot.SummaryDataPointSnapshot;
import io.sensorium.job.batch.BucketHistogram;
import io.sensorium.operators.engine.Histogram;
import io.sensorium.quickstart.stack.LiveMetrics;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.HistogramStatistics;
import org.apache.flink.metrics.Meter;
import org.apache.flink.metrics.Metric;

/**
 * Flink's metrics in Prometheus's model, named as Flink's own Prometheus reporter names them, {@code flink_} and the
 * logical scope; that reporter would listen on every address. Counters, and gauges whose name ends in {@code _total},
 * are counters; every counter is exported with that suffix once. Histograms with buckets are histograms, others
 * summaries.
 */
final class FlinkSnapshots {

    private static final double[] QUANTILES = {0.5, 0.95, 0.99};
    private static final String TOTAL = "_total";

    private FlinkSnapshots() {}

    /** One metric under its labels. */
    private record Sample(Labels labels, Metric metric) {}

    static MetricSnapshots all() {
        Map<String, List<Sample>> families = new TreeMap<>();
        LiveMetrics.forEach(
                (metric, scope, variables) -> families.computeIfAbsent("flink_" + scope, name -> new ArrayList<>())
                        .add(new Sample(labels(variables), metric)));
        MetricSnapshots.Builder snapshots = MetricSnapshots.builder();
        families.forEach((name, samples) -> add(snapshots, name, samples));
        return snapshots.build();
    }

    private static Labels labels(Map<String, String> variables) {
        Map<String, String> clean = new TreeMap<>();
        variables.forEach(
                (name, value) -> clean.put(PrometheusNaming.sanitizeLabelName(name.replaceAll("[<>]", "")), value));
        return Labels.of(clean.keySet().toArray(String[]::new), clean.values().toArray(String[]::new));
    }

    /**
     * Adds the samples of one kind, that of the first; of samples with equal labels the last, as after a restarted task
     * has registered again.
     */
    private static void add(MetricSnapshots.Builder snapshots, String flinkName, List<Sample> samples) {
        boolean total = flinkName.endsWith(TOTAL);
        String name = PrometheusNaming.sanitizeMetricName(
                total ? flinkName.substring(0, flinkName.length() - TOTAL.length()) : flinkName);
        Map<Labels, Metric> unique = new LinkedHashMap<>();
        samples.forEach(sample -> unique.put(sample.labels(), sample.metric()));
        Metric first = samples.get(0).metric();
        if (first instanceof Counter || total) {
            CounterSnapshot.Builder builder = CounterSnapshot.builder().name(name);
            unique.forEach((labels, metric) -> {
                // Flink's counters may fall below zero and Prometheus's may not, so such a value is left out.
                Double value = value(metric);
                if (value != null && value >= 0) {
                    builder.dataPoint(CounterDataPointSnapshot.builder()
                            .labels(labels)
                            .value(value)
                            .build());
                }
            });
            snapshots.metricSnapshot(builder.build());
        } else if (first instanceof BucketHistogram) {
            HistogramSnapshot.Builder builder = HistogramSnapshot.builder().name(name);
            unique.forEach((labels, metric) -> {
                if (metric instanceof BucketHistogram histogram) {
                    builder.dataPoint(buckets(labels, histogram.histogram()));
                }
            });
            snapshots.metricSnapshot(builder.build());
        } else if (first instanceof org.apache.flink.metrics.Histogram) {
            SummarySnapshot.Builder builder = SummarySnapshot.builder().name(name);
            unique.forEach((labels, metric) -> {
                if (metric instanceof org.apache.flink.metrics.Histogram histogram) {
                    builder.dataPoint(summary(labels, histogram));
                }
            });
            snapshots.metricSnapshot(builder.build());
        } else {
            GaugeSnapshot.Builder builder = GaugeSnapshot.builder().name(name);
            unique.forEach((labels, metric) -> {
                Double value = value(metric);
                if (value != null) {
                    builder.dataPoint(GaugeDataPointSnapshot.builder()
                            .labels(labels)
                            .value(value)
                            .build());
                }
            });
            snapshots.metricSnapshot(builder.build());
        }
    }

    private static HistogramDataPointSnapshot buckets(Labels labels, Histogram histogram) {
        ClassicHistogramBuckets.Builder buckets = ClassicHistogramBuckets.builder();
        double[] bounds = histogram.bounds();
        long[] counts = histogram.counts();
        for (int i = 0; i < counts.length; i++) {
            buckets.bucket(i < bounds.length ? bounds[i] : Double.POSITIVE_INFINITY, counts[i]);
        }
        return HistogramDataPointSnapshot.builder()
                .labels(labels)
                .classicHistogramBuckets(buckets.build())
                .sum(histogram.sum())
                .build();
    }

    private static SummaryDataPointSnapshot summary(Labels labels, org.apache.flink.metrics.Histogram histogram) {
        HistogramStatistics statistics = histogram.getStatistics();
        List<Quantile> quantiles = new ArrayList<>();
        for (double quantile : QUANTILES) {
            quantiles.add(new Quantile(quantile, statistics.getQuantile(quantile)));
        }
        return SummaryDataPointSnapshot.builder()
                .labels(labels)
                .count(histogram.getCount())
                .quantiles(Quantiles.of(quantiles))
                .build();
    }

    /** The value of a counter, meter or gauge; null where a gauge has no number or its owner has been closed. */
    private static Double value(Metric metric) {
        try {
            if (metric instanceof Counter counter) {
                return (double) counter.getCount();
            }
            if (metric instanceof Meter meter) {
                return meter.getRate();
            }
            Object value = metric instanceof Gauge<?> gauge ? gauge.getValue() : null;
            return value instanceof Number number
                    ? number.doubleValue()
                    : value instanceof Boolean flag ? flag ? 1.0 : 0.0 : null;
        } catch (RuntimeException e) {
            return null;
        }
    }
}
