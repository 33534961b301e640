// SPDX-License-Identifier: Apache-2.0
package io.sensorium.rollup.aggregate;

import io.sensorium.pipeline.RollupSection;
import io.sensorium.pipeline.RollupSection.Emit;
import io.sensorium.pipeline.RollupSection.RollupWindow;
import io.sensorium.rollup.aggregate.AggregatorMessage.Change;
import io.sensorium.rollup.aggregate.AggregatorMessage.Progress;
import io.sensorium.rollup.result.Totals;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.WindowStore;

/**
 * Adds up changes in every window that holds their instant, and closes a window when all partitions of the results have
 * passed its end by the grace: so an app that catches up after a pause counts what it would have counted without. What
 * comes for a closed window is counted as late.
 */
final class RollupWindows implements Processor<String, AggregatorMessage, String, byte[]> {

    /** Totals of windows that still take changes, by end. */
    static final String OPEN = "open-rollups";

    /** Totals of windows that are over, by group and start. */
    static final String CLOSED = "closed-rollups";

    static final String PROGRESS = "results-progress";

    /** The key of the watermark, next to the partitions' keys. */
    private static final int WATERMARK = -1;

    private final RollupSection section;
    private final int partitions;
    private final RollupRecords records;
    private final RollupMetrics metrics;
    private ProcessorContext<String, byte[]> context;
    private KeyValueStore<Bytes, Totals> open;
    private WindowStore<String, Totals> closed;
    private KeyValueStore<Integer, Long> progress;
    private ResultsWatermark watermark;

    /** @param partitions of the results */
    RollupWindows(RollupSection section, int partitions, RollupRecords records, RollupMetrics metrics) {
        this.section = section;
        this.partitions = partitions;
        this.records = records;
        this.metrics = metrics;
    }

    @Override
    public void init(ProcessorContext<String, byte[]> processorContext) {
        context = processorContext;
        open = context.getStateStore(OPEN);
        closed = context.getStateStore(CLOSED);
        progress = context.getStateStore(PROGRESS);
        Long left = progress.get(WATERMARK);
        watermark = new ResultsWatermark(partitions, left == null ? Long.MIN_VALUE : left);
    }

    @Override
    public void process(Record<String, AggregatorMessage> record) {
        if (record.value() instanceof Change change) {
            for (int window = 0; window < section.windows().size(); window++) {
                for (long start : WindowKey.starts(section.windows().get(window), change.instant())) {
                    add(new WindowKey(window, start, record.key()), change.totals());
                }
            }
        } else if (record.value() instanceof Progress reported) {
            advance(reported);
        }
    }

    private void add(WindowKey key, Totals totals) {
        long end = end(key);
        if (over(end, watermark.value())) {
            metrics.late();
            return;
        }
        Bytes byEnd = WindowKey.byEnd(end, key.window(), key.group());
        Totals before = open.get(byEnd);
        Totals now = before == null ? totals : before.plus(totals);
        open.put(byEnd, now);
        if (section.emit() == Emit.UPDATES) {
            write(key, now, false);
        }
    }

    private void advance(Progress reported) {
        Long kept = progress.get(reported.partition());
        long instant = kept == null ? reported.instant() : Math.max(kept, reported.instant());
        if (kept == null || instant > kept) {
            progress.put(reported.partition(), instant);
        }
        long before = watermark.value();
        long now = watermark.advance(new Progress(reported.partition(), instant, reported.idle()));
        if (now > before) {
            progress.put(WATERMARK, now);
            metrics.watermark(now);
            close(now);
        }
    }

    private void close(long now) {
        List<KeyValue<Bytes, Totals>> over = new ArrayList<>();
        try (KeyValueIterator<Bytes, Totals> byEnd = open.all()) {
            while (byEnd.hasNext()) {
                KeyValue<Bytes, Totals> entry = byEnd.next();
                if (!over(end(WindowKey.ofEnd(entry.key, section.windows())), now)) {
                    break;
                }
                over.add(entry);
            }
        }
        for (KeyValue<Bytes, Totals> entry : over) {
            WindowKey key = WindowKey.ofEnd(entry.key, section.windows());
            open.delete(entry.key);
            closed.put(key.stored(), entry.value, Math.max(0, key.start()));
            write(key, entry.value, true);
        }
    }

    private void write(WindowKey key, Totals totals, boolean isFinal) {
        RollupWindow window = section.windows().get(key.window());
        context.forward(new Record<>(
                RollupRecords.key(window, key),
                records.bytes(window, key, totals, isFinal),
                context.currentSystemTimeMs()));
        metrics.written(isFinal);
    }

    private long end(WindowKey key) {
        return key.start() + section.windows().get(key.window()).size().toMillis();
    }

    /**
     * Whether a window takes nothing any more.
     *
     * @param now the latest instant that every partition has reached
     */
    private boolean over(long end, long now) {
        return now != Long.MIN_VALUE && now >= end + section.grace().toMillis();
    }
}
