package io.sensorium.quickstart.stack;

import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Metric;
import org.apache.flink.metrics.MetricConfig;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.reporter.MetricReporter;
import org.apache.flink.metrics.reporter.MetricReporterFactory;

/** Keeps the metrics of this process's Flink within reach, for the demo's live lines. Safe for several threads. */
public final class LiveMetrics implements MetricReporterFactory {

    private static final Map<Metric, String> METRICS = new ConcurrentHashMap<>();

    /** The sum over all subtasks of the counters whose identifier ends so, such as {@code sensorium.modality.text.events_decoded}. */
    public static long sum(String suffix) {
        long sum = 0;
        for (Map.Entry<Metric, String> metric : METRICS.entrySet()) {
            if (metric.getValue().endsWith("." + suffix) && metric.getKey() instanceof Counter counter) {
                sum += counter.getCount();
            }
        }
        return sum;
    }

    /** The sum over all gauges whose identifier ends so and whose value is a number. */
    public static long sumOfGauges(String suffix) {
        long sum = 0;
        for (Map.Entry<Metric, String> metric : METRICS.entrySet()) {
            if (metric.getValue().endsWith("." + suffix) && metric.getKey() instanceof org.apache.flink.metrics.Gauge<?> gauge
                    && gauge.getValue() instanceof Number number) {
                sum += number.longValue();
            }
        }
        return sum;
    }

    @Override
    public MetricReporter createMetricReporter(Properties properties) {
        return new MetricReporter() {
            @Override
            public void open(MetricConfig config) {}

            @Override
            public void close() {
                METRICS.clear();
            }

            @Override
            public void notifyOfAddedMetric(Metric metric, String name, MetricGroup group) {
                METRICS.put(metric, group.getMetricIdentifier(name));
            }

            @Override
            public void notifyOfRemovedMetric(Metric metric, String name, MetricGroup group) {
                METRICS.remove(metric);
            }
        };
    }
}
