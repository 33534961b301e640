// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.reference;

import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.core.IntervalFunction;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryConfig;
import io.sensorium.job.config.PipelineConfig.References;
import io.sensorium.job.records.FailureCode;
import io.sensorium.job.records.IngestRecord.Reference;
import io.sensorium.job.reference.MediaStore.Opened;
import io.sensorium.operators.encode.Content;
import io.sensorium.operators.encode.RecordFailure;
import io.sensorium.operators.pack.PackedModel;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Fetches what references point to: some at a time, each within bounds of time and size, again after a while where that
 * may help, not at all from who fails all the time. For one thread that asks; what it fetches is completed by threads
 * of its own.
 */
public final class ReferenceFetcher implements AutoCloseable {

    /** Circuit breakers that are kept: patterns such as *.example.org make hosts without number. */
    private static final int MAX_BREAKERS = 1000;

    private final References references;
    private final ReferencePolicy policy;
    private final long maxBytes;
    private final int maxChars;
    private final Semaphore places;
    private final ExecutorService workers;
    private final ScheduledExecutorService clock;
    private final Map<String, MediaStore> stores = new LinkedHashMap<>();
    private final Map<String, CircuitBreaker> breakers = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, CircuitBreaker> eldest) {
            return size() > MAX_BREAKERS;
        }
    };
    private final CircuitBreakerConfig breaking;
    private final RetryConfig trying;

    /**
     * @param name for its threads
     * @param maxBytes most of one object
     * @param maxChars most UTF-16 units of a text
     */
    public ReferenceFetcher(String name, References references, long maxBytes, int maxChars) {
        this.references = references;
        this.maxBytes = maxBytes;
        this.maxChars = maxChars;
        policy = new ReferencePolicy(references);
        places = new Semaphore(references.inFlight());
        workers = Executors.newFixedThreadPool(references.inFlight(), work -> daemon(work, "fetch " + name));
        ScheduledThreadPoolExecutor timers =
                new ScheduledThreadPoolExecutor(2, work -> daemon(work, "fetch clock " + name));
        timers.setRemoveOnCancelPolicy(true);
        clock = timers;
        breaking = CircuitBreakerConfig.custom()
                .slidingWindowSize(references.breaker().calls())
                .minimumNumberOfCalls(references.breaker().calls())
                .failureRateThreshold(references.breaker().failurePercent())
                .waitDurationInOpenState(references.breaker().open())
                .permittedNumberOfCallsInHalfOpenState(2)
                .recordException(ReferenceFetcher::mayEndDifferently)
                .ignoreException(problem -> !mayEndDifferently(problem))
                .build();
        trying = RetryConfig.custom()
                .maxAttempts(references.attempts())
                .retryOnException(ReferenceFetcher::mayEndDifferently)
                .intervalFunction(IntervalFunction.ofExponentialRandomBackoff(references.backoff(), 2.0, 0.5))
                .build();
    }

    private static Thread daemon(Runnable work, String name) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        return thread;
    }

    private static boolean mayEndDifferently(Throwable problem) {
        return problem instanceof IOException || problem instanceof ReferenceException refusal && refusal.transitory();
    }

    /**
     * Fetches an object. Waits while {@code references.in_flight} are being fetched already, at most
     * {@code references.deadline}.
     *
     * @return what it holds; fails with a {@link ReferenceException}, within {@code references.deadline} after its
     *     fetch began
     * @throws InterruptedException while waiting
     */
    public CompletableFuture<Content> fetch(Reference reference) throws InterruptedException {
        CompletableFuture<Content> content = new CompletableFuture<>();
        URI uri;
        try {
            uri = policy.check(reference.uri());
        } catch (Exception | Error e) {
            content.completeExceptionally(refusal(e));
            return content;
        }
        if (!places.tryAcquire(references.deadline().toMillis(), TimeUnit.MILLISECONDS)) {
            content.completeExceptionally(tooLate(uri));
            return content;
        }
        ScheduledFuture<?> end = clock.schedule(
                () -> content.completeExceptionally(tooLate(uri)),
                references.deadline().toMillis(),
                TimeUnit.MILLISECONDS);
        workers.execute(() -> {
            try {
                Content fetched = content(reference, uri, bytes(reference, uri, content));
                end.cancel(false);
                // Its place is free once the encoder has taken it: so no more than that many wait for a full encoder.
                content.complete(fetched);
            } catch (Throwable e) {
                end.cancel(false);
                content.completeExceptionally(refusal(e));
            } finally {
                places.release();
            }
        });
        return content;
    }

    private static Throwable refusal(Throwable problem) {
        return problem instanceof ReferenceException || !RecordFailure.isOfRecord(problem)
                ? problem
                : new ReferenceException(
                        FailureCode.REFERENCE_UNREACHABLE,
                        "the reference could not be followed: " + RecordFailure.describe(problem),
                        false);
    }

    private ReferenceException tooLate(URI uri) {
        return new ReferenceException(
                FailureCode.REFERENCE_UNREACHABLE,
                ReferencePolicy.shown(uri) + " was not fetched within references.deadline of "
                        + references.deadline().toMillis()
                        + " ms; send it again (dlq replay) once its host answers faster, or raise the deadline",
                false);
    }

    /** @param content completed by the fetch; tries end once it has failed */
    private byte[] bytes(Reference reference, URI uri, CompletableFuture<Content> content) throws ReferenceException {
        if (reference.sizeBytes() > maxBytes) {
            throw tooLarge(uri, reference.sizeBytes() + " bytes by the reference");
        }
        MediaStore store = store(uri.getScheme().toLowerCase(Locale.ROOT));
        CircuitBreaker breaker = breaker(store.origin(uri));
        try {
            return Retry.of("fetch", trying)
                    .executeCheckedSupplier(() -> breaker.executeCheckedSupplier(() -> {
                        if (content.isDone()) {
                            throw tooLate(uri);
                        }
                        return read(store, uri);
                    }));
        } catch (CallNotPermittedException e) {
            throw new ReferenceException(
                    FailureCode.REFERENCE_UNREACHABLE,
                    ReferencePolicy.shown(uri) + " was not asked for: of the last "
                            + references.breaker().calls() + " tries with " + store.origin(uri) + " "
                            + references.breaker().failurePercent()
                            + " % or more failed; send it again (dlq replay) once that answers",
                    false);
        } catch (ReferenceException e) {
            throw e;
        } catch (Throwable e) {
            throw new ReferenceException(
                    FailureCode.REFERENCE_UNREACHABLE,
                    ReferencePolicy.shown(uri) + " could not be read in " + references.attempts() + " tries: "
                            + e.getMessage(),
                    false);
        }
    }

    private byte[] read(MediaStore store, URI uri) throws IOException, ReferenceException {
        AtomicReference<Runnable> abort = new AtomicReference<>(() -> {});
        long deadline = System.nanoTime() + references.timeout().toNanos();
        ScheduledFuture<?> alarm =
                clock.schedule(() -> abort.get().run(), references.timeout().toMillis(), TimeUnit.MILLISECONDS);
        try {
            Opened opened = store.open(uri, abort::set);
            abort.set(opened.abort());
            try (InputStream stream = opened.stream()) {
                if (opened.length() > maxBytes) {
                    opened.abort().run();
                    throw tooLarge(uri, opened.length() + " bytes");
                }
                byte[] bytes = stream.readNBytes((int) Math.min(Integer.MAX_VALUE - 8, maxBytes + 1));
                if (bytes.length > maxBytes) {
                    opened.abort().run();
                    throw tooLarge(uri, "more than its stated length");
                }
                if (opened.length() >= 0 && bytes.length != opened.length()) {
                    throw new IOException("it ended after " + bytes.length + " of " + opened.length() + " bytes");
                }
                return bytes;
            }
        } catch (IOException | RuntimeException e) {
            if (System.nanoTime() >= deadline) {
                throw new IOException(
                        "not done within references.timeout of "
                                + references.timeout().toMillis() + " ms",
                        e);
            }
            throw e instanceof IOException problem ? problem : new IOException(e);
        } finally {
            alarm.cancel(false);
        }
    }

    private ReferenceException tooLarge(URI uri, String what) {
        return new ReferenceException(
                FailureCode.MEDIA_TOO_LARGE,
                ReferencePolicy.shown(uri) + " has " + what + ", the limit is " + maxBytes
                        + "; refer to a smaller one or raise media.max_bytes",
                false);
    }

    private Content content(Reference reference, URI uri, byte[] bytes) throws ReferenceException {
        if (reference.sizeBytes() >= 0 && reference.sizeBytes() != bytes.length) {
            throw corrupt(uri, "has " + bytes.length + " bytes, the reference has " + reference.sizeBytes());
        }
        if (reference.sha256() != null) {
            String found = PackedModel.sha256(bytes);
            if (!found.equalsIgnoreCase(reference.sha256())) {
                throw corrupt(uri, "has the SHA-256 " + found + ", the reference has another");
            }
        }
        if (!reference.text()) {
            return new Content.Media(bytes);
        }
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            if (text.length() > maxChars) {
                throw new ReferenceException(
                        FailureCode.MEDIA_TOO_LARGE,
                        ReferencePolicy.shown(uri) + " has " + text.length() + " characters, the limit is " + maxChars
                                + " (limits.text_chars); refer to its beginning",
                        false);
            }
            return new Content.Text(text);
        } catch (CharacterCodingException e) {
            throw corrupt(uri, "is no UTF-8");
        }
    }

    private static ReferenceException corrupt(URI uri, String how) {
        return new ReferenceException(FailureCode.CORRUPT_MEDIA, ReferencePolicy.shown(uri) + " " + how, false);
    }

    private MediaStore store(String scheme) {
        synchronized (stores) {
            return stores.computeIfAbsent(scheme.startsWith("http") ? "http" : scheme, kind -> switch (kind) {
                case "file" -> new FileStore(policy);
                case "s3" -> new S3Store(references);
                default -> new HttpStore(references, policy);
            });
        }
    }

    private CircuitBreaker breaker(String origin) {
        synchronized (breakers) {
            return breakers.computeIfAbsent(origin, name -> CircuitBreaker.of(name, breaking));
        }
    }

    @Override
    public void close() {
        workers.shutdownNow();
        clock.shutdownNow();
        synchronized (stores) {
            stores.values().forEach(MediaStore::close);
        }
    }
}
