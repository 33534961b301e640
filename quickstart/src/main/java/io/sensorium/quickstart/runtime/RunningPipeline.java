// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.runtime;

import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.sensorium.job.FusionPipeline;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.emit.LostResultsException;
import io.sensorium.job.emit.ResultSink;
import io.sensorium.job.emit.RunningCopies;
import io.sensorium.job.emit.SecondCopyException;
import io.sensorium.job.records.OutputSchemas;
import io.sensorium.job.run.ConsumerGroups;
import io.sensorium.job.run.FlinkSettings;
import io.sensorium.job.run.ModelProbe;
import io.sensorium.job.run.PipelineCheck;
import io.sensorium.job.run.SavedState;
import io.sensorium.job.run.StateLock;
import io.sensorium.pipeline.ConfigurationException;
import io.sensorium.pipeline.KafkaCluster;
import io.sensorium.quickstart.stack.EmbeddedFlink;
import io.sensorium.quickstart.stack.JobControl;
import io.sensorium.quickstart.stack.RemoteFlink;
import io.sensorium.quickstart.stack.RestartHistory;
import io.sensorium.quickstart.stack.RestartWatch;
import io.sensorium.schemas.ConfluentSchemaRegistry;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
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
    private RunningPipeline(
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
        PipelineCheck check = PipelineCheck.of(config);
        List<String> problems = new ArrayList<>(check.problems());
        List<String> warnings = new ArrayList<>(check.warnings());
        // Another machine's device cannot be tried here.
        ModelProbe models = target instanceof Target.Remote || check.models().isEmpty()
                ? ModelProbe.none()
                : ModelProbe.of(config, check.models().get(), problems, warnings);
        try {
            warnings.forEach(warning -> progress.println("warning: " + warning));
            if (!problems.isEmpty()) {
                throw new ConfigurationException(name, problems);
            }
            return locked(name, config, mode, target, check, models, progress);
        } catch (Exception e) {
            models.close();
            throw e;
        }
    }

    private static RunningPipeline locked(
            String name,
            PipelineConfig config,
            Mode mode,
            Target target,
            PipelineCheck check,
            ModelProbe models,
            PrintStream progress)
            throws Exception {
        // A bounded run touches no saved state.
        Path folder = mode.bounded() ? null : new SavedState(config).folder();
        StateLock lock = folder != null && StateLock.exists(folder) ? lock(name, folder) : null;
        try {
            refuseSecondCopy(name, config, mode.bounded(), lock == null ? Set.of() : lock.previousJobs());
            if (folder != null && lock == null) {
                // Not earlier, so that a rejected copy leaves no folder behind.
                lock = lock(name, folder);
            }
            return start(name, config, mode, target, check, models, lock, progress);
        } catch (Exception e) {
            if (lock != null) {
                lock.close();
            }
            throw e;
        }
    }

    private static StateLock lock(String name, Path folder) throws ConfigurationException {
        try {
            return StateLock.take(folder).orElseThrow(() -> inUse(name, folder));
        } catch (IOException e) {
            throw new ConfigurationException(name, List.of(StateLock.unusable(folder, e)));
        }
    }

    private static ConfigurationException inUse(String name, Path folder) {
        return new ConfigurationException(
                name,
                List.of("runtime.state_dir: " + folder + " is in use by " + StateLock.holder(folder)
                        + ": this pipeline already runs. Stop that run first (SIGTERM saves its state), or "
                        + "give this pipeline another name (pipeline:), output topics and state_dir"));
    }

    /**
     * Refuses a start while another copy of the pipeline runs, on this machine or another.
     *
     * @param name of the pipeline file, for messages
     * @throws ConfigurationException where one does
     */
    public static void requireNoOtherCopy(String name, PipelineConfig config, boolean bounded)
            throws ConfigurationException, IOException, InterruptedException {
        Path folder = bounded ? null : new SavedState(config).folder();
        if (folder == null || !StateLock.exists(folder)) {
            refuseSecondCopy(name, config, bounded, Set.of());
            return;
        }
        try (StateLock lock = lock(name, folder)) {
            refuseSecondCopy(name, config, bounded, lock.previousJobs());
        }
    }

    private static void refuseSecondCopy(String name, PipelineConfig config, boolean bounded, Set<String> ended)
            throws ConfigurationException, InterruptedException {
        String group = RunningCopies.group(ResultSink.transactionalIdPrefix(config, bounded));
        Optional<RunningCopies.Copy> other = RunningCopies.other(config.kafka().clientProperties(), group, ended);
        if (other.isPresent()) {
            throw new ConfigurationException(name, List.of(SecondCopyException.message(group, other.get())));
        }
    }

    private static RunningPipeline start(
            String name,
            PipelineConfig config,
            Mode mode,
            Target target,
            PipelineCheck check,
            ModelProbe models,
            StateLock lock,
            PrintStream progress)
            throws Exception {
        Set<String> ended = lock == null ? Set.of() : lock.previousJobs();
        SavedState state = new SavedState(config);
        Path restore = null;
        Path checkpoints;
        if (mode.bounded()) {
            checkpoints = Files.createTempDirectory("sensorium-bounded");
        } else {
            if (mode.fresh()) {
                state.setAside().ifPresent(aside -> progress.println("--fresh: the saved state is now in " + aside));
            }
            restore = state.resume(name, config, check.models().orElseThrow(), check.topicIds())
                    .orElse(null);
            checkpoints = state.checkpoints();
            for (Path pruned : state.prune()) {
                progress.println("deleted old state " + pruned);
            }
            if (restore == null
                    && !mode.fresh()
                    && config.runtime().start() == PipelineConfig.Start.EARLIEST
                    && ConsumerGroups.hasOffsets(config)) {
                progress.println("warning: this pipeline has run before (consumer group sensorium-" + config.pipeline()
                        + " has offsets), but " + state.folder()
                        + " holds no state of it: everything is read again and"
                        + " every result written again, under the same result_id. If its state is in another "
                        + "folder, stop and set runtime.state_dir");
            }
            progress.println(
                    restore == null
                            ? "no saved state, starting from "
                                    + config.runtime().start().name().toLowerCase(java.util.Locale.ROOT)
                            : "resuming from " + restore);
        }
        try {
            return submit(
                    config, mode, check, state, new Start(checkpoints, restore, target, lock, ended), models, progress);
        } catch (Exception e) {
            if (mode.bounded()) {
                FileUtils.deleteDirectory(checkpoints.toFile());
            }
            throw e;
        }
    }

    private record Start(Path checkpoints, Path restore, Target target, StateLock lock, Set<String> ended) {}

    private static RunningPipeline submit(
            PipelineConfig config,
            Mode mode,
            PipelineCheck check,
            SavedState state,
            Start start,
            ModelProbe models,
            PrintStream progress)
            throws Exception {
        check.createOutputs(config);
        if (config.runtime().tracing() && !GlobalOpenTelemetry.isSet()) {
            // Its settings are OpenTelemetry's own: OTEL_SERVICE_NAME, OTEL_EXPORTER_OTLP_ENDPOINT and the like.
            AutoConfiguredOpenTelemetrySdk.builder()
                    .addPropertiesSupplier(() -> Map.of(
                            "otel.service.name",
                            "sensorium-" + config.pipeline(),
                            "otel.metrics.exporter",
                            "none",
                            "otel.logs.exporter",
                            "none",
                            "otel.exporter.otlp.protocol",
                            "http/protobuf"))
                    .setResultAsGlobal()
                    .build();
        }
        OutputSchemas schemas = OutputSchemas.register(
                config,
                new ConfluentSchemaRegistry(
                        config.registry().url(), config.registry().properties()),
                check.limits());
        Configuration settings = FlinkSettings.of(config, start.checkpoints(), start.restore(), mode.bounded());
        JobControl flink;
        Configuration submitted = settings;
        if (start.target() instanceof Target.Remote remote) {
            RemoteFlink cluster = new RemoteFlink(remote.jobManager());
            submitted = cluster.settings(settings, remote.jar());
            flink = cluster;
        } else {
            flink = EmbeddedFlink.start(settings, config.runtime().parallelism());
        }
        try {
            StreamExecutionEnvironment environment = new StreamExecutionEnvironment(submitted);
            FusionPipeline.build(
                    environment,
                    config,
                    check.models().orElseThrow(),
                    schemas,
                    FusionPipeline.kafka(config, check.partitions(), mode.bounded(), start.ended()),
                    mode.bounded());
            flink.submit(environment, "sensorium " + config.pipeline());
            progress.println("pipeline " + config.pipeline() + " submitted, Flink's web UI at " + flink.webUrl());
            if (start.lock() != null) {
                // A job on a cluster may outlive this process.
                start.lock().runs(start.target() instanceof Target.Embedded ? flink.jobId() : null);
            }
            return new RunningPipeline(
                    flink,
                    state,
                    config.kafka(),
                    start.lock(),
                    mode.bounded() && start.target() instanceof Target.Embedded ? start.checkpoints() : null,
                    models,
                    progress);
        } catch (Exception e) {
            flink.close();
            throw e;
        }
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
