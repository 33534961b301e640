package io.sensorium.job.encode;

import io.sensorium.job.PipelineModels;
import io.sensorium.job.align.AlignedEvent;
import io.sensorium.job.align.EmbeddingVector;
import io.sensorium.job.align.EmbeddingVector.Precision;
import io.sensorium.job.batch.BatchingOperator;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.emit.DeadLetters;
import io.sensorium.job.emit.OutputSchemas;
import io.sensorium.job.wire.EncodedEvent;
import io.sensorium.job.wire.FailureCode;
import io.sensorium.job.wire.IngestRecord;
import io.sensorium.job.wire.OutputRecord;
import io.sensorium.job.wire.RecordType;
import io.sensorium.operators.encode.Content;
import io.sensorium.operators.encode.Encoder;
import io.sensorium.operators.encode.Outcome;
import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.onnx.EmbeddingBytes;
import io.sensorium.operators.pack.ModelCatalog;
import io.sensorium.operators.pack.PackedModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.operators.AbstractStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.OneInputStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.util.OutputTag;

/**
 * Encodes one modality's events. Records and watermarks wait in one queue, in order, until a batch is full, the longest wait
 * is over, or a checkpoint, a change of idleness or the end of input comes; so the operator keeps no state, and no watermark
 * overtakes a record.
 */
public final class EncodeOperator extends BatchingOperator<IngestRecord, EncodedEvent> {
    private static final long serialVersionUID = 1L;

    /** Records that failed at ingest or encode. */
    public static final OutputTag<OutputRecord> DEAD_LETTERS = new OutputTag<>("dead-letters", RecordType.OUTPUT);

    /** Encoded media that may wait in the queue, in bytes. */
    private static final long MAX_WAITING_BYTES = 64L << 20;

    private final PipelineConfig config;
    private final int modality;
    private final OutputSchemas schemas;

    private final List<Object> waiting = new ArrayList<>();
    private int waitingContents;
    private long waitingBytes;
    private final StreamRecord<EncodedEvent> reused = new StreamRecord<>(null);

    private final Precision precision;
    private transient Encoder encoder;
    private transient DeadLetters deadLetters;
    private transient long encoderHash;
    private transient Counter decoded;
    private transient Counter failed;
    private transient Counter batches;
    private transient Counter encodeNanos;

    private EncodeOperator(StreamOperatorParameters<EncodedEvent> parameters, PipelineConfig config, int modality, OutputSchemas schemas) {
        super(parameters, config.runtime().maxDelay());
        this.config = config;
        this.modality = modality;
        this.schemas = schemas;
        this.precision = config.align().statePrecision();
    }

    @Override
    public void open() throws Exception {
        super.open();
        PackedModel model = ModelCatalog.load(config.packs().stream().map(Path::of).toList()).find(config.modalities().get(modality).encoder()).orElseThrow();
        encoder = Encoder.open(model, config.media(), Device.parse(config.runtime().device()), 1);
        encoderHash = PipelineModels.shortHash(model);
        deadLetters = new DeadLetters(config, schemas);
        var group = getMetricGroup().addGroup("sensorium").addGroup("modality", config.modalities().get(modality).name());
        decoded = group.counter("events_decoded");
        failed = group.counter("dead_letters");
        batches = group.counter("encode_batches");
        encodeNanos = group.counter("encode_nanos");
    }

    @Override
    public void processElement(StreamRecord<IngestRecord> element) throws Exception {
        waiting.add(element.getValue());
        if (element.getValue() instanceof IngestRecord.Event event) {
            decoded.inc();
            if (event.content() != null) {
                waitingContents++;
                waitingBytes += event.content() instanceof Content.Media media ? media.bytes().length : ((Content.Text) event.content()).text().length();
            }
        }
        // Where nothing waits to be encoded there is no batch to wait for.
        flushOrWait(waitingContents == 0 || waitingContents >= config.runtime().maxBatch() || waitingBytes >= MAX_WAITING_BYTES);
    }

    @Override
    public void processWatermark(Watermark mark) throws Exception {
        if (waiting.isEmpty()) {
            super.processWatermark(mark);
        } else {
            int last = waiting.size() - 1;
            if (waiting.get(last) instanceof Watermark) {
                waiting.set(last, mark);
            } else {
                waiting.add(mark);
            }
        }
    }

    @Override
    public void processWatermarkStatus(WatermarkStatus status) throws Exception {
        flush();
        super.processWatermarkStatus(status);
    }

    @Override
    protected void sendBatch() throws Exception {
        List<Content> contents = new ArrayList<>(waitingContents);
        for (Object item : waiting) {
            if (item instanceof IngestRecord.Event event && event.content() != null) {
                contents.add(event.content());
            }
        }
        long start = System.nanoTime();
        List<Outcome> outcomes = contents.isEmpty() ? List.of() : encoder.encode(contents);
        if (!contents.isEmpty()) {
            encodeNanos.inc(System.nanoTime() - start);
            batches.inc();
        }
        int next = 0;
        for (Object item : waiting) {
            if (item instanceof Watermark mark) {
                super.processWatermark(mark);
            } else if (item instanceof IngestRecord.Rejected rejected) {
                fail(rejected, "ingest", rejected.code(), rejected.message());
            } else {
                IngestRecord.Event event = (IngestRecord.Event) item;
                if (event.content() == null) {
                    collect(event, precision == Precision.FLOAT32 ? event.vector() : EmbeddingBytes.toFloat16(event.vector()), Map.of());
                } else if (outcomes.get(next) instanceof Outcome.Encoded encoded) {
                    collect(event, precision == Precision.FLOAT32 ? EmbeddingBytes.ofFloat32(encoded.vector()) : EmbeddingBytes.ofFloat16(encoded.vector()),
                            encoded.signals());
                    next++;
                } else {
                    Outcome.Failed failure = (Outcome.Failed) outcomes.get(next++);
                    fail(event, "encode", FailureCode.valueOf(failure.reason().name()), failure.message());
                }
            }
        }
        waiting.clear();
        waitingContents = 0;
        waitingBytes = 0;
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
        if (encoder != null) {
            encoder.close();
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
