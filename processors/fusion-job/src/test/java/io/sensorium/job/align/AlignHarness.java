// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.align;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.alignment.AlignSettings;
import io.sensorium.job.alignment.AlignSettings.Caps;
import io.sensorium.job.alignment.AlignSettings.Firing;
import io.sensorium.job.alignment.AlignSettings.OperatorNeed;
import io.sensorium.job.alignment.AlignStrategy;
import io.sensorium.job.alignment.AlignedWindow;
import io.sensorium.job.alignment.EmbeddingVector;
import io.sensorium.job.alignment.EmbeddingVector.Precision;
import io.sensorium.job.alignment.EncodedEvent;
import io.sensorium.job.records.KeyedEncodedEvent;
import io.sensorium.job.serde.AlignedWindowSerializer;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
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
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.KeyedMultiInputStreamOperatorTestHarness;
import org.junit.jupiter.api.AfterEach;

/** An aligning operator of two modalities in Flink's harness. */
abstract class AlignHarness {

    static final long OUT_OF_ORDERNESS = 2;
    static final AlignSettings TUMBLING = settings(new AlignStrategy.Tumbling(10), Firing.AT_CLOSE);

    long maxResidentBytes = AlignOperator.UNLIMITED;

    /** Of earlier starts; null for none. */
    URI notes;

    StateDescription description = description("tumbling:10", "only");
    KeyedMultiInputStreamOperatorTestHarness<String, AlignedWindow> harness;
    RememberingFactory made;

    static AlignSettings settings(AlignStrategy strategy, Firing firing) {
        return new AlignSettings(
                strategy,
                2,
                Set.of(),
                2,
                new Caps(100, 1 << 20),
                firing,
                List.of(new OperatorNeed(List.of(3))),
                Precision.FLOAT32);
    }

    static StateDescription description(String alignment, String... operators) {
        return new StateDescription(
                new LinkedHashMap<>(Map.of("alignment", alignment)), new ArrayList<>(List.of(operators)));
    }

    @AfterEach
    void close() throws Exception {
        if (harness != null) {
            harness.close();
        }
    }

    KeyedMultiInputStreamOperatorTestHarness<String, AlignedWindow> harness(AlignSettings settings) throws Exception {
        made = new RememberingFactory(settings, description, maxResidentBytes, notes);
        KeyedMultiInputStreamOperatorTestHarness<String, AlignedWindow> fresh =
                new KeyedMultiInputStreamOperatorTestHarness<>(made, Types.STRING);
        KeySelector<KeyedEncodedEvent, String> bySubject = KeyedEncodedEvent::subjectId;
        fresh.setKeySelector(0, bySubject);
        fresh.setKeySelector(1, bySubject);
        fresh.setup(AlignedWindowSerializer.INSTANCE);
        return fresh;
    }

    /** Opens the operator in place of the one that is open. */
    void open(AlignSettings settings) throws Exception {
        close();
        harness = harness(settings);
        harness.open();
    }

    /**
     * Opens the operator anew from what the open one saves.
     *
     * @param now wall-clock ms
     */
    void reopen(AlignSettings settings, long now) throws Exception {
        OperatorSubtaskState snapshot = harness.snapshot(1, 1);
        close();
        harness = harness(settings);
        harness.setProcessingTime(now);
        harness.initializeState(snapshot);
        harness.open();
    }

    /** Makes the operator and keeps it, because the harness does not hand out operators of several inputs. */
    static final class RememberingFactory extends AbstractStreamOperatorFactory<AlignedWindow> {
        private static final long serialVersionUID = 1L;

        private final AlignOperatorFactory factory;
        transient AlignOperator operator;

        RememberingFactory(AlignSettings settings, StateDescription description, long maxResidentBytes, URI notes) {
            factory = new AlignOperatorFactory(
                    settings,
                    List.of("a", "b"),
                    description,
                    List.of(OUT_OF_ORDERNESS, OUT_OF_ORDERNESS),
                    maxResidentBytes,
                    notes);
        }

        @Override
        public <T extends StreamOperator<AlignedWindow>> T createStreamOperator(
                StreamOperatorParameters<AlignedWindow> parameters) {
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

    void event(int modality, String subject, String id, long time) throws Exception {
        event(
                subject,
                new EncodedEvent(
                        modality,
                        id,
                        time,
                        0,
                        time,
                        harness.getProcessingTime(),
                        1,
                        new EmbeddingVector(new byte[] {1, 2, 3, 4}, Precision.FLOAT32),
                        Map.of("k", "v"),
                        Map.of("s", 0.5)));
    }

    void event(String subject, EncodedEvent event) throws Exception {
        harness.processElement(event.modality(), new StreamRecord<>(new KeyedEncodedEvent(subject, event)));
    }

    List<AlignedWindow> windows() {
        return new ArrayList<>(harness.extractOutputValues());
    }

    void assertDrained() {
        assertThat(((HeapKeyedStateBackend<?>) made.operator.<String>getKeyedStateBackend()).numKeyValueStateEntries())
                .as("state")
                .isZero();
        assertThat(made.operator.liveSubjects()).as("subjects").isZero();
        assertThat(made.operator.pendingDeadlines()).as("deadlines").isZero();
        assertThat(harness.numEventTimeTimers() + harness.numProcessingTimeTimers() + made.operator.pendingAlarms())
                .as("timers")
                .isZero();
        assertThat(made.operator.metrics().stateBytes()).as("state_bytes").isZero();
        assertThat(made.operator.metrics().windowsOpen()).as("windows_open").isZero();
    }
}
