// SPDX-License-Identifier: Apache-2.0
package io.sensorium.rollup.aggregate;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * What each result id counts for now. An id is forgotten once event time has passed its instant by the retention. Event
 * time is given by the caller: a window store would take it from the largest instant it has seen, so that one result of
 * a time far ahead would expire all others. For one thread.
 */
final class CountedResults {

    /** Contributions by result id. */
    static final String BY_ID = "counted-by-id";

    /** Result ids by instant, for expiry. */
    static final String BY_INSTANT = "counted-by-instant";

    private static final byte[] NOTHING = {};

    private final KeyValueStore<String, Contribution> byId;
    private final KeyValueStore<Bytes, byte[]> byInstant;
    private final long retentionMs;

    /** @param retention after an instant for which an id is kept */
    CountedResults(
            KeyValueStore<String, Contribution> byId, KeyValueStore<Bytes, byte[]> byInstant, Duration retention) {
        this.byId = byId;
        this.byInstant = byInstant;
        this.retentionMs = retention.toMillis();
    }

    /**
     * Sets what an id counts for.
     *
     * @param now null for nothing
     * @return what it counted for before; null for nothing
     */
    Contribution replace(String id, Contribution now) {
        Contribution before = byId.get(id);
        if (before != null) {
            byInstant.delete(key(before.instant(), id));
        }
        if (now != null) {
            byInstant.put(key(now.instant(), id), NOTHING);
            byId.put(id, now);
        } else if (before != null) {
            byId.delete(id);
        }
        return before;
    }

    /**
     * Forgets ids whose instant is older than the retention.
     *
     * @param reached event time in ms, or {@code Long.MIN_VALUE} before any
     */
    void expire(long reached) {
        if (reached < Long.MIN_VALUE + retentionMs) {
            return;
        }
        try (KeyValueIterator<Bytes, byte[]> old =
                byInstant.range(key(Long.MIN_VALUE, ""), key(reached - retentionMs, ""))) {
            while (old.hasNext()) {
                KeyValue<Bytes, byte[]> entry = old.next();
                byInstant.delete(entry.key);
                byId.delete(new String(
                        entry.key.get(), Long.BYTES, entry.key.get().length - Long.BYTES, StandardCharsets.UTF_8));
            }
        }
    }

    /** Sorts by the instant: eight bytes of it, then the id. */
    private static Bytes key(long instant, String id) {
        byte[] name = id.getBytes(StandardCharsets.UTF_8);
        return Bytes.wrap(ByteBuffer.allocate(Long.BYTES + name.length)
                .putLong(instant ^ Long.MIN_VALUE)
                .put(name)
                .array());
    }
}
