// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.http;

import io.sensorium.job.config.PipelineConfig;
import io.sensorium.pipeline.ConfigurationException;
import io.sensorium.pipeline.HttpToken;
import io.sensorium.quickstart.runtime.RunningPipeline;
import io.sensorium.quickstart.stack.EmbeddedFlink;
import io.sensorium.quickstart.stack.RestartHistory;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.flink.runtime.checkpoint.CheckpointStatsSnapshot;
import org.apache.flink.runtime.executiongraph.AccessExecutionGraph;
import org.apache.flink.runtime.executiongraph.AccessExecutionVertex;

/** The health of a pipeline in this process. Safe for several threads. */
public final class PipelineHealth {

    private final EmbeddedFlink flink;
    private final RestartHistory restarts;
    private final PipelineConfig config;
    private final boolean bounded;
    private volatile Instant started;

    private PipelineHealth(EmbeddedFlink flink, RestartHistory restarts, PipelineConfig config, boolean bounded) {
        this.flink = flink;
        this.restarts = restarts;
        this.config = config;
        this.bounded = bounded;
    }

    /**
     * Serves a pipeline's health and metrics at the configured address.
     *
     * @param bounded whether the run is bounded: then its end is not a failure, and its checkpoints do not count
     * @return the server, or null where {@code runtime.http} is off, or the cluster elsewhere, which answers for itself
     * @throws IOException when it cannot be bound
     */
    public static OperationsServer serve(RunningPipeline pipeline, PipelineConfig config, boolean bounded)
            throws IOException {
        return config.runtime().http().equals("off") || !(pipeline.flink() instanceof EmbeddedFlink flink)
                ? null
                : new OperationsServer(
                        config.runtime().http(),
                        HttpToken.of(System.getenv()),
                        new PipelineHealth(flink, pipeline.restarts(), config, bounded)::now);
    }

    /**
     * Whether health and metrics can be served at the configured address, before anything is started.
     *
     * @param name of the pipeline file, for messages
     * @throws ConfigurationException when other machines reach the address and there is no token, or something else
     *     listens there
     */
    public static void check(String name, PipelineConfig config) throws ConfigurationException {
        if (config.runtime().http().equals("off")) {
            return;
        }
        try {
            OperationsServer.check(config.runtime().http(), HttpToken.of(System.getenv()));
        } catch (IOException e) {
            throw new ConfigurationException(name, List.of(e.getMessage()));
        }
    }

    /** Why {@code runtime.http} cannot be bound on this machine now; empty where it can, or is off. */
    public static Optional<String> unbindable(PipelineConfig config) {
        if (!config.runtime().http().equals("off")) {
            try {
                OperationsServer.checkPort(config.runtime().http());
            } catch (IOException e) {
                return Optional.of(e.getMessage());
            }
        }
        return Optional.empty();
    }

    /**
     * Why a start would refuse to serve the endpoint with the token that this process has; empty where it would not.
     * Binds nothing: the pipeline itself may be running.
     */
    public static List<String> tokenProblems(PipelineConfig config) {
        if (!config.runtime().http().equals("off")) {
            try {
                OperationsServer.access(config.runtime().http(), HttpToken.of(System.getenv()));
            } catch (IOException e) {
                return List.of(e.getMessage());
            }
        }
        return List.of();
    }

    private Health now() {
        AccessExecutionGraph graph;
        try {
            graph = flink.executionGraph();
        } catch (Exception e) {
            return new Health(
                    "gone: " + e.getMessage(),
                    true,
                    Map.of(),
                    null,
                    null,
                    config.runtime().checkpointInterval(),
                    restarts);
        }
        Map<String, Integer> tasks = new TreeMap<>();
        for (AccessExecutionVertex task : graph.getAllExecutionVertices()) {
            tasks.merge(task.getExecutionState().name(), 1, Integer::sum);
        }
        if (started == null && tasks.keySet().equals(java.util.Set.of("RUNNING"))) {
            started = Instant.now();
        }
        CheckpointStatsSnapshot checkpoints = graph.getCheckpointStatsSnapshot();
        var latest = checkpoints == null ? null : checkpoints.getHistory().getLatestCompletedCheckpoint();
        return new Health(
                graph.getState().name(),
                graph.getState().isGloballyTerminalState(),
                tasks,
                latest == null || bounded ? null : Instant.ofEpochMilli(latest.getLatestAckTimestamp()),
                bounded ? null : started,
                config.runtime().checkpointInterval(),
                restarts);
    }
}
