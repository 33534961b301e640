// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.run;

import io.sensorium.pipeline.Suggestions;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.flink.configuration.AlgorithmOptions;
import org.apache.flink.configuration.BatchExecutionOptions;
import org.apache.flink.configuration.BlobServerOptions;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ClusterOptions;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.HeartbeatManagerOptions;
import org.apache.flink.configuration.HighAvailabilityOptions;
import org.apache.flink.configuration.IllegalConfigurationException;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.MetricOptions;
import org.apache.flink.configuration.NettyShuffleEnvironmentOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.RpcOptions;
import org.apache.flink.configuration.SecurityOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.StateChangelogOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.configuration.WebOptions;
import org.apache.flink.runtime.heartbeat.HeartbeatServices;
import org.apache.flink.runtime.util.ConfigurationParserUtils;
import org.apache.flink.state.rocksdb.PredefinedOptions;
import org.apache.flink.state.rocksdb.RocksDBConfigurableOptions;
import org.apache.flink.state.rocksdb.RocksDBNativeMetricOptions;
import org.apache.flink.state.rocksdb.RocksDBOptions;

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
        REFUSED.put("$internal.", "options with this prefix are Flink's own");
        REFUSED.put("web.", "the web UI of a run is read-only, on loopback");
        REFUSED.put("rest.", "the web UI of a run is read-only, on loopback");
    }

    /** Options whose type is text, of which Flink takes only these values, in any case. */
    private static final Map<String, List<String>> VALUES = Map.of(
            CoreOptions.CLASSLOADER_RESOLVE_ORDER.key(), List.of("child-first", "parent-first"),
            JobManagerOptions.EXECUTION_FAILOVER_STRATEGY.key(), List.of("region", "full"),
            RocksDBOptions.PREDEFINED_OPTIONS.key(),
                    Stream.of(PredefinedOptions.values()).map(Enum::name).toList());

    /** The only ones below taskmanager.memory that a run does not set itself. */
    private static final Set<String> BUFFERS =
            Set.of(TaskManagerOptions.MEMORY_SEGMENT_SIZE.key(), TaskManagerOptions.MIN_MEMORY_SEGMENT_SIZE.key());

    private static final List<Class<?>> KNOWN = List.of(
            AlgorithmOptions.class,
            BatchExecutionOptions.class,
            BlobServerOptions.class,
            CheckpointingOptions.class,
            ClusterOptions.class,
            CoreOptions.class,
            ExecutionOptions.class,
            HeartbeatManagerOptions.class,
            JobManagerOptions.class,
            HighAvailabilityOptions.class,
            MetricOptions.class,
            NettyShuffleEnvironmentOptions.class,
            PipelineOptions.class,
            RestOptions.class,
            RestartStrategyOptions.class,
            RocksDBConfigurableOptions.class,
            RocksDBNativeMetricOptions.class,
            RocksDBOptions.class,
            RpcOptions.class,
            SecurityOptions.class,
            StateBackendOptions.class,
            StateChangelogOptions.class,
            StateRecoveryOptions.class,
            TaskManagerOptions.class,
            WebOptions.class);

    private FlinkOptions() {}

    /**
     * Adds a problem for each option that the pipeline's guarantees rest on and each value that Flink would refuse, and
     * a warning for each name that Flink's core does not know and each option that has no effect.
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
                if (isMemory(name)) {
                    warnings.add(
                            key + ": has no effect in a run, whose memory is SENSORIUM_HEAP, runtime.state_cache and"
                                    + " 64 MiB for the network; on a cluster, set it where its processes are configured");
                }
                value(key, option, options.get(name), values, problems);
            }
        });
        heartbeats(options, values, problems);
    }

    private static boolean isMemory(String name) {
        return (name.startsWith("taskmanager.memory.") || name.startsWith("jobmanager.memory."))
                && !BUFFERS.contains(name);
    }

    private static void value(
            String key, ConfigOption<?> option, String value, Configuration values, List<String> problems) {
        List<String> fixed = VALUES.get(option.key());
        if (fixed != null && fixed.stream().noneMatch(value::equalsIgnoreCase)) {
            problems.add(key + ": is \"" + value + "\", expected one of " + fixed);
            return;
        }
        try {
            values.get(option);
            if (option == TaskManagerOptions.MEMORY_SEGMENT_SIZE) {
                ConfigurationParserUtils.getPageSize(values);
            }
        } catch (IllegalArgumentException | IllegalConfigurationException e) {
            problems.add(key + ": is \"" + value + "\", which Flink does not accept"
                    + (option.hasDefaultValue() ? "; its default is " + option.defaultValue() : "")
                    + expected(e));
        }
    }

    /** The values that Flink lists for an option with a fixed set of them. */
    private static String expected(Throwable failure) {
        for (Throwable each = failure; each != null; each = each.getCause()) {
            int list = each.getMessage() == null ? -1 : each.getMessage().indexOf("Expected one of: ");
            if (list >= 0) {
                return "; expected one of "
                        + each.getMessage()
                                .substring(list + "Expected one of: ".length())
                                .replace("[[", "[")
                                .replace("]]", "]");
            }
        }
        return "";
    }

    /** Flink refuses these at its start, and only together. */
    private static void heartbeats(Map<String, String> options, Configuration values, List<String> problems) {
        String timeout = HeartbeatManagerOptions.HEARTBEAT_TIMEOUT.key();
        String interval = HeartbeatManagerOptions.HEARTBEAT_INTERVAL.key();
        List<String> own = new ArrayList<>();
        for (ConfigOption<?> option : List.of(
                HeartbeatManagerOptions.HEARTBEAT_TIMEOUT,
                HeartbeatManagerOptions.HEARTBEAT_INTERVAL,
                HeartbeatManagerOptions.HEARTBEAT_RPC_FAILURE_THRESHOLD)) {
            value(option.key(), option, "", values, own);
        }
        if (!own.isEmpty() || options.keySet().stream().noneMatch(name -> name.startsWith("heartbeat."))) {
            return;
        }
        try {
            HeartbeatServices.fromConfiguration(values);
        } catch (IllegalArgumentException e) {
            problems.add("runtime.flink."
                    + (options.containsKey(timeout) ? timeout : interval)
                    + ": Flink does not accept a heartbeat.timeout of "
                    + values.get(HeartbeatManagerOptions.HEARTBEAT_TIMEOUT).toMillis()
                    + " ms with a heartbeat.interval of "
                    + values.get(HeartbeatManagerOptions.HEARTBEAT_INTERVAL).toMillis()
                    + " ms and a heartbeat.rpc-failure-threshold of "
                    + values.get(HeartbeatManagerOptions.HEARTBEAT_RPC_FAILURE_THRESHOLD)
                    + "; expected an interval of more than 0, a timeout of at least that, and a threshold of"
                    + " more than 0, or -1 for none");
        }
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
