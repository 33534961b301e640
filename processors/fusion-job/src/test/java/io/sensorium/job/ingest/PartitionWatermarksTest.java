// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.batch.BlockedTime;
import io.sensorium.job.records.Coordinates;
import io.sensorium.job.records.FailureCode;
import io.sensorium.job.records.IngestRecord;
import io.sensorium.operators.encode.Content;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.util.clock.RelativeClock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PartitionWatermarksTest {

    private static final Coordinates ORIGIN = new Coordinates("t", 0, 0, 0, null, null, Map.of());

    private final List<String> emitted = new ArrayList<>();
    private final WatermarkOutput output = new WatermarkOutput() {
        @Override
        public void emitWatermark(Watermark watermark) {
            emitted.add("W " + watermark.getTimestamp());
        }

        @Override
        public void markIdle() {
            emitted.add("idle");
        }

        @Override
        public void markActive() {
            emitted.add("active");
        }
    };
    private final FetchProgress progress = new FetchProgress();
    private final ReaderWatermarks reader = new ReaderWatermarks(() -> false, progress);
    private double lag;
    private long millis = 500;
    private final RelativeClock clock = new RelativeClock() {
        @Override
        public long relativeTimeMillis() {
            return millis;
        }

        @Override
        public long relativeTimeNanos() {
            return TimeUnit.MILLISECONDS.toNanos(millis);
        }
    };

    private static IngestRecord absent(long time) {
        return new IngestRecord.Absent(ORIGIN, time);
    }

    private static IngestRecord at(long time) {
        return new IngestRecord.Event(ORIGIN, "e", "s", time, new Content.Text("x"), null, null, null, Map.of(), 0);
    }

    @BeforeEach
    void fetched() {
        progress.assigned(List.of(0));
        progress.lag(0, FetchReporterTest.lag(() -> lag));
    }

    private PartitionWatermarks watermarks() {
        return new PartitionWatermarks(
                Duration.ZERO, Duration.ofSeconds(1), clock, reader, new UnregisteredMetricsGroup());
    }

    private void check(PartitionWatermarks watermarks, long at) {
        millis = at;
        watermarks.onPeriodicEmit(output);
    }

    @Test
    void isNotIdleBeforeItsFirstFetchAndIsAfterTwoChecksThatFoundNothing() {
        progress.assigned(List.of(1));
        PartitionWatermarks watermarks = watermarks();
        check(watermarks, 9_000);
        check(watermarks, 9_010);
        lag = 5;
        progress.lag(1, FetchReporterTest.lag(() -> lag));
        check(watermarks, 9_020);
        check(watermarks, 9_030);
        lag = 0;
        check(watermarks, 9_040);
        assertThat(emitted).isEmpty();
        check(watermarks, 9_050);
        assertThat(emitted).containsExactly("idle");
    }

    @Test
    void isNotIdleWhileRecordsAreInKafkaOrFetchedAndNotRead() {
        PartitionWatermarks watermarks = watermarks();
        lag = 1;
        progress.fetched(0, 1);
        watermarks.onEvent(at(100), 0, output);
        check(watermarks, 3_000);
        check(watermarks, 3_010);
        lag = 0;
        progress.fetched(0, 2);
        check(watermarks, 3_020);
        check(watermarks, 3_030);
        assertThat(emitted).as("one event is fetched, not read").containsExactly("W 100");
        watermarks.onEvent(
                new IngestRecord.Rejected(
                        new Coordinates("t", 0, 1, 0, null, null, Map.of()), FailureCode.UNDECODABLE, "x"),
                0,
                output);
        check(watermarks, 3_040);
        check(watermarks, 3_050);
        assertThat(emitted).containsExactly("W 100", "idle");
    }

    /** Between the two the consumer's thread may pause. */
    @Test
    void isNotIdleWhereTheLagFellToNothingBeforeWhatWasFetchedIsCounted() {
        PartitionWatermarks watermarks = watermarks();
        lag = 1;
        check(watermarks, 3_000);
        lag = 0;
        check(watermarks, 3_010);
        progress.fetched(0, 1);
        check(watermarks, 3_020);
        check(watermarks, 3_030);
        assertThat(emitted).isEmpty();
    }

    @Test
    void followsTheHighestEventAtItsDistanceAndNeverGoesBack() {
        PartitionWatermarks watermarks = new PartitionWatermarks(
                Duration.ofMillis(10), Duration.ofSeconds(1), clock, reader, new UnregisteredMetricsGroup());
        watermarks.onEvent(at(100), 0, output);
        watermarks.onEvent(at(95), 0, output);
        watermarks.onEvent(at(101), 0, output);
        assertThat(emitted).containsExactly("W 90", "W 91");
    }

    @Test
    void isIdleAfterTheTimeoutFromItsStartAndActiveWithTheNextEventEvenALowOne() {
        PartitionWatermarks watermarks = new PartitionWatermarks(
                Duration.ZERO, Duration.ofSeconds(1), clock, reader, new UnregisteredMetricsGroup());
        check(watermarks, 1_400);
        check(watermarks, 1_499);
        assertThat(emitted).isEmpty();
        millis = 1500;
        watermarks.onPeriodicEmit(output);
        watermarks.onPeriodicEmit(output);
        watermarks.onEvent(at(7), 0, output);
        check(watermarks, 2_600);
        watermarks.onEvent(at(3), 0, output);
        assertThat(emitted).containsExactly("idle", "active", "W 7", "idle", "active");
    }

    /** A partition's records may wait behind another's while a full queue holds the reader up. */
    @Test
    void timeThatTheTaskIsHeldUpIsNoSilence() {
        PartitionWatermarks watermarks = new PartitionWatermarks(
                Duration.ZERO, Duration.ofSeconds(1), clock, reader, new UnregisteredMetricsGroup());
        BlockedTime.since(System.nanoTime() - TimeUnit.SECONDS.toNanos(3));
        millis = 500 + 3_900;
        watermarks.onPeriodicEmit(output);
        assertThat(emitted).isEmpty();
        millis = 500 + 4_100;
        watermarks.onPeriodicEmit(output);
        assertThat(emitted).containsExactly("idle");
    }

    @Test
    void rejectedRecordsNeitherMoveItNorKeepItAlive() {
        PartitionWatermarks watermarks = new PartitionWatermarks(
                Duration.ZERO, Duration.ofSeconds(1), clock, reader, new UnregisteredMetricsGroup());
        millis = 1400;
        watermarks.onEvent(new IngestRecord.Rejected(ORIGIN, FailureCode.UNDECODABLE, "x"), Long.MAX_VALUE, output);
        check(watermarks, 1_410);
        check(watermarks, 1_600);
        assertThat(emitted).containsExactly("idle");
    }

    @Test
    void aRecordOfOtherModalitiesMovesItByTheTimeThatItHas() {
        PartitionWatermarks watermarks = new PartitionWatermarks(
                Duration.ofMillis(10), Duration.ofSeconds(1), clock, reader, new UnregisteredMetricsGroup());
        watermarks.onEvent(absent(100), 0, output);
        millis = 1499;
        watermarks.onEvent(absent(IngestRecord.Absent.NO_TIME), 0, output);
        check(watermarks, 1_490);
        check(watermarks, 1_500);
        assertThat(emitted).containsExactly("W 90", "idle");
    }

    /** As where the partition's leader is away, or all that it holds are records that cannot be decoded. */
    @Test
    void unreadRecordsKeepItFromIdlenessForThirtySeconds() {
        lag = 5;
        PartitionWatermarks watermarks = watermarks();
        check(watermarks, 31_400);
        assertThat(emitted).isEmpty();
        check(watermarks, 31_600);
        assertThat(emitted).containsExactly("idle");
    }

    @Test
    void inBoundedRunsThereIsNoIdlenessAndHugeTimesDoNotOverflow() {
        PartitionWatermarks watermarks =
                new PartitionWatermarks(Duration.ofMillis(5), null, clock, reader, new UnregisteredMetricsGroup());
        millis = Long.MAX_VALUE / 2_000_000;
        watermarks.onPeriodicEmit(output);
        watermarks.onEvent(at(Long.MIN_VALUE + 2), 0, output);
        watermarks.onEvent(at(Long.MAX_VALUE), 0, output);
        assertThat(emitted).containsExactly("W " + (Long.MIN_VALUE + 1), "W " + (Long.MAX_VALUE - 5));
    }

    @Test
    void theLastPartitionToGoIdleLeavesTheReaderAtTheLargestOfThem() {
        PartitionWatermarks ahead = new PartitionWatermarks(
                Duration.ZERO, Duration.ofSeconds(1), clock, reader, new UnregisteredMetricsGroup());
        PartitionWatermarks behind = new PartitionWatermarks(
                Duration.ZERO, Duration.ofSeconds(1), clock, reader, new UnregisteredMetricsGroup());
        ahead.onEvent(at(900), 0, output);
        millis = 1000;
        behind.onEvent(at(40), 0, output);
        check(ahead, 1_490);
        check(behind, 1_490);
        check(ahead, 1_500);
        check(behind, 1_500);
        millis = 2000;
        behind.onPeriodicEmit(output);
        behind.onEvent(at(50), 0, output);
        assertThat(emitted).containsExactly("W 900", "W 40", "idle", "W 900", "idle", "active", "W 50");
    }
}
