// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.runtime;

import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.emit.LostResultsException;
import io.sensorium.job.run.ModelProbe;
import io.sensorium.job.run.SavedState;
import io.sensorium.job.run.StateLock;
import io.sensorium.pipeline.ConfigurationException;
import io.sensorium.pipeline.KafkaCluster;
import io.sensorium.quickstart.stack.EmbeddedFlink;
import io.sensorium.quickstart.stack.JobControl;
import io.sensorium.quickstart.stack.RestartHistory;
import io.sensorium.quickstart.stack.RestartWatch;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.flink.util.FileUtils;

/** A pipeline running on a Flink cluster, in this process or elsewhere. */
public final class RunningPipeline implements AutoCloseable {

    private final JobControl flink;
    private final SavedState state;
    private final KafkaCluster kafka;
    private final ModelProbe models;
    private final RestartWatch restarts;
    private final StateLock lock;
    private final Path temporary;

    /** @param temporary folder that goes with this object; null for none */
    RunningPipeline(
            JobControl flink,
            SavedState state,
            KafkaCluster kafka,
            StateLock lock,
            Path temporary,
            ModelProbe models,
            PrintStream progress) {
        this.lock = lock;
        this.temporary = temporary;
        this.restarts = flink instanceof EmbeddedFlink embedded ? new RestartWatch(embedded, progress::println) : null;
        this.models = models;
        this.flink = flink;
        this.state = state;
        this.kafka = kafka;
    }

    /** Where a pipeline runs. */
    public sealed interface Target {

        /** On a cluster within this process. */
        record Embedded() implements Target {}

        /**
         * On a session cluster.
         *
         * @param jobManager its REST endpoint
         * @param jar the job's
         */
        record Remote(InetSocketAddress jobManager, Path jar) implements Target {}
    }

    /**
     * How to start.
     *
     * @param bounded read to the topics' present ends
     * @param fresh ignore what was saved
     */
    public record Mode(boolean bounded, boolean fresh) {}

    /**
     * Checks a pipeline, registers its schemas, creates its output topics and submits it.
     *
     * @param progress gets a line for each step
     * @throws ConfigurationException with everything that keeps it from running
     * @throws Exception as Kafka, registry and Flink do
     */
    public static RunningPipeline start(String name, PipelineConfig config, Mode mode, PrintStream progress)
            throws Exception {
        return start(name, config, mode, new Target.Embedded(), progress);
    }

    /**
     * {@link #start(String, PipelineConfig, Mode, PrintStream)} on a target of choice. A cluster elsewhere must reach
     * {@code runtime.state_dir} by the same path.
     */
    public static RunningPipeline start(
            String name, PipelineConfig config, Mode mode, Target target, PrintStream progress) throws Exception {
        return new PipelineStart(name, config, mode, target, progress).run();
    }

    /**
     * Refuses a start while another copy of the pipeline runs, on this machine or another.
     *
     * @param name of the pipeline file, for messages
     * @throws ConfigurationException where one does
     */
    public static void requireNoOtherCopy(String name, PipelineConfig config, boolean bounded)
            throws ConfigurationException, IOException, InterruptedException {
        OtherCopies.requireNone(name, config, bounded);
    }

    /** The cluster and the job. */
    public JobControl flink() {
        return flink;
    }

    /**
     * Waits for the end of a bounded run, or of one that was stopped.
     *
     * @return the failure, or null
     */
    public Throwable awaitEnd() throws Exception {
        return flink.awaitEnd();
    }

    /**
     * After the job has failed, prepares the state folder for a start that writes again what the broker did not keep.
     *
     * @param failure the job's
     * @return whether to start again; false where the failure is another one, or nothing is left to resume from
     * @throws IOException when the state cannot be moved aside
     */
    public boolean recoversFrom(Throwable failure, PipelineConfig config, PrintStream progress) throws IOException {
        Optional<LostResultsException> lost = LostResultsException.in(failure);
        if (lost.isEmpty()) {
            return false;
        }
        long checkpoint = lost.get().checkpoint();
        progress.println("warning: " + lost.get().getMessage());
        int aside = state.setAsideFrom(checkpoint);
        if (state.newest().isEmpty() && config.runtime().start() != PipelineConfig.Start.EARLIEST) {
            progress.println("there is no checkpoint before " + checkpoint + ", and runtime.start is "
                    + config.runtime().start().name().toLowerCase(Locale.ROOT)
                    + ", so that a restart would skip these results. Set runtime.start: earliest, or use run "
                    + "--bounded: both write every result again, under the same result_id");
            return false;
        }
        progress.println("checkpoint " + checkpoint + " and later ones (" + aside + ") are set aside in "
                + state.folder() + "; restarting from the one before. Results that the failed checkpoint had committed"
                + " in part are written again, under the same result_id");
        return true;
    }

    /** The job's restarts; null where it runs on a cluster elsewhere. */
    public RestartHistory restarts() {
        return restarts == null ? null : restarts.history();
    }

    /** The job was ended, but no savepoint could be made. */
    public static final class NoSavepointException extends IOException {
        private static final long serialVersionUID = 1L;

        NoSavepointException(String message) {
            super(message);
        }
    }

    /**
     * Stops with a savepoint in the state folder and returns its place.
     *
     * @throws NoSavepointException when the job was not running or the broker did not answer, so that the job was ended
     *     without a savepoint
     * @throws Exception when Flink fails to make one
     */
    public String stop() throws Exception {
        return new SavepointStop(flink, state, kafka, restarts()).run();
    }

    /**
     * Ends the job without a savepoint, and waits until its tasks have ended, which aborts their open transactions;
     * saved state stays as it was.
     *
     * @throws Exception as Flink does
     */
    public void cancel() throws Exception {
        flink.cancel(SavepointStop.PATIENCE);
        long begin = System.nanoTime();
        while (!flink.status().isGloballyTerminalState()
                && System.nanoTime() - begin < SavepointStop.PATIENCE.toNanos()) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    @Override
    public void close() throws Exception {
        if (restarts != null) {
            restarts.close();
        }
        flink.close();
        models.close();
        if (temporary != null) {
            FileUtils.deleteDirectory(temporary.toFile());
        }
        if (lock != null) {
            lock.close();
        }
    }
}
