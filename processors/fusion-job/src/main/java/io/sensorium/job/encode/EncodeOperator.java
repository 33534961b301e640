// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.encode;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.sensorium.job.alignment.Evidence;
import io.sensorium.job.config.Modality;
import io.sensorium.job.config.ModelBundle;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.evidence.EventTexts;
import io.sensorium.job.quarantine.Isolation;
import io.sensorium.job.quarantine.RecordWall;
import io.sensorium.job.records.DeadLetters;
import io.sensorium.job.records.FailureCode;
import io.sensorium.job.records.IngestRecord;
import io.sensorium.job.records.KeyedEncodedEvent;
import io.sensorium.job.records.OutputRecord;
import io.sensorium.job.records.OutputSchemas;
import io.sensorium.job.records.Stage;
import io.sensorium.job.reference.ReferenceException;
import io.sensorium.job.reference.ReferenceFetcher;
import io.sensorium.job.rollout.ModelSwapper;
import io.sensorium.job.rollout.RolloutPlan;
import io.sensorium.job.serde.RecordType;
import io.sensorium.job.trace.StageTracer;
import io.sensorium.operators.encode.Outcome;
import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.onnx.DeviceMemory;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.operators.coordination.OperatorEventGateway;
import org.apache.flink.runtime.operators.coordination.OperatorEventHandler;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.util.IOUtils;
import org.apache.flink.util.OutputTag;

/**
 * Encodes one modality's events on the engine that all subtasks of the process share. Records and watermarks wait in
 * one queue; what the engine has finished leaves it, in order or, within one watermark and the next, as it comes.
 * Before a checkpoint, a change of idleness and the end of input the operator waits for all, so it keeps no state but
 * which models run, and no watermark overtakes a record. A full engine holds the task back. While another encoder is to
 * take over, both encode.
 */
public final class EncodeOperator extends AbstractStreamOperator<KeyedEncodedEvent>
        implements OneInputStreamOperator<IngestRecord, KeyedEncodedEvent> {
    private static final long serialVersionUID = 1L;

    /** Records that failed at ingest or encode. */
    public static final OutputTag<OutputRecord> DEAD_LETTERS = new OutputTag<>("dead-letters", RecordType.OUTPUT);

    /** Events of a modality that is derived from the operator's. */
    public static OutputTag<IngestRecord> derived(Modality modality) {
        return new OutputTag<>("derived-" + modality.name(), RecordType.INGEST);
    }

    private final PipelineConfig config;
    private final ModelBundle file;
    private final int modality;
    private final OutputSchemas schemas;
    private final URI notes;
    private final transient EncodedEvents encodedEvents;
    private final transient KnownLookups known;
    private final transient ModelSwapper<LoadedEncoder> models;

    private final transient EncodeQueue queue;
    private final StreamRecord<KeyedEncodedEvent> reused = new StreamRecord<>(null);

    private transient FailedRecords failures;
    private transient Isolation isolation;
    private transient ReferenceFetcher referenceFetcher;
    private transient Submission submission;
    private transient DerivedEvents derivedEvents;

    /** The largest time, in ms, of any event. */
    private transient long maxTimestamp = Long.MIN_VALUE;

    /** The largest time, in ms, of an event that went on without the candidate's embedding. */
    private transient long maxTimestampWithoutCandidate = Long.MIN_VALUE;

    private transient EncodeMetrics metrics;
    private transient StageTracer tracer;

    EncodeOperator(
            StreamOperatorParameters<KeyedEncodedEvent> parameters,
            PipelineConfig config,
            ModelBundle file,
            int modality,
            OutputSchemas schemas,
            URI notes,
            OperatorEventGateway coordinator) {
        super(parameters);
        MailboxExecutor mailbox = parameters.getMailboxExecutor();
        this.config = config;
        this.file = file;
        this.modality = modality;
        this.schemas = schemas;
        this.notes = notes;
        this.encodedEvents = new EncodedEvents(modality, config.align().statePrecision());
        this.known = new KnownLookups(config);
        this.queue = new EncodeQueue(
                new Backlog(
                        Backlog.mostBytes(config.runtime().engine().queueBytes()),
                        encoded -> encodedEvents.bytes(encoded.vector()) != null),
                config.runtime().encodeOrder(),
                mailbox,
                this::emit,
                super::processWatermark);
        this.models = new ModelSwapper<>(
                Stage.ENCODE.label() + " " + config.modalities().get(modality).name(),
                file,
                bundle -> LoadedEncoder.load(config, bundle, modality),
                this::position,
                coordinator,
                mailbox);
    }

    /** What the coordinator's events go to. */
    OperatorEventHandler eventHandler() {
        return models;
    }

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        maxTimestamp = models.restore(context);
        known.restore(context);
        maxTimestampWithoutCandidate = maxTimestamp;
        isolation = new Isolation(
                notes,
                Stage.ENCODE.label() + "-" + config.modalities().get(modality).name(),
                getRuntimeContext().getTaskInfo().getIndexOfThisSubtask());
        isolation.start(context.getRestoredCheckpointId(), metricGroup());
    }

    private MetricGroup metricGroup() {
        return getMetricGroup()
                .addGroup("sensorium")
                .addGroup("modality", config.modalities().get(modality).name());
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        super.snapshotState(context);
        models.snapshot(maxTimestamp);
        known.snapshot();
        isolation.snapshot(context.getCheckpointId());
    }

    @Override
    public void notifyCheckpointComplete(long checkpointId) throws Exception {
        super.notifyCheckpointComplete(checkpointId);
        isolation.completed();
    }

    @Override
    public void open() throws Exception {
        super.open();
        models.open();
        int subtask = getRuntimeContext().getTaskInfo().getIndexOfThisSubtask();
        EventTexts texts =
                EventTexts.of(config, config.modalities().get(modality).name());
        referenceFetcher = new ReferenceFetcher(
                config.modalities().get(modality).name(),
                config.references(),
                config.media().maxBytes(),
                config.limits().textChars());
        metrics = new EncodeMetrics(
                metricGroup(),
                models,
                subtask == 0,
                new DeviceMemory(Device.parse(config.runtime().device())));
        derivedEvents = DerivedEvents.open(config, file, modality, metricGroup());
        known.open(file, metricGroup());
        submission = new Submission(models, derivedEvents, texts, referenceFetcher, isolation, metrics);
        tracer = StageTracer.of(config.runtime().tracing());
        var writer = new DeadLetters.Writer(EncodeOperator.class, subtask);
        failures = new FailedRecords(
                config,
                modality,
                new DeadLetters(config, schemas, writer),
                tracer,
                letter -> send(DEAD_LETTERS, new StreamRecord<>(letter)));
    }

    @Override
    public void processElement(StreamRecord<IngestRecord> element) throws Exception {
        IngestRecord record = element.getValue();
        if (record instanceof IngestRecord.Absent) {
            metrics.absent.inc();
            return;
        }
        if (isolation.knowsPoison() && isolation.isPoison(record.origin().item())) {
            record = new IngestRecord.Rejected(record.origin(), FailureCode.POISON, Isolation.MESSAGE);
        }
        queue.add(submission.of(record));
    }

    /** What the coordinator waits for the watermark to leave behind. */
    private long position() {
        return models.candidate() == null || Submission.isTwice(models) ? maxTimestampWithoutCandidate : Long.MIN_VALUE;
    }

    @Override
    public void processWatermark(Watermark mark) throws Exception {
        queue.add(mark);
    }

    @Override
    public void processWatermarkStatus(WatermarkStatus status) throws Exception {
        queue.sendAll();
        super.processWatermarkStatus(status);
    }

    @Override
    public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
        queue.sendAll();
        RolloutPlan before = models.plan();
        if (models.barrier(checkpointId)) {
            if (!models.plan().candidateIs(before)) {
                maxTimestampWithoutCandidate = maxTimestamp;
            }
            metrics.modelsChanged();
        }
        super.prepareSnapshotPreBarrier(checkpointId);
    }

    @Override
    public void finish() throws Exception {
        queue.sendAll();
        super.finish();
    }

    private void emit(PendingRecord pending) throws Exception {
        try {
            write(pending);
        } catch (Throwable e) {
            fail(pending.record(), Stage.ENCODE, FailureCode.MODEL_FAILED, RecordWall.messageOf(e));
        }
    }

    private void write(PendingRecord pending) throws Exception {
        if (pending.record() instanceof IngestRecord.Rejected rejected) {
            fail(rejected, Stage.INGEST, rejected.code(), rejected.message());
            return;
        }
        IngestRecord.Event event = (IngestRecord.Event) pending.record();
        Outcome outcome;
        try {
            outcome = pending.result();
        } catch (ReferenceException e) {
            metrics.referencesFailed.inc();
            fail(event, Stage.FETCH, e.code(), e.getMessage());
            return;
        }
        if (event.reference() != null) {
            metrics.referencesFetched.inc();
        }
        String parent = tracer.parent(event.origin().headers());
        Span span = parent == null
                ? Span.getInvalid()
                : tracer.start(Stage.ENCODE, List.of(parent), StageTracer.instant(pending.since()))
                        .setAttribute(
                                "sensorium.model", models.base().manifest().id());
        if (outcome instanceof Outcome.Failed failure) {
            span.setStatus(StatusCode.ERROR, failure.reason().name());
        }
        StageTracer.end(span);
        if (outcome == null) {
            embedded(event);
        } else if (outcome instanceof Outcome.Encoded encoded) {
            metrics.recordLatency(pending.since());
            byte[] bytes = encodedEvents.bytes(encoded.vector());
            collect(
                    event,
                    bytes,
                    bytes == null ? null : candidate(pending),
                    models.base().heads().signals(encoded.vector(), encoded.signals(), metrics.signalFailures),
                    Evidence.of(
                            pending.evidence(),
                            known.of(models.base().manifest().id(), encoded)));
            if (bytes != null) {
                derived(event, pending);
            }
        } else {
            metrics.recordLatency(pending.since());
            Outcome.Failed failure = (Outcome.Failed) outcome;
            fail(event, Stage.ENCODE, FailureCode.of(failure.reason()), failure.message());
        }
    }

    /** Sends on what was found in the event's content, which the event itself precedes. */
    private void derived(IngestRecord.Event event, PendingRecord pending) throws Exception {
        for (DerivedEvents.Derived derived : derivedEvents.of(event, pending.derivedResults())) {
            send(derived.tag(), new StreamRecord<>(derived.event(), event.time()));
        }
    }

    /** An embedding that came with the event is taken where it is of the encoder that runs. */
    private void embedded(IngestRecord.Event event) throws Exception {
        String mismatch =
                encodedEvents.mismatch(event, models.base(), Submission.isTwice(models) ? models.candidate() : null);
        if (mismatch != null) {
            fail(event, Stage.INGEST, FailureCode.EMBEDDING_MISMATCH, mismatch);
        } else {
            collect(
                    event,
                    encodedEvents.bytes(event.vector()),
                    null,
                    models.base().heads().signals(event, metrics.signalFailures),
                    Evidence.of(null, known.of(event, models.base())));
        }
    }

    /**
     * The second encoder's embedding; null where there is none. That it fails is no failure of the event, whose windows
     * go on without it.
     */
    private byte[] candidate(PendingRecord pending) throws Exception {
        if (pending.candidate() == PendingRecord.NOTHING) {
            return null;
        }
        Outcome outcome = pending.candidateResult();
        byte[] bytes = outcome instanceof Outcome.Encoded encoded ? encodedEvents.bytes(encoded.vector()) : null;
        if (bytes == null) {
            metrics.candidateFailures.inc();
        }
        return bytes;
    }

    /**
     * @param candidate the second encoder's embedding; null where there is none
     * @param evidence what of the content is kept; null for none
     */
    private void collect(
            IngestRecord.Event event, byte[] bytes, byte[] candidate, Map<String, Double> signals, Evidence evidence) {
        if (bytes == null) {
            fail(
                    event,
                    Stage.ENCODE,
                    FailureCode.EMBEDDING_NOT_FINITE,
                    "a number of the embedding is beyond ±65504, which align.state_precision float16 cannot hold;"
                            + " set it to float32, or send normalized embeddings");
            return;
        }
        maxTimestamp = Math.max(maxTimestamp, event.time());
        if (candidate == null) {
            maxTimestampWithoutCandidate = Math.max(maxTimestampWithoutCandidate, event.time());
        }
        reused.replace(new KeyedEncodedEvent(
                event.subjectId(),
                encodedEvents.of(
                        event,
                        models,
                        bytes,
                        candidate,
                        signals,
                        tracer.parent(event.origin().headers()),
                        evidence)));
        try {
            output.collect(reused);
        } catch (RuntimeException | Error e) {
            throw new RecordWall.PlatformFailure(e);
        }
    }

    private void fail(IngestRecord record, Stage stage, FailureCode code, String message) {
        metrics.failed.inc();
        failures.fail(record, stage, code, message);
    }

    private <T> void send(OutputTag<T> tag, StreamRecord<T> element) {
        try {
            output.collect(tag, element);
        } catch (RuntimeException | Error e) {
            throw new RecordWall.PlatformFailure(e);
        }
    }

    @Override
    public void close() throws Exception {
        IOUtils.closeAll(referenceFetcher, derivedEvents, known, models::close, super::close);
    }
}
