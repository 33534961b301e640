// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.encode;

import io.sensorium.job.batch.BucketHistogram;
import io.sensorium.job.rollout.ModelSwapper;
import io.sensorium.operators.engine.EngineStatistics;
import io.sensorium.operators.engine.Histogram;
import io.sensorium.operators.media.MediaCounters;
import io.sensorium.operators.onnx.DeviceMemory;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Function;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;

/**
 * The metrics of encoding: records by subtask and, from one subtask for the whole process, the engine's figures by
 * model. For one thread.
 */
final class EncodeMetrics {

    final Counter decoded;
    final Counter failed;
    final Counter absent;
    final Counter candidateFailures;
    final Counter signalFailures;
    final Counter referencesFetched;
    final Counter referencesFailed;
    private final Histogram fetchSeconds = Histogram.ofSeconds();
    private final Histogram latencySeconds = Histogram.ofSeconds();
    private final MetricGroup group;
    private final ModelSwapper<LoadedEncoder> models;
    private final boolean reportsProcessMetrics;
    private final Set<String> measured = new HashSet<>();

    /** @param reportsProcessMetrics whether this subtask reports for the whole process */
    EncodeMetrics(
            MetricGroup group, ModelSwapper<LoadedEncoder> models, boolean reportsProcessMetrics, DeviceMemory memory) {
        this.group = group;
        this.models = models;
        this.reportsProcessMetrics = reportsProcessMetrics;
        decoded = group.counter("events_decoded_total");
        failed = group.counter("dead_letters_total");
        absent = group.counter("records_without_event_total");
        candidateFailures = group.counter("candidate_failures_total");
        signalFailures = group.counter("signal_failures_total");
        referencesFetched = group.counter("references_fetched_total");
        referencesFailed = group.counter("references_failed_total");
        group.histogram("reference_fetch_seconds", new BucketHistogram(fetchSeconds));
        group.histogram("encode_latency_seconds", new BucketHistogram(latencySeconds));
        if (reportsProcessMetrics) {
            group.gauge("device_memory_bytes", memory::bytes);
            group.gauge("decoder_process_starts_total", MediaCounters::decoderStarts);
            group.gauge("decoder_process_deaths_total", MediaCounters::decoderDeaths);
            group.gauge("decoder_process_timeouts_total", MediaCounters::decoderTimeouts);
            group.gauge("ogg_without_end_total", MediaCounters::oggWithoutEnd);
        }
        modelsChanged();
    }

    /**
     * A reference was followed to its end. From any thread.
     *
     * @param since when it was begun, by {@link System#nanoTime()}
     */
    void fetched(long since) {
        fetchSeconds.add((System.nanoTime() - since) / 1e9);
    }

    /**
     * A record has left.
     *
     * @param since when it came, by {@link System#nanoTime()}
     */
    void recordLatency(long since) {
        latencySeconds.add((System.nanoTime() - since) / 1e9);
    }

    /** Registers the metrics of models that have started. */
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
            own.gauge("encode_batches_total", () -> of(model, EngineStatistics::batches));
            own.gauge("encode_records_total", () -> of(model, EngineStatistics::records));
            own.gauge("encode_seconds_total", () -> of(model, engine -> engine.runNanos() / 1e9));
            own.gauge("encode_queue_wait_seconds_total", () -> of(model, engine -> engine.queueNanos() / 1e9));
            own.gauge("encode_queue_depth", () -> of(model, EngineStatistics::queueDepth));
            own.gauge("encode_padding_ratio", () -> of(model, EngineStatistics::paddingRatio));
            EngineStatistics statistics = loaded.engine().statistics();
            own.histogram("encode_batch_records", new BucketHistogram(statistics.batchSizes()));
            own.histogram("encode_queue_seconds", new BucketHistogram(statistics.queueSeconds()));
            own.histogram("encode_run_seconds", new BucketHistogram(statistics.runSeconds()));
        }
    }

    /** A figure of a model's engine; 0 where the model no longer runs. */
    private <N extends Number> Number of(String model, Function<EngineStatistics, N> figure) {
        for (LoadedEncoder loaded : Arrays.asList(models.base(), models.candidate())) {
            if (loaded != null && loaded.engine() != null && loaded.reference().equals(model)) {
                return figure.apply(loaded.engine().statistics());
            }
        }
        return 0;
    }
}
