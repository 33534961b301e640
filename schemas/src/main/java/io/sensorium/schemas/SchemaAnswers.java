// SPDX-License-Identifier: Apache-2.0
package io.sensorium.schemas;

import io.sensorium.schemas.SchemaRegistry.UnknownSchemaException;
import io.sensorium.schemas.SchemaRegistry.UnreadableSchemaException;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.LongSupplier;

/**
 * A registry's answers by schema id, or by GUID: schemas are kept for good, refusals for a while, so that a stream of
 * records with an unknown id causes one request in that time. The last thousand of both are kept. Safe for several
 * threads.
 *
 * @param <S> what a schema is
 */
final class SchemaAnswers<S> {

    /**
     * How long an id that the registry does not have is not requested again: short, because it may be registered at any
     * time.
     */
    static final Duration REMEMBERED = Duration.ofSeconds(10);

    private static final int MAX_ANSWERS = 1000;
    private static final int MANY = 8;

    /** A registry that follows another may learn of a new id a moment after the producer did. */
    private static final int ATTEMPTS = 3;

    private static final long FIRST_PAUSE_MS = 200;

    private record Refusal(IOException reason, long until) {}

    /** A schema as it is used, requested from the registry. */
    interface Request<S> {
        S schema() throws IOException;
    }

    /** What passes the time between two requests, such as {@link Thread#sleep(long)}. */
    interface Pause {
        void take(long ms) throws InterruptedException;
    }

    private final LongSupplier nanoTime;
    private final Pause pause;
    private final Map<Object, S> schemas = lastUsed();
    private final Map<Object, Refusal> refusals = lastUsed();

    SchemaAnswers() {
        this(System::nanoTime, Thread::sleep);
    }

    SchemaAnswers(LongSupplier nanoTime, Pause pause) {
        this.nanoTime = nanoTime;
        this.pause = pause;
    }

    private static <V> Map<Object, V> lastUsed() {
        return new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Object, V> eldest) {
                return size() > MAX_ANSWERS;
            }
        };
    }

    /**
     * An id's schema, requested where no answer is remembered. An id that is unknown is requested again after a pause,
     * unless many are.
     *
     * @throws IOException when the request fails, or the id was refused a short while ago
     */
    S get(Object id, Request<S> request) throws IOException {
        S known = known(id);
        if (known != null) {
            return known;
        }
        try {
            S schema = requested(id, request);
            found(id, schema);
            return schema;
        } catch (UnknownSchemaException | UnreadableSchemaException e) {
            refused(id, e);
            throw e;
        }
    }

    private S requested(Object id, Request<S> request) throws IOException {
        // No registry gives out negative ids, and some fail on them.
        if (id instanceof Integer number && number < 0) {
            throw new UnknownSchemaException(number, null);
        }
        // Where many ids are unknown, waiting for each would hold the stream back.
        int attempts = manyRefused() ? 1 : ATTEMPTS;
        long ms = FIRST_PAUSE_MS;
        for (int attempt = 1; ; attempt++) {
            try {
                return request.schema();
            } catch (UnknownSchemaException e) {
                if (attempt == attempts) {
                    throw e;
                }
            }
            try {
                pause.take(ms);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while waiting for the registry", e);
            }
            ms *= 2;
        }
    }

    /**
     * An id's schema; null where a request is needed.
     *
     * @throws IOException for an id that was refused a short while ago
     */
    synchronized S known(Object id) throws IOException {
        Refusal refusal = refusals.get(id);
        if (refusal != null && refusal.until() - nanoTime.getAsLong() > 0) {
            throw refusal.reason() instanceof UnknownSchemaException unknown
                    ? id instanceof UUID guid
                            ? new UnknownSchemaException(guid, unknown)
                            : new UnknownSchemaException((int) id, unknown)
                    : new UnreadableSchemaException(refusal.reason().getMessage(), refusal.reason());
        }
        return schemas.get(id);
    }

    synchronized void found(Object id, S schema) {
        refusals.remove(id);
        schemas.put(id, schema);
    }

    synchronized void refused(Object id, IOException reason) {
        refusals.put(id, new Refusal(reason, nanoTime.getAsLong() + REMEMBERED.toNanos()));
    }

    /** Whether several ids were refused recently. */
    synchronized boolean manyRefused() {
        long now = nanoTime.getAsLong();
        return refusals.size() >= MANY
                && refusals.values().stream()
                                .filter(refusal -> refusal.until() - now > 0)
                                .limit(MANY)
                                .count()
                        == MANY;
    }
}
