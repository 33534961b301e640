// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.engine;

import io.sensorium.operators.encode.Encoder;
import io.sensorium.operators.encode.Outcome;
import io.sensorium.operators.encode.RecordFailure;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A queue and the workers that empty it. A batch that takes longer than the time limit is taken from its worker: its
 * records are run one by one by another worker with an encoder of its own, and a record that exceeds the limit alone
 * fails. The worker that hangs ends when its call returns.
 */
final class SharedEngine {

    private static final Logger LOG = LoggerFactory.getLogger(SharedEngine.class);

    /** Workers that may hang at the same time; each keeps a thread, and the memory of its encoder. */
    static final int MAX_HANGING = 16;

    private final String model;
    private final Supplier<Encoder> opener;
    private final Duration limit;
    private final BatchQueue<EncodeRequest> queue;
    private final List<Worker> workers = new CopyOnWriteArrayList<>();
    private final List<Worker> hanging = new ArrayList<>();
    private final ScheduledExecutorService watch;
    private final LongAdder records = new LongAdder();
    private final LongAdder batches = new LongAdder();
    private final LongAdder queueNanos = new LongAdder();
    private final LongAdder runNanos = new LongAdder();
    private final Histogram batchSizes = Histogram.ofCounts();
    private final Histogram queueSeconds = Histogram.ofSeconds();
    private final Histogram runSeconds = Histogram.ofSeconds();
    private volatile boolean ended;

    /** Handles that are open. Guarded by the map of all engines. */
    int handles;

    /**
     * @param opener opens an encoder for one worker; the first one is warmed up
     * @param batches whether the warm-up covers batches
     * @param limit longest time of one batch, and of one record run alone
     */
    SharedEngine(
            String model,
            BatchQueue<EncodeRequest> queue,
            Supplier<Encoder> opener,
            int workers,
            boolean batches,
            Duration limit) {
        this.model = model;
        this.queue = queue;
        this.opener = opener;
        this.limit = limit;
        List<Encoder> encoders = new ArrayList<>();
        try {
            for (int i = 0; i < workers; i++) {
                encoders.add(opener.get());
            }
            // The workers share the session, so one of them warms it for all.
            encoders.get(0).warmUp(batches);
        } catch (RuntimeException e) {
            encoders.forEach(Encoder::close);
            throw e;
        }
        encoders.forEach(encoder -> this.workers.add(new Worker(encoder, List.of())));
        this.workers.forEach(worker -> worker.thread.start());
        watch = Executors.newSingleThreadScheduledExecutor(work -> daemon(work, "watch encode " + model));
        long period = Math.max(1, Math.min(250, limit.toMillis() / 10));
        watch.scheduleWithFixedDelay(this::checkDeadlines, period, period, TimeUnit.MILLISECONDS);
    }

    private static Thread daemon(Runnable work, String name) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        return thread;
    }

    /**
     * Adds a record; waits while the queue is full.
     *
     * @return false where the engine has ended
     */
    boolean put(EncodeRequest request, long bytes) throws InterruptedException {
        return queue.put(request, bytes);
    }

    IllegalStateException closed() {
        return new EngineClosedException("the engine of " + model + " was closed");
    }

    /**
     * A batch under way.
     *
     * @param began by {@link System#nanoTime()}
     */
    private record Running(List<EncodeRequest> batch, long began) {}

    private final class Worker {
        final Encoder encoder;
        final Thread thread;

        /** Records that another worker hung on, each to be run alone. */
        final Deque<EncodeRequest> alone;

        volatile Running running;
        volatile boolean dismissed;

        Worker(Encoder encoder, List<EncodeRequest> alone) {
            this.encoder = encoder;
            this.alone = new ArrayDeque<>(alone);
            this.thread = daemon(this::work, "encode " + model + " " + workers.size());
        }

        private void work() {
            try {
                for (List<EncodeRequest> batch = next(); batch != null; batch = next()) {
                    run(batch);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                if (dismissed) {
                    encoder.close();
                }
            }
        }

        /** A worker is dismissed during a run only, so what it takes here it also runs. */
        private List<EncodeRequest> next() throws InterruptedException {
            synchronized (this) {
                if (dismissed) {
                    return null;
                }
                if (!alone.isEmpty()) {
                    return List.of(alone.poll());
                }
            }
            return queue.take();
        }

        private void run(List<EncodeRequest> batch) {
            long start = System.nanoTime();
            running = new Running(batch, start);
            List<Outcome> outcomes;
            try {
                outcomes = encoder.encode(
                        batch.stream().map(EncodeRequest::content).toList());
            } catch (Throwable e) {
                failed(batch, e);
                return;
            } finally {
                synchronized (this) {
                    running = null;
                }
            }
            count(batch, start);
            for (int i = 0; i < outcomes.size(); i++) {
                batch.get(i).outcome().complete(outcomes.get(i));
            }
        }

        /**
         * An encoder that throws has no outcome for any of its batch: of several records each is run alone, so that the
         * others have theirs.
         */
        private synchronized void failed(List<EncodeRequest> batch, Throwable problem) {
            if (dismissed) {
                LOG.debug("a batch was already taken from this worker", problem);
            } else if (!RecordFailure.isOfRecord(problem)) {
                batch.forEach(request -> request.outcome().completeExceptionally(problem));
            } else if (batch.size() > 1) {
                LOG.warn(
                        "{} failed on a batch of {}, running its records one by one: {}",
                        model,
                        batch.size(),
                        RecordFailure.describe(problem));
                alone.addAll(batch);
            } else {
                LOG.warn(
                        "{} failed on a record, which becomes a dead letter: {}",
                        model,
                        RecordFailure.describe(problem));
                LOG.debug("the failure", problem);
                batch.get(0)
                        .outcome()
                        .complete(new Outcome.Failed(
                                Outcome.Reason.MODEL_FAILED, model + " failed: " + RecordFailure.describe(problem)));
            }
        }
    }

    private void count(List<EncodeRequest> batch, long start) {
        records.add(batch.size());
        batches.increment();
        long took = System.nanoTime() - start;
        runNanos.add(took);
        runSeconds.add(took / 1e9);
        batchSizes.add(batch.size());
        batch.forEach(request -> {
            queueNanos.add(start - request.since());
            queueSeconds.add((start - request.since()) / 1e9);
        });
    }

    /** On the watch's thread. */
    private void checkDeadlines() {
        hanging.removeIf(worker -> !worker.thread.isAlive());
        for (Worker worker : workers) {
            Running running = worker.running;
            if (running != null && System.nanoTime() - running.began() > limit.toNanos()) {
                dismiss(worker, running);
            }
        }
    }

    private void dismiss(Worker worker, Running running) {
        List<EncodeRequest> left;
        synchronized (worker) {
            if (worker.running != running) {
                return;
            }
            worker.dismissed = true;
            left = new ArrayList<>(worker.alone);
        }
        workers.remove(worker);
        hanging.add(worker);
        worker.thread.interrupt();
        List<EncodeRequest> batch = running.batch();
        if (batch.size() > 1) {
            LOG.warn(
                    "{} has worked on a batch of {} for more than {} ms, its records are run one by one",
                    model,
                    batch.size(),
                    limit.toMillis());
            left.addAll(0, batch);
        } else {
            LOG.warn(
                    "{} has worked on a record for more than {} ms, it becomes a dead letter", model, limit.toMillis());
            batch.get(0)
                    .outcome()
                    .complete(new Outcome.Failed(
                            Outcome.Reason.MODEL_FAILED,
                            model + " did not finish the record within " + limit.toMillis()
                                    + " ms; send simpler content or raise media.max_decode"));
        }
        replace(left);
    }

    private synchronized void replace(List<EncodeRequest> left) {
        if (ended) {
            left.forEach(request -> request.outcome().completeExceptionally(closed()));
            return;
        }
        try {
            if (hanging.size() > MAX_HANGING) {
                throw new IllegalStateException(hanging.size() + " workers of " + model
                        + " hang in calls that do not return; restart the process to free them");
            }
            Worker successor = new Worker(opener.get(), left);
            workers.add(successor);
            successor.thread.start();
        } catch (RuntimeException | Error e) {
            LOG.error("a worker of {} hangs and cannot be replaced: {}", model, e.getMessage(), e);
            left.forEach(request -> request.outcome().completeExceptionally(e));
            if (workers.isEmpty()) {
                queue.close().forEach(request -> request.outcome().completeExceptionally(e));
            }
        }
    }

    EngineStatistics statistics() {
        double padding = workers.stream()
                .mapToDouble(worker -> worker.encoder.paddingShare())
                .average()
                .orElse(0);
        return new EngineStatistics(
                records.sum(),
                batches.sum(),
                queueNanos.sum(),
                runNanos.sum(),
                queue.size(),
                padding,
                batchSizes,
                queueSeconds,
                runSeconds);
    }

    /**
     * Ends the workers. Does not wait for one that hangs: the session that it uses stays open until its call returns.
     */
    void end() {
        synchronized (this) {
            ended = true;
        }
        queue.close().forEach(request -> request.outcome().completeExceptionally(closed()));
        boolean interrupted = false;
        for (Worker worker : workers) {
            while (worker.thread.isAlive() && workers.contains(worker) && worker.thread != Thread.currentThread()) {
                try {
                    worker.thread.join(100);
                } catch (InterruptedException e) {
                    // Native code is not interruptible: a session must not be freed under a run.
                    interrupted = true;
                }
            }
        }
        watch.shutdownNow();
        for (Worker worker : workers) {
            worker.alone.forEach(request -> request.outcome().completeExceptionally(closed()));
            worker.encoder.close();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
