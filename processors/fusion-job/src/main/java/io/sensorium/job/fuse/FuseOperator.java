// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.fuse;

import ai.onnxruntime.OrtException;
import io.sensorium.job.alignment.AlignedWindow;
import io.sensorium.job.batch.BatchingOperator;
import io.sensorium.job.config.ModelBundle;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.Rollout.Mode;
import io.sensorium.job.fuse.LoadedOperator.Fused;
import io.sensorium.job.operator.Operator;
import io.sensorium.job.quarantine.Isolation;
import io.sensorium.job.quarantine.RecordWall;
import io.sensorium.job.records.DeadLetters;
import io.sensorium.job.records.FailureCode;
import io.sensorium.job.records.OutputRecord;
import io.sensorium.job.records.OutputSchemas;
import io.sensorium.job.records.Stage;
import io.sensorium.job.rollout.ModelSwapper;
import io.sensorium.job.trace.StageTracer;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.runtime.operators.coordination.OperatorEventGateway;
import org.apache.flink.runtime.operators.coordination.OperatorEventHandler;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs every operator of the pipeline over batches of windows and writes the records. Flushes with every checkpoint, so
 * it keeps no state but which models run and what operators with a context read of a subject's past; then the stream
 * must be keyed by subject. A batch on which a head fails is run window by window; the failing ones become dead
 * letters.
 */
public final class FuseOperator extends BatchingOperator<AlignedWindow, OutputRecord> {
    private static final long serialVersionUID = 1L;

    private static final Logger LOG = LoggerFactory.getLogger(FuseOperator.class);
    private static final int MAX_WINDOWS = 256;

    /** Events that the waiting windows may hold together: a few large windows are a batch too. */
    private static final int MAX_EVENTS = 4096;

    private final PipelineConfig config;
    private final OutputSchemas schemas;
    private final URI notes;
    private final List<Waiting> waiting = new ArrayList<>();
    private int waitingEvents;
    private final transient ModelSwapper<LoadedOperators> models;
    private long position = Long.MIN_VALUE;

    private final StreamRecord<OutputRecord> reused = new StreamRecord<>(null);

    private transient ShadowWriter shadows;
    private transient UnfusedWindows unfused;
    private transient Isolation isolation;
    private transient FuseMetrics metrics;
    private transient WindowHistories histories;
    private transient WindowSpans spans;

    /** Null where there are no rules. */
    private transient Moderator moderator;

    /** @param since when it came, by {@link System#nanoTime()} */
    private record Waiting(AlignedWindow window, long since) {}

    FuseOperator(
            StreamOperatorParameters<OutputRecord> parameters,
            PipelineConfig config,
            ModelBundle file,
            OutputSchemas schemas,
            URI notes,
            OperatorEventGateway coordinator) {
        super(parameters, config.runtime().maxDelay());
        this.config = config;
        this.schemas = schemas;
        this.notes = notes;
        this.models = new ModelSwapper<>(
                Stage.FUSE.label(),
                file,
                bundle -> LoadedOperators.load(config, bundle, schemas),
                () -> position,
                coordinator,
                parameters.getMailboxExecutor());
    }

    /** What the coordinator's events go to. */
    OperatorEventHandler eventHandler() {
        return models;
    }

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        models.restore(context);
        isolation = new Isolation(
                notes, Stage.FUSE.label(), getRuntimeContext().getTaskInfo().getIndexOfThisSubtask());
        isolation.start(context.getRestoredCheckpointId(), getMetricGroup().addGroup("sensorium"));
    }

    @Override
    public void notifyCheckpointComplete(long checkpointId) throws Exception {
        super.notifyCheckpointComplete(checkpointId);
        isolation.completed();
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        super.snapshotState(context);
        models.snapshot(position);
        isolation.snapshot(context.getCheckpointId());
    }

    @Override
    public void open() throws Exception {
        super.open();
        models.open();
        histories = new WindowHistories(config.operators(), this::history, this::setCurrentKey);
        shadows = config.rollout().on()
                ? new ShadowWriter(config, schemas, this::emit, () -> metrics.shadowFailures.inc())
                : null;
        var writer = new DeadLetters.Writer(
                FuseOperator.class, getRuntimeContext().getTaskInfo().getIndexOfThisSubtask());
        unfused = new UnfusedWindows(config, schemas, new DeadLetters(config, schemas, writer));
        metrics = new FuseMetrics(getMetricGroup().addGroup("sensorium"));
        metrics.registerMetrics(models.base());
        spans = new WindowSpans(StageTracer.of(config.runtime().tracing()));
        if (config.moderation().on()) {
            moderator = new Moderator(config, schemas, config.keepsDecisions() ? decisions() : null, this::emit);
        }
    }

    private ModerationState decisions() {
        ModerationState decisions = new ModerationState(getRuntimeContext()
                .getMapState(new MapStateDescriptor<>(
                        "decisions", StringSerializer.INSTANCE, BytePrimitiveArraySerializer.INSTANCE)));
        decisions.timers(getInternalTimerService("decisions", VoidNamespaceSerializer.INSTANCE, decisions));
        return decisions;
    }

    private WindowHistoryState history(Operator operator) {
        String name = "past-" + operator.key();
        WindowHistoryState history = new WindowHistoryState(
                operator.context(),
                getRuntimeContext().getState(new ValueStateDescriptor<>(name, BytePrimitiveArraySerializer.INSTANCE)));
        history.timers(getInternalTimerService(name, VoidNamespaceSerializer.INSTANCE, history));
        return history;
    }

    @Override
    public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
        super.prepareSnapshotPreBarrier(checkpointId);
        if (models.barrier(checkpointId)) {
            metrics.registerMetrics(models.base());
        }
    }

    /** What waits may read state that the watermark's timers are about to clear, so it goes first. */
    @Override
    public void processWatermark(Watermark mark) throws Exception {
        if (config.keepsDecisions() || histories.any()) {
            flush();
        }
        position = mark.getTimestamp();
        super.processWatermark(mark);
    }

    @Override
    public void processElement(StreamRecord<AlignedWindow> element) throws Exception {
        waiting.add(new Waiting(element.getValue(), System.nanoTime()));
        waitingEvents += element.getValue().events().size();
        flushOrWait(waiting.size() >= MAX_WINDOWS || waitingEvents >= MAX_EVENTS);
    }

    @Override
    protected void sendBatch() {
        if (waiting.isEmpty()) {
            return;
        }
        long start = System.nanoTime();
        List<AlignedWindow> complete = new ArrayList<>(waiting.size());
        List<AlignedWindow> others = new ArrayList<>();
        for (Waiting there : waiting) {
            AlignedWindow window = there.window();
            metrics.waited(start - there.since());
            try {
                String trace = spans.aligned(window, there.since());
                if (!window.complete()) {
                    emit(unfused.incomplete(models.base().shared(), "", window, window.missing(), window.revision())
                            .withTrace(trace));
                } else if (takesCandidate(window)) {
                    others.add(window);
                } else if (models.base().reads(window)) {
                    complete.add(window);
                } else {
                    fail(window, Stage.FUSE, "an event of the window was encoded by none of the encoders that run");
                }
            } catch (Throwable e) {
                fail(window, Stage.FUSE, RecordWall.messageOf(e));
            }
        }
        fuseAll(models.base(), complete);
        if (!others.isEmpty()) {
            fuseAll(models.candidate(), others);
        }
        if (moderator != null) {
            waiting.forEach(there -> evaluate(there.window()));
        }
        waiting.clear();
        waitingEvents = 0;
        metrics.batch(System.nanoTime() - start);
    }

    private void evaluate(AlignedWindow window) {
        if (config.keepsDecisions()) {
            setCurrentKey(window.subject());
        }
        try {
            moderator.evaluate((takesCandidate(window) ? models.candidate() : models.base()).shared(), window);
        } catch (Throwable e) {
            fail(window, Stage.MODERATE, "the moderation rules failed on the window: " + RecordWall.messageOf(e));
        }
    }

    /** Whether the candidate's result is the window's: where it takes the subject and has all embeddings. */
    private boolean takesCandidate(AlignedWindow window) {
        return models.candidate() != null
                && models.plan().mode() != Mode.SHADOW
                && models.plan().concerns(window.subject())
                && models.candidate().reads(window);
    }

    private void fuseAll(LoadedOperators set, List<AlignedWindow> windows) {
        for (LoadedOperator operator : set.operators()) {
            List<AlignedWindow> accepted = new ArrayList<>(windows.size());
            for (AlignedWindow window : windows) {
                if (!window.concerns(operator.index())) {
                    continue;
                }
                try {
                    Optional<String> excess = operator.excess(window);
                    if (excess.isPresent()) {
                        fail(window, Stage.FUSE, excess.get());
                    } else if (isolation.knowsPoison() && isolation.isPoison(item(operator, window))) {
                        fail(window, Stage.FUSE, FailureCode.POISON, Isolation.MESSAGE);
                    } else if (operator.accepts(window)) {
                        accepted.add(window);
                    } else if (operator.optional()) {
                        metrics.skipped(operator);
                    } else {
                        emit(unfused.incomplete(
                                models.base().shared(),
                                operator.key(),
                                window,
                                operator.wanted().stream()
                                        .filter(modality -> !window.has(modality))
                                        .toList(),
                                window.revision(operator.index())));
                    }
                } catch (Throwable e) {
                    fail(
                            window,
                            Stage.FUSE,
                            "operator " + operator.key() + " failed on its window: " + RecordWall.messageOf(e));
                }
            }
            for (List<AlignedWindow> round : histories.rounds(operator, accepted)) {
                fuse(operator, round);
            }
        }
    }

    private void fuse(LoadedOperator operator, List<AlignedWindow> windows) {
        if (isolation.careful() && windows.size() > 1) {
            windows.forEach(window -> fuse(operator, List.of(window)));
            return;
        }
        if (windows.isEmpty()) {
            return;
        }
        long start = System.nanoTime();
        List<Fused> fused;
        try {
            fused = isolation.careful()
                    ? isolation.alone(item(operator, windows.get(0)), () -> histories.fuse(operator, windows))
                    : histories.fuse(operator, windows);
        } catch (Throwable e) {
            String problem = e instanceof OrtException ? e.getMessage() : RecordWall.messageOf(e);
            if (windows.size() == 1) {
                fail(windows.get(0), Stage.FUSE, "operator " + operator.key() + " failed on its window: " + problem);
                return;
            }
            LOG.warn(
                    "operator {} failed on a batch of {}, running its windows one by one: {}",
                    operator.key(),
                    windows.size(),
                    problem);
            windows.forEach(window -> fuse(operator, List.of(window)));
            return;
        }
        metrics.recordRun(operator, windows.size(), System.nanoTime() - start);
        for (int i = 0; i < windows.size(); i++) {
            try {
                write(operator, windows.get(i), fused.get(i), start);
            } catch (Throwable e) {
                fail(
                        windows.get(i),
                        Stage.EMIT,
                        "the result of operator " + operator.key() + " could not be written: "
                                + RecordWall.messageOf(e));
            }
        }
        if (models.candidate() != null && models.plan().mode() == Mode.SHADOW && !isolation.careful()) {
            try {
                shadows.compare(operator, models.candidate(), models.plan(), windows, fused);
            } catch (Throwable e) {
                metrics.shadowFailures.inc();
                LOG.warn("the shadow of operator {} failed: {}", operator.key(), RecordWall.messageOf(e));
            }
        }
    }

    private void write(LoadedOperator operator, AlignedWindow window, Fused fused, long start) {
        OutputRecord record = fused.record();
        if (!schemas.fits(record)) {
            fail(
                    window,
                    Stage.EMIT,
                    "the result of operator " + operator.key() + " has " + record.value().length + " bytes, topic "
                            + record.topic() + " takes " + schemas.limit(record.topic())
                            + "; lower align.max_events or split the subject");
            return;
        }
        metrics.result(operator, record.readAt());
        if (moderator != null) {
            moderator.recordOutput(models.base().shared(), window, operator, fused);
        }
        emit(spans.fused(operator, window, record, start));
    }

    /** A window by which it is known from one start of the job to the next. */
    private static String item(LoadedOperator operator, AlignedWindow window) {
        return "operator " + operator.key() + " window " + window.subject() + " " + window.start() + " " + window.end()
                + " " + window.anchorId();
    }

    private void fail(AlignedWindow window, Stage stage, String message) {
        fail(window, stage, FailureCode.MODEL_FAILED, message);
    }

    private void fail(AlignedWindow window, Stage stage, FailureCode code, String message) {
        metrics.failures.inc();
        unfused.deadLetters(models.base().shared(), window, stage, code, message)
                .forEach(this::emit);
    }

    private void emit(OutputRecord record) {
        try {
            output.collect(reused.replace(record));
        } catch (RuntimeException | Error e) {
            throw new RecordWall.PlatformFailure(e);
        }
    }

    @Override
    public void close() throws Exception {
        models.close();
        super.close();
    }
}
