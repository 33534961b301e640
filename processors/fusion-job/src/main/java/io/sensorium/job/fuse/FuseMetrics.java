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
    private record Stage(Histogram windows, Histogram runSeconds, Histogram latencySeconds, Counter skipped) {}

    final Counter results;
    final Counter failures;
    final Counter shadowFailures;
    private final Counter nanos = new SimpleCounter();
    private final Histogram queueSeconds = Histogram.ofSeconds();
    private final MetricGroup group;
    private final Map<String, Stage> stages = new HashMap<>();

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
        set.stages().forEach(this::of);
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
    void recordRun(LoadedOperator stage, int windows, long tookNanos) {
        Stage own = of(stage);
        own.windows().add(windows);
        own.runSeconds().add(tookNanos / 1e9);
    }

    /** A complete window lacks what an optional operator needs, so the operator leaves no record of it. */
    void skipped(LoadedOperator stage) {
        of(stage).skipped().inc();
    }

    /**
     * A result goes on.
     *
     * @param readAt wall-clock ms at which its last input was read
     */
    void result(LoadedOperator stage, long readAt) {
        results.inc();
        of(stage).latencySeconds().add(Math.max(0, System.currentTimeMillis() - readAt) / 1e3);
    }

    private Stage of(LoadedOperator stage) {
        String model = stage.head().manifest().id();
        return stages.computeIfAbsent(stage.key() + "\u0000" + model, key -> {
            MetricGroup own = group.addGroup("operator", stage.key()).addGroup("model", model);
            Stage fresh = new Stage(
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
