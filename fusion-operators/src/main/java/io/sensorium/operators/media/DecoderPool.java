// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import io.sensorium.operators.media.MediaException.Problem;
import io.sensorium.operators.natives.NativeLibraryCache;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Decoder processes, as many as threads decode at once; they are started when first needed and end when they have been
 * idle for a while. A file that ends its process is tried once more in another, one that takes too long is not. Safe
 * for several threads.
 */
final class DecoderPool {

    /** What a process gets beyond the decoding time to notice by itself that it is over. */
    private static final Duration GRACE = Duration.ofMillis(250);

    private static final Duration KEPT_IDLE = Duration.ofMinutes(5);
    private static final int TRIES = 2;

    private static final Map<MediaLimits, DecoderPool> POOLS = new ConcurrentHashMap<>();

    private final MediaLimits limits;
    private final List<String> options;
    private final Deque<DecoderProcess> idle = new ArrayDeque<>();
    private final Set<DecoderProcess> running = ConcurrentHashMap.newKeySet();
    private final ScheduledThreadPoolExecutor clock;
    private final AtomicBoolean looking = new AtomicBoolean();

    private final Object warmUp = new Object();

    /** @param options of the processes' JVMs, beyond the usual ones */
    DecoderPool(MediaLimits limits, List<String> options) {
        this.limits = limits;
        this.options = options;
        clock = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "media decoder deadlines");
            thread.setDaemon(true);
            return thread;
        });
        clock.setRemoveOnCancelPolicy(true);
        // Without processes there is nothing to watch: no thread is left that would hold this class loader.
        clock.setKeepAliveTime(1, TimeUnit.SECONDS);
        clock.allowCoreThreadTimeOut(true);
    }

    /** The pool that all decoders with these limits share. */
    static DecoderPool of(MediaLimits limits) {
        return POOLS.computeIfAbsent(limits, key -> new DecoderPool(key, List.of()));
    }

    /**
     * Decodes in a process of the pool.
     *
     * @throws MediaException when the media are at fault, which they are held to be after two processes ended over them
     * @throws IllegalStateException when no process can be started
     */
    <T> T decode(DecoderRequest<T> request) throws MediaException {
        DecoderProcess process = take();
        Deadline deadline = Deadline.after(limits.maxDecode().plus(GRACE));
        for (int attempt = 1; ; attempt++) {
            try {
                T result = process.decode(request, deadline);
                giveBack(process);
                return result;
            } catch (MediaException e) {
                giveBack(process);
                throw e;
            } catch (RuntimeException | Error e) {
                drop(process);
                throw e;
            } catch (IOException e) {
                boolean late = deadline.passed();
                String end = late ? "" : process.end();
                drop(process);
                if (late) {
                    MediaCounters.countDecoderTimeout();
                    throw limits.tookTooLong(request.format());
                }
                MediaCounters.countDecoderDeath();
                if (attempt == TRIES) {
                    throw new MediaException(
                            Problem.CORRUPT,
                            "the " + request.format() + " ended two decoder processes, the last by " + end);
                }
                process = take();
            }
        }
    }

    /**
     * Starts a process where there is none, so that the first file does not wait for it, and what hinders it is seen
     * early.
     *
     * @throws IllegalStateException when it does not start
     */
    void warmUp() {
        // Pictures' and sounds' decoders are warmed up side by side: one process is enough for both.
        synchronized (warmUp) {
            giveBack(take());
        }
    }

    private DecoderProcess take() {
        synchronized (idle) {
            for (DecoderProcess process = idle.pollFirst(); process != null; process = idle.pollFirst()) {
                if (process.alive()) {
                    return process;
                }
                running.remove(process);
            }
        }
        NativeLibraryCache.separate();
        try {
            DecoderProcess process = DecoderProcess.start(limits, options, clock);
            running.add(process);
            MediaCounters.countDecoderStart();
            return process;
        } catch (IOException e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
    }

    private void drop(DecoderProcess process) {
        running.remove(process);
        process.kill();
    }

    private void giveBack(DecoderProcess process) {
        synchronized (idle) {
            idle.addFirst(process);
        }
        if (looking.compareAndSet(false, true)) {
            clock.schedule(this::endIdle, KEPT_IDLE.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private void endIdle() {
        looking.set(false);
        synchronized (idle) {
            while (!idle.isEmpty() && idle.peekLast().idleNanos() > KEPT_IDLE.toNanos()) {
                drop(idle.pollLast());
            }
            if (!idle.isEmpty() && looking.compareAndSet(false, true)) {
                clock.schedule(this::endIdle, KEPT_IDLE.toMillis(), TimeUnit.MILLISECONDS);
            }
        }
    }

    /** The processes that were started and have not ended as far as the pool knows. */
    Set<DecoderProcess> processes() {
        return Set.copyOf(running);
    }

    /** Ends all processes; what they decode fails. */
    void close() {
        synchronized (idle) {
            idle.clear();
        }
        running.forEach(DecoderProcess::kill);
        running.clear();
        clock.shutdownNow();
    }
}
