package io.sensorium.job.align;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.wire.EncodedEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.heap.HeapKeyedStateBackend;
import org.apache.flink.streaming.api.operators.AbstractStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.streaming.util.KeyedMultiInputStreamOperatorTestHarness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The shell: watermarks by modality, idleness, timers, state that drains, and a restore. */
class AlignOperatorTest {

    private static final AlignSettings TUMBLING = new AlignSettings(new AlignStrategy.Tumbling(10), 2, Set.of(), 2, 100, 1 << 20);

    private KeyedMultiInputStreamOperatorTestHarness<String, AlignedWindow> harness;
    private RememberingFactory made;

    @BeforeEach
    void open() throws Exception {
        harness = harness(TUMBLING);
        harness.open();
    }

    @AfterEach
    void close() throws Exception {
        harness.close();
    }

    private KeyedMultiInputStreamOperatorTestHarness<String, AlignedWindow> harness(AlignSettings settings) throws Exception {
        made = new RememberingFactory(settings);
        KeyedMultiInputStreamOperatorTestHarness<String, AlignedWindow> fresh = new KeyedMultiInputStreamOperatorTestHarness<>(made, Types.STRING);
        KeySelector<EncodedEvent, String> bySubject = EncodedEvent::subjectId;
        fresh.setKeySelector(0, bySubject);
        fresh.setKeySelector(1, bySubject);
        fresh.setup(io.sensorium.job.wire.AlignedWindowSerializer.INSTANCE);
        return fresh;
    }

    /** Makes the operator and keeps it, because the harness does not hand out operators of several inputs. */
    private static final class RememberingFactory extends AbstractStreamOperatorFactory<AlignedWindow> {
        private static final long serialVersionUID = 1L;

        private final AlignOperator.Factory factory;
        private transient AlignOperator operator;

        RememberingFactory(AlignSettings settings) {
            factory = new AlignOperator.Factory(settings, List.of("a", "b"));
        }

        @Override
        public <T extends StreamOperator<AlignedWindow>> T createStreamOperator(StreamOperatorParameters<AlignedWindow> parameters) {
            T created = factory.createStreamOperator(parameters);
            operator = (AlignOperator) created;
            return created;
        }

        @Override
        @SuppressWarnings("rawtypes")
        public Class<? extends StreamOperator> getStreamOperatorClass(ClassLoader classLoader) {
            return AlignOperator.class;
        }
    }

    private void event(int modality, String subject, String id, long time) throws Exception {
        harness.processElement(modality, new StreamRecord<>(new EncodedEvent(subject, new AlignedEvent(modality, id, time, 0, time, 0, 1,
                new float[] {1, 2, 3}, Map.of("k", "v"), Map.of("s", 0.5)))));
    }

    private List<AlignedWindow> windows() {
        return new ArrayList<>(harness.extractOutputValues());
    }

    private void assertDrained() {
        assertThat(((HeapKeyedStateBackend<?>) made.operator.<String>getKeyedStateBackend()).numKeyValueStateEntries()).as("state").isZero();
        assertThat(harness.numEventTimeTimers()).as("timers").isZero();
    }

    @Test
    void closesWhenTheSlowestModalityHasPassedTheEndAndLeavesNothing() throws Exception {
        for (int subject = 0; subject < 50; subject++) {
            event(0, "s" + subject, "x", 3);
            event(1, "s" + subject, "y", 9);
        }
        harness.processWatermark(0, new Watermark(100));
        assertThat(windows()).isEmpty();
        assertThat(harness.numEventTimeTimers()).isEqualTo(50);
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
        AlignedWindow late = harness.getSideOutput(AlignOperator.LATE).peek().getValue();
        assertThat(LateArrival.event(late).eventId()).isEqualTo("late");
        assertThat(LateArrival.watermark(late)).isEqualTo(25);
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
        assertThat(window.events()).extracting(AlignedEvent::eventId).containsExactly("x", "y");
        assertThat(window.events().get(0).vector()).containsExactly(1, 2, 3);
        assertThat(window.events().get(0).attributes()).containsEntry("k", "v");
        assertThat(window.events().get(0).signals()).containsEntry("s", 0.5);
        assertDrained();
    }
}
