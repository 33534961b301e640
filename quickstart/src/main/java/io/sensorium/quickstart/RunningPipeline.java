package io.sensorium.quickstart;

import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.sensorium.job.FusionPipeline;
import io.sensorium.pipeline.ConfigurationException;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.emit.OutputSchemas;
import io.sensorium.job.run.FlinkSettings;
import io.sensorium.job.run.PipelineCheck;
import io.sensorium.job.run.SavedState;
import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.onnx.OnnxGraphSession;
import io.sensorium.quickstart.stack.EmbeddedFlink;
import io.sensorium.quickstart.stack.JobControl;
import io.sensorium.quickstart.stack.RemoteFlink;
import io.sensorium.quickstart.stack.RestartHistory;
import io.sensorium.quickstart.stack.RestartWatch;
import io.sensorium.schemas.ConfluentSchemaRegistry;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** A pipeline running on a Flink cluster, in this process or elsewhere. */
public final class RunningPipeline implements AutoCloseable {

    private static final Duration SAVEPOINT_TIMEOUT = Duration.ofMinutes(2);

    /** How long a stop waits for a restarting job to run again before it ends the job without a savepoint. */
    private static final Duration RESTART_PATIENCE = Duration.ofSeconds(10);

    private final JobControl flink;
    private final SavedState state;
    private final List<OnnxGraphSession> sessions;
    private final RestartWatch restarts;

    private RunningPipeline(JobControl flink, SavedState state, List<OnnxGraphSession> sessions, PrintStream progress) {
        this.restarts = flink instanceof EmbeddedFlink embedded ? new RestartWatch(embedded, progress::println) : null;
        this.sessions = sessions;
        this.flink = flink;
        this.state = state;
    }

    /** Where a pipeline runs. */
    public sealed interface Target {

        /** On a cluster within this process. */
        record Embedded() implements Target {}

        /** On a session cluster. @param jobManager its REST endpoint; @param jar the job's */
        record Remote(InetSocketAddress jobManager, Path jar) implements Target {}
    }

    /** How to start. @param bounded read to the topics' present ends; @param fresh ignore what was saved */
    public record Mode(boolean bounded, boolean fresh) {}

    /**
     * Checks a pipeline, registers its schemas, creates its output topics and submits it.
     *
     * @param progress told what is done
     * @throws ConfigurationException with everything that keeps it from running
     * @throws Exception as Kafka, registry and Flink do
     */
    public static RunningPipeline start(String name, PipelineConfig config, Mode mode, PrintStream progress) throws Exception {
        return start(name, config, mode, new Target.Embedded(), progress);
    }

    /** {@link #start(String, PipelineConfig, Mode, PrintStream)} on a target of choice. A cluster elsewhere must reach {@code runtime.state_dir} by the same path. */
    public static RunningPipeline start(String name, PipelineConfig config, Mode mode, Target target, PrintStream progress) throws Exception {
        PipelineCheck check = PipelineCheck.of(config);
        check.warnings().forEach(warning -> progress.println("warning: " + warning));
        if (!check.problems().isEmpty()) {
            throw new ConfigurationException(name, check.problems());
        }
        SavedState state = new SavedState(config);
        Path restore = null;
        Path checkpoints;
        if (mode.bounded()) {
            checkpoints = Files.createTempDirectory("sensorium-bounded");
        } else {
            if (mode.fresh()) {
                state.setAside().ifPresent(aside -> progress.println("--fresh: what was saved is now in " + aside));
            }
            List<String> conflicts = state.conflicts(config, check.models().orElseThrow());
            if (!conflicts.isEmpty()) {
                throw new ConfigurationException(name, conflicts);
            }
            restore = state.newest().orElse(null);
            state.claim(config, check.models().orElseThrow());
            checkpoints = state.checkpoints();
            progress.println(restore == null ? "no saved state, starting from " + config.runtime().start().name().toLowerCase(java.util.Locale.ROOT)
                    : "resuming from " + restore);
        }
        List<String> problems = new ArrayList<>();
        // Another machine's device is not this one's to try.
        List<OnnxGraphSession> sessions = target instanceof Target.Remote ? List.of() : check.models().orElseThrow().open(Device.parse(config.runtime().device()), problems);
        if (!problems.isEmpty()) {
            throw new ConfigurationException(name, problems);
        }
        try {
            return submit(config, mode, check, state, new Start(checkpoints, restore, target), sessions, progress);
        } catch (Exception e) {
            sessions.forEach(OnnxGraphSession::close);
            throw e;
        }
    }

    private record Start(Path checkpoints, Path restore, Target target) {}

    private static RunningPipeline submit(PipelineConfig config, Mode mode, PipelineCheck check, SavedState state, Start start,
            List<OnnxGraphSession> sessions, PrintStream progress) throws Exception {
        check.createOutputs(config);
        if (config.runtime().tracing() && !GlobalOpenTelemetry.isSet()) {
            // Its settings are OpenTelemetry's own: OTEL_SERVICE_NAME, OTEL_EXPORTER_OTLP_ENDPOINT and the like.
            AutoConfiguredOpenTelemetrySdk.builder().addPropertiesSupplier(() -> Map.of("otel.service.name", "sensorium-" + config.pipeline(),
                    "otel.metrics.exporter", "none", "otel.logs.exporter", "none", "otel.exporter.otlp.protocol", "http/protobuf")).setResultAsGlobal().build();
        }
        OutputSchemas schemas = OutputSchemas.register(config, new ConfluentSchemaRegistry(config.registry().url(), config.registry().properties()), check.limits());
        Configuration settings = FlinkSettings.of(config, start.checkpoints(), start.restore());
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
            FusionPipeline.build(environment, config, check.models().orElseThrow(), schemas,
                    FusionPipeline.kafka(config, check.partitions(), mode.bounded()), mode.bounded());
            flink.submit(environment, "sensorium " + config.pipeline());
            progress.println("pipeline " + config.pipeline() + " submitted, Flink's web UI at " + flink.webUrl());
            return new RunningPipeline(flink, state, sessions, progress);
        } catch (Exception e) {
            flink.close();
            throw e;
        }
    }

    /** The cluster and the job. */
    public JobControl flink() {
        return flink;
    }

    /** Waits for the end of a bounded run, or of one that was stopped. @return the failure, or null */
    public Throwable awaitEnd() throws Exception {
        return flink.awaitEnd();
    }

    /** The job's restarts; null where it runs on a cluster elsewhere. */
    public RestartHistory restarts() {
        return restarts == null ? null : restarts.history();
    }

    /** The job was ended, but no savepoint could be made. */
    public static final class NoSavepointException extends Exception {
        private static final long serialVersionUID = 1L;

        NoSavepointException(String message) {
            super(message);
        }
    }

    /**
     * Stops with a savepoint in the state folder and returns its place.
     *
     * @throws NoSavepointException when the job was not running, so that it was ended without a savepoint
     * @throws Exception when Flink fails to make one
     */
    public String stop() throws Exception {
        long begin = System.nanoTime();
        while (true) {
            Duration waited = Duration.ofNanos(System.nanoTime() - begin);
            try {
                return flink.stopWithSavepoint(state.savepoints(), SAVEPOINT_TIMEOUT.minus(waited).plusMillis(1));
            } catch (ExecutionException e) {
                if (waited.compareTo(SAVEPOINT_TIMEOUT) > 0 || flink.status().isGloballyTerminalState()) {
                    throw e;
                }
                if (restarts != null && restarts.history().recent(Instant.now()) > 0 && waited.compareTo(RESTART_PATIENCE) > 0) {
                    flink.cancel(RESTART_PATIENCE);
                    throw new NoSavepointException("the job keeps restarting (" + restarts.history().cause()
                            + "), so no savepoint was made; the newest checkpoint is kept, and the next run resumes from it");
                }
                // While the job starts or restarts there is nothing to save yet.
                TimeUnit.MILLISECONDS.sleep(200);
            }
        }
    }

    /** Ends the job without a savepoint, as before its tasks have run; saved state stays as it was. @throws Exception as Flink does */
    public void cancel() throws Exception {
        flink.cancel(RESTART_PATIENCE);
    }

    @Override
    public void close() throws Exception {
        if (restarts != null) {
            restarts.close();
        }
        flink.close();
        sessions.forEach(OnnxGraphSession::close);
    }
}
