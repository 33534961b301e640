// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.engine;

import io.sensorium.operators.encode.Content;
import io.sensorium.operators.encode.Encoder;
import io.sensorium.operators.encode.Outcome;
import io.sensorium.operators.media.MediaLimits;
import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.pack.PackException;
import io.sensorium.operators.pack.PackedModel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Encodes records in micro-batches. Every handle that is open for one model, device, limits and settings in a process
 * shares one engine: a session, a queue, a few worker threads with an encoder each. Handles are safe for several
 * threads; the last one closed ends the engine.
 *
 * <p>An engine is warm when it is open.
 */
public final class EncodingEngine implements AutoCloseable {

    private record Key(
            String model, MediaLimits limits, Device device, EngineSettings settings, boolean fingerprints) {}

    /**
     * Most records that a worker takes at once where a run of several is no faster than several runs: each waits for
     * those with it.
     */
    private static final int HANDED_OVER = 4;

    /** Time that a model has for a record besides the time for decoding it. */
    private static final Duration RUN = Duration.ofSeconds(5);

    /** Several times what the most sections and lines of an image take. */
    private static final Duration READING = Duration.ofSeconds(30);

    private static final Map<Key, SharedEngine> ENGINES = new HashMap<>();

    private final Key key;
    private final SharedEngine shared;
    private boolean closed;

    private EncodingEngine(Key key, SharedEngine shared) {
        this.key = key;
        this.shared = shared;
    }

    /**
     * Opens a handle; the first one loads and warms the model.
     *
     * @throws PackException when the model is no encoder, its files are not the manifest's, it fails its warm-up, or
     *     the device is absent
     */
    public static EncodingEngine open(PackedModel model, MediaLimits limits, Device device, EngineSettings settings) {
        return open(model, limits, device, settings, false);
    }

    /**
     * {@link #open(PackedModel, MediaLimits, Device, EngineSettings)}, with or without fingerprints.
     *
     * @param fingerprints whether the fingerprints of images and texts are taken as they are encoded
     */
    public static EncodingEngine open(
            PackedModel model, MediaLimits limits, Device device, EngineSettings settings, boolean fingerprints) {
        Key key = new Key(model.manifest().id() + model.sha256(), limits, device, settings, fingerprints);
        synchronized (ENGINES) {
            SharedEngine shared = ENGINES.get(key);
            if (shared == null) {
                shared = share(
                        model,
                        () -> Encoder.open(model, limits, device, 1, fingerprints),
                        device,
                        settings,
                        limits.maxDecode().plus(RUN).plus(recognition(model)));
                ENGINES.put(key, shared);
            }
            shared.handles++;
            return new EncodingEngine(key, shared);
        }
    }

    /** What recognizing may take besides: the longest clip as long as the clip itself, an image {@link #READING}. */
    private static Duration recognition(PackedModel model) {
        return switch (model.manifest().kind()) {
            case SPEECH_RECOGNIZER -> Duration.ofSeconds((long) model.manifest().preprocessing("max_seconds", 60));
            case TEXT_READER -> READING;
            default -> Duration.ZERO;
        };
    }

    /**
     * An engine of its own, which no other handle shares.
     *
     * @param limit longest time of a batch, and of a record alone
     */
    static EncodingEngine of(
            PackedModel model, Supplier<Encoder> opener, Device device, EngineSettings settings, Duration limit) {
        Key key = new Key(
                model.manifest().id() + " " + System.identityHashCode(opener),
                MediaLimits.DEFAULT,
                device,
                settings,
                false);
        synchronized (ENGINES) {
            SharedEngine shared = share(model, opener, device, settings, limit);
            shared.handles++;
            ENGINES.put(key, shared);
            return new EncodingEngine(key, shared);
        }
    }

    private static SharedEngine share(
            PackedModel model, Supplier<Encoder> opener, Device device, EngineSettings settings, Duration limit) {
        // A CPU gains nothing from rows side by side but fewer hand-overs, and a checkpoint waits for what was handed
        // over.
        boolean few = device.isCpu() || model.manifest().maxBatch() == 1;
        int batch = model.manifest().kind().isRecognizer()
                ? 1
                : few ? Math.min(HANDED_OVER, settings.maxBatch()) : settings.maxBatch();
        BatchQueue<EncodeRequest> queue = new BatchQueue<>(
                batch,
                few ? 0 : BatchQueue.nanos(settings.maxDelay()),
                settings.queueRecords() == 0 ? 4 * batch : settings.queueRecords(),
                settings.queueBytes(),
                settings.workers());
        return new SharedEngine(model.toString(), queue, opener, settings.workers(), !device.isCpu(), limit);
    }

    /**
     * Gives a record to the engine. Waits while its queue is full, which is how back-pressure reaches the source.
     *
     * @return the outcome, completed by a worker within twice {@code media.max_decode} and 10 s after the worker took
     *     it; exceptionally only where the process itself failed or the engine was closed
     *     ({@link EngineClosedException})
     * @throws InterruptedException while waiting
     */
    public CompletableFuture<Outcome> submit(Content content) throws InterruptedException {
        CompletableFuture<Outcome> outcome = new CompletableFuture<>();
        if (!shared.put(new EncodeRequest(content, outcome, System.nanoTime()), bytes(content))) {
            outcome.completeExceptionally(shared.closed());
        }
        return outcome;
    }

    private static long bytes(Content content) {
        return content instanceof Content.Media media
                ? media.length()
                : ((Content.Text) content).text().getBytes(StandardCharsets.UTF_8).length;
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
}
