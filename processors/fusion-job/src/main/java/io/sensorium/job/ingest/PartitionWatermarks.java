// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest;

import io.sensorium.job.batch.BlockedTime;
import io.sensorium.job.records.IngestRecord;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkGeneratorSupplier;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.util.clock.RelativeClock;

/**
 * The contract's watermark of one partition: its highest event time minus the out-of-orderness, sent on with the event
 * that raised it. Rejected records neither move it nor count as life; a record that holds events of other modalities
 * alone does both, by the time that its event would have. Idle after the timeout without an event, counted from the
 * partition's discovery, on a clock that stands still under back-pressure; not while it holds unread records, or may,
 * as none were asked for yet. The last of a reader's partitions to go idle leaves the reader's watermark at the largest
 * of them, as Flink does between readers: so W(m) does not depend on how partitions are spread over subtasks.
 */
final class PartitionWatermarks implements WatermarkGenerator<IngestRecord> {

    /**
     * Longest time beyond the timeout for which unread records keep a partition from being idle: a partition may have
     * lost its leader, or have records that cannot be decoded alone.
     */
    private static final Duration MAX_UNREAD = Duration.ofSeconds(30);

    private final long outOfOrderness;
    private final Activity activity;
    private final ReaderWatermarks reader;
    private final MetricGroup metrics;
    private boolean gaugesRegistered;
    private int partition = -1;
    private long next;
    private boolean wasRead;
    private volatile long watermark = Long.MIN_VALUE;
    private volatile boolean idle;

    /**
     * @param idleTimeout null in bounded runs, where there is no idleness
     * @param reader of the partitions that share this one's reader; this one is added
     * @param metrics of the modality, where the partition registers its gauges with its first event, which names the
     *     partition
     */
    PartitionWatermarks(
            Duration outOfOrderness,
            Duration idleTimeout,
            RelativeClock clock,
            ReaderWatermarks reader,
            MetricGroup metrics) {
        this.outOfOrderness = outOfOrderness.toMillis();
        this.activity = new Activity(idleTimeout, clock);
        this.reader = reader;
        this.metrics = metrics;
        reader.add(this);
    }

    /** @param progress of the source that the strategy is for */
    static WatermarkStrategy<IngestRecord> strategy(
            String modality, Duration outOfOrderness, Duration idleTimeout, FetchProgress progress) {
        return WatermarkStrategy.<IngestRecord>forGenerator(
                        new OfOneReader(modality, outOfOrderness, idleTimeout, progress))
                .withTimestampAssigner((record, timestamp) -> time(record));
    }

    /** In ms; {@link IngestRecord.Absent#NO_TIME} for none. */
    private static long time(IngestRecord record) {
        if (record instanceof IngestRecord.Event event) {
            return event.time();
        }
        return record instanceof IngestRecord.Absent absent ? absent.time() : IngestRecord.Absent.NO_TIME;
    }

    long watermark() {
        return watermark;
    }

    @Override
    public void onEvent(IngestRecord record, long timestamp, WatermarkOutput output) {
        next = record.origin().offset() + 1;
        if (partition < 0) {
            partition = record.origin().partition();
            reader.read(partition);
        }
        long time = time(record);
        if (record instanceof IngestRecord.Rejected
                || record instanceof IngestRecord.Absent && time == IngestRecord.Absent.NO_TIME) {
            return;
        }
        activity.now();
        if (!gaugesRegistered) {
            gaugesRegistered = true;
            MetricGroup group = metrics.addGroup("partition", Integer.toString(partition));
            group.gauge("watermark_timestamp_seconds", () -> watermark / 1e3);
            group.gauge("idle", () -> idle ? 1 : 0);
        }
        if (idle) {
            idle = false;
            output.markActive();
            reader.partitionActive();
        }
        // The largest long is Flink's end of input, which no event may claim; the smallest its beginning.
        long raised = Math.min(
                Long.MAX_VALUE - 1,
                time < Long.MIN_VALUE + 1 + outOfOrderness ? Long.MIN_VALUE + 1 : time - outOfOrderness);
        if (raised > watermark) {
            watermark = raised;
            output.emitWatermark(new Watermark(watermark));
        }
    }

    @Override
    public void onPeriodicEmit(WatermarkOutput output) {
        if (idle) {
            return;
        }
        boolean readBefore = wasRead;
        wasRead = !(partition < 0 ? reader.hasUnreadOfOthers(this) : reader.hasUnread(partition, next));
        // Twice in a row: between the lag's fall to 0 and the count of what was fetched the consumer's thread may
        // pause.
        if (readBefore && wasRead && activity.isSilent() || activity.isSilentBeyond(MAX_UNREAD)) {
            idle = true;
            long largest = reader.partitionIdle();
            if (largest > watermark) {
                output.emitWatermark(new Watermark(largest));
            }
            output.markIdle();
        }
    }

    /**
     * When something last happened, on a clock that stands still while the task is held up by what comes behind it or
     * by its own models.
     */
    private static final class Activity implements ReaderWatermarks.Silent {
        private final RelativeClock clock;
        private final long timeoutNanos;
        private long last;

        /** @param timeout null for none; one that does not fit nanoseconds, 292 years, never ends */
        Activity(Duration timeout, RelativeClock clock) {
            this.clock = clock;
            this.timeoutNanos = timeout == null ? Long.MAX_VALUE : TimeUnit.NANOSECONDS.convert(timeout);
            now();
        }

        void now() {
            last = nanos();
        }

        @Override
        public boolean isSilent() {
            return nanos() - last >= timeoutNanos;
        }

        /** Whether that much longer than the timeout nothing happened. */
        boolean isSilentBeyond(Duration more) {
            long silent = nanos() - last;
            return silent >= timeoutNanos && silent - timeoutNanos >= more.toNanos();
        }

        private long nanos() {
            return clock.relativeTimeNanos() - BlockedTime.nanos();
        }
    }

    /**
     * Each subtask has a copy of its own, so those made by one belong to one reader. Flink copies it together with the
     * source, so both have the same progress. It asks for the reader's generator first.
     */
    private static final class OfOneReader implements WatermarkGeneratorSupplier<IngestRecord> {
        private static final long serialVersionUID = 1L;

        private final String modality;
        private final Duration outOfOrderness;
        private final Duration idleTimeout;
        private final FetchProgress progress;
        private transient ReaderWatermarks reader;

        OfOneReader(String modality, Duration outOfOrderness, Duration idleTimeout, FetchProgress progress) {
            this.modality = modality;
            this.outOfOrderness = outOfOrderness;
            this.idleTimeout = idleTimeout;
            this.progress = progress;
        }

        @Override
        public WatermarkGenerator<IngestRecord> createWatermarkGenerator(Context context) {
            if (reader == null) {
                reader = new ReaderWatermarks(new Activity(idleTimeout, context.getInputActivityClock()), progress);
                return reader;
            }
            return new PartitionWatermarks(
                    outOfOrderness,
                    idleTimeout,
                    context.getInputActivityClock(),
                    reader,
                    context.getMetricGroup().addGroup("sensorium").addGroup("modality", modality));
        }
    }
}
