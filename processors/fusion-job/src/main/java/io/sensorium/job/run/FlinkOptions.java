// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.run;

import io.sensorium.pipeline.Suggestions;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.flink.configuration.AlgorithmOptions;
import org.apache.flink.configuration.BlobServerOptions;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ClusterOptions;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.HeartbeatManagerOptions;
import org.apache.flink.configuration.IllegalConfigurationException;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.MetricOptions;
import org.apache.flink.configuration.NettyShuffleEnvironmentOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.StateChangelogOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.configuration.WebOptions;
import org.apache.flink.runtime.util.ConfigurationParserUtils;

/** Checks the Flink options of a pipeline file, {@code runtime.flink}. Pure. */
final class FlinkOptions {

    /** What the pipeline sets itself, with the key to use or the reason. An entry that ends in a dot is a prefix. */
    private static final Map<String, String> REFUSED = new LinkedHashMap<>();

    static {
        REFUSED.put("execution.buffer-timeout", "set runtime.buffer_timeout instead");
        REFUSED.put("execution.buffer-timeout.", "set runtime.buffer_timeout instead");
        REFUSED.put("execution.checkpointing.interval", "set runtime.checkpoint_interval instead");
        REFUSED.put("execution.checkpointing.mode", "set runtime.guarantee instead");
        REFUSED.put("execution.checkpointing.consistency-mode", "set runtime.guarantee instead");
        REFUSED.put("execution.checkpointing.dir", "set runtime.state_dir instead");
        REFUSED.put("execution.checkpointing.savepoint-dir", "set runtime.state_dir instead");
        REFUSED.put("state.checkpoints.dir", "set runtime.state_dir instead");
        REFUSED.put("state.savepoints.dir", "set runtime.state_dir instead");
        REFUSED.put("state.backend.type", "set runtime.state_backend instead");
        REFUSED.put("state.backend", "set runtime.state_backend instead");
        REFUSED.put("parallelism.default", "set runtime.parallelism instead");
        REFUSED.put("taskmanager.numberOfTaskSlots", "a run has as many as runtime.parallelism");
        REFUSED.put("metrics.", "metrics are served at runtime.http");
        String resumed = "the pipeline resumes from its own newest state";
        REFUSED.put("execution.state-recovery.", resumed);
        REFUSED.put("execution.savepoint.", resumed);
        String kept = "a checkpoint whose results could not be committed needs the one before it";
        REFUSED.put("execution.checkpointing.num-retained", kept);
        REFUSED.put("state.checkpoints.num-retained", kept);
        REFUSED.put("execution.checkpointing.externalized-checkpoint-retention", kept);
        String times = "it follows from transaction.timeout.ms, so that no transaction expires before its commit";
        REFUSED.put("execution.checkpointing.timeout", times);
        REFUSED.put("execution.checkpointing.tolerable-failed-checkpoints", times);
        REFUSED.put("execution.checkpointing.max-concurrent-checkpoints", times);
        REFUSED.put("execution.checkpointing.min-pause", times);
        String files = "checkpoints are files below runtime.state_dir, from which a later run resumes";
        REFUSED.put("execution.checkpointing.storage", files);
        REFUSED.put("state.checkpoint-storage", files);
        REFUSED.put("pipeline.max-parallelism", "saved state is laid out by it");
        String aligned = "operators change models together at a checkpoint's barrier, which must not overtake records";
        REFUSED.put("execution.checkpointing.unaligned", aligned);
        REFUSED.put("execution.checkpointing.unaligned.", aligned);
        REFUSED.put("execution.checkpointing.force-unaligned", aligned);
        String ended = "sources that have ended take part in the last checkpoint, which commits the last results";
        REFUSED.put("execution.checkpointing.checkpoints-after-tasks-finish", ended);
        REFUSED.put("execution.checkpointing.checkpoints-after-tasks-finish.enabled", ended);
        REFUSED.put(
                "execution.runtime-mode",
                "windows and deadlines need streaming mode; for a run that ends, use --bounded");
        REFUSED.put("restart-strategy", "restarts are how records that end the process are found");
        REFUSED.put("restart-strategy.", "restarts are how records that end the process are found");
        REFUSED.put("pipeline.object-reuse", "it is always true, which the operators are written for");
        REFUSED.put("pipeline.name", "set pipeline instead");
        REFUSED.put(
                "pipeline.auto-watermark-interval",
                "it follows from the shortest modalities.NAME.idle_timeout, so that windows close soon after it");
        String changelog = "a run does not have the libraries of Flink's changelog state";
        REFUSED.put("state.changelog.", changelog);
        REFUSED.put("state.backend.changelog.", changelog);
        String processes = "it is set where the cluster's processes are configured; a run has one process";
        REFUSED.put("high-availability", processes);
        REFUSED.put("high-availability.", processes);
        REFUSED.put("web.", "the web UI of a run is read-only, on loopback");
        REFUSED.put("rest.", "the web UI of a run is read-only, on loopback");
    }

    private static final List<Class<?>> KNOWN = List.of(
            AlgorithmOptions.class,
            BlobServerOptions.class,
            CheckpointingOptions.class,
            ClusterOptions.class,
            CoreOptions.class,
            ExecutionOptions.class,
            HeartbeatManagerOptions.class,
            JobManagerOptions.class,
            MetricOptions.class,
            NettyShuffleEnvironmentOptions.class,
            PipelineOptions.class,
            RestOptions.class,
            RestartStrategyOptions.class,
            StateBackendOptions.class,
            StateChangelogOptions.class,
            StateRecoveryOptions.class,
            TaskManagerOptions.class,
            WebOptions.class);

    private FlinkOptions() {}

    /**
     * Adds a problem for each option that the pipeline's guarantees rest on and each value that Flink would refuse, and
     * a warning for each name that Flink's core does not know.
     */
    static void check(Map<String, String> options, List<String> problems, List<String> warnings) {
        if (options.isEmpty()) {
            return;
        }
        Map<String, ConfigOption<?>> known = known();
        Configuration values = Configuration.fromMap(options);
        options.keySet().forEach(name -> {
            String key = "runtime.flink." + name;
            String reason = refused(name);
            ConfigOption<?> option = known.get(name);
            if (name.isBlank()) {
                problems.add("runtime.flink: an option has no name; expected one of Flink's, such as "
                        + TaskManagerOptions.MEMORY_SEGMENT_SIZE.key());
            } else if (options.get(name).equals("null")) {
                problems.add(key + ": has no value; set one, or leave the option out");
            } else if (reason != null) {
                problems.add(key + ": cannot be set here: " + reason);
            } else if (option == null) {
                if (known.keySet().stream().noneMatch(prefix -> name.startsWith(prefix + "."))) {
                    String suggestion = Suggestions.suggestion(name, new TreeSet<>(known.keySet()));
                    // Without a near one all of them would be listed.
                    warnings.add(key + ": is not an option of Flink's core; it is passed on"
                            + (suggestion.contains("did you mean") ? suggestion : ""));
                }
            } else if (options.get(name).contains("${")) {
                problems.add(key + ": is \"" + options.get(name)
                        + "\", but references are not resolved here; write the value itself");
            } else {
                try {
                    values.get(option);
                    if (option == TaskManagerOptions.MEMORY_SEGMENT_SIZE) {
                        ConfigurationParserUtils.getPageSize(values);
                    }
                } catch (IllegalArgumentException | IllegalConfigurationException e) {
                    problems.add(key + ": is \"" + options.get(name) + "\", which Flink does not accept"
                            + (option.hasDefaultValue() ? "; its default is " + option.defaultValue() : ""));
                }
            }
        });
    }

    private static String refused(String name) {
        return REFUSED.entrySet().stream()
                .filter(each ->
                        each.getKey().endsWith(".") ? name.startsWith(each.getKey()) : name.equals(each.getKey()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(null);
    }

    private static Map<String, ConfigOption<?>> known() {
        Map<String, ConfigOption<?>> known = new HashMap<>();
        for (Class<?> options : KNOWN) {
            for (Field field : options.getFields()) {
                if (Modifier.isStatic(field.getModifiers()) && ConfigOption.class.isAssignableFrom(field.getType())) {
                    try {
                        ConfigOption<?> option = (ConfigOption<?>) field.get(null);
                        known.put(option.key(), option);
                        option.fallbackKeys().forEach(fallback -> known.put(fallback.getKey(), option));
                    } catch (IllegalAccessException e) {
                        throw new IllegalStateException(options + " has an option that cannot be read", e);
                    }
                }
            }
        }
        return known;
    }
}
