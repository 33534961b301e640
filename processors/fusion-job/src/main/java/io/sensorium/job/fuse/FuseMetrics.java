// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.fuse;

import io.sensorium.job.batch.BucketHistogram;
import io.sensorium.operators.engine.Distribution;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;

/** What fusion counts. For one thread. */
final class FuseMetrics {

    /** One operator with one model. */
    private record Stage(Distribution windows, Distribution runMillis, Distribution latencyMillis, Counter skipped) {}

    final Counter results;
    final Counter failures;
    final Counter shadowFailures;
    private final Counter nanos;
    private final Distribution queueMillis = Distribution.ofMillis();
    private final MetricGroup group;
    private final Map<String, Stage> stages = new HashMap<>();

    FuseMetrics(MetricGroup group) {
        this.group = group;
        results = group.counter("results");
        failures = group.counter("fuse_failures");
        shadowFailures = group.counter("shadow_failures");
        nanos = group.counter("fuse_nanos");
        group.histogram("fuse_queue_ms", new BucketHistogram(queueMillis));
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
        queueMillis.add(waitNanos / 1e6);
    }

    /** An operator has run over a batch. */
    void recordRun(OperatorRunner stage, int windows, long tookNanos) {
        Stage own = of(stage);
        own.windows().add(windows);
        own.runMillis().add(tookNanos / 1e6);
    }

    /** A complete window lacks what an optional operator needs, so the operator leaves no record of it. */
    void skipped(OperatorRunner stage) {
        of(stage).skipped().inc();
    }

    /**
     * A result goes on.
     *
     * @param readAt wall-clock ms at which its last input was read
     */
    void result(OperatorRunner stage, long readAt) {
        results.inc();
        of(stage).latencyMillis().add(Math.max(0, System.currentTimeMillis() - readAt));
    }

    private Stage of(OperatorRunner stage) {
        String model = stage.head().manifest().id();
        return stages.computeIfAbsent(stage.key() + "\u0000" + model, key -> {
            MetricGroup own = group.addGroup("operator", stage.key()).addGroup("model", model);
            Stage fresh = new Stage(
                    Distribution.ofCounts(),
                    Distribution.ofMillis(),
                    Distribution.ofMillis(),
                    own.counter("windows_skipped"));
            own.histogram("fuse_batch_windows", new BucketHistogram(fresh.windows()));
            own.histogram("fuse_run_ms", new BucketHistogram(fresh.runMillis()));
            own.histogram("result_latency_ms", new BucketHistogram(fresh.latencyMillis()));
            return fresh;
        });
    }
}
