// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.align;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.alignment.AlignSettings;
import io.sensorium.job.alignment.AlignSettings.Firing;
import io.sensorium.job.alignment.AlignSettings.WhenSilent;
import io.sensorium.job.alignment.Aligner;
import io.sensorium.job.alignment.Positions;
import io.sensorium.job.alignment.SavedWatermark;
import io.sensorium.job.alignment.Silence;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Every partition idle: the watermark moves on with the wall clock, by timers alone. */
class SilenceTest extends AlignHarness {

    private void bothIdle() throws Exception {
        harness.processWatermarkStatus(0, WatermarkStatus.IDLE);
        harness.processWatermarkStatus(1, WatermarkStatus.IDLE);
    }

    private void openWithOneEventAt3() throws Exception {
        open(TUMBLING);
        harness.setProcessingTime(1000);
        event(0, "s", "x", 3);
        harness.processWatermark(0, new Watermark(1));
    }

    @Test
    void theWindowClosesAfterItsRestInWallClockTimeWithoutAnyEvent() throws Exception {
        openWithOneEventAt3();
        bothIdle();
        harness.setProcessingTime(1008);
        assertThat(windows()).isEmpty();
        harness.setProcessingTime(1009);
        assertThat(windows())
                .singleElement()
                .satisfies(window -> assertThat(window.missing()).containsExactly(1));
        assertDrained();
    }

    /** Ingest refuses such times; the aligner itself takes them and must not wait for a time that never comes. */
    @Test
    @Timeout(30)
    void anEventAtTheEndOfTimeDoesNotKeepTheTaskBusy() throws Exception {
        open(TUMBLING);
        harness.setProcessingTime(1000);
        event(0, "s", "x", Long.MAX_VALUE);
        event(0, "t", "y", Long.MAX_VALUE - 5);
        harness.processWatermark(0, new Watermark(Long.MAX_VALUE - 1));
        bothIdle();
        harness.setProcessingTime(1_000_000);
        assertThat(harness.getProcessingTime()).isEqualTo(1_000_000);
    }

    @Test
    void itStopsWhereTheLastOpenWindowClosesSoThatTheNextBatchIsNotLate() throws Exception {
        openWithOneEventAt3();
        bothIdle();
        harness.setProcessingTime(1_000_000);
        assertThat(windows()).hasSize(1);
        event(0, "s", "late", 9);
        event(0, "s", "next", 10);
        assertThat(harness.getSideOutput(AlignOperator.LATE))
                .extracting(late -> late.getValue().event().eventId())
                .containsExactly("late");
        assertThat(harness.getSideOutput(AlignOperator.LATE).peek().getValue().watermark())
                .isEqualTo(10);
        assertThat(made.operator.pendingDeadlines()).isOne();
    }

    @Test
    void anEventEndsItAndTheNextSilenceGoesOnFromWhereItStopped() throws Exception {
        openWithOneEventAt3();
        bothIdle();
        harness.setProcessingTime(1004);
        event(1, "s", "y", 4);
        harness.processWatermarkStatus(1, WatermarkStatus.ACTIVE);
        harness.setProcessingTime(5000);
        assertThat(windows()).isEmpty();
        harness.processWatermarkStatus(1, WatermarkStatus.IDLE);
        harness.setProcessingTime(5004);
        assertThat(windows()).isEmpty();
        harness.setProcessingTime(5005);
        assertThat(windows())
                .singleElement()
                .satisfies(window -> assertThat(window.events()).hasSize(2));
        assertDrained();
    }

    @Test
    void aRestartInTheMiddleNeitherTakesItBackNorBeginsItAgain() throws Exception {
        openWithOneEventAt3();
        bothIdle();
        harness.setProcessingTime(1006);
        reopen(TUMBLING, 90_000);
        event(0, "t", "not-late-yet", 9);
        harness.setProcessingTime(95_000);
        assertThat(windows()).as("no partition is idle yet").isEmpty();
        bothIdle();
        harness.setProcessingTime(95_002);
        assertThat(windows()).isEmpty();
        harness.setProcessingTime(95_003);
        assertThat(windows()).hasSize(2);
        assertDrained();
    }

    /**
     * One partition had delivered nothing and was not idle, so the watermark was never seen; then everything falls
     * silent.
     */
    @Test
    void aRestartBeforeTheFirstWatermarkStillEndsInSilence() throws Exception {
        open(TUMBLING);
        harness.setProcessingTime(1000);
        event(0, "s", "x", 3);
        reopen(TUMBLING, 2000);
        bothIdle();
        harness.setProcessingTime(2008);
        assertThat(windows()).isEmpty();
        harness.setProcessingTime(2009);
        assertThat(windows())
                .as("from the event's own time less the out-of-orderness")
                .hasSize(1);
        assertDrained();
    }

    @Test
    void heldItStaysWhereItIs() throws Exception {
        AlignSettings held = new AlignSettings(
                TUMBLING.strategy(),
                2,
                TUMBLING.required(),
                2,
                TUMBLING.caps(),
                Firing.AT_CLOSE,
                TUMBLING.operators(),
                TUMBLING.statePrecision(),
                WhenSilent.HOLD);
        open(held);
        harness.setProcessingTime(1000);
        event(0, "s", "x", 3);
        event(0, "s", "ahead", 18);
        harness.processWatermark(0, new Watermark(16));
        bothIdle();
        harness.setProcessingTime(1_000_000);
        assertThat(windows()).as("the first closed at the largest watermark").hasSize(1);
        assertThat(made.operator.pendingAlarms()).isZero();
    }

    @Test
    void aFarEventAndAClockThatIsSetBackMoveNothingThatWouldOverflow() throws Exception {
        Silence silence = new Silence();
        silence.begin(Long.MAX_VALUE - 5, 1000);
        assertThat(silence.watermark(2000)).isEqualTo(Long.MAX_VALUE);
        assertThat(silence.watermark(500)).isEqualTo(Long.MAX_VALUE - 5);
        silence.begin(Long.MIN_VALUE, 1000);
        assertThat(silence.watermark(1001)).isEqualTo(Long.MIN_VALUE + 1);
        assertThat(silence.reaches(10)).isEqualTo(Aligner.NEVER);
        assertThat(silence.reaches(Long.MIN_VALUE + 7)).isEqualTo(1007);
    }

    @Test
    void aSubjectKeepsTheWatermarkOfItsSubtaskWhenThoseOfSeveralAreRestored() {
        Positions positions = new Positions(
                java.util.List.of(new SavedWatermark(0, 63, 500, 700), new SavedWatermark(64, 127, 9_000, 800)),
                Long.MIN_VALUE,
                subject -> subject.hashCode() & 127);
        assertThat(positions.least()).isEqualTo(500);
        assertThat(positions.highest()).isEqualTo(9_000);
        java.util.Set<Long> seen = new java.util.TreeSet<>();
        for (int i = 0; i < 100; i++) {
            seen.add(positions.of("s" + i, 500));
            assertThat(positions.of("s" + i, 10_000)).isEqualTo(10_000);
        }
        assertThat(seen).containsExactly(500L, 9_000L);
    }
}
