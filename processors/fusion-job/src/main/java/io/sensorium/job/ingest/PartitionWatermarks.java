package io.sensorium.job.ingest;

import io.sensorium.job.batch.HeldUp;
import io.sensorium.job.wire.IngestRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkGeneratorSupplier;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.util.clock.RelativeClock;

/**
 * The contract's watermark of one partition: its highest event time minus the out-of-orderness, sent on with the event that
 * raised it. Rejected records neither move it nor count as life. Idle after the timeout without an event, on a clock that
 * stands still under back-pressure. The last of a reader's partitions to go idle leaves the reader's watermark at the largest of
 * them, as Flink does between readers: so W(m) does not depend on how partitions are spread over subtasks.
 */
final class PartitionWatermarks implements WatermarkGenerator<IngestRecord> {

    private final long outOfOrderness;
    private final long idleTimeoutNanos;
    private final RelativeClock clock;
    private final List<PartitionWatermarks> reader;
    private final MetricGroup metrics;
    private boolean told;
    private volatile long watermark = Long.MIN_VALUE;
    private long lastEvent;
    private volatile boolean idle;

    /**
     * @param idleTimeout null in bounded runs, where there is no idleness
     * @param reader the watermarks of the partitions that share this one's reader; this one is added
     * @param metrics of the modality, where the partition tells its watermark once its first event has said which it is
     */
    PartitionWatermarks(Duration outOfOrderness, Duration idleTimeout, RelativeClock clock, List<PartitionWatermarks> reader, MetricGroup metrics) {
        this.outOfOrderness = outOfOrderness.toMillis();
        this.idleTimeoutNanos = idleTimeout == null ? Long.MAX_VALUE : idleTimeout.toNanos();
        this.clock = clock;
        this.reader = reader;
        this.metrics = metrics;
        this.lastEvent = now();
        reader.add(this);
    }

    /** Stands still while the task is held up, by what comes behind it or by its own models. */
    private long now() {
        return clock.relativeTimeNanos() - HeldUp.nanos();
    }

    static WatermarkStrategy<IngestRecord> strategy(String modality, Duration outOfOrderness, Duration idleTimeout) {
        return WatermarkStrategy.<IngestRecord>forGenerator(new OfOneReader(modality, outOfOrderness, idleTimeout))
                .withTimestampAssigner((record, timestamp) -> record instanceof IngestRecord.Event event ? event.time() : Long.MIN_VALUE);
    }

    @Override
    public void onEvent(IngestRecord record, long timestamp, WatermarkOutput output) {
        if (!(record instanceof IngestRecord.Event event)) {
            return;
        }
        lastEvent = now();
        if (!told) {
            told = true;
            MetricGroup partition = metrics.addGroup("partition", Integer.toString(event.origin().partition()));
            partition.gauge("watermark", () -> watermark);
            partition.gauge("idle", () -> idle ? 1 : 0);
        }
        if (idle) {
            idle = false;
            output.markActive();
        }
        // The largest long is Flink's end of input, which no event may claim; the smallest its beginning.
        long raised = Math.min(Long.MAX_VALUE - 1, event.time() < Long.MIN_VALUE + 1 + outOfOrderness ? Long.MIN_VALUE + 1 : event.time() - outOfOrderness);
        if (raised > watermark) {
            watermark = raised;
            output.emitWatermark(new Watermark(watermark));
        }
    }

    @Override
    public void onPeriodicEmit(WatermarkOutput output) {
        if (!idle && now() - lastEvent >= idleTimeoutNanos) {
            idle = true;
            if (reader.stream().allMatch(partition -> partition.idle)) {
                long largest = reader.stream().mapToLong(partition -> partition.watermark).max().orElse(watermark);
                if (largest > watermark) {
                    output.emitWatermark(new Watermark(largest));
                }
            }
            output.markIdle();
        }
    }

    /** Each subtask has a copy of its own, so those made by one belong to one reader. */
    private static final class OfOneReader implements WatermarkGeneratorSupplier<IngestRecord> {
        private static final long serialVersionUID = 1L;

        private final String modality;
        private final Duration outOfOrderness;
        private final Duration idleTimeout;
        private transient List<PartitionWatermarks> reader;

        OfOneReader(String modality, Duration outOfOrderness, Duration idleTimeout) {
            this.modality = modality;
            this.outOfOrderness = outOfOrderness;
            this.idleTimeout = idleTimeout;
        }

        @Override
        public WatermarkGenerator<IngestRecord> createWatermarkGenerator(Context context) {
            if (reader == null) {
                reader = new ArrayList<>();
            }
            return new PartitionWatermarks(outOfOrderness, idleTimeout, context.getInputActivityClock(), reader,
                    context.getMetricGroup().addGroup("sensorium").addGroup("modality", modality));
        }
    }
}
