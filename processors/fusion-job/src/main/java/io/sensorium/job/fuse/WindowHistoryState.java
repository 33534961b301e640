// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.fuse;

import io.sensorium.job.alignment.AlignedWindow;
import io.sensorium.job.models.PipelineModels;
import io.sensorium.job.operator.Context;
import io.sensorium.operators.pack.PackedModel;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.streaming.api.operators.InternalTimer;
import org.apache.flink.streaming.api.operators.InternalTimerService;
import org.apache.flink.streaming.api.operators.Triggerable;

/**
 * Keyed state of one operator's {@link WindowHistory}; works on the current key. An event-time timer clears it when the
 * newest is too old to be read.
 */
final class WindowHistoryState implements Triggerable<String, VoidNamespace> {

    private final Context context;
    private final ValueState<byte[]> state;
    private InternalTimerService<VoidNamespace> timers;

    WindowHistoryState(Context context, ValueState<byte[]> state) {
        this.context = context;
        this.state = state;
    }

    void timers(InternalTimerService<VoidNamespace> service) {
        this.timers = service;
    }

    /**
     * By the order of their ends, at most one window of a subject in each: a window reads what the one before it left.
     */
    static List<List<AlignedWindow>> rounds(List<AlignedWindow> windows) {
        List<List<AlignedWindow>> rounds = new ArrayList<>();
        Map<String, Integer> next = new HashMap<>();
        windows.stream().sorted(Comparator.comparingLong(AlignedWindow::end)).forEach(window -> {
            int round = next.merge(window.subject(), 1, Integer::sum) - 1;
            if (round == rounds.size()) {
                rounds.add(new ArrayList<>());
            }
            rounds.get(round).add(window);
        });
        return rounds;
    }

    /** What a head reads: what it left itself, nothing of another's. */
    float[] before(PackedModel head, long end) throws IOException {
        return WindowHistory.of(state.value(), PipelineModels.shortHash(head))
                .before(
                        end,
                        context.ttl().toMillis(),
                        context.windows(),
                        head.manifest().context().size());
    }

    void add(PackedModel model, long end, String anchor, float[] vector) throws IOException {
        long head = PipelineModels.shortHash(model);
        byte[] bytes = state.value();
        WindowHistory past = WindowHistory.of(bytes, head);
        if (bytes != null) {
            timers.deleteEventTimeTimer(VoidNamespace.INSTANCE, expiry(WindowHistory.newestOf(bytes)));
        }
        past.add(end, anchor, vector, context.windows());
        state.update(past.toBytes(head));
        timers.registerEventTimeTimer(VoidNamespace.INSTANCE, expiry(past.newest()));
    }

    /** A window that ends later than this reads nothing of it. */
    private long expiry(long newest) {
        long expiry = newest + context.ttl().toMillis();
        return expiry < newest ? Long.MAX_VALUE : expiry;
    }

    @Override
    public void onEventTime(InternalTimer<String, VoidNamespace> timer) throws IOException {
        byte[] bytes = state.value();
        if (bytes != null && expiry(WindowHistory.newestOf(bytes)) <= timer.getTimestamp()) {
            state.clear();
        }
    }

    @Override
    public void onProcessingTime(InternalTimer<String, VoidNamespace> timer) {
        throw new IllegalStateException("no timer runs on the wall clock");
    }
}
