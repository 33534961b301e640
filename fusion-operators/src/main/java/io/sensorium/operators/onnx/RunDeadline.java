// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.onnx;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.RunOptions;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Ends runs that take too long: ONNX Runtime looks at the options of a run before each node of the graph, also within
 * loops. A single node that does not return is not ended. One run at a time; the deadline is watched by a thread that
 * all share.
 */
final class RunDeadline implements AutoCloseable {

    private static final long WATCH_MS = 100;
    private static final Set<RunDeadline> WATCHED = ConcurrentHashMap.newKeySet();

    static {
        ScheduledExecutorService watch = Executors.newSingleThreadScheduledExecutor(work -> {
            Thread thread = new Thread(work, "watch model runs");
            thread.setDaemon(true);
            return thread;
        });
        watch.scheduleWithFixedDelay(
                () -> WATCHED.forEach(RunDeadline::check), WATCH_MS, WATCH_MS, TimeUnit.MILLISECONDS);
    }

    private final RunOptions options;
    private boolean running;
    private boolean expired;
    private long deadline;

    RunDeadline() throws OrtException {
        options = new RunOptions();
        WATCHED.add(this);
    }

    /**
     * A run of a session.
     *
     * @param <T> its result
     */
    interface Run<T> {
        T with(RunOptions options) throws OrtException;
    }

    /**
     * Runs a session.
     *
     * @param limit longest time of the run
     * @throws OrtException when the run fails, takes longer, or the thread is interrupted before it
     */
    <T> T run(Duration limit, Run<T> run) throws OrtException {
        begin(limit);
        try {
            return run.with(options);
        } catch (OrtException e) {
            throw end() ? new OrtException("the run was ended after " + limit.toMillis() + " ms") : e;
        } finally {
            end();
        }
    }

    private synchronized void begin(Duration limit) throws OrtException {
        if (Thread.currentThread().isInterrupted()) {
            throw new OrtException("the thread was interrupted before the run");
        }
        if (expired) {
            options.setTerminate(false);
            expired = false;
        }
        deadline = System.nanoTime() + limit.toNanos();
        running = true;
    }

    /** @return whether the run was ended by its deadline */
    private synchronized boolean end() {
        running = false;
        return expired;
    }

    private synchronized void check() {
        if (running && !expired && System.nanoTime() - deadline > 0) {
            try {
                options.setTerminate(true);
                expired = true;
            } catch (OrtException e) {
                throw new IllegalStateException("ONNX Runtime could not end a run", e);
            }
        }
    }

    @Override
    public synchronized void close() {
        WATCHED.remove(this);
        options.close();
    }
}
