// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.stack;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.MetricOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.configuration.WebOptions;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.executiongraph.AccessExecutionGraph;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** A Flink cluster in this process, with a read-only web UI on loopback and a free port. */
public final class EmbeddedFlink implements JobControl {

    /** How long tasks may take to end. */
    private static final Duration CLOSE = Duration.ofSeconds(20);

    private final MiniCluster cluster;
    private JobID job;

    private EmbeddedFlink(MiniCluster cluster) {
        this.cluster = cluster;
    }

    /**
     * Starts a cluster with the given slots.
     *
     * @throws Exception as Flink does
     */
    public static EmbeddedFlink start(Configuration settings, int slots) throws Exception {
        Configuration configuration = new Configuration(settings);
        configuration.set(RestOptions.BIND_PORT, "0");
        configuration.set(RestOptions.ADDRESS, "127.0.0.1");
        configuration.set(RestOptions.BIND_ADDRESS, "127.0.0.1");
        // The BLOB server and other services would listen on every interface, without authentication.
        configuration.set(JobManagerOptions.BIND_HOST, "127.0.0.1");
        configuration.set(TaskManagerOptions.BIND_HOST, "127.0.0.1");
        configuration.set(ReadOnlyRestFactory.ENABLED, true);
        configuration.set(WebOptions.SUBMIT_ENABLE, false);
        configuration.set(WebOptions.CANCEL_ENABLE, false);
        configuration.set(WebOptions.RESCALE_ENABLE, false);
        // Flink allows every origin unless one is named; this one is a page on this machine's port 80.
        configuration.set(WebOptions.ACCESS_CONTROL_ALLOW_ORIGIN, "http://127.0.0.1");
        configuration.set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.ofMebiBytes(64));
        configuration.set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.ofMebiBytes(64));
        configuration.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(256));
        configuration.setString("metrics.reporters", "live");
        configuration.setString("metrics.reporter.live.factory.class", LiveMetrics.class.getName());
        configuration.set(MetricOptions.SCOPE_DELIMITER, ".");
        MiniCluster cluster = new MiniCluster(new MiniClusterConfiguration.Builder()
                .setConfiguration(configuration)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(slots)
                .build());
        cluster.start();
        return new EmbeddedFlink(cluster);
    }

    @Override
    public String webUrl() throws Exception {
        return cluster.getRestAddress().get().toString();
    }

    @Override
    public void submit(StreamExecutionEnvironment environment, String name) throws Exception {
        var graph = environment.getStreamGraph();
        graph.setJobName(name);
        job = cluster.submitJob(graph).get().getJobID();
    }

    @Override
    public String jobId() {
        return job.toHexString();
    }

    @Override
    public JobStatus status() throws Exception {
        return cluster.getJobStatus(job).get();
    }

    /**
     * The job's tasks and checkpoints.
     *
     * @throws Exception as Flink does
     */
    public AccessExecutionGraph executionGraph() throws Exception {
        return cluster.getExecutionGraph(job).get();
    }

    @Override
    public Throwable awaitEnd() throws Exception {
        return cluster.requestJobResult(job)
                .get()
                .getSerializedThrowable()
                .map(throwable -> throwable.deserializeError(getClass().getClassLoader()))
                .orElse(null);
    }

    @Override
    public String stopWithSavepoint(Path folder, Duration timeout) throws Exception {
        return cluster.stopWithSavepoint(job, folder.toUri().toString(), false, SavepointFormatType.CANONICAL)
                .get(timeout.toNanos(), TimeUnit.NANOSECONDS);
    }

    @Override
    public void cancel(Duration timeout) throws Exception {
        cluster.cancelJob(job).get(timeout.toNanos(), TimeUnit.NANOSECONDS);
    }

    /**
     * Ends the cluster.
     *
     * @throws IOException when a task has not ended in time, such as one in a native call that does not return
     */
    @Override
    public void close() throws Exception {
        try {
            cluster.closeAsync().get(CLOSE.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new IOException(
                    "Flink's tasks did not end within " + CLOSE.toSeconds()
                            + " s, so the process ends without them; saved state is unchanged",
                    e);
        }
    }
}
