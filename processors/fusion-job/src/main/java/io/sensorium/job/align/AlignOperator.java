// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.align;

import io.sensorium.job.alignment.AlignSettings;
import io.sensorium.job.alignment.AlignSettings.WhenSilent;
import io.sensorium.job.alignment.AlignedWindow;
import io.sensorium.job.alignment.Aligner;
import io.sensorium.job.alignment.CombinedWatermark;
import io.sensorium.job.alignment.Deadlines;
import io.sensorium.job.alignment.EncodedEvent;
import io.sensorium.job.alignment.Positions;
import io.sensorium.job.alignment.Silence;
import io.sensorium.job.alignment.SubjectState;
import io.sensorium.job.alignment.Windowing;
import io.sensorium.job.quarantine.Isolation;
import io.sensorium.job.quarantine.RecordWall;
import io.sensorium.job.records.FailedEvent;
import io.sensorium.job.records.FailureCode;
import io.sensorium.job.records.KeyedEncodedEvent;
import io.sensorium.job.records.LateEventRecord;
import io.sensorium.job.records.Stage;
import io.sensorium.job.serde.RecordType;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperatorV2;
import org.apache.flink.streaming.api.operators.Input;
import org.apache.flink.streaming.api.operators.MultipleInputStreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.tasks.ProcessingTimeService;
import org.apache.flink.util.OutputTag;

/**
 * The keyed shell of {@link Aligner}: an input a modality, so that it sees each one's watermark and idleness. Subjects
 * and their deadlines are kept by {@link SubjectStore} and {@link Deadlines}, not as Flink's timers, which would be a
 * second copy of every key in the state. While every partition is idle the watermark moves on with the wall clock, by a
 * timer for the next window that it closes ({@link Silence}).
 */
public final class AlignOperator extends AbstractStreamOperatorV2<AlignedWindow>
        implements MultipleInputStreamOperator<AlignedWindow> {

    /** Late events. */
    public static final OutputTag<LateEventRecord> LATE = new OutputTag<>("late", RecordType.LATE);

    /** Events on which alignment failed. */
    public static final OutputTag<FailedEvent> FAILED = new OutputTag<>("failed", RecordType.FAILED);

    /** From how many events of a subject on it is not gone through with every event. */
    private static final int MANY = 32;

    /** Wall-clock ms after which the watermark is sent on while it moves in silence, if no window closes before. */
    private static final long SILENCE_STEP = 1000;

    /** Subjects' events of every size may stay in memory. */
    public static final long UNLIMITED = Long.MAX_VALUE;

    private final List<String> names;
    private final StateDescription description;
    private final long[] outOfOrderness;
    private final long maxResidentBytes;
    private final Aligner aligner;
    private final boolean hasWallClock;
    private final boolean advancesWhenSilent;
    private final List<Input> inputs = new ArrayList<>();
    private final Deadlines<SubjectEntry> byWatermark = new Deadlines<>();
    private final Deadlines<SubjectEntry> byWallClock = new Deadlines<>();

    private final Silence silence = new Silence();
    private final Isolation isolation;

    private CombinedWatermark watermark;
    private Positions restored;
    private DescriptionState descriptionState;
    private WatermarkState watermarkState;
    private SubjectStore subjects;
    private AlignOutput out;
    private AlignMetrics metrics;
    private final ProcessingTimeService clock;
    private final Alarm deadlineAlarm;
    private final Alarm silenceAlarm;

    AlignOperator(
            StreamOperatorParameters<AlignedWindow> parameters,
            AlignSettings settings,
            List<String> names,
            StateDescription description,
            long[] outOfOrderness,
            long maxResidentBytes,
            URI notes) {
        super(parameters, names.size());
        this.names = names;
        this.description = description;
        this.outOfOrderness = outOfOrderness;
        this.maxResidentBytes = maxResidentBytes;
        this.aligner = new Aligner(settings);
        this.hasWallClock = settings.firing().maxWait() > 0;
        this.advancesWhenSilent = settings.whenSilent() == WhenSilent.ADVANCE;
        this.isolation = new Isolation(
                notes,
                Stage.ALIGN.label(),
                parameters.getContainingTask().getEnvironment().getTaskInfo().getIndexOfThisSubtask());
        this.clock = parameters.getProcessingTimeService();
        this.deadlineAlarm = new Alarm(clock, this::onWallClock);
        this.silenceAlarm = new Alarm(clock, this::onSilence);
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
        descriptionState = new DescriptionState(description, context.getOperatorStateStore());
        watermarkState = new WatermarkState(
                context.getOperatorStateStore(), getRuntimeContext().getTaskInfo());
        restored = watermarkState.restored();
        isolation.start(context.getRestoredCheckpointId(), getMetricGroup().addGroup("sensorium"));
        watermark = new CombinedWatermark(names.size(), restored.least(), restored.highest());
    }

    @Override
    public void open() throws Exception {
        super.open();
        metrics = new AlignMetrics(getMetricGroup(), names, watermark);
        out = new AlignOutput(output, metrics, isolation);
        subjects = new SubjectStore(this.<String>getKeyedStateBackend(), maxResidentBytes, hasWallClock);
        subjects.restore(
                subject -> restored.of(subject, watermark.value()),
                descriptionState,
                live -> schedule(live, live.events));
        deadlineAlarm.set(byWallClock.next());
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        subjects.flush();
        super.snapshotState(context);
        descriptionState.snapshot();
        if (silence.isRunning()) {
            // Else a restart in the middle of a silence would begin it again.
            watermark.advanceTo(Math.min(
                    silence.watermark(clock.getCurrentProcessingTime()), Windowing.minus(byWatermark.next(), 1)));
        }
        watermarkState.save(watermark.value(), watermark.highest());
        isolation.snapshot(context.getCheckpointId());
    }

    @Override
    public void notifyCheckpointComplete(long checkpointId) throws Exception {
        super.notifyCheckpointComplete(checkpointId);
        isolation.completed();
    }

    void onEvent(KeyedEncodedEvent encoded) throws Exception {
        long start = System.nanoTime();
        long now = clock.getCurrentProcessingTime();
        if (silence.isRunning()) {
            moveOn(now);
            endSilence();
        }
        EncodedEvent event = encoded.event();
        watermark.reached(Windowing.minus(event.time(), outOfOrderness[event.modality()]));
        SubjectEntry live = live(encoded.subjectId());
        long before = live.events.bytes();
        try {
            if (isolation.active()) {
                onEventAlone(live, event, now);
            } else {
                aligner.onEvent(live.events, event, restored.of(live.name, watermark.value()), now, out);
            }
        } catch (Throwable e) {
            drop(live.events, event, e);
        }
        store(live, before, event, now);
        metrics.tookNanos(System.nanoTime() - start);
    }

    private void onEventAlone(SubjectEntry live, EncodedEvent event, long now) throws Exception {
        String item = names.get(event.modality()) + "-" + event.partition() + " offset " + event.offset();
        if (!out.runAlone(
                item, () -> aligner.onEvent(live.events, event, restored.of(live.name, watermark.value()), now, out))) {
            out.failed(live.name, event, FailureCode.POISON, Isolation.MESSAGE);
        }
    }

    void onWatermark(int modality, long watermarkOfModality) throws Exception {
        combined(watermark.advance(modality, watermarkOfModality));
    }

    void onStatus(int modality, boolean idle) throws Exception {
        combined(watermark.idle(modality, idle));
    }

    private void advance(boolean advanced) throws Exception {
        if (!advanced) {
            return;
        }
        long start = System.nanoTime();
        visitDue(byWatermark);
        metrics.tookNanos(System.nanoTime() - start);
        super.processWatermark(new Watermark(watermark.value()));
    }

    /** After a modality's watermark or status changed. */
    private void combined(boolean advanced) throws Exception {
        long now = clock.getCurrentProcessingTime();
        if (silence.isRunning() && !watermark.allIdle()) {
            moveOn(now);
            endSilence();
        }
        advance(advanced);
        if (advancesWhenSilent && !silence.isRunning() && watermark.allIdle() && metrics.windowsOpen() > 0) {
            silence.begin(watermark.value(), now);
            setSilenceAlarm(now);
        }
    }

    private void endSilence() {
        silence.end();
        silenceAlarm.set(Aligner.NEVER);
    }

    private void onSilence(long time) throws Exception {
        long now = Math.max(time, clock.getCurrentProcessingTime());
        moveOn(now);
        setSilenceAlarm(now);
    }

    private void setSilenceAlarm(long now) {
        if (silence.isRunning()) {
            silenceAlarm.set(Math.min(silence.reaches(byWatermark.next()), now + SILENCE_STEP));
        }
    }

    /**
     * Moves the watermark on to where the silence has brought it, window by window: it stops where the last open one
     * closes.
     */
    private void moveOn(long now) throws Exception {
        long reached = silence.watermark(now);
        for (long next = byWatermark.next(); next != Aligner.NEVER && next <= reached; next = byWatermark.next()) {
            if (watermark.advanceTo(next)) {
                advance(true);
            } else {
                visitDue(byWatermark);
            }
            if (metrics.windowsOpen() == 0) {
                endSilence();
                return;
            }
        }
        advance(watermark.advanceTo(reached));
    }

    private void onWallClock(long now) throws Exception {
        visitDue(byWallClock, now, subject -> aligner.onWallClock(subject, now, out));
        deadlineAlarm.set(byWallClock.next());
    }

    private void visitDue(Deadlines<SubjectEntry> deadlines) throws Exception {
        long now = watermark.value();
        visitDue(deadlines, now, subject -> aligner.onWatermark(subject, restored.of(subject.subject(), now), out));
    }

    private void visitDue(Deadlines<SubjectEntry> deadlines, long now, Consumer<SubjectState> visit) throws Exception {
        for (List<SubjectEntry> due = deadlines.poll(now); due != null; due = deadlines.poll(now)) {
            for (SubjectEntry next : due) {
                SubjectEntry live = live(next.name);
                long before = live.events.bytes();
                try {
                    if (!isolation.active()) {
                        visit.accept(live.events);
                    } else if (!out.runAlone("subject " + live.name, () -> visit.accept(live.events))) {
                        live.events
                                .clear()
                                .forEach(event -> out.failed(live.name, event, FailureCode.POISON, Isolation.MESSAGE));
                    }
                } catch (Throwable e) {
                    drop(live.events, null, e);
                }
                store(live, before);
            }
        }
    }

    /**
     * A subject on which the aligner failed may be half changed, so all that is held of it goes to the dead letters,
     * but for what a written window used.
     *
     * @param event that came; null where time passed
     */
    private void drop(SubjectState events, EncodedEvent event, Throwable problem) {
        String message = "alignment failed on the event's subject: " + RecordWall.messageOf(problem);
        LOG.warn("subject {} is dropped with {} events: {}", events.subject(), events.size(), message, problem);
        List<EncodedEvent> dropped = events.clear();
        if (event != null && !dropped.contains(event)) {
            dropped.add(event);
        }
        dropped.forEach(each -> out.failed(events.subject(), each, FailureCode.MODEL_FAILED, message));
    }

    private SubjectEntry live(String name) throws Exception {
        out.subject(name);
        return subjects.get(name);
    }

    /** Stores what is left of a subject and takes note of when it is next due. */
    private void store(SubjectEntry live, long bytesBefore) throws Exception {
        SubjectState events = live.events;
        subjects.store(live, bytesBefore);
        schedule(live, events);
        setDeadlineAlarm();
    }

    /**
     * The same after an event: where much is held of the subject, what the event alone may have moved is looked at
     * first.
     */
    private void store(SubjectEntry live, long bytesBefore, EncodedEvent event, long now) throws Exception {
        SubjectState events = live.events;
        if (events.size() < MANY) {
            store(live, bytesBefore);
            return;
        }
        subjects.store(live, bytesBefore);
        long deadline = aligner.wallClockDeadlineOf(event, now);
        if (!byWatermark.isDueBy(live.watermark, aligner.deadlineOf(events, event))) {
            schedule(live, events);
        } else {
            byWallClock.schedule(live.wallClock, deadline);
            count(live, events, aligner.mayOpenAWindow(events, event) ? aligner.openWindows(events) : live.open);
        }
        setDeadlineAlarm();
    }

    private void setDeadlineAlarm() {
        if (hasWallClock) {
            deadlineAlarm.set(byWallClock.next());
        }
    }

    private void schedule(SubjectEntry live, SubjectState events) {
        if (events.isEmpty()) {
            byWatermark.cancel(live.watermark);
            byWallClock.cancel(live.wallClock);
        } else {
            byWatermark.schedule(live.watermark, aligner.nextDeadline(events));
            long deadline = hasWallClock ? aligner.nextWallClockDeadline(events) : Aligner.NEVER;
            if (deadline != Aligner.NEVER) {
                byWallClock.schedule(live.wallClock, deadline);
            }
        }
        count(live, events, aligner.openWindows(events));
    }

    private void count(SubjectEntry live, SubjectState events, int open) {
        metrics.updateGauges(open - live.open, events.bytes() - live.bytes, subjects.size());
        live.open = open;
        live.bytes = events.bytes();
    }

    /** Subjects with state, in memory or not. */
    int liveSubjects() {
        return subjects.size();
    }

    /** Subjects that wait for the watermark or the wall clock. */
    int pendingDeadlines() {
        return byWatermark.size() + byWallClock.size();
    }

    /** Processing-time timers that are set. */
    int pendingAlarms() {
        return (deadlineAlarm.isSet() ? 1 : 0) + (silenceAlarm.isSet() ? 1 : 0);
    }

    AlignMetrics metrics() {
        return metrics;
    }
}
