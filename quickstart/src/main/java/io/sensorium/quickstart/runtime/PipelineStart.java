// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.runtime;

import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.sensorium.job.FusionPipeline;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.records.OutputSchemas;
import io.sensorium.job.run.ConsumerGroups;
import io.sensorium.job.run.FlinkSettings;
import io.sensorium.job.run.ModelProbe;
import io.sensorium.job.run.PipelineCheck;
import io.sensorium.job.run.SavedState;
import io.sensorium.job.run.StateLock;
import io.sensorium.pipeline.ConfigurationException;
import io.sensorium.pipeline.FailureMessages;
import io.sensorium.quickstart.runtime.RunningPipeline.Mode;
import io.sensorium.quickstart.runtime.RunningPipeline.Target;
import io.sensorium.quickstart.stack.EmbeddedFlink;
import io.sensorium.quickstart.stack.JobControl;
import io.sensorium.quickstart.stack.RemoteFlink;
import io.sensorium.schemas.RegistryClient;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.FileUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The start of a pipeline, from its checks to the submitted job.
 *
 * @param name of the pipeline file, for messages
 * @param progress gets a line for each step
 */
record PipelineStart(String name, PipelineConfig config, Mode mode, Target target, PrintStream progress) {

    private static final Logger LOG = LoggerFactory.getLogger(PipelineStart.class);

    RunningPipeline run() throws Exception {
        PipelineCheck check = PipelineCheck.of(config);
        List<String> problems = new ArrayList<>(check.problems());
        List<String> warnings = new ArrayList<>(check.warnings());
        // A cluster takes about as long to start as the models, so where nothing stands against the start, they go
        // side by side.
        CompletableFuture<JobControl> flink = problems.isEmpty() ? flink() : new CompletableFuture<>();
        // Another machine's device cannot be tried here.
        ModelProbe models = ModelProbe.none();
        try {
            if (target instanceof Target.Embedded) {
                models = ModelProbe.of(config, check.found(), problems, warnings);
            }
            warnings.forEach(warning -> progress.println("warning: " + warning));
            if (!problems.isEmpty()) {
                throw new ConfigurationException(name, problems);
            }
            return locked(check, models, flink);
        } catch (Exception e) {
            models.close();
            flink.thenAccept(PipelineStart::close);
            throw e;
        }
    }

    /** Where the job is to run: a cluster of this process, which starts in the background, or another's. */
    private CompletableFuture<JobControl> flink() {
        if (target instanceof Target.Remote remote) {
            return CompletableFuture.completedFuture(new RemoteFlink(remote.jobManager()));
        }
        CompletableFuture<JobControl> started = new CompletableFuture<>();
        // The folder of checkpoints is the job's to set.
        Configuration settings = FlinkSettings.of(config, new SavedState(config).checkpoints(), null, mode.bounded());
        Thread thread = new Thread(
                () -> {
                    try {
                        started.complete(
                                EmbeddedFlink.start(settings, config.runtime().parallelism()));
                    } catch (Exception | LinkageError e) {
                        started.completeExceptionally(config.runtime().flink().isEmpty() ? e : withOptions(e));
                    }
                },
                "start-flink");
        thread.setDaemon(true);
        thread.start();
        return started;
    }

    /** The options of the pipeline file are the likeliest reason. */
    private ConfigurationException withOptions(Throwable failure) {
        return new ConfigurationException(
                name,
                List.of("runtime.flink: Flink does not start with these options: "
                        + String.join("; caused by: ", FailureMessages.of(failure))));
    }

    private static void close(JobControl flink) {
        try {
            flink.close();
        } catch (Exception e) {
            LOG.warn("the Flink cluster of a start that failed cannot be closed", e);
        }
    }

    private RunningPipeline locked(PipelineCheck check, ModelProbe models, CompletableFuture<JobControl> flink)
            throws Exception {
        // A bounded run touches no saved state.
        Path folder = mode.bounded() ? null : new SavedState(config).folder();
        StateLock lock = folder != null && StateLock.exists(folder) ? OtherCopies.lock(name, folder) : null;
        try {
            OtherCopies.refuse(name, config, mode.bounded(), lock == null ? Set.of() : lock.previousJobs());
            if (folder != null && lock == null) {
                // Not earlier, so that a rejected copy leaves no folder behind.
                lock = OtherCopies.lock(name, folder);
            }
            return resume(check, models, flink, lock);
        } catch (Exception e) {
            if (lock != null) {
                lock.close();
            }
            throw e;
        }
    }

    private RunningPipeline resume(
            PipelineCheck check, ModelProbe models, CompletableFuture<JobControl> flink, StateLock lock)
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
                                    + config.runtime().start().name().toLowerCase(Locale.ROOT)
                            : "resuming from " + restore);
        }
        try {
            return submit(check, models, flink, new Saved(state, checkpoints, restore, lock, ended));
        } catch (Exception e) {
            if (mode.bounded()) {
                FileUtils.deleteDirectory(checkpoints.toFile());
            }
            throw e;
        }
    }

    /**
     * @param checkpoints folder of the new ones
     * @param restore what to start from; null for nothing
     * @param lock of the state folder; null for a bounded run
     * @param ended Flink's ids of this pipeline's earlier jobs
     */
    private record Saved(SavedState state, Path checkpoints, Path restore, StateLock lock, Set<String> ended) {}

    private RunningPipeline submit(
            PipelineCheck check, ModelProbe models, CompletableFuture<JobControl> starting, Saved saved)
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
                RegistryClient.of(
                        config.registry().type(),
                        config.registry().url(),
                        config.registry().properties()),
                check.limits());
        Configuration settings = FlinkSettings.of(config, saved.checkpoints(), saved.restore(), mode.bounded());
        JobControl flink = started(starting);
        Configuration submitted = target instanceof Target.Remote remote && flink instanceof RemoteFlink cluster
                ? cluster.settings(settings, remote.jar())
                : settings;
        StreamExecutionEnvironment environment = new StreamExecutionEnvironment(submitted);
        FusionPipeline.build(
                environment,
                config,
                check.models().orElseThrow(),
                schemas,
                FusionPipeline.kafka(config, check.partitions(), mode.bounded(), saved.ended()),
                mode.bounded());
        flink.submit(environment, "sensorium " + config.pipeline());
        progress.println("pipeline " + config.pipeline() + " submitted, Flink's web UI at " + flink.webUrl());
        if (saved.lock() != null) {
            // A job on a cluster may outlive this process.
            saved.lock().runs(target instanceof Target.Embedded ? flink.jobId() : null);
        }
        return new RunningPipeline(
                flink,
                saved.state(),
                config.kafka(),
                saved.lock(),
                mode.bounded() && target instanceof Target.Embedded ? saved.checkpoints() : null,
                models,
                progress);
    }

    private static JobControl started(CompletableFuture<JobControl> flink) throws Exception {
        try {
            return flink.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }
}
