// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.records.Coordinates;
import io.sensorium.job.records.IngestRecord;
import io.sensorium.operators.encode.Content;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.runtime.event.WatermarkEvent;
import org.apache.flink.runtime.metrics.groups.UnregisteredMetricGroups;
import org.apache.flink.streaming.api.operators.source.TimestampsAndWatermarks;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.io.PushingAsyncDataInput.DataOutput;
import org.apache.flink.streaming.runtime.streamrecord.LatencyMarker;
import org.apache.flink.streaming.runtime.streamrecord.RecordAttributes;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.TestProcessingTimeService;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.util.clock.ManualClock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a reader sends on, with Flink's own handling of splits between the partitions and the task. */
class ReaderWatermarksTest {

    private final List<String> sent = new ArrayList<>();
    private final ManualClock clock = new ManualClock(0);
    private final FetchProgress progress = new FetchProgress();
    private TimestampsAndWatermarks<IngestRecord> logic;
    private ReaderOutput<IngestRecord> output;

    @BeforeEach
    void open() {
        for (int partition = 0; partition < 2; partition++) {
            progress.lag(partition, FetchReporterTest.lag(() -> 0));
        }
        logic = TimestampsAndWatermarks.createProgressiveEventTimeLogic(
                PartitionWatermarks.strategy("m", Duration.ZERO, Duration.ofSeconds(1), progress),
                new UnregisteredMetricsGroup(),
                new TestProcessingTimeService(),
                0,
                clock,
                clock,
                UnregisteredMetricGroups.createUnregisteredTaskMetricGroup().getIOMetricGroup());
        output = logic.createMainOutput(new Sent(), new NoListener());
    }

    private void deliver(String partition, long time) {
        output.createOutputForSplit(partition)
                .collect(new IngestRecord.Event(
                        new Coordinates("t", 0, 0, 0, null, null, Map.of()),
                        "e",
                        "s",
                        time,
                        new Content.Text("x"),
                        null,
                        null,
                        null,
                        Map.of(),
                        0));
    }

    private void afterMillis(long millis) {
        logic.emitImmediateWatermark(0);
        clock.advanceTime(Duration.ofMillis(millis));
        logic.emitImmediateWatermark(0);
    }

    @Test
    void anEventBehindTheWatermarkMakesAnIdleReaderActiveAgain() {
        output.createOutputForSplit("p1");
        deliver("p0", 900);
        deliver("p1", 40);
        afterMillis(1000);
        deliver("p1", 50);
        afterMillis(999);
        assertThat(sent).containsExactly("event 900", "event 40", "W 40", "W 900", "idle", "event 50", "active");
        afterMillis(1);
        assertThat(sent).endsWith("active", "idle");
        deliver("p0", 1000);
        assertThat(sent).endsWith("event 1000", "active", "W 1000");
    }

    @Test
    void aPartitionThatIsDiscoveredHoldsTheWatermarkUntilItDelivers() {
        deliver("p0", 100);
        output.createOutputForSplit("p1");
        deliver("p0", 200);
        afterMillis(999);
        assertThat(sent).containsExactly("event 100", "W 100", "event 200");
        deliver("p1", 150);
        assertThat(sent).endsWith("event 150", "W 150");
    }

    @Test
    void aPartitionThatIsDiscoveredHoldsTheWatermarkUntilItIsIdle() {
        deliver("p0", 100);
        afterMillis(500);
        output.createOutputForSplit("p1");
        afterMillis(499);
        deliver("p0", 200);
        afterMillis(500);
        assertThat(sent).containsExactly("event 100", "W 100", "event 200");
        afterMillis(1);
        assertThat(sent).endsWith("event 200", "W 200");
    }

    @Test
    void aPartitionThatIsDiscoveredMakesAnIdleReaderActiveUntilItIsIdleItself() {
        deliver("p0", 100);
        afterMillis(1000);
        output.createOutputForSplit("p1");
        afterMillis(999);
        assertThat(sent).containsExactly("event 100", "W 100", "idle", "active");
        afterMillis(1);
        assertThat(sent).containsExactly("event 100", "W 100", "idle", "active", "idle");
    }

    @Test
    void aReaderWithoutPartitionsIsIdleOnceTheyAreKnownAndTheTimeoutIsOverAndActiveWithItsFirst() {
        afterMillis(999);
        assertThat(sent).isEmpty();
        afterMillis(1);
        assertThat(sent).isEmpty();
        progress.complete();
        afterMillis(0);
        output.createOutputForSplit("p0");
        assertThat(sent).containsExactly("idle", "active");
    }

    @Test
    void theWorkOfACheckGrowsWithThePartitionsNotWithTheirSquare() {
        int partitions = 1_000;
        AtomicInteger lagsRead = new AtomicInteger();
        progress.assigned(IntStream.range(0, partitions).boxed().toList());
        for (int partition = 0; partition < partitions; partition++) {
            // Nothing is left to read, so that each has to be looked at.
            progress.lag(partition, FetchReporterTest.lag(() -> lagsRead.incrementAndGet() * 0.0));
            output.createOutputForSplit("p" + partition);
        }
        for (int checks = 0; checks < 3; checks++) {
            afterMillis(600);
            assertThat(lagsRead.getAndSet(0)).as("in two checks").isLessThanOrEqualTo(2 * partitions);
        }
        assertThat(sent).containsExactly("idle");
    }

    private static final class NoListener implements TimestampsAndWatermarks.WatermarkUpdateListener {
        @Override
        public void updateIdle(boolean isIdle) {}

        @Override
        public void updateCurrentEffectiveWatermark(long watermark) {}

        @Override
        public void updateCurrentSplitWatermark(String splitId, long watermark) {}

        @Override
        public void updateCurrentSplitIdle(String splitId, boolean idle) {}

        @Override
        public void splitFinished(String splitId) {}
    }

    private final class Sent implements DataOutput<IngestRecord> {
        @Override
        public void emitRecord(StreamRecord<IngestRecord> record) {
            sent.add("event " + record.getTimestamp());
        }

        @Override
        public void emitWatermark(Watermark watermark) {
            sent.add("W " + watermark.getTimestamp());
        }

        @Override
        public void emitWatermarkStatus(WatermarkStatus status) {
            sent.add(status.isIdle() ? "idle" : "active");
        }

        @Override
        public void emitLatencyMarker(LatencyMarker marker) {}

        @Override
        public void emitRecordAttributes(RecordAttributes attributes) {}

        @Override
        public void emitWatermark(WatermarkEvent watermark) {}
    }
}
