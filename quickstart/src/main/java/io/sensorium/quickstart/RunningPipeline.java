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
import io.sensorium.schemas.ConfluentSchemaRegistry;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** A pipeline running on a Flink cluster in this process. */
public final class RunningPipeline implements AutoCloseable {

    private static final Duration SAVEPOINT_TIMEOUT = Duration.ofMinutes(2);

    private final EmbeddedFlink flink;
    private final JobID job;
    private final SavedState state;
    private final List<OnnxGraphSession> sessions;

    private RunningPipeline(EmbeddedFlink flink, JobID job, SavedState state, List<OnnxGraphSession> sessions) {
        this.sessions = sessions;
        this.flink = flink;
        this.job = job;
        this.state = state;
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
        List<OnnxGraphSession> sessions = check.models().orElseThrow().open(Device.parse(config.runtime().device()), problems);
        if (!problems.isEmpty()) {
            throw new ConfigurationException(name, problems);
        }
        try {
            return submit(config, mode, check, state, new Start(checkpoints, restore), sessions, progress);
        } catch (Exception e) {
            sessions.forEach(OnnxGraphSession::close);
            throw e;
        }
    }

    private record Start(Path checkpoints, Path restore) {}

    private static RunningPipeline submit(PipelineConfig config, Mode mode, PipelineCheck check, SavedState state, Start start,
            List<OnnxGraphSession> sessions, PrintStream progress) throws Exception {
        check.createOutputs(config);
        if (config.runtime().tracing() && !GlobalOpenTelemetry.isSet()) {
            // Its settings are OpenTelemetry's own: OTEL_SERVICE_NAME, OTEL_EXPORTER_OTLP_ENDPOINT and the like.
            AutoConfiguredOpenTelemetrySdk.builder().addPropertiesSupplier(() -> Map.of("otel.service.name", "sensorium-" + config.pipeline(),
                    "otel.metrics.exporter", "none", "otel.logs.exporter", "none", "otel.exporter.otlp.protocol", "http/protobuf")).setResultAsGlobal().build();
        }
        OutputSchemas schemas = OutputSchemas.register(config, new ConfluentSchemaRegistry(config.registry().url(), config.registry().properties()));
        Configuration settings = FlinkSettings.of(config, start.checkpoints(), start.restore());
        EmbeddedFlink flink = EmbeddedFlink.start(settings, config.runtime().parallelism());
        try {
            StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment(settings);
            FusionPipeline.build(environment, config, check.models().orElseThrow(), schemas,
                    FusionPipeline.kafka(config, check.partitions(), mode.bounded()), mode.bounded());
            JobID job = flink.submit(environment, "sensorium " + config.pipeline());
            progress.println("pipeline " + config.pipeline() + " submitted, Flink's web UI at " + flink.webUrl());
            return new RunningPipeline(flink, job, state, sessions);
        } catch (Exception e) {
            flink.close();
            throw e;
        }
    }

    public EmbeddedFlink flink() {
        return flink;
    }

    public JobID job() {
        return job;
    }

    /** Waits for the end of a bounded run, or of one that was stopped. @return the failure, or null */
    public Throwable awaitEnd() throws Exception {
        return flink.result(job).getSerializedThrowable().map(throwable -> throwable.deserializeError(getClass().getClassLoader())).orElse(null);
    }

    /** Stops with a savepoint in the state folder and returns its place. @throws Exception when none could be made */
    public String stop() throws Exception {
        return flink.stopWithSavepoint(job, state.savepoints(), SAVEPOINT_TIMEOUT);
    }

    @Override
    public void close() throws Exception {
        flink.close();
        sessions.forEach(OnnxGraphSession::close);
    }
}
