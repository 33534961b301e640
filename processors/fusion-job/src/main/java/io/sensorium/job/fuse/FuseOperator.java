package io.sensorium.job.fuse;

import ai.onnxruntime.OrtException;
import io.sensorium.job.PipelineModels;
import io.sensorium.job.PipelineModels.BoundHead;
import io.sensorium.job.align.AlignedEvent;
import io.sensorium.job.align.AlignedWindow;
import io.sensorium.job.batch.BatchingOperator;
import io.sensorium.job.config.ConfigurationException;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineConfig.Onnx;
import io.sensorium.job.config.PipelineConfig.Sentiment;
import io.sensorium.job.emit.DeadLetters;
import io.sensorium.job.emit.OutputSchemas;
import io.sensorium.job.emit.RecordWriter;
import io.sensorium.job.emit.ResultSink;
import io.sensorium.job.wire.FailureCode;
import io.sensorium.job.wire.OutputRecord;
import io.sensorium.results.IncompleteWindow;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.operators.AbstractStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.OneInputStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs every operator of the pipeline over batches of windows and writes the records. Flushes with every checkpoint, so it
 * keeps no state. A batch on which a head fails is run window by window; the failing ones become dead letters.
 */
public final class FuseOperator extends BatchingOperator<AlignedWindow, OutputRecord> {
    private static final long serialVersionUID = 1L;

    private static final Logger LOG = LoggerFactory.getLogger(FuseOperator.class);
    private static final int MAX_WINDOWS = 256;

    /** Events that the waiting windows may hold together: a few large windows are a batch too. */
    private static final int MAX_EVENTS = 4096;

    /** A record this close to the producer's limit would fail the whole job for good. */
    private static final int LARGEST_RESULT = ResultSink.MAX_RECORD_BYTES - (64 << 10);

    private final PipelineConfig config;
    private final OutputSchemas schemas;
    private final List<AlignedWindow> waiting = new ArrayList<>();
    private int waitingEvents;
    private final List<FusionStage> stages = new ArrayList<>();
    private final StreamRecord<OutputRecord> reused = new StreamRecord<>(null);

    private transient SharedFields shared;
    private transient RecordWriter<IncompleteWindow> incompleteWriter;
    private transient DeadLetters deadLetters;
    private transient Counter results;
    private transient Counter failures;
    private transient Counter fuseNanos;

    private FuseOperator(StreamOperatorParameters<OutputRecord> parameters, PipelineConfig config, OutputSchemas schemas) {
        super(parameters, config.runtime().maxDelay());
        this.config = config;
        this.schemas = schemas;
    }

    @Override
    public void open() throws Exception {
        super.open();
        List<String> problems = new ArrayList<>();
        PipelineModels models = PipelineModels.resolve(config, problems, new ArrayList<>())
                .orElseThrow(() -> new ConfigurationException(config.pipeline(), problems));
        shared = new SharedFields(config, models.encoders());
        for (BoundHead bound : models.heads()) {
            int index = stages.size();
            stages.add(bound.operator() instanceof Sentiment ? new SentimentStage(config, index, bound, shared, schemas)
                    : bound.operator() instanceof Onnx ? new OnnxStage(config, index, bound, shared, schemas)
                    : new MatchStage(config, index, bound, shared, schemas));
        }
        incompleteWriter = new RecordWriter<>(config.sideTopics().incomplete(), new IncompleteWindow(), schemas);
        deadLetters = new DeadLetters(config, schemas);
        var group = getMetricGroup().addGroup("sensorium");
        results = group.counter("results");
        failures = group.counter("fuse_failures");
        fuseNanos = group.counter("fuse_nanos");
    }

    @Override
    public void processElement(StreamRecord<AlignedWindow> element) throws Exception {
        waiting.add(element.getValue());
        waitingEvents += element.getValue().events().size();
        flushOrWait(waiting.size() >= MAX_WINDOWS || waitingEvents >= MAX_EVENTS);
    }

    @Override
    protected void sendBatch() {
        long start = System.nanoTime();
        List<AlignedWindow> complete = new ArrayList<>(waiting.size());
        for (AlignedWindow window : waiting) {
            if (window.complete()) {
                complete.add(window);
            } else {
                emit(incomplete("", window, window.missing(), window.revision()));
            }
        }
        waiting.clear();
        waitingEvents = 0;
        for (FusionStage stage : stages) {
            List<AlignedWindow> accepted = new ArrayList<>(complete.size());
            for (AlignedWindow window : complete) {
                if (!window.concerns(stage.index())) {
                    continue;
                }
                Optional<String> excess = stage.excess(window);
                if (excess.isPresent()) {
                    fail(window, "fuse", excess.get());
                } else if (stage.accepts(window)) {
                    accepted.add(window);
                } else {
                    emit(incomplete(stage.key(), window, stage.wanted(window).stream().filter(modality -> !FusionStage.has(window, modality)).toList(),
                            window.revision(stage.index())));
                }
            }
            fuse(stage, accepted);
        }
        fuseNanos.inc(System.nanoTime() - start);
    }

    private void fuse(FusionStage stage, List<AlignedWindow> windows) {
        if (windows.isEmpty()) {
            return;
        }
        try {
            List<OutputRecord> records = stage.fuse(windows);
            for (int i = 0; i < records.size(); i++) {
                if (records.get(i).value().length > LARGEST_RESULT) {
                    fail(windows.get(i), "emit", "the result of operator " + stage.key() + " has " + records.get(i).value().length + " bytes, more than "
                            + LARGEST_RESULT + "; lower align.max_events or split the subject");
                } else {
                    results.inc();
                    emit(records.get(i));
                }
            }
        } catch (OrtException e) {
            if (windows.size() == 1) {
                fail(windows.get(0), "fuse", "operator " + stage.key() + " failed on its window: " + e.getMessage());
                return;
            }
            LOG.warn("operator {} failed on a batch of {}, running its windows one by one: {}", stage.key(), windows.size(), e.getMessage());
            windows.forEach(window -> fuse(stage, List.of(window)));
        }
    }

    private void fail(AlignedWindow window, String stage, String message) {
        failures.inc();
        for (AlignedEvent event : window.events()) {
            emit(deadLetters.of(shared.modality(event).topic(), event.partition(), event.offset(), window.subject(), stage, FailureCode.MODEL_FAILED, message));
        }
    }

    private OutputRecord incomplete(String operator, AlignedWindow window, List<Integer> missing, int revision) {
        return incompleteWriter.write(window.subject(), new IncompleteWindow(shared.resultId(operator, window), window.subject(),
                Instant.ofEpochMilli(window.start()), Instant.ofEpochMilli(window.end()), SharedFields.status(window), revision, window.forced(), shared.modalities(window),
                shared.inputs(window.events()), shared.attributes(window.events()), shared.signals(window.events()), operator, null, SharedFields.now(),
                shared.names(missing)), SharedFields.readAt(window.events()));
    }

    private void emit(OutputRecord record) {
        output.collect(reused.replace(record));
    }

    @Override
    public void close() throws Exception {
        stages.forEach(FusionStage::close);
        super.close();
    }

    /** Makes the operator where it runs. */
    public static final class Factory extends AbstractStreamOperatorFactory<OutputRecord> implements OneInputStreamOperatorFactory<AlignedWindow, OutputRecord> {
        private static final long serialVersionUID = 1L;

        private final PipelineConfig config;
        private final OutputSchemas schemas;

        public Factory(PipelineConfig config, OutputSchemas schemas) {
            this.config = config;
            this.schemas = schemas;
        }

        @Override
        @SuppressWarnings("unchecked")
        public <T extends StreamOperator<OutputRecord>> T createStreamOperator(StreamOperatorParameters<OutputRecord> parameters) {
            return (T) new FuseOperator(parameters, config, schemas);
        }

        @Override
        @SuppressWarnings("rawtypes")
        public Class<? extends StreamOperator> getStreamOperatorClass(ClassLoader classLoader) {
            return FuseOperator.class;
        }
    }
}
