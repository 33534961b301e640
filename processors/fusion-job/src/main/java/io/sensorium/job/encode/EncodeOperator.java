package io.sensorium.job.encode;

import io.sensorium.job.PipelineModels;
import io.sensorium.job.align.AlignedEvent;
import io.sensorium.job.align.EmbeddingVector;
import io.sensorium.job.align.EmbeddingVector.Precision;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineConfig.EncodeOrder;
import io.sensorium.job.emit.DeadLetters;
import io.sensorium.job.emit.OutputSchemas;
import io.sensorium.job.wire.EncodedEvent;
import io.sensorium.job.wire.FailureCode;
import io.sensorium.job.wire.IngestRecord;
import io.sensorium.job.wire.OutputRecord;
import io.sensorium.job.wire.RecordType;
import io.sensorium.operators.encode.Outcome;
import io.sensorium.operators.engine.EncodingEngine;
import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.onnx.EmbeddingBytes;
import io.sensorium.operators.pack.ModelCatalog;
import io.sensorium.operators.pack.PackedModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.runtime.metrics.DescriptiveStatisticsHistogram;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.AbstractStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.util.OutputTag;

/**
 * Encodes one modality's events on the engine that all subtasks of the process share. Records and watermarks wait in one queue; what
 * the engine has finished leaves it, in order or, within one watermark and the next, as it comes. Before a checkpoint, a change of
 * idleness and the end of input the operator waits for all, so it keeps no state, and no watermark overtakes a record. A full engine holds
 * the task back.
 */
public final class EncodeOperator extends AbstractStreamOperator<EncodedEvent> implements OneInputStreamOperator<IngestRecord, EncodedEvent> {
    private static final long serialVersionUID = 1L;

    /** Records that failed at ingest or encode. */
    public static final OutputTag<OutputRecord> DEAD_LETTERS = new OutputTag<>("dead-letters", RecordType.OUTPUT);

    private static final CompletableFuture<Outcome> NOTHING = CompletableFuture.completedFuture(null);

    /** Latencies that a histogram remembers. */
    private static final int REMEMBERED = 2_000;

    /** A record and what the engine makes of it; of one that is not to be encoded, nothing. @param since nanoseconds of the clock when it came */
    private record Pending(IngestRecord record, CompletableFuture<Outcome> outcome, long since) {}

    private final PipelineConfig config;
    private final int modality;
    private final OutputSchemas schemas;
    private final Precision precision;
    private final transient MailboxExecutor mailbox;

    /** Pending records and watermarks, in order. */
    private final transient Deque<Object> waiting = new ArrayDeque<>();
    private final transient AtomicBoolean called = new AtomicBoolean();
    private final StreamRecord<EncodedEvent> reused = new StreamRecord<>(null);

    private transient EncodingEngine engine;
    private transient DeadLetters deadLetters;
    private transient long encoderHash;
    private transient Counter decoded;
    private transient Counter failed;
    private transient Histogram latency;

    private EncodeOperator(StreamOperatorParameters<EncodedEvent> parameters, PipelineConfig config, int modality, OutputSchemas schemas) {
        super(parameters);
        this.mailbox = parameters.getMailboxExecutor();
        this.config = config;
        this.modality = modality;
        this.schemas = schemas;
        this.precision = config.align().statePrecision();
    }

    @Override
    public void open() throws Exception {
        super.open();
        PackedModel model = ModelCatalog.load(config.packs().stream().map(Path::of).toList()).find(config.modalities().get(modality).encoder()).orElseThrow();
        engine = EncodingEngine.open(model, config.media(), Device.parse(config.runtime().device()), config.runtime().engine());
        encoderHash = PipelineModels.shortHash(model);
        deadLetters = new DeadLetters(config, schemas);
        var group = getMetricGroup().addGroup("sensorium").addGroup("modality", config.modalities().get(modality).name());
        decoded = group.counter("events_decoded");
        failed = group.counter("dead_letters");
        latency = group.histogram("encode_latency_ms", new DescriptiveStatisticsHistogram(REMEMBERED));
        if (getRuntimeContext().getTaskInfo().getIndexOfThisSubtask() == 0) {
            // One engine a process, so one subtask speaks for it.
            EncodingEngine speaking = engine;
            group.gauge("encode_batches", () -> speaking.statistics().batches());
            group.gauge("encode_records", () -> speaking.statistics().records());
            group.gauge("encode_nanos", () -> speaking.statistics().runNanos());
            group.gauge("encode_queue_nanos", () -> speaking.statistics().queueNanos());
            group.gauge("encode_waiting", () -> speaking.statistics().waiting());
            group.gauge("encode_padding", () -> speaking.statistics().padding());
        }
    }

    @Override
    public void processElement(StreamRecord<IngestRecord> element) throws Exception {
        IngestRecord record = element.getValue();
        long since = System.nanoTime();
        CompletableFuture<Outcome> outcome = NOTHING;
        if (record instanceof IngestRecord.Event event) {
            decoded.inc();
            if (event.content() != null) {
                outcome = engine.submit(event.content());
            }
        }
        waiting.add(new Pending(record, outcome, since));
        if (outcome == NOTHING) {
            send();
        } else {
            outcome.whenComplete((done, failure) -> call());
        }
    }

    /** From a worker: one letter to the task at a time, however many records are done. */
    private void call() {
        if (called.compareAndSet(false, true)) {
            try {
                mailbox.execute(() -> {
                    called.set(false);
                    send();
                }, "encoded");
            } catch (RejectedExecutionException e) {
                LOG.debug("the task has ended, and what was encoded for it goes nowhere");
            }
        }
    }

    @Override
    public void processWatermark(Watermark mark) throws Exception {
        if (waiting.isEmpty()) {
            super.processWatermark(mark);
            return;
        }
        if (waiting.peekLast() instanceof Watermark) {
            waiting.removeLast();
        }
        waiting.add(mark);
    }

    @Override
    public void processWatermarkStatus(WatermarkStatus status) throws Exception {
        sendAll();
        super.processWatermarkStatus(status);
    }

    @Override
    public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
        sendAll();
        super.prepareSnapshotPreBarrier(checkpointId);
    }

    @Override
    public void finish() throws Exception {
        sendAll();
        super.finish();
    }

    /** Sends on everything, waiting for what is not done. */
    private void sendAll() throws Exception {
        send();
        while (waiting.peek() instanceof Pending pending) {
            result(pending);
            send();
        }
    }

    /** Sends on what is done and no longer has to wait for its place. */
    private void send() throws Exception {
        while (!waiting.isEmpty()) {
            if (waiting.peek() instanceof Watermark mark) {
                waiting.poll();
                super.processWatermark(mark);
            } else if (((Pending) waiting.peek()).outcome().isDone()) {
                emit((Pending) waiting.poll());
            } else {
                break;
            }
        }
        if (config.runtime().encodeOrder() == EncodeOrder.UNORDERED) {
            Iterator<Object> items = waiting.iterator();
            while (items.hasNext() && items.next() instanceof Pending pending) {
                if (pending.outcome().isDone()) {
                    items.remove();
                    emit(pending);
                }
            }
        }
    }

    private static Outcome result(Pending pending) throws Exception {
        try {
            return pending.outcome().get();
        } catch (ExecutionException e) {
            throw new IOException("the engine failed: " + e.getCause(), e.getCause());
        }
    }

    private void emit(Pending pending) throws Exception {
        if (pending.record() instanceof IngestRecord.Rejected rejected) {
            fail(rejected, "ingest", rejected.code(), rejected.message());
            return;
        }
        IngestRecord.Event event = (IngestRecord.Event) pending.record();
        Outcome outcome = result(pending);
        if (outcome != null) {
            latency.update((System.nanoTime() - pending.since()) / 1_000_000);
        }
        if (outcome == null) {
            collect(event, precision == Precision.FLOAT32 ? event.vector() : EmbeddingBytes.toFloat16(event.vector()), Map.of());
        } else if (outcome instanceof Outcome.Encoded encoded) {
            collect(event, precision == Precision.FLOAT32 ? EmbeddingBytes.ofFloat32(encoded.vector()) : EmbeddingBytes.ofFloat16(encoded.vector()), encoded.signals());
        } else {
            Outcome.Failed failure = (Outcome.Failed) outcome;
            fail(event, "encode", FailureCode.valueOf(failure.reason().name()), failure.message());
        }
    }

    private void collect(IngestRecord.Event event, byte[] bytes, Map<String, Double> signals) {
        if (bytes == null) {
            fail(event, "encode", FailureCode.EMBEDDING_NOT_FINITE, "a number of the embedding is beyond ±65504, which align.state_precision float16 cannot hold;"
                    + " set it to float32, or send normalized embeddings");
            return;
        }
        output.collect(reused.replace(new EncodedEvent(event.subjectId(), new AlignedEvent(modality, event.eventId(), event.time(), event.origin().partition(),
                event.origin().offset(), event.readAt(), encoderHash, new EmbeddingVector(bytes, precision), event.attributes(), signals))));
    }

    private void fail(IngestRecord record, String stage, FailureCode code, String message) {
        failed.inc();
        output.collect(DEAD_LETTERS, new StreamRecord<>(deadLetters.of(record.origin(), stage, code, message)));
    }

    @Override
    public void close() throws Exception {
        if (engine != null) {
            engine.close();
        }
        super.close();
    }

    /** Makes the operator where it runs. */
    public static final class Factory extends AbstractStreamOperatorFactory<EncodedEvent> implements OneInputStreamOperatorFactory<IngestRecord, EncodedEvent> {
        private static final long serialVersionUID = 1L;

        private final PipelineConfig config;
        private final int modality;
        private final OutputSchemas schemas;

        /** @param modality index into the configured modalities */
        public Factory(PipelineConfig config, int modality, OutputSchemas schemas) {
            this.config = config;
            this.modality = modality;
            this.schemas = schemas;
        }

        @Override
        @SuppressWarnings("unchecked")
        public <T extends StreamOperator<EncodedEvent>> T createStreamOperator(StreamOperatorParameters<EncodedEvent> parameters) {
            return (T) new EncodeOperator(parameters, config, modality, schemas);
        }

        @Override
        @SuppressWarnings("rawtypes")
        public Class<? extends StreamOperator> getStreamOperatorClass(ClassLoader classLoader) {
            return EncodeOperator.class;
        }
    }
}
