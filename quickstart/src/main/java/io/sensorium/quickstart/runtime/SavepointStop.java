// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.runtime;

import io.sensorium.job.run.SavedState;
import io.sensorium.pipeline.KafkaCluster;
import io.sensorium.quickstart.stack.JobControl;
import io.sensorium.quickstart.stack.RestartHistory;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;

/**
 * The end of a job with a savepoint; without one, and soon, where none can be made: when the job restarts again and
 * again, or the broker does not answer, so that the sinks cannot finish what is open.
 *
 * @param restarts of the job; null where they are not known
 */
record SavepointStop(JobControl flink, SavedState state, KafkaCluster kafka, RestartHistory restarts) {

    /** A large state takes its time. */
    private static final Duration TIMEOUT = Duration.ofMinutes(2);

    /** How long the broker may be silent, or the job be restarting, before the job is ended without a savepoint. */
    static final Duration PATIENCE = Duration.ofSeconds(10);

    /**
     * @return the savepoint's place
     * @throws RunningPipeline.NoSavepointException when the job was ended without one
     * @throws Exception as Flink does
     */
    String run() throws Exception {
        long begin = System.nanoTime();
        CompletableFuture<String> silence = new CompletableFuture<>();
        background(() -> brokerAnswers() || silence.complete(""));
        while (true) {
            Duration left = TIMEOUT.minusNanos(System.nanoTime() - begin).plusMillis(1);
            CompletableFuture<String> savepoint = background(() -> flink.stopWithSavepoint(state.savepoints(), left));
            try {
                CompletableFuture.anyOf(savepoint, silence).get();
                if (savepoint.isDone()) {
                    return savepoint.get();
                }
            } catch (ExecutionException e) {
                handle(e.getCause(), Duration.ofNanos(System.nanoTime() - begin));
            }
            if (silence.isDone()) {
                throw ended("the broker at " + kafka.bootstrapServers() + " did not answer within "
                        + PATIENCE.toSeconds() + " s");
            }
            // While the job starts or restarts there is nothing to save yet.
            TimeUnit.MILLISECONDS.sleep(200);
        }
    }

    /** Returns where another attempt may succeed. */
    private void handle(Throwable failure, Duration waited) throws Exception {
        if (failure instanceof TimeoutException) {
            throw ended("no savepoint was complete within " + TIMEOUT.toSeconds() + " s");
        }
        boolean refused = failure instanceof ExecutionException;
        if (!refused || waited.compareTo(TIMEOUT) > 0 || flink.status().isGloballyTerminalState()) {
            throw failure instanceof Exception exception ? exception : new ExecutionException(failure);
        }
        if (restarts != null && restarts.recent(Instant.now()) > 0 && waited.compareTo(PATIENCE) > 0) {
            throw ended("the job does not run: it restarted " + restarts.inWords(Instant.now()) + " ("
                    + restarts.cause() + ")");
        }
    }

    private RunningPipeline.NoSavepointException ended(String why) throws Exception {
        flink.cancel(PATIENCE);
        return new RunningPipeline.NoSavepointException(
                why + ", so no savepoint was made, and uncommitted results are discarded; " + resumption());
    }

    private String resumption() throws IOException {
        Optional<Path> newest = state.newest();
        return newest.isPresent()
                ? "the next run resumes from the newest checkpoint, " + newest.get() + ", and computes it again"
                : "no checkpoint was complete yet, so the next run starts from runtime.start";
    }

    /** Whether any broker answers in time; a refusal counts as an answer. */
    private boolean brokerAnswers() throws InterruptedException {
        try (Admin admin = Admin.create(kafka.clientProperties())) {
            try {
                admin.describeCluster().nodes().get(PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
                return true;
            } catch (TimeoutException e) {
                return false;
            } catch (ExecutionException e) {
                return !(e.getCause() instanceof org.apache.kafka.common.errors.TimeoutException);
            } finally {
                admin.close(Duration.ZERO);
            }
        }
    }

    private static <T> CompletableFuture<T> background(Callable<T> work) {
        CompletableFuture<T> result = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        result.complete(work.call());
                    } catch (Throwable e) {
                        result.completeExceptionally(e);
                    }
                },
                "savepoint-stop");
        thread.setDaemon(true);
        thread.start();
        return result;
    }
}
