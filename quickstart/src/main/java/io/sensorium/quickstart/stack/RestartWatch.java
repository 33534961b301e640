// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.stack;

import io.sensorium.pipeline.FailureMessages;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.executiongraph.AccessExecutionGraph;
import org.apache.flink.runtime.executiongraph.AccessExecutionVertex;
import org.apache.flink.runtime.executiongraph.ErrorInfo;

/** Polls a job of the embedded cluster twice a second and reports each restart with its cause. */
public final class RestartWatch implements AutoCloseable {

    private static final long POLL_MS = 500;
    private static final int MAX_CAUSE_CHARS = 300;

    private final RestartHistory history = new RestartHistory();
    private final EmbeddedFlink flink;
    private final Consumer<String> screen;
    private final Thread thread;

    /**
     * Starts it.
     *
     * @param screen receives one line per restart, from the watch's own thread
     */
    public RestartWatch(EmbeddedFlink flink, Consumer<String> screen) {
        this.flink = flink;
        this.screen = screen;
        this.thread = new Thread(this::poll, "restart-watch");
        thread.setDaemon(true);
        thread.start();
    }

    /** What was observed so far. */
    public RestartHistory history() {
        return history;
    }

    private void poll() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                AccessExecutionGraph graph = flink.executionGraph();
                if (graph.getState().isGloballyTerminalState()) {
                    return;
                }
                observe(graph);
                Thread.sleep(POLL_MS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            // The cluster is closed; the end of the job is reported elsewhere.
        }
    }

    private void observe(AccessExecutionGraph graph) {
        int attempt = 0;
        boolean running = true;
        for (AccessExecutionVertex vertex : graph.getAllExecutionVertices()) {
            attempt = Math.max(attempt, vertex.getCurrentExecutionAttempt().getAttemptNumber());
            running &= vertex.getExecutionState() == ExecutionState.RUNNING;
        }
        Instant now = Instant.now();
        ErrorInfo failure = graph.getFailureInfo();
        if (history.observe(attempt, failure == null ? "" : cause(failure.getException()), running, now)) {
            screen.accept("the job restarted " + history.inWords(now)
                    + (history.cause().isEmpty() ? "" : ": " + history.cause()));
        }
    }

    /** The innermost cause that has a message, on one line. */
    static String cause(Throwable failure) {
        List<String> messages = FailureMessages.of(failure);
        String line = messages.get(messages.size() - 1);
        return line.length() <= MAX_CAUSE_CHARS ? line : line.substring(0, MAX_CAUSE_CHARS) + "...";
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
