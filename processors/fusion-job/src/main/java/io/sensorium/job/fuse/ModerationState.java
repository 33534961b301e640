// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.fuse;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.streaming.api.operators.InternalTimer;
import org.apache.flink.streaming.api.operators.InternalTimerService;
import org.apache.flink.streaming.api.operators.Triggerable;

/**
 * Keyed state of the decisions on windows that may be written again, by decision id; works on the current key. An
 * event-time timer forgets a decision when its window cannot change any more.
 */
final class ModerationState implements Triggerable<String, VoidNamespace> {

    /** First byte of the written form. */
    private static final byte VERSION = 1;

    /**
     * What was last written under an id.
     *
     * @param changesUntil watermark from which on the window stays as it is
     * @param records written under the id so far
     * @param record the Avro bytes of a decision that stands; empty where it was taken back
     */
    record Decision(long changesUntil, int records, byte[] record) {

        boolean stands() {
            return record.length > 0;
        }

        byte[] toBytes() {
            return ByteBuffer.allocate(1 + Long.BYTES + Integer.BYTES + record.length)
                    .put(VERSION)
                    .putLong(changesUntil)
                    .putInt(records)
                    .put(record)
                    .array();
        }

        static Decision of(byte[] bytes) {
            ByteBuffer in = ByteBuffer.wrap(bytes);
            byte version = in.get();
            if (version != VERSION) {
                throw new IllegalStateException("decisions of format " + version + " in the state, this release reads "
                        + VERSION + "; restore with the release that wrote them");
            }
            Decision decision = new Decision(in.getLong(), in.getInt(), new byte[in.remaining()]);
            in.get(decision.record);
            return decision;
        }
    }

    private final MapState<String, byte[]> state;
    private InternalTimerService<VoidNamespace> timers;

    ModerationState(MapState<String, byte[]> state) {
        this.state = state;
    }

    void timers(InternalTimerService<VoidNamespace> service) {
        timers = service;
    }

    /** What was last written under an id; null for nothing. */
    Decision last(String id) {
        try {
            byte[] bytes = state.get(id);
            return bytes == null ? null : Decision.of(bytes);
        } catch (Exception e) {
            throw unreadable(e);
        }
    }

    void put(String id, Decision decision) {
        try {
            state.put(id, decision.toBytes());
            timers.registerEventTimeTimer(VoidNamespace.INSTANCE, decision.changesUntil());
        } catch (Exception e) {
            throw unreadable(e);
        }
    }

    private static UncheckedIOException unreadable(Exception e) {
        return new UncheckedIOException("cannot read or write what was decided of earlier windows", new IOException(e));
    }

    @Override
    public void onEventTime(InternalTimer<String, VoidNamespace> timer) throws Exception {
        List<String> past = new ArrayList<>();
        for (Map.Entry<String, byte[]> entry : state.entries()) {
            if (Decision.of(entry.getValue()).changesUntil() <= timer.getTimestamp()) {
                past.add(entry.getKey());
            }
        }
        for (String id : past) {
            state.remove(id);
        }
    }

    @Override
    public void onProcessingTime(InternalTimer<String, VoidNamespace> timer) {
        throw new IllegalStateException("no timer runs on the wall clock");
    }
}
