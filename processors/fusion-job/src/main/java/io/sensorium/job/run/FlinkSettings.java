package io.sensorium.job.run;

import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineConfig.StateBackend;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.StateRecoveryOptions;

/** A pipeline's runtime settings in Flink's words. */
public final class FlinkSettings {

    private FlinkSettings() {}

    /**
     * @param checkpoints where checkpoints go
     * @param restore a checkpoint or savepoint to go on from, or null
     */
    public static Configuration of(PipelineConfig config, Path checkpoints, Path restore) {
        Configuration configuration = new Configuration();
        configuration.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, config.runtime().checkpointInterval());
        configuration.set(CheckpointingOptions.CHECKPOINTING_TIMEOUT, Duration.ofMinutes(10));
        configuration.set(CheckpointingOptions.TOLERABLE_FAILURE_NUMBER, 10);
        configuration.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, checkpoints.toUri().toString());
        configuration.set(CheckpointingOptions.MAX_RETAINED_CHECKPOINTS, 2);
        configuration.set(CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION, ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
        configuration.set(StateBackendOptions.STATE_BACKEND, config.runtime().stateBackend() == StateBackend.ROCKSDB ? "rocksdb" : "hashmap");
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "exponential-delay");
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_INITIAL_BACKOFF, Duration.ofSeconds(1));
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_MAX_BACKOFF, Duration.ofSeconds(30));
        if (restore != null) {
            configuration.set(StateRecoveryOptions.SAVEPOINT_PATH, restore.toUri().toString());
        }
        return configuration;
    }

    /** The pipeline's settings that a cluster does not have an opinion of its own about. @param cluster what is set already */
    static Configuration beside(ReadableConfig cluster, PipelineConfig config) {
        Configuration own = of(config, new SavedState(config).checkpoints(), null);
        Map<String, String> set = cluster instanceof Configuration there ? there.toMap() : Map.of();
        set.keySet().forEach(key -> own.removeKey(key));
        return own;
    }
}
