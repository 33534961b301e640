package io.sensorium.job.ingest;

import io.sensorium.job.wire.IngestRecord;
import java.time.Duration;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.util.clock.RelativeClock;

/**
 * The contract's watermark of one partition: its highest event time minus the out-of-orderness, sent on with the event that
 * raised it. Rejected records neither move it nor count as life. Idle after the timeout without an event, on a clock that
 * stands still under back-pressure.
 */
final class PartitionWatermarks implements WatermarkGenerator<IngestRecord> {

    private final long outOfOrderness;
    private final long idleTimeoutNanos;
    private final RelativeClock clock;
    private long watermark = Long.MIN_VALUE;
    private long lastEvent;
    private boolean idle;

    /** @param idleTimeout null in bounded runs, where there is no idleness */
    PartitionWatermarks(Duration outOfOrderness, Duration idleTimeout, RelativeClock clock) {
        this.outOfOrderness = outOfOrderness.toMillis();
        this.idleTimeoutNanos = idleTimeout == null ? Long.MAX_VALUE : idleTimeout.toNanos();
        this.clock = clock;
        this.lastEvent = clock.relativeTimeNanos();
    }

    static WatermarkStrategy<IngestRecord> strategy(Duration outOfOrderness, Duration idleTimeout) {
        return WatermarkStrategy.<IngestRecord>forGenerator(context -> new PartitionWatermarks(outOfOrderness, idleTimeout, context.getInputActivityClock()))
                .withTimestampAssigner((record, timestamp) -> record instanceof IngestRecord.Event event ? event.time() : Long.MIN_VALUE);
    }

    @Override
    public void onEvent(IngestRecord record, long timestamp, WatermarkOutput output) {
        if (!(record instanceof IngestRecord.Event event)) {
            return;
        }
        lastEvent = clock.relativeTimeNanos();
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
        if (!idle && clock.relativeTimeNanos() - lastEvent >= idleTimeoutNanos) {
            idle = true;
            output.markIdle();
        }
    }
}
