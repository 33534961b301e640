package io.sensorium.job.align;

import io.sensorium.job.align.Aligner.Count;
import io.sensorium.job.wire.EncodedEvent;
import io.sensorium.job.wire.RecordType;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.operators.AbstractInput;
import org.apache.flink.streaming.api.operators.AbstractStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.AbstractStreamOperatorV2;
import org.apache.flink.streaming.api.operators.Input;
import org.apache.flink.streaming.api.operators.InternalTimer;
import org.apache.flink.streaming.api.operators.InternalTimerService;
import org.apache.flink.streaming.api.operators.MultipleInputStreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.api.operators.Triggerable;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.util.OutputTag;

/**
 * The keyed shell of {@link Aligner}: an input a modality, so that it sees each one's watermark and idleness; one value of
 * state and at most one timer a subject.
 */
public final class AlignOperator extends AbstractStreamOperatorV2<AlignedWindow>
        implements MultipleInputStreamOperator<AlignedWindow>, Triggerable<String, VoidNamespace> {

    /** Late events: {@link LateArrival}. */
    public static final OutputTag<AlignedWindow> LATE = new OutputTag<>("late", RecordType.WINDOW);

    private final AlignSettings settings;
    private final List<String> names;
    private final Aligner aligner;
    private final List<Input> inputs = new ArrayList<>();
    private final Forward effects = new Forward();
    private final StreamRecord<AlignedWindow> reused = new StreamRecord<>(null);

    private CombinedWatermark watermark;
    private ListState<Long> savedWatermark;
    private ValueState<SubjectEvents> state;
    private InternalTimerService<VoidNamespace> timers;
    private String subject;
    private Counter complete;
    private Counter incomplete;
    private Counter late;
    private Counter[] counts;
    private Counter alignNanos;

    private AlignOperator(StreamOperatorParameters<AlignedWindow> parameters, AlignSettings settings, List<String> names) {
        super(parameters, names.size());
        this.settings = settings;
        this.names = names;
        this.aligner = new Aligner(settings);
        for (int i = 0; i < names.size(); i++) {
            inputs.add(new ModalityInput(this, i));
        }
    }

    @Override
    public List<Input> getInputs() {
        return inputs;
    }

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        savedWatermark = context.getOperatorStateStore().getUnionListState(new ListStateDescriptor<>("watermark", LongSerializer.INSTANCE));
        // The least of all subtasks': an event within bounds was late to none of them, whoever gets its subject now.
        long restored = Long.MAX_VALUE;
        for (long saved : savedWatermark.get()) {
            restored = Math.min(restored, saved);
        }
        watermark = new CombinedWatermark(names.size(), context.isRestored() && restored != Long.MAX_VALUE ? restored : Long.MIN_VALUE);
    }

    @Override
    public void open() throws Exception {
        super.open();
        state = getPartitionedState(new ValueStateDescriptor<>("subject", SubjectEventsSerializer.INSTANCE));
        timers = getInternalTimerService("deadlines", VoidNamespaceSerializer.INSTANCE, this);
        MetricGroup group = getMetricGroup().addGroup("sensorium");
        complete = group.counter("windows_complete");
        incomplete = group.counter("windows_incomplete");
        late = group.counter("late_events");
        alignNanos = group.counter("align_nanos");
        counts = new Counter[Count.values().length];
        for (Count count : Count.values()) {
            counts[count.ordinal()] = group.counter("events_" + count.name().toLowerCase(java.util.Locale.ROOT));
        }
        group.gauge("watermark", () -> watermark.value());
        for (int i = 0; i < names.size(); i++) {
            int modality = i;
            group.addGroup("modality", names.get(i)).gauge("watermark", () -> watermark.of(modality));
        }
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        super.snapshotState(context);
        savedWatermark.update(List.of(watermark.value()));
    }

    private void onEvent(EncodedEvent encoded) throws Exception {
        long start = System.nanoTime();
        subject = encoded.subjectId();
        SubjectEvents events = state.value();
        if (events == null) {
            events = new SubjectEvents();
        }
        aligner.onEvent(events, encoded.event(), watermark.value(), effects);
        keep(events);
        alignNanos.inc(System.nanoTime() - start);
    }

    @Override
    public void onEventTime(InternalTimer<String, VoidNamespace> timer) throws Exception {
        long start = System.nanoTime();
        subject = timer.getKey();
        SubjectEvents events = state.value();
        if (events == null) {
            return;
        }
        if (events.timer == timer.getTimestamp()) {
            events.timer = Aligner.NEVER;
        }
        aligner.onWatermark(subject, events, watermark.value(), effects);
        keep(events);
        alignNanos.inc(System.nanoTime() - start);
    }

    @Override
    public void onProcessingTime(InternalTimer<String, VoidNamespace> timer) {
        throw new IllegalStateException("alignment registers no processing-time timers");
    }

    /** Stores what is left and moves the subject's one timer to its next deadline. */
    private void keep(SubjectEvents events) throws Exception {
        long deadline = aligner.nextDeadline(events);
        if (deadline != events.timer) {
            if (events.timer != Aligner.NEVER) {
                timers.deleteEventTimeTimer(VoidNamespace.INSTANCE, events.timer);
            }
            if (!events.isEmpty()) {
                timers.registerEventTimeTimer(VoidNamespace.INSTANCE, deadline);
            }
            events.timer = events.isEmpty() ? Aligner.NEVER : deadline;
        }
        if (events.isEmpty()) {
            state.clear();
        } else {
            state.update(events);
        }
    }

    private void advance(boolean advanced) throws Exception {
        if (advanced) {
            super.processWatermark(new Watermark(watermark.value()));
        }
    }

    /** One modality's input. */
    private static final class ModalityInput extends AbstractInput<EncodedEvent, AlignedWindow> {
        private final AlignOperator aligning;
        private final int modality;

        ModalityInput(AlignOperator operator, int modality) {
            super(operator, modality + 1);
            this.aligning = operator;
            this.modality = modality;
        }

        @Override
        public void processElement(StreamRecord<EncodedEvent> element) throws Exception {
            aligning.onEvent(element.getValue());
        }

        @Override
        public void processWatermark(Watermark mark) throws Exception {
            aligning.advance(aligning.watermark.advance(modality, mark.getTimestamp()));
        }

        @Override
        public void processWatermarkStatus(WatermarkStatus status) throws Exception {
            aligning.advance(aligning.watermark.idle(modality, status.isIdle()));
        }
    }

    private final class Forward implements Aligner.Effects {
        @Override
        public void window(AlignedWindow window) {
            (window.complete() ? complete : incomplete).inc();
            output.collect(reused.replace(window));
        }

        @Override
        public void late(AlignedEvent event, long at) {
            late.inc();
            output.collect(LATE, new StreamRecord<>(LateArrival.wrap(subject, event, at)));
        }

        @Override
        public void count(Count count, long events) {
            counts[count.ordinal()].inc(events);
        }
    }

    /** Makes the operator where it runs. */
    public static final class Factory extends AbstractStreamOperatorFactory<AlignedWindow> {
        private static final long serialVersionUID = 1L;

        private final AlignSettings settings;
        private final ArrayList<String> names;

        /** @param names the modalities' names, for metrics */
        public Factory(AlignSettings settings, List<String> names) {
            this.settings = settings;
            this.names = new ArrayList<>(names);
        }

        @Override
        @SuppressWarnings("unchecked")
        public <T extends StreamOperator<AlignedWindow>> T createStreamOperator(StreamOperatorParameters<AlignedWindow> parameters) {
            return (T) new AlignOperator(parameters, settings, names);
        }

        @Override
        @SuppressWarnings("rawtypes")
        public Class<? extends StreamOperator> getStreamOperatorClass(ClassLoader classLoader) {
            return AlignOperator.class;
        }
    }
}
