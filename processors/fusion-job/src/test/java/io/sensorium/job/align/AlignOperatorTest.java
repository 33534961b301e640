// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.align;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.sensorium.job.alignment.AlignSettings;
import io.sensorium.job.alignment.AlignSettings.Firing;
import io.sensorium.job.alignment.AlignStrategy;
import io.sensorium.job.alignment.AlignedWindow;
import io.sensorium.job.alignment.AlignedWindow.Status;
import io.sensorium.job.alignment.EncodedEvent;
import io.sensorium.job.records.LateEventRecord;
import java.util.Map;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.heap.HeapKeyedStateBackend;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The shell: watermarks by modality, idleness, timers, state that drains, and a restore. */
class AlignOperatorTest extends AlignHarness {

    @BeforeEach
    void open() throws Exception {
        open(TUMBLING);
    }

    @Test
    void closesWhenTheSlowestModalityHasPassedTheEndAndLeavesNothing() throws Exception {
        for (int subject = 0; subject < 50; subject++) {
            event(0, "s" + subject, "x", 3);
            event(1, "s" + subject, "y", 9);
        }
        harness.processWatermark(0, new Watermark(100));
        assertThat(windows()).isEmpty();
        assertThat(made.operator.pendingDeadlines()).isEqualTo(50);
        assertThat(made.operator.metrics().windowsOpen()).isEqualTo(50);
        harness.processWatermark(1, new Watermark(9));
        assertThat(windows()).isEmpty();
        harness.processWatermark(1, new Watermark(10));
        assertThat(windows()).hasSize(50).allSatisfy(window -> {
            assertThat(window.complete()).isTrue();
            assertThat(window.start()).isZero();
            assertThat(window.events()).hasSize(2);
        });
        assertDrained();
    }

    @Test
    void aSubjectOnWhichAlignmentFailsGoesToTheDeadLettersAndTheOthersGoOn() throws Exception {
        event(0, "sound", "x", 3);
        event(0, "torn", "x", 4);
        event("torn", new EncodedEvent(1, "y", 5, 0, 5, harness.getProcessingTime(), 1, null, Map.of(), Map.of()));
        event(1, "sound", "y", 9);
        event(1, "torn", "z", 6);
        assertThat(harness.getSideOutput(AlignOperator.FAILED))
                .extracting(record -> record.getValue().subject() + " "
                        + record.getValue().event().eventId())
                .containsExactlyInAnyOrder("torn x", "torn y");
        assertThat(harness.getSideOutput(AlignOperator.FAILED))
                .allSatisfy(record -> assertThat(record.getValue().message()).contains("NullPointerException"));
        harness.processWatermark(0, new Watermark(10));
        harness.processWatermark(1, new Watermark(10));
        assertThat(windows())
                .extracting(AlignedWindow::subject)
                .as("what comes later begins anew")
                .containsExactlyInAnyOrder("sound", "torn");
        assertDrained();
    }

    @Test
    void aSilentModalityIsLeftOutOnceItIsIdleAndItsWindowIsIncomplete() throws Exception {
        event(0, "s", "x", 3);
        harness.processWatermark(0, new Watermark(50));
        assertThat(windows()).isEmpty();
        harness.processWatermarkStatus(1, WatermarkStatus.IDLE);
        assertThat(windows()).hasSize(1);
        assertThat(windows().get(0).missing()).containsExactly(1);
        assertDrained();
    }

    @Test
    void whenAllAreIdleTheLargestWatermarkCounts() throws Exception {
        event(0, "s", "x", 3);
        event(1, "s", "y", 4);
        harness.processWatermark(0, new Watermark(50));
        harness.processWatermark(1, new Watermark(5));
        harness.processWatermarkStatus(0, WatermarkStatus.IDLE);
        assertThat(windows()).isEmpty();
        harness.processWatermarkStatus(1, WatermarkStatus.IDLE);
        assertThat(windows()).hasSize(1);
        assertDrained();
    }

    @Test
    void aLateEventGoesAsideAndFiresNothing() throws Exception {
        harness.processWatermark(0, new Watermark(25));
        harness.processWatermark(1, new Watermark(30));
        event(0, "s", "late", 19);
        event(0, "s", "in-time", 20);
        assertThat(harness.getSideOutput(AlignOperator.LATE)).hasSize(1);
        LateEventRecord late = harness.getSideOutput(AlignOperator.LATE).peek().getValue();
        assertThat(late.event().eventId()).isEqualTo("late");
        assertThat(late.watermark()).isEqualTo(25);
        assertThat(windows()).isEmpty();
    }

    @Test
    void goesOnFromASnapshotWithItsEventsTimersAndWatermark() throws Exception {
        event(0, "s", "x", 13);
        harness.processWatermark(0, new Watermark(10));
        harness.processWatermark(1, new Watermark(10));
        OperatorSubtaskState snapshot = harness.snapshot(1, 1);
        harness.close();
        harness = harness(TUMBLING);
        harness.initializeState(snapshot);
        harness.open();
        event(1, "s", "before-the-saved-watermark", 9);
        assertThat(harness.getSideOutput(AlignOperator.LATE)).hasSize(1);
        event(1, "s", "y", 17);
        harness.processWatermark(0, new Watermark(20));
        harness.processWatermark(1, new Watermark(20));
        assertThat(windows()).hasSize(1);
        AlignedWindow window = windows().get(0);
        assertThat(window.events()).extracting(EncodedEvent::eventId).containsExactly("x", "y");
        assertThat(window.events().get(0).embeddings().get(0).vector().bytes()).containsExactly(1, 2, 3, 4);
        assertThat(window.events().get(0).attributes()).containsEntry("k", "v");
        assertThat(window.events().get(0).signals()).containsEntry("s", 0.5);
        assertDrained();
    }

    @Test
    void writesAtTheDeadlineOfTheWallClockWithEveryTopicSilentAndOnceMoreAtTheCloseOnlyWhenMoreCame() throws Exception {
        harness.close();
        harness = harness(settings(new AlignStrategy.Tumbling(10), new Firing(false, 0, 60)));
        harness.open();
        harness.setProcessingTime(1000);
        event(0, "s", "x", 3);
        event(0, "t", "x", 3);
        harness.setProcessingTime(1059);
        assertThat(windows()).isEmpty();
        harness.setProcessingTime(1060);
        assertThat(windows()).hasSize(2).allSatisfy(window -> {
            assertThat(window.forced()).isTrue();
            assertThat(window.missing()).containsExactly(1);
        });
        event(1, "s", "y", 4);
        harness.processWatermark(0, new Watermark(10));
        harness.processWatermark(1, new Watermark(10));
        assertThat(windows().subList(2, windows().size()))
                .extracting(
                        AlignedWindow::subject, AlignedWindow::status, AlignedWindow::complete, AlignedWindow::forced)
                .containsExactly(tuple("s", Status.RETRACTED, false, true), tuple("s", Status.FINAL, true, false));
        assertDrained();
    }

    @Test
    void deadlinesStartAnewAfterARestore() throws Exception {
        AlignSettings waiting = settings(new AlignStrategy.Tumbling(10), new Firing(false, 0, 60));
        harness.close();
        harness = harness(waiting);
        harness.open();
        harness.setProcessingTime(1000);
        event(0, "s", "x", 3);
        OperatorSubtaskState snapshot = harness.snapshot(1, 1);
        harness.close();
        harness = harness(waiting);
        harness.setProcessingTime(System.currentTimeMillis() - 1000);
        harness.initializeState(snapshot);
        harness.open();
        harness.setProcessingTime(System.currentTimeMillis());
        assertThat(windows()).isEmpty();
        harness.setProcessingTime(System.currentTimeMillis() + 60);
        assertThat(windows()).hasSize(1).allMatch(AlignedWindow::forced);
        harness.processWatermark(0, Watermark.MAX_WATERMARK);
        harness.processWatermark(1, Watermark.MAX_WATERMARK);
        assertThat(windows()).hasSize(1);
        assertDrained();
    }

    @Test
    void subjectsThatDoNotFitTheMemoryWaitInTheKeyedStateAndCloseAllTheSame() throws Exception {
        harness.close();
        maxResidentBytes = 500;
        harness = harness(settings(new AlignStrategy.Sliding(10, 5), new Firing(false, 10, 0)));
        harness.open();
        for (int subject = 0; subject < 100; subject++) {
            event(0, "s" + subject, "x", 3);
        }
        for (int subject = 0; subject < 100; subject++) {
            event(1, "s" + subject, "y", 7);
        }
        assertThat(((HeapKeyedStateBackend<?>) made.operator.<String>getKeyedStateBackend()).numKeyValueStateEntries())
                .isGreaterThan(80);
        for (long watermark : new long[] {5, 10, 12, 15, 30}) {
            harness.processWatermark(0, new Watermark(watermark));
            harness.processWatermark(1, new Watermark(watermark));
        }
        assertThat(windows()).hasSize(300);
        assertThat(windows().stream().filter(AlignedWindow::complete)).hasSize(100);
        assertThat(windows().stream().map(window -> window.subject() + window.start()))
                .doesNotHaveDuplicates();
        assertDrained();
    }

    @Test
    void aSnapshotWhileSomeAreInMemoryAndSomeAreNotLosesNothing() throws Exception {
        harness.close();
        maxResidentBytes = 500;
        AlignSettings sliding = settings(new AlignStrategy.Sliding(10, 5), new Firing(true, 10, 0));
        harness = harness(sliding);
        harness.open();
        for (int subject = 0; subject < 40; subject++) {
            event(0, "s" + subject, "x", 6);
            event(1, "s" + subject, "y", 7);
        }
        int provisional = windows().size();
        assertThat(provisional).isEqualTo(80);
        for (int restore = 0; restore < 3; restore++) {
            OperatorSubtaskState snapshot = harness.snapshot(restore, restore);
            harness.close();
            harness = harness(sliding);
            harness.initializeState(snapshot);
            harness.open();
            event(1, "s" + restore, "z", 8);
            assertThat(windows()).as("provisional only once an id").isEmpty();
        }
        harness.processWatermark(0, new Watermark(25));
        harness.processWatermark(1, new Watermark(25));
        assertThat(windows())
                .hasSize(80)
                .allMatch(window -> window.revision(0) == 1 && window.status() == Status.FINAL);
        assertThat(windows().stream().filter(window -> window.events().size() == 3))
                .hasSize(6);
        assertDrained();
    }

    @Test
    void afterAForcedWriteTheNextEventHasADeadlineOfItsOwn() throws Exception {
        open(settings(new AlignStrategy.Session(10, 1000), new Firing(false, 0, 60)));
        harness.setProcessingTime(1000);
        event(0, "s", "x", 3);
        harness.setProcessingTime(1060);
        event(0, "s", "x", 3);
        harness.setProcessingTime(1100);
        event(1, "s", "y", 6);
        harness.setProcessingTime(1159);
        assertThat(windows())
                .singleElement()
                .satisfies(window -> assertThat(window.missing()).containsExactly(1));
        harness.setProcessingTime(1160);
        assertThat(windows().subList(1, windows().size()))
                .extracting(AlignedWindow::status, AlignedWindow::complete, AlignedWindow::forced)
                .containsExactly(tuple(Status.RETRACTED, false, true), tuple(Status.FINAL, true, true));
        harness.setProcessingTime(100_000);
        harness.processWatermark(0, new Watermark(16));
        harness.processWatermark(1, new Watermark(16));
        assertThat(windows()).as("nothing came since").hasSize(3);
        assertDrained();
    }

    @Test
    void aSessionThatStartsEarlierAfterItsForcedWriteIsWrittenUnderItsNewIdAtOnce() throws Exception {
        open(settings(new AlignStrategy.Session(10, 1000), new Firing(false, 0, 60)));
        harness.setProcessingTime(1000);
        event(0, "s", "x", 3);
        harness.setProcessingTime(1100);
        event(1, "s", "y", 1);
        assertThat(windows())
                .extracting(AlignedWindow::start, AlignedWindow::status, AlignedWindow::forced)
                .containsExactly(
                        tuple(3L, Status.FINAL, true),
                        tuple(3L, Status.RETRACTED, true),
                        tuple(1L, Status.FINAL, true));
    }

    @Test
    void deadlinesGoOnWhileASubjectIsNotInMemory() throws Exception {
        maxResidentBytes = 1;
        open(settings(new AlignStrategy.Tumbling(10), new Firing(false, 0, 60)));
        harness.setProcessingTime(1000);
        event(0, "s", "x", 3);
        for (int i = 0; i < 30; i++) {
            harness.setProcessingTime(1001 + i);
            event(1, "other" + i, "y", 3);
            event(1, "s", "y" + i, 4);
        }
        harness.setProcessingTime(1059);
        assertThat(windows()).isEmpty();
        harness.setProcessingTime(1060);
        assertThat(windows()).extracting(AlignedWindow::subject).containsExactly("s");
        harness.setProcessingTime(1090);
        assertThat(windows()).hasSize(31);
        harness.processWatermark(0, Watermark.MAX_WATERMARK);
        harness.processWatermark(1, Watermark.MAX_WATERMARK);
        assertThat(windows()).hasSize(31);
        assertDrained();
    }

    @Test
    void nothingIsKeptOfDeadlinesWhoseWindowsHaveClosed() throws Exception {
        open(settings(new AlignStrategy.Tumbling(10), new Firing(false, 0, 3_600_000)));
        for (int i = 0; i < 20_000; i++) {
            harness.setProcessingTime(1000 + i);
            event(0, "s" + i, "x", i);
            harness.processWatermark(0, new Watermark(i));
            harness.processWatermark(1, new Watermark(i));
            assertThat(made.operator.pendingDeadlines()).isLessThan(30);
        }
        harness.processWatermark(0, new Watermark(30_000));
        harness.processWatermark(1, new Watermark(30_000));
        assertDrained();
    }
}
