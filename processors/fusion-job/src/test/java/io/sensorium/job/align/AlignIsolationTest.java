// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.align;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.alignment.AlignSettings.Firing;
import io.sensorium.job.alignment.AlignStrategy;
import io.sensorium.job.alignment.AlignedWindow;
import io.sensorium.job.alignment.AlignedWindow.Status;
import io.sensorium.job.alignment.CombinedWatermark;
import io.sensorium.job.alignment.EncodedEvent;
import io.sensorium.job.quarantine.Isolation;
import io.sensorium.job.records.FailedEvent;
import io.sensorium.job.records.FailureCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.MockOutput;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The process has died while alignment processed an event, or closed a subject's window. */
class AlignIsolationTest extends AlignHarness {

    @TempDir
    Path folder;

    /** Leaves the notes as they are when the process has died under an item for the second time. */
    private Path diedTwiceUnder(String item) throws Exception {
        Path file = folder.resolve("align.0.json");
        Files.writeString(file, """
                {"checkpoint":-1,"starts":5,"underWay":"%s","suspects":{"%s":1},"poison":{}}""".formatted(item, item));
        notes = folder.toUri();
        return file;
    }

    private List<FailedEvent> failed() {
        return harness.getSideOutput(AlignOperator.FAILED) == null
                ? List.of()
                : harness.getSideOutput(AlignOperator.FAILED).stream()
                        .map(StreamRecord::getValue)
                        .toList();
    }

    @Test
    void theEventIsADeadLetterAndItsSubjectAndTheOthersAreAligned() throws Exception {
        Path file = diedTwiceUnder("b-0 offset 9");
        open(TUMBLING);
        event(0, "s", "x", 3);
        event(1, "s", "kills", 9);
        event(1, "s", "y", 8);
        event(0, "t", "x", 4);
        event(1, "t", "y", 7);
        assertThat(failed()).singleElement().satisfies(event -> {
            assertThat(event.event().eventId()).isEqualTo("kills");
            assertThat(event.code()).isEqualTo(FailureCode.POISON);
            assertThat(event.message()).isEqualTo(Isolation.MESSAGE);
        });
        harness.processWatermark(0, new Watermark(10));
        harness.processWatermark(1, new Watermark(10));
        assertThat(windows()).extracting(AlignedWindow::subject).containsExactlyInAnyOrder("s", "t");
        assertThat(windows())
                .allSatisfy(window -> assertThat(window.events())
                        .extracting(EncodedEvent::eventId)
                        .containsExactly("x", "y"));
        harness.snapshot(8, 8);
        assertThat(Files.readString(file))
                .as("its dead letter is in checkpoint 8")
                .contains("\"b-0 offset 9\":8");
        assertDrained();
    }

    @Test
    void theEventsOfASubjectWhoseWindowCannotBeClosedAreDeadLetters() throws Exception {
        diedTwiceUnder("subject s");
        open(TUMBLING);
        event(0, "s", "x", 3);
        event(1, "s", "y", 8);
        event(0, "t", "x", 4);
        event(1, "t", "y", 7);
        harness.processWatermark(0, new Watermark(10));
        harness.processWatermark(1, new Watermark(10));
        assertThat(failed())
                .extracting(event -> event.subject() + " " + event.event().eventId() + " " + event.code())
                .containsExactly("s x POISON", "s y POISON");
        assertThat(windows()).extracting(AlignedWindow::subject).containsExactly("t");
        assertDrained();
    }

    @Test
    void whatAWindowDoesDownstreamIsNotAttributedToAlignment() throws Exception {
        Path file = diedTwiceUnder("b-0 offset 9");
        Isolation isolation = new Isolation(folder.toUri(), "align", 0);
        isolation.start(OptionalLong.empty(), new UnregisteredMetricsGroup());
        List<String> notesAtOutput = new ArrayList<>();
        AlignOutput out = new AlignOutput(
                new MockOutput<>(new ArrayList<>()) {
                    @Override
                    public void collect(StreamRecord<AlignedWindow> record) {
                        try {
                            notesAtOutput.add(Files.readString(file));
                        } catch (IOException e) {
                            throw new IllegalStateException(e);
                        }
                    }
                },
                new AlignMetrics(
                        new UnregisteredMetricsGroup(),
                        List.of("a", "b"),
                        new CombinedWatermark(2, Long.MIN_VALUE, Long.MIN_VALUE)),
                isolation);
        String[] during = {""};
        assertThat(out.runAlone("a-0 offset 1", () -> {
                    out.window(new AlignedWindow(
                            "s", 0, 10, "", List.of(), List.of(), Status.FINAL, true, 0, AlignedWindow.FIRST));
                    try {
                        during[0] = Files.readString(file);
                    } catch (IOException e) {
                        throw new IllegalStateException(e);
                    }
                    assertThat(notesAtOutput).isEmpty();
                }))
                .isTrue();
        assertThat(during[0]).contains("\"underWay\":\"a-0 offset 1\"");
        assertThat(notesAtOutput).singleElement().asString().doesNotContain("a-0 offset 1");
    }

    @Test
    void nothingIsNotedWhileNothingDies() throws Exception {
        notes = folder.toUri();
        open(settings(new AlignStrategy.Tumbling(10), Firing.AT_CLOSE));
        String atStart = Files.readString(folder.resolve("align.0.json"));
        event(0, "s", "x", 3);
        event(1, "s", "y", 8);
        harness.processWatermark(0, new Watermark(10));
        harness.processWatermark(1, new Watermark(10));
        assertThat(windows()).hasSize(1);
        assertThat(Files.readString(folder.resolve("align.0.json"))).isEqualTo(atStart);
    }
}
