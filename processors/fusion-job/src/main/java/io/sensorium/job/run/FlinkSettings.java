// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.run;

import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineConfig.StateBackend;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.StateRecoveryOptions;

/** A pipeline's runtime settings in Flink's words. */
public final class FlinkSettings {

    /**
     * Of a checkpoint whose results could not be committed, the one before must still be there; one more, should that
     * happen twice.
     */
    static final int RETAINED_CHECKPOINTS = 3;

    private FlinkSettings() {}

    /**
     * @param checkpoints where checkpoints go
     * @param restore a checkpoint or savepoint to go on from, or null
     * @param bounded whether the run ends with its input
     */
    public static Configuration of(PipelineConfig config, Path checkpoints, Path restore, boolean bounded) {
        Configuration configuration = new Configuration();
        TransactionTimes times = TransactionTimes.of(config, bounded);
        configuration.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, times.interval());
        configuration.set(CheckpointingOptions.CHECKPOINTING_TIMEOUT, times.checkpoint());
        configuration.set(CheckpointingOptions.TOLERABLE_FAILURE_NUMBER, times.toleratedFailures());
        configuration.set(
                CheckpointingOptions.CHECKPOINTS_DIRECTORY, checkpoints.toUri().toString());
        configuration.set(CheckpointingOptions.MAX_RETAINED_CHECKPOINTS, RETAINED_CHECKPOINTS);
        configuration.set(
                CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
                ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
        configuration.set(
                StateBackendOptions.STATE_BACKEND,
                config.runtime().stateBackend() == StateBackend.ROCKSDB ? "rocksdb" : "hashmap");
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "exponential-delay");
        configuration.set(
                RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_INITIAL_BACKOFF, Duration.ofSeconds(1));
        configuration.set(
                RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_MAX_BACKOFF, Duration.ofSeconds(30));
        configuration.set(ExecutionOptions.BUFFER_TIMEOUT, config.runtime().bufferTimeout());
        configuration.set(PipelineOptions.AUTO_WATERMARK_INTERVAL, watermarkInterval(config));
        config.runtime().flink().forEach(configuration::setString);
        if (restore != null) {
            configuration.addAll(resumed(restore));
        }
        return configuration;
    }

    /**
     * What makes a job start from a checkpoint or savepoint. State that no operator takes is left out: that of a bank's
     * source, where the pipeline file has another bank or none now. What else must not change is in the state's own
     * description, which alignment compares.
     */
    static Configuration resumed(Path restore) {
        Configuration configuration = new Configuration();
        configuration.set(StateRecoveryOptions.SAVEPOINT_PATH, restore.toUri().toString());
        configuration.set(StateRecoveryOptions.SAVEPOINT_IGNORE_UNCLAIMED_STATE, true);
        return configuration;
    }

    /**
     * Idleness is noticed at this interval, so it adds to the shortest idle timeout: a twentieth of it, between 10 ms
     * and Flink's default of 200 ms.
     */
    private static Duration watermarkInterval(PipelineConfig config) {
        long shortest = config.modalities().stream()
                .mapToLong(modality -> modality.idleTimeout().toMillis())
                .min()
                .orElseThrow();
        return Duration.ofMillis(Math.max(10, Math.min(shortest / 20, 200)));
    }

    /**
     * The pipeline's settings that the cluster does not set; {@code runtime.flink} is set in any case.
     *
     * @param cluster what is set already
     */
    static Configuration beside(ReadableConfig cluster, PipelineConfig config, boolean bounded) {
        Configuration own = of(config, new SavedState(config).checkpoints(), null, bounded);
        Map<String, String> set = cluster instanceof Configuration there ? there.toMap() : Map.of();
        set.keySet().stream()
                .filter(key -> !config.runtime().flink().containsKey(key))
                .forEach(key -> own.removeKey(key));
        return own;
    }
}
