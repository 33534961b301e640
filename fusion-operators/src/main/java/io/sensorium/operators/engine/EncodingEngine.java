package io.sensorium.operators.engine;

import io.sensorium.operators.encode.Content;
import io.sensorium.operators.encode.Encoder;
import io.sensorium.operators.encode.Outcome;
import io.sensorium.operators.media.MediaLimits;
import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.pack.PackException;
import io.sensorium.operators.pack.PackedModel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;

/**
 * Encodes records in micro-batches. Every handle that is open for one model, device, limits and settings in a process shares one engine: a
 * session, a queue, a few worker threads with an encoder each. Handles are safe for several threads; the last one closed ends the engine.
 *
 * <p>An engine is warm when it is open.
 */
public final class EncodingEngine implements AutoCloseable {

    private record Key(String model, MediaLimits limits, Device device, EngineSettings settings) {}

    private record Request(Content content, CompletableFuture<Outcome> outcome, long since) {}

    /** Most records that a worker takes at once where a run of several is no faster than several runs: each waits for those with it. */
    private static final int HANDED_OVER = 4;

    private static final Map<Key, Shared> ENGINES = new HashMap<>();

    private final Key key;
    private final Shared shared;
    private boolean closed;

    private EncodingEngine(Key key, Shared shared) {
        this.key = key;
        this.shared = shared;
    }

    /**
     * Opens a handle; the first one loads and warms the model.
     *
     * @throws PackException when the model is no encoder, its files are not the manifest's, it fails its warm-up, or the device is absent
     */
    public static EncodingEngine open(PackedModel model, MediaLimits limits, Device device, EngineSettings settings) {
        Key key = new Key(model.manifest().id() + model.sha256(), limits, device, settings);
        synchronized (ENGINES) {
            Shared shared = ENGINES.get(key);
            if (shared == null) {
                shared = new Shared(model, limits, device, settings);
                ENGINES.put(key, shared);
            }
            shared.handles++;
            return new EncodingEngine(key, shared);
        }
    }

    /**
     * Gives a record to the engine. Waits while its queue is full, which is how back-pressure reaches the source.
     *
     * @return the outcome, completed by a worker; exceptionally only where the platform itself failed
     * @throws InterruptedException while waiting
     */
    public CompletableFuture<Outcome> submit(Content content) throws InterruptedException {
        CompletableFuture<Outcome> outcome = new CompletableFuture<>();
        if (!shared.queue.put(new Request(content, outcome, System.nanoTime()), bytes(content))) {
            outcome.completeExceptionally(new IllegalStateException("the engine of " + shared.model + " was closed"));
        }
        return outcome;
    }

    private static long bytes(Content content) {
        return content instanceof Content.Media media ? media.bytes().length : ((Content.Text) content).text().getBytes(StandardCharsets.UTF_8).length;
    }

    public EngineStatistics statistics() {
        return shared.statistics();
    }

    /** Handles open in this process, over all engines; for tests. */
    static int openHandles() {
        synchronized (ENGINES) {
            return ENGINES.values().stream().mapToInt(shared -> shared.handles).sum();
        }
    }

    @Override
    public void close() {
        synchronized (ENGINES) {
            if (closed) {
                return;
            }
            closed = true;
            if (--shared.handles > 0) {
                return;
            }
            ENGINES.remove(key);
        }
        shared.end();
    }

    /** The engine itself. */
    private static final class Shared {

        final PackedModel model;
        final BatchQueue<Request> queue;
        final List<Encoder> encoders = new ArrayList<>();
        final List<Thread> workers = new ArrayList<>();
        final LongAdder records = new LongAdder();
        final LongAdder batches = new LongAdder();
        final LongAdder queueNanos = new LongAdder();
        final LongAdder runNanos = new LongAdder();
        final Distribution batchSizes = Distribution.ofCounts();
        final Distribution queueMillis = Distribution.ofMillis();
        final Distribution runMillis = Distribution.ofMillis();
        int handles;

        Shared(PackedModel model, MediaLimits limits, Device device, EngineSettings settings) {
            this.model = model;
            // A CPU gains nothing from rows side by side but fewer hand-overs, and a checkpoint waits for what was handed over.
            boolean few = device.isCpu() || model.manifest().maxBatch() == 1;
            int batch = few ? Math.min(HANDED_OVER, settings.maxBatch()) : settings.maxBatch();
            this.queue = new BatchQueue<>(batch, few ? 0 : BatchQueue.nanos(settings.maxDelay()), settings.queueRecords() == 0 ? 4 * batch : settings.queueRecords(),
                    settings.queueBytes(), settings.workers());
            try {
                for (int i = 0; i < settings.workers(); i++) {
                    encoders.add(Encoder.open(model, limits, device, 1));
                }
                // The workers share the session, so one of them warms it for all.
                encoders.get(0).warmUp(!device.isCpu());
            } catch (RuntimeException e) {
                encoders.forEach(Encoder::close);
                throw e;
            }
            for (Encoder encoder : encoders) {
                Thread worker = new Thread(() -> work(encoder), "encode " + model + " " + workers.size());
                worker.setDaemon(true);
                workers.add(worker);
            }
            workers.forEach(Thread::start);
        }

        private void work(Encoder encoder) {
            try {
                for (List<Request> batch = queue.take(); batch != null; batch = queue.take()) {
                    run(encoder, batch);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private void run(Encoder encoder, List<Request> batch) {
            long start = System.nanoTime();
            try {
                List<Outcome> outcomes = encoder.encode(batch.stream().map(Request::content).toList());
                records.add(batch.size());
                batches.increment();
                long took = System.nanoTime() - start;
                runNanos.add(took);
                runMillis.add(took / 1e6);
                batchSizes.add(batch.size());
                batch.forEach(request -> {
                    queueNanos.add(start - request.since());
                    queueMillis.add((start - request.since()) / 1e6);
                });
                for (int i = 0; i < outcomes.size(); i++) {
                    batch.get(i).outcome().complete(outcomes.get(i));
                }
            } catch (RuntimeException | Error e) {
                // What is no outcome of a record is the platform's failure: whoever waits must hear of it, and the worker must live.
                batch.forEach(request -> request.outcome().completeExceptionally(e));
            }
        }

        EngineStatistics statistics() {
            double padding = encoders.stream().mapToDouble(Encoder::paddingShare).average().orElse(0);
            return new EngineStatistics(records.sum(), batches.sum(), queueNanos.sum(), runNanos.sum(), queue.size(), padding, batchSizes, queueMillis, runMillis);
        }

        void end() {
            queue.close().forEach(request -> request.outcome().completeExceptionally(new IllegalStateException("the engine of " + model + " was closed")));
            boolean interrupted = false;
            for (Thread worker : workers) {
                while (worker.isAlive() && worker != Thread.currentThread()) {
                    try {
                        worker.join();
                    } catch (InterruptedException e) {
                        // Native code is not interruptible: a session must not be freed under a run.
                        interrupted = true;
                    }
                }
            }
            encoders.forEach(Encoder::close);
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
