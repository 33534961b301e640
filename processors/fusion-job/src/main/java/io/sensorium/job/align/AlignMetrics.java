// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.align;

import io.sensorium.job.alignment.AlignedWindow;
import io.sensorium.job.alignment.Aligner.Count;
import io.sensorium.job.alignment.CombinedWatermark;
import java.util.List;
import java.util.Locale;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.SimpleCounter;

/** The metrics of alignment. Updated by the task's thread, read by reporters. */
final class AlignMetrics {

    private final Counter complete;
    private final Counter incomplete;
    private final Counter[] missing;
    private final Counter provisional;
    private final Counter forced;
    private final Counter revised;
    private final Counter retracted;
    private final Counter late;
    private final Counter failed;
    private final Counter[] counts = new Counter[Count.values().length];
    private final Counter alignNanos = new SimpleCounter();

    private volatile long windowsOpen;
    private volatile long stateBytes;
    private volatile long subjects;

    AlignMetrics(MetricGroup operator, List<String> modalities, CombinedWatermark watermark) {
        MetricGroup group = operator.addGroup("sensorium");
        complete = group.counter("windows_complete_total");
        incomplete = group.counter("windows_incomplete_total");
        provisional = group.counter("windows_provisional_total");
        forced = group.counter("windows_timed_out_total");
        revised = group.counter("windows_revised_total");
        retracted = group.counter("windows_retracted_total");
        late = group.counter("late_events_total");
        failed = group.counter("align_failures_total");
        group.gauge("align_seconds_total", () -> alignNanos.getCount() / 1e9);
        for (Count count : Count.values()) {
            counts[count.ordinal()] = group.counter("events_" + count.name().toLowerCase(Locale.ROOT) + "_total");
        }
        group.gauge("windows_open", () -> windowsOpen);
        group.gauge("state_bytes", () -> stateBytes);
        group.gauge("subjects", () -> subjects);
        group.gauge("watermark_timestamp_seconds", () -> watermark.value() / 1e3);
        missing = new Counter[modalities.size()];
        for (int i = 0; i < missing.length; i++) {
            int modality = i;
            MetricGroup its = group.addGroup("modality", modalities.get(i));
            missing[i] = its.counter("windows_missing_total");
            its.gauge("watermark_timestamp_seconds", () -> watermark.of(modality) / 1e3);
            its.gauge("idle", () -> watermark.isIdle(modality) ? 1 : 0);
            its.gauge("watermark_bottleneck", () -> watermark.holds(modality) ? 1 : 0);
        }
    }

    void closed(List<Integer> without) {
        (without.isEmpty() ? complete : incomplete).inc();
        for (int modality : without) {
            missing[modality].inc();
        }
    }

    void written(AlignedWindow window) {
        switch (window.status()) {
            case PROVISIONAL -> provisional.inc();
            case RETRACTED -> retracted.inc();
            case FINAL -> {
                if (window.forced()) {
                    forced.inc();
                }
                for (int revision : window.revisions()) {
                    if (revision > 0) {
                        revised.inc();
                        break;
                    }
                }
            }
        }
    }

    void late() {
        late.inc();
    }

    void failed() {
        failed.inc();
    }

    void count(Count count, long events) {
        counts[count.ordinal()].inc(events);
    }

    void tookNanos(long nanos) {
        alignNanos.inc(nanos);
    }

    /**
     * @param open change of open windows
     * @param bytes change of the bytes held
     * @param live subjects now
     */
    @SuppressWarnings({"NonAtomicOperationOnVolatileField", "NonAtomicVolatileUpdate"}) // one writer
    void updateGauges(int open, long bytes, long live) {
        windowsOpen += open;
        stateBytes += bytes;
        subjects = live;
    }

    long windowsOpen() {
        return windowsOpen;
    }

    long stateBytes() {
        return stateBytes;
    }
}
