package io.sensorium.job.fuse;

import ai.onnxruntime.OrtException;
import io.sensorium.job.PipelineModels;
import io.sensorium.job.PipelineModels.BoundHead;
import io.sensorium.job.align.AlignedEvent;
import io.sensorium.job.align.AlignedWindow;
import io.sensorium.job.batch.BatchingOperator;
import io.sensorium.job.config.ConfigurationException;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineConfig.Captions;
import io.sensorium.job.config.PipelineConfig.Onnx;
import io.sensorium.job.config.PipelineConfig.Sentiment;
import io.sensorium.job.emit.DeadLetters;
import io.sensorium.job.emit.OutputSchemas;
import io.sensorium.job.emit.RecordWriter;
import io.sensorium.job.emit.ResultSink;
import io.sensorium.job.fuse.FusionStage.Fused;
import io.sensorium.job.wire.FailureCode;
import io.sensorium.job.wire.OutputRecord;
import io.sensorium.results.IncompleteWindow;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.runtime.metrics.DescriptiveStatisticsHistogram;
import org.apache.flink.streaming.api.operators.AbstractStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.OneInputStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs every operator of the pipeline over batches of windows and writes the records. Flushes with every checkpoint, so it
 * keeps no state but what operators with a context read of a subject's past; then the stream must be keyed by subject. A batch on which a head fails is run window by window; the failing ones become dead letters.
 */
public final class FuseOperator extends BatchingOperator<AlignedWindow, OutputRecord> {
    private static final long serialVersionUID = 1L;

    private static final Logger LOG = LoggerFactory.getLogger(FuseOperator.class);
    private static final int MAX_WINDOWS = 256;

    /** Batches that a histogram remembers. */
    private static final int REMEMBERED = 2_000;

    /** Events that the waiting windows may hold together: a few large windows are a batch too. */
    private static final int MAX_EVENTS = 4096;

    /** A record this close to the producer's limit would fail the whole job for good. */
    private static final int LARGEST_RESULT = ResultSink.MAX_RECORD_BYTES - (64 << 10);

    private final PipelineConfig config;
    private final OutputSchemas schemas;
    private final List<AlignedWindow> waiting = new ArrayList<>();
    private int waitingEvents;
    private final List<FusionStage> stages = new ArrayList<>();

    /** By stage what it reads of earlier windows; null where it reads nothing. */
    private final List<PastState> pasts = new ArrayList<>();
    private final StreamRecord<OutputRecord> reused = new StreamRecord<>(null);

    private transient SharedFields shared;
    private transient RecordWriter<IncompleteWindow> incompleteWriter;
    private transient DeadLetters deadLetters;
    private transient Counter results;
    private transient Counter failures;
    private transient Counter fuseNanos;
    private transient Histogram batchWindows;
    private transient Histogram batchMicros;

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
                    : bound.operator() instanceof Captions ? new CaptionStage(config, index, bound, shared, schemas)
                    : new MatchStage(config, index, bound, shared, schemas));
            pasts.add(bound.operator().context() == null ? null : past(bound));
        }
        incompleteWriter = new RecordWriter<>(config.sideTopics().incomplete(), new IncompleteWindow(), schemas);
        deadLetters = new DeadLetters(config, schemas);
        var group = getMetricGroup().addGroup("sensorium");
        results = group.counter("results");
        failures = group.counter("fuse_failures");
        fuseNanos = group.counter("fuse_nanos");
        batchWindows = group.histogram("fuse_batch_windows", new DescriptiveStatisticsHistogram(REMEMBERED));
        batchMicros = group.histogram("fuse_batch_us", new DescriptiveStatisticsHistogram(REMEMBERED));
    }

    private PastState past(BoundHead bound) {
        String name = "past-" + bound.operator().key();
        PastState past = new PastState(bound.operator().context(), bound.head().manifest().context().size(), PipelineModels.shortHash(bound.head()),
                getRuntimeContext().getState(new ValueStateDescriptor<>(name, BytePrimitiveArraySerializer.INSTANCE)));
        past.timers(getInternalTimerService(name, VoidNamespaceSerializer.INSTANCE, past));
        return past;
    }

    /** What waits may read a past that the watermark's timers are about to clear, so it goes first. */
    @Override
    public void processWatermark(Watermark mark) throws Exception {
        if (pasts.stream().anyMatch(Objects::nonNull)) {
            flush();
        }
        super.processWatermark(mark);
    }

    @Override
    public void processElement(StreamRecord<AlignedWindow> element) throws Exception {
        waiting.add(element.getValue());
        waitingEvents += element.getValue().events().size();
        flushOrWait(waiting.size() >= MAX_WINDOWS || waitingEvents >= MAX_EVENTS);
    }

    @Override
    protected void sendBatch() {
        if (waiting.isEmpty()) {
            return;
        }
        long start = System.nanoTime();
        batchWindows.update(waiting.size());
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
            for (List<AlignedWindow> round : pasts.get(stage.index()) == null ? List.of(accepted) : rounds(accepted)) {
                fuse(stage, round);
            }
        }
        long nanos = System.nanoTime() - start;
        fuseNanos.inc(nanos);
        batchMicros.update(nanos / 1_000);
    }

    /** By the order of their ends, at most one window of a subject in each: a window reads what the one before it left. */
    private static List<List<AlignedWindow>> rounds(List<AlignedWindow> windows) {
        List<List<AlignedWindow>> rounds = new ArrayList<>();
        Map<String, Integer> next = new HashMap<>();
        windows.stream().sorted(Comparator.comparingLong(AlignedWindow::end)).forEach(window -> {
            int round = next.merge(window.subject(), 1, Integer::sum) - 1;
            if (round == rounds.size()) {
                rounds.add(new ArrayList<>());
            }
            rounds.get(round).add(window);
        });
        return rounds;
    }

    /** Runs a stage, with the subjects' pasts where it reads them; final windows become part of them. */
    private List<Fused> run(FusionStage stage, List<AlignedWindow> windows) throws OrtException {
        PastState past = pasts.get(stage.index());
        if (past == null) {
            return stage.fuse(windows, Collections.nCopies(windows.size(), null));
        }
        try {
            List<float[]> read = new ArrayList<>(windows.size());
            for (AlignedWindow window : windows) {
                setCurrentKey(window.subject());
                read.add(past.before(window.end()));
            }
            List<Fused> fused = stage.fuse(windows, read);
            for (int i = 0; i < fused.size(); i++) {
                if (windows.get(i).status() == AlignedWindow.Status.FINAL) {
                    setCurrentKey(windows.get(i).subject());
                    past.add(windows.get(i).end(), windows.get(i).anchorId(), fused.get(i).vector());
                }
            }
            return fused;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read or write what operator " + stage.key() + " keeps of earlier windows", e);
        }
    }

    private void fuse(FusionStage stage, List<AlignedWindow> windows) {
        if (windows.isEmpty()) {
            return;
        }
        try {
            List<OutputRecord> records = run(stage, windows).stream().map(Fused::record).toList();
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
