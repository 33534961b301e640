// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.encode;

import io.sensorium.job.batch.BucketHistogram;
import io.sensorium.job.rollout.ModelSwapper;
import io.sensorium.operators.engine.Distribution;
import io.sensorium.operators.engine.EngineStatistics;
import io.sensorium.operators.media.MediaCounters;
import io.sensorium.operators.onnx.DeviceMemory;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Function;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;

/**
 * What encoding counts: by subtask its records, by model, from one subtask for the process, what the engine does. For
 * one thread.
 */
final class EncodeMetrics {

    final Counter decoded;
    final Counter failed;
    final Counter candidateFailures;
    final Counter referencesFetched;
    final Counter referencesFailed;
    private final Distribution fetchMillis = Distribution.ofMillis();
    private final Distribution latencyMillis = Distribution.ofMillis();
    private final MetricGroup group;
    private final ModelSwapper<LoadedEncoder> models;
    private final boolean reportsProcessMetrics;
    private final Set<String> measured = new HashSet<>();

    /** @param reportsProcessMetrics whether this subtask is the process's */
    EncodeMetrics(
            MetricGroup group, ModelSwapper<LoadedEncoder> models, boolean reportsProcessMetrics, DeviceMemory memory) {
        this.group = group;
        this.models = models;
        this.reportsProcessMetrics = reportsProcessMetrics;
        decoded = group.counter("events_decoded");
        failed = group.counter("dead_letters");
        candidateFailures = group.counter("candidate_failures");
        referencesFetched = group.counter("references_fetched");
        referencesFailed = group.counter("references_failed");
        group.histogram("reference_fetch_ms", new BucketHistogram(fetchMillis));
        group.histogram("encode_latency_ms", new BucketHistogram(latencyMillis));
        if (reportsProcessMetrics) {
            group.gauge("device_memory_bytes", memory::bytes);
            group.gauge("decoder_process_starts", MediaCounters::decoderStarts);
            group.gauge("decoder_process_deaths", MediaCounters::decoderDeaths);
            group.gauge("decoder_process_timeouts", MediaCounters::decoderTimeouts);
            group.gauge("ogg_without_end", MediaCounters::oggWithoutEnd);
        }
        modelsChanged();
    }

    /**
     * A reference was followed to its end. From any thread.
     *
     * @param since when it was begun, by {@link System#nanoTime()}
     */
    void fetched(long since) {
        fetchMillis.add((System.nanoTime() - since) / 1e6);
    }

    /**
     * A record has left.
     *
     * @param since when it came, by {@link System#nanoTime()}
     */
    void recordLatency(long since) {
        latencyMillis.add((System.nanoTime() - since) / 1e6);
    }

    /** Other models run. */
    void modelsChanged() {
        for (LoadedEncoder loaded : Arrays.asList(models.base(), models.candidate())) {
            if (!reportsProcessMetrics
                    || loaded == null
                    || loaded.engine() == null
                    || !measured.add(loaded.reference())) {
                continue;
            }
            String model = loaded.reference();
            MetricGroup own = group.addGroup("model", model);
            own.gauge("encode_batches", () -> of(model, EngineStatistics::batches));
            own.gauge("encode_records", () -> of(model, EngineStatistics::records));
            own.gauge("encode_nanos", () -> of(model, EngineStatistics::runNanos));
            own.gauge("encode_queue_nanos", () -> of(model, EngineStatistics::queueNanos));
            own.gauge("encode_waiting", () -> of(model, EngineStatistics::waiting));
            own.gauge("encode_padding", () -> of(model, EngineStatistics::padding));
            EngineStatistics statistics = loaded.engine().statistics();
            own.histogram("encode_batch_records", new BucketHistogram(statistics.batchSizes()));
            own.histogram("encode_queue_ms", new BucketHistogram(statistics.queueMillis()));
            own.histogram("encode_run_ms", new BucketHistogram(statistics.runMillis()));
        }
    }

    /** Of a model that no longer runs, 0. */
    private <N extends Number> Number of(String model, Function<EngineStatistics, N> figure) {
        for (LoadedEncoder loaded : Arrays.asList(models.base(), models.candidate())) {
            if (loaded != null && loaded.engine() != null && loaded.reference().equals(model)) {
                return figure.apply(loaded.engine().statistics());
            }
        }
        return 0;
    }
}
