// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart;

import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.run.PipelineCheck;
import io.sensorium.pipeline.ConfigurationException;
import io.sensorium.pipeline.FailureMessages;
import io.sensorium.quickstart.http.OperationsServer;
import io.sensorium.quickstart.http.PipelineHealth;
import io.sensorium.quickstart.layout.DistributionLayout;
import io.sensorium.quickstart.runtime.RunningPipeline;
import io.sensorium.quickstart.runtime.ShutdownSignal;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.JobStatus;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
        name = "run",
        mixinStandardHelpOptions = true,
        description = "Runs a pipeline until stopped; SIGINT and SIGTERM stop it with a savepoint.")
final class RunCommand implements Callable<Integer> {

    @Option(
            names = {"-c", "--config"},
            required = true,
            description = "The pipeline file.")
    Path file;

    @Option(
            names = "--bounded",
            description =
                    "Read each partition from its earliest offset to its present end, close every window and exit.")
    boolean bounded;

    @Option(names = "--fresh", description = "Start without the saved state, which is moved aside.")
    boolean fresh;

    @Option(
            names = "--target",
            defaultValue = "embedded",
            description =
                    "Where it runs: embedded, in this process, or remote, on a Flink session cluster; ${DEFAULT-VALUE} by default.")
    Where target;

    @Option(
            names = "--jobmanager",
            paramLabel = "HOST:PORT",
            description = "REST endpoint of the cluster's JobManager, for --target remote.")
    String jobManager;

    @Option(names = "--job-jar", description = "The job's jar; the project's own by default.")
    Path jar = DistributionLayout.jobJar();

    @Spec
    CommandSpec spec;

    /** Where a pipeline may run. */
    enum Where {
        embedded,
        remote
    }

    private RunningPipeline.Target target() {
        if (target == Where.embedded) {
            if (jobManager != null) {
                throw new ParameterException(spec.commandLine(), "--jobmanager goes with --target remote");
            }
            return new RunningPipeline.Target.Embedded();
        }
        if (jobManager == null || !jobManager.matches(".+:[0-9]{1,5}")) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--target remote needs --jobmanager HOST:PORT, the REST endpoint of the cluster"
                            + (jobManager == null ? "" : "; got " + jobManager));
        }
        if (!Files.isRegularFile(jar)) {
            throw new ParameterException(
                    spec.commandLine(),
                    "there is no job jar at " + jar
                            + "; build it with mvn -DskipTests -pl processors/job-jar -am package, or name one with --job-jar");
        }
        int colon = jobManager.lastIndexOf(':');
        return new RunningPipeline.Target.Remote(
                InetSocketAddress.createUnresolved(
                        jobManager.substring(0, colon), Integer.parseInt(jobManager.substring(colon + 1))),
                jar);
    }

    @Override
    public Integer call() throws Exception {
        RunningPipeline.Target where = target();
        CountDownLatch latch = ShutdownSignal.latch();
        CompletableFuture<Void> signal = background("await-signal", () -> {
            latch.await();
            return null;
        });
        boolean embedded = where instanceof RunningPipeline.Target.Embedded;
        PipelineConfig config =
                PipelineCheck.read(file, (draft, check) -> embedded ? PipelineHealth.tokenProblems(draft) : List.of());
        if (embedded) {
            checkEndpoint(config);
        }
        OptionalInt exit = run(config, new RunningPipeline.Mode(bounded, fresh), where, signal);
        while (exit.isEmpty()) {
            exit = run(config, new RunningPipeline.Mode(bounded, false), where, signal);
        }
        return exit.getAsInt();
    }

    /**
     * Where the address is taken, another copy of this pipeline may have it, and that is reported. Otherwise whatever
     * else is wrong is reported too.
     */
    private void checkEndpoint(PipelineConfig config) throws Exception {
        try {
            PipelineHealth.check(file.toString(), config);
        } catch (ConfigurationException e) {
            RunningPipeline.requireNoOtherCopy(file.toString(), config, bounded);
            List<String> problems = new ArrayList<>(e.problems());
            problems.addAll(PipelineCheck.of(config).problems());
            throw new ConfigurationException(file.toString(), problems);
        }
    }

    /**
     * Runs the pipeline once.
     *
     * @return the exit code; empty where it is to be started again from an earlier checkpoint
     */
    private OptionalInt run(
            PipelineConfig config,
            RunningPipeline.Mode mode,
            RunningPipeline.Target where,
            CompletableFuture<Void> signal)
            throws Exception {
        CompletableFuture<RunningPipeline> starting =
                background("start", () -> RunningPipeline.start(file.toString(), config, mode, where, System.err));
        first(signal, starting);
        if (!starting.isDone()) {
            System.err.println("stopped during the start: nothing was read");
            return OptionalInt.of(bounded ? 1 : 0);
        }
        try (RunningPipeline pipeline = starting.get();
                OperationsServer http = PipelineHealth.serve(pipeline, config, bounded)) {
            if (http != null) {
                System.err.println("health and metrics at " + http.url() + "/health/ready, /health/live, /metrics");
            }
            CompletableFuture<Throwable> end = background("await-end", pipeline::awaitEnd);
            first(signal, end);
            if (!end.isDone()) {
                return OptionalInt.of(stop(pipeline, end));
            }
            return !bounded && end.get() != null && pipeline.recoversFrom(end.get(), config, System.err)
                    ? OptionalInt.empty()
                    : OptionalInt.of(ended(end.get()));
        }
    }

    private int stop(RunningPipeline pipeline, CompletableFuture<Throwable> end) throws Exception {
        if (bounded) {
            // Its open transactions are aborted now, not when the broker's timeout has passed: readers of committed
            // records wait for them.
            pipeline.cancel();
            System.err.println("stopped before the end of a bounded run: nothing was saved");
            return 1;
        }
        if (pipeline.restarts() != null
                && !pipeline.restarts().ran()
                && pipeline.restarts().cause().isEmpty()) {
            pipeline.cancel();
            System.err.println("stopped before all tasks were running: saved state is unchanged");
            return 0;
        }
        System.err.println("stopping with a savepoint");
        try {
            System.err.println("saved " + pipeline.stop());
        } catch (RunningPipeline.NoSavepointException e) {
            System.err.println("sensorium: " + e.getMessage());
            return 1;
        }
        end.get(1, TimeUnit.MINUTES);
        return 0;
    }

    /**
     * Waits for whichever completes first.
     *
     * @throws Exception the cause where that one failed
     */
    private static void first(CompletableFuture<?> one, CompletableFuture<?> other) throws Exception {
        try {
            CompletableFuture.anyOf(one, other).get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }

    private static <T> CompletableFuture<T> background(String name, Callable<T> work) {
        CompletableFuture<T> result = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        result.complete(work.call());
                    } catch (Throwable e) {
                        result.completeExceptionally(e);
                    }
                },
                name);
        thread.setDaemon(true);
        thread.start();
        return result;
    }

    private int ended(Throwable failure) {
        if (failure == null) {
            System.err.println(
                    bounded
                            ? "read to the end; every window is closed and committed"
                            : "the job ended: " + JobStatus.FINISHED);
            return 0;
        }
        System.err.println("sensorium: the job failed: " + String.join("\n  caused by: ", FailureMessages.of(failure)));
        return 1;
    }
}
