package io.sensorium.quickstart;

import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.quickstart.http.OperationsServer;
import io.sensorium.quickstart.http.PipelineHealth;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.JobStatus;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "run", mixinStandardHelpOptions = true, description = "Runs a pipeline until stopped; SIGINT and SIGTERM stop it with a savepoint.")
final class RunCommand implements Callable<Integer> {

    @Option(names = {"-c", "--config"}, required = true, description = "The pipeline file.")
    Path file;

    @Option(names = "--bounded", description = "Read each partition from its earliest offset to its present end, close every window and exit.")
    boolean bounded;

    @Option(names = "--fresh", description = "Start without what was saved; it is moved aside.")
    boolean fresh;

    @Override
    public Integer call() throws Exception {
        CountDownLatch stopped = Signals.latch();
        PipelineConfig config = PipelineFile.read(file);
        try (RunningPipeline pipeline = RunningPipeline.start(file.toString(), config, new RunningPipeline.Mode(bounded, fresh), System.err);
                OperationsServer http = PipelineHealth.serve(pipeline, config, bounded)) {
            if (http != null) {
                System.err.println("health and metrics at " + http.url() + "/health/ready, /health/live, /metrics");
            }
            CompletableFuture<Throwable> end = new CompletableFuture<>();
            Thread waiting = new Thread(() -> {
                try {
                    end.complete(pipeline.awaitEnd());
                } catch (Exception e) {
                    end.complete(e);
                }
                stopped.countDown();
            }, "await-end");
            waiting.setDaemon(true);
            waiting.start();
            stopped.await();
            if (end.isDone()) {
                return ended(end.get());
            }
            if (bounded) {
                System.err.println("stopped before the end of a bounded run: nothing was saved");
                return 1;
            }
            System.err.println("stopping with a savepoint");
            System.err.println("saved " + pipeline.stop());
            end.get(1, TimeUnit.MINUTES);
            return 0;
        }
    }

    private int ended(Throwable failure) {
        if (failure == null) {
            System.err.println(bounded ? "read to the end; every window is closed and committed" : "the job ended: " + JobStatus.FINISHED);
            return 0;
        }
        System.err.println("sensorium: the job failed: " + failure);
        for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
            System.err.println("  caused by " + cause);
        }
        return 1;
    }
}
