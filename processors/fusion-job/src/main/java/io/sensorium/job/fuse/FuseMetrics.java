// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.fuse;

import io.sensorium.job.batch.BucketHistogram;
import io.sensorium.operators.engine.Histogram;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.SimpleCounter;

/** The metrics of fusion. For one thread. */
final class FuseMetrics {

    /** One operator with one model. */
    private record OperatorMetrics(
            Histogram windows, Histogram runSeconds, Histogram latencySeconds, Counter skipped) {}

    final Counter results;
    final Counter failures;
    final Counter shadowFailures;
    private final Counter nanos = new SimpleCounter();
    private final Histogram queueSeconds = Histogram.ofSeconds();
    private final MetricGroup group;
    private final Map<String, OperatorMetrics> operators = new HashMap<>();

    FuseMetrics(MetricGroup group) {
        this.group = group;
        results = group.counter("results_total");
        failures = group.counter("fuse_failures_total");
        shadowFailures = group.counter("shadow_failures_total");
        group.gauge("fuse_seconds_total", () -> nanos.getCount() / 1e9);
        group.histogram("fuse_queue_seconds", new BucketHistogram(queueSeconds));
    }

    /** Shows a set's operators from their beginning, at zero. */
    void registerMetrics(LoadedOperators set) {
        set.operators().forEach(this::of);
    }

    /** A batch of all operators is done. */
    void batch(long tookNanos) {
        nanos.inc(tookNanos);
    }

    /** A window waited for its batch. */
    void waited(long waitNanos) {
        queueSeconds.add(waitNanos / 1e9);
    }

    /** An operator has run over a batch. */
    void recordRun(LoadedOperator operator, int windows, long tookNanos) {
        OperatorMetrics own = of(operator);
        own.windows().add(windows);
        own.runSeconds().add(tookNanos / 1e9);
    }

    /** A complete window lacks what an optional operator needs, so the operator leaves no record of it. */
    void skipped(LoadedOperator operator) {
        of(operator).skipped().inc();
    }

    /**
     * A result goes on.
     *
     * @param readAt wall-clock ms at which its last input was read
     */
    void result(LoadedOperator operator, long readAt) {
        results.inc();
        of(operator).latencySeconds().add(Math.max(0, System.currentTimeMillis() - readAt) / 1e3);
    }

    private OperatorMetrics of(LoadedOperator operator) {
        String model = operator.head().manifest().id();
        return operators.computeIfAbsent(operator.key() + "\u0000" + model, key -> {
            MetricGroup own = group.addGroup("operator", operator.key()).addGroup("model", model);
            OperatorMetrics fresh = new OperatorMetrics(
                    Histogram.ofCounts(),
                    Histogram.ofSeconds(),
                    Histogram.ofSeconds(),
                    own.counter("windows_skipped_total"));
            own.histogram("fuse_batch_windows", new BucketHistogram(fresh.windows()));
            own.histogram("fuse_run_seconds", new BucketHistogram(fresh.runSeconds()));
            own.histogram("result_latency_seconds", new BucketHistogram(fresh.latencySeconds()));
            return fresh;
        });
    }
}
