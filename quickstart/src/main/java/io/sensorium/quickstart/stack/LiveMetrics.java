// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.stack;

import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.LogicalScopeProvider;
import org.apache.flink.metrics.Metric;
import org.apache.flink.metrics.MetricConfig;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.reporter.MetricReporter;
import org.apache.flink.metrics.reporter.MetricReporterFactory;

/**
 * Keeps the metrics of this process's Flink within reach, for the demo's live lines and the metrics endpoint. Safe for
 * several threads.
 */
public final class LiveMetrics implements MetricReporterFactory {

    /**
     * @param identifier with all scopes' values
     * @param scope with their names, joined by underscores
     * @param variables of the scopes
     */
    private record Registered(String identifier, String scope, Map<String, String> variables) {}

    private static final Map<Metric, Registered> METRICS = new ConcurrentHashMap<>();

    /** What is done with each metric. */
    public interface Visitor {
        void visit(Metric metric, String scope, Map<String, String> variables);
    }

    /**
     * Shows every metric, with the names of its scopes and its own joined by underscores, and the scopes' values by
     * name.
     */
    public static void forEach(Visitor visitor) {
        METRICS.forEach((metric, registered) -> visitor.visit(metric, registered.scope(), registered.variables()));
    }

    /**
     * The sum over all subtasks of the counters whose identifier ends in this, such as
     * {@code sensorium.modality.text.events_decoded_total}.
     */
    public static long sum(String suffix) {
        long sum = 0;
        for (Map.Entry<Metric, Registered> metric : METRICS.entrySet()) {
            if (metric.getValue().identifier().endsWith("." + suffix) && metric.getKey() instanceof Counter counter) {
                sum += counter.getCount();
            }
        }
        return sum;
    }

    /** The sum over all gauges whose identifier ends in this and whose value is a number. */
    public static double sumOfGauges(String suffix) {
        double sum = 0;
        for (Map.Entry<Metric, Registered> metric : METRICS.entrySet()) {
            if (metric.getValue().identifier().endsWith("." + suffix)
                    && metric.getKey() instanceof org.apache.flink.metrics.Gauge<?> gauge
                    && gauge.getValue() instanceof Number number) {
                sum += number.doubleValue();
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
                METRICS.put(
                        metric,
                        new Registered(
                                group.getMetricIdentifier(name),
                                LogicalScopeProvider.castFrom(group).getLogicalScope(text -> text, '_') + "_" + name,
                                group.getAllVariables()));
            }

            @Override
            public void notifyOfRemovedMetric(Metric metric, String name, MetricGroup group) {
                METRICS.remove(metric);
            }
        };
    }
}
