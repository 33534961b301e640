// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.stack;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** A Flink session cluster elsewhere, to which the job goes with its jar. */
public final class RemoteFlink implements JobControl {

    private final InetSocketAddress jobManager;
    private JobClient job;

    /** @param jobManager its REST endpoint */
    public RemoteFlink(InetSocketAddress jobManager) {
        this.jobManager = jobManager;
    }

    /**
     * The settings of an environment that submits there.
     *
     * @param jar with everything that Flink does not bring
     */
    public Configuration settings(Configuration pipeline, Path jar) {
        Configuration settings = new Configuration(pipeline);
        settings.set(DeploymentOptions.TARGET, "remote");
        settings.set(DeploymentOptions.ATTACHED, false);
        settings.set(RestOptions.ADDRESS, jobManager.getHostString());
        settings.set(RestOptions.PORT, jobManager.getPort());
        settings.set(PipelineOptions.JARS, List.of(jar.toUri().toString()));
        return settings;
    }

    @Override
    public String webUrl() {
        return "http://" + jobManager.getHostString() + ":" + jobManager.getPort();
    }

    @Override
    public void submit(StreamExecutionEnvironment environment, String name) throws Exception {
        job = environment.executeAsync(name);
    }

    @Override
    public String jobId() {
        return job.getJobID().toHexString();
    }

    @Override
    public JobStatus status() throws Exception {
        return job.getJobStatus().get();
    }

    @Override
    public Throwable awaitEnd() throws Exception {
        try {
            job.getJobExecutionResult().get();
            return null;
        } catch (ExecutionException e) {
            return e.getCause() == null ? e : e.getCause();
        }
    }

    @Override
    public String stopWithSavepoint(Path folder, Duration timeout) throws Exception {
        return job.stopWithSavepoint(false, folder.toUri().toString(), SavepointFormatType.CANONICAL)
                .get(timeout.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** The job continues without its submitter. */
    @Override
    public void cancel(Duration timeout) throws Exception {
        job.cancel().get(timeout.toNanos(), TimeUnit.NANOSECONDS);
    }

    @Override
    public void close() {}
}
