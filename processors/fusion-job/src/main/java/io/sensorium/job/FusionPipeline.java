// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job;

import io.sensorium.job.align.AlignOperator;
import io.sensorium.job.align.AlignOperatorFactory;
import io.sensorium.job.alignment.AlignSettings;
import io.sensorium.job.alignment.AlignedWindow;
import io.sensorium.job.bank.Bank;
import io.sensorium.job.config.Modality;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineConfig.StateBackend;
import io.sensorium.job.emit.FailedEventWriter;
import io.sensorium.job.emit.LateEventWriter;
import io.sensorium.job.emit.OversizedRecords;
import io.sensorium.job.emit.ResultSink;
import io.sensorium.job.encode.EncodeOperator;
import io.sensorium.job.encode.EncodeOperatorFactory;
import io.sensorium.job.fuse.FuseOperatorFactory;
import io.sensorium.job.ingest.BankSource;
import io.sensorium.job.ingest.MediaSource;
import io.sensorium.job.ingest.TopicEnds;
import io.sensorium.job.models.PipelineModels;
import io.sensorium.job.operator.BoundOperator;
import io.sensorium.job.quarantine.Isolation;
import io.sensorium.job.records.IngestRecord;
import io.sensorium.job.records.KeyedEncodedEvent;
import io.sensorium.job.records.OutputRecord;
import io.sensorium.job.records.OutputSchemas;
import io.sensorium.job.records.Stage;
import io.sensorium.job.serde.RecordType;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.core.fs.Path;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.DataStreamUtils;
import org.apache.flink.streaming.api.datastream.MultipleConnectedStreams;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.transformations.KeyedMultipleInputTransformation;

/** The wiring of the job. */
public final class FusionPipeline {

    /** The ends of the job: Kafka in production, anything in tests. */
    public interface Ends {

        /** One modality's records, with timestamps and watermarks. */
        DataStream<IngestRecord> source(StreamExecutionEnvironment environment, Modality modality);

        /**
         * Dead letters of the bank of known content, where the pipeline has one.
         *
         * @param models the pipeline's
         */
        default Optional<DataStream<OutputRecord>> bank(
                StreamExecutionEnvironment environment, PipelineModels models, OutputSchemas schemas) {
            return Optional.empty();
        }

        /** Takes everything that the job writes. */
        void sink(DataStream<OutputRecord> output);
    }

    private FusionPipeline() {}

    /**
     * Kafka at both ends.
     *
     * @param partitions of each input topic, by topic
     * @param bounded whether to read to the topics' present ends only
     */
    public static Ends kafka(PipelineConfig config, Map<String, Integer> partitions, boolean bounded) {
        return kafka(config, partitions, bounded, Set.of());
    }

    /**
     * {@link #kafka(PipelineConfig, Map, boolean)} after earlier jobs.
     *
     * @param ended Flink's ids of this pipeline's jobs that are known not to run any more
     */
    public static Ends kafka(
            PipelineConfig config, Map<String, Integer> partitions, boolean bounded, Set<String> ended) {
        TopicEnds topicEnds = new TopicEnds(config.kafka());
        return new Ends() {
            @Override
            public DataStream<IngestRecord> source(StreamExecutionEnvironment environment, Modality modality) {
                return MediaSource.add(
                        environment, config, modality, partitions.get(modality.topic()), topicEnds, bounded);
            }

            @Override
            public Optional<DataStream<OutputRecord>> bank(
                    StreamExecutionEnvironment environment, PipelineModels models, OutputSchemas schemas) {
                return config.bank().on()
                        ? Optional.of(
                                BankSource.add(environment, config, Bank.dimensions(config, models), schemas, bounded))
                        : Optional.empty();
            }

            @Override
            public void sink(DataStream<OutputRecord> output) {
                output.sinkTo(ResultSink.of(config, bounded, ended))
                        .name(Stage.EMIT.label())
                        .uid(Stage.EMIT.label());
            }
        };
    }

    /**
     * Wires {@code ingest → encode → align → fuse → emit} into an environment.
     *
     * @param models those of the configuration
     * @param bounded whether the sources end; then no deadline runs on the wall clock
     */
    public static void build(
            StreamExecutionEnvironment environment,
            PipelineConfig config,
            PipelineModels models,
            OutputSchemas schemas,
            Ends ends,
            boolean bounded) {
        Aligned aligned = align(environment, config, models, schemas, ends, bounded);
        DataStream<OutputRecord> late = aligned.windows()
                .getSideOutput(AlignOperator.LATE)
                .map(new LateEventWriter(config, schemas))
                .returns(RecordType.OUTPUT)
                .name("late")
                .uid("late");
        // Windows leave alignment by subject, so where a subject's past or decisions are kept they are keyed as they
        // are.
        DataStream<AlignedWindow> windows = models.readPast() || config.keepsDecisions()
                ? DataStreamUtils.reinterpretAsKeyedStream(aligned.windows(), AlignedWindow::subject, Types.STRING)
                : aligned.windows();
        DataStream<OutputRecord> results = windows.transform(
                        Stage.FUSE.label(),
                        RecordType.OUTPUT,
                        new FuseOperatorFactory(
                                watched(config, bounded),
                                models.fileBundle(config),
                                schemas,
                                notes(environment, config)))
                .uid(Stage.FUSE.label());
        DataStream<OutputRecord> written = results.union(late, aligned.deadLetters());
        // Chained with the sink: no record reaches it unmeasured.
        ends.sink(ends.bank(environment, models, schemas)
                .map(letters -> written.union(letters))
                .orElse(written)
                .flatMap(new OversizedRecords(config, schemas))
                .returns(RecordType.OUTPUT)
                .name("measure")
                .uid("measure"));
    }

    /**
     * The first half of the job.
     *
     * @param windows with late events aside
     * @param deadLetters of ingest, encode and align
     */
    public record Aligned(SingleOutputStreamOperator<AlignedWindow> windows, DataStream<OutputRecord> deadLetters) {}

    /** Wires {@code ingest → encode → align}; parameters as of {@link #build}. */
    public static Aligned align(
            StreamExecutionEnvironment environment,
            PipelineConfig config,
            PipelineModels models,
            OutputSchemas schemas,
            Ends ends,
            boolean bounded) {
        environment.setParallelism(config.runtime().parallelism());
        environment.getConfig().enableObjectReuse();
        AlignSettings settings = config.align()
                .withOperators(
                        models.operators().stream().map(BoundOperator::need).toList());
        KeyedMultipleInputTransformation<AlignedWindow> align = new KeyedMultipleInputTransformation<>(
                Stage.ALIGN.label(),
                new AlignOperatorFactory(
                        bounded ? settings.withoutMaxWait() : settings,
                        config.modalities().stream().map(Modality::name).toList(),
                        models.describe(config),
                        config.modalities().stream()
                                .map(modality -> modality.outOfOrderness().toMillis())
                                .toList(),
                        residentBytes(config),
                        notes(environment, config)),
                RecordType.WINDOW,
                config.runtime().parallelism(),
                Types.STRING);
        align.setUid(Stage.ALIGN.label());
        Map<String, SingleOutputStreamOperator<KeyedEncodedEvent>> encoded = new HashMap<>();
        for (Modality modality : config.sources()) {
            SingleOutputStreamOperator<KeyedEncodedEvent> source =
                    encode(environment, config, models, schemas, modality, ends.source(environment, modality), bounded);
            encoded.put(modality.name(), source);
            for (Modality derived : config.derivedFrom(modality)) {
                encoded.put(
                        derived.name(),
                        encode(
                                environment,
                                config,
                                models,
                                schemas,
                                derived,
                                source.getSideOutput(EncodeOperator.derived(derived)),
                                bounded));
            }
        }
        DataStream<OutputRecord> deadLetters = null;
        for (Modality modality : config.modalities()) {
            KeySelector<KeyedEncodedEvent, String> bySubject = KeyedEncodedEvent::subjectId;
            align.addInput(
                    encoded.get(modality.name()).keyBy(bySubject, Types.STRING).getTransformation(), bySubject);
            DataStream<OutputRecord> dead = encoded.get(modality.name()).getSideOutput(EncodeOperator.DEAD_LETTERS);
            deadLetters = deadLetters == null ? dead : deadLetters.union(dead);
        }
        environment.addOperator(align);
        SingleOutputStreamOperator<AlignedWindow> windows = new MultipleConnectedStreams(environment).transform(align);
        DataStream<OutputRecord> failed = windows.getSideOutput(AlignOperator.FAILED)
                .map(new FailedEventWriter(config, schemas))
                .returns(RecordType.OUTPUT)
                .name("failed")
                .uid("failed");
        return new Aligned(windows, deadLetters.union(failed));
    }

    private static SingleOutputStreamOperator<KeyedEncodedEvent> encode(
            StreamExecutionEnvironment environment,
            PipelineConfig config,
            PipelineModels models,
            OutputSchemas schemas,
            Modality modality,
            DataStream<IngestRecord> events,
            boolean bounded) {
        return events.transform(
                        Stage.ENCODE.label() + " " + modality.name(),
                        RecordType.ENCODED,
                        new EncodeOperatorFactory(
                                watched(config, bounded),
                                models.fileBundle(config),
                                config.modalityIndex(modality.name()),
                                schemas,
                                notes(environment, config)))
                .uid(Stage.ENCODE.label() + "-" + modality.name())
                .setParallelism(events.getParallelism());
    }

    /** A bounded run has the pipeline file's models from its beginning to its end. */
    private static PipelineConfig watched(PipelineConfig config, boolean bounded) {
        return bounded ? config.withoutRollout() : config;
    }

    /**
     * Where operators keep what must outlive the death of a process: with the checkpoints. Null where those have no
     * folder.
     */
    private static URI notes(StreamExecutionEnvironment environment, PipelineConfig config) {
        String checkpoints = environment.getConfiguration().get(CheckpointingOptions.CHECKPOINTS_DIRECTORY);
        return checkpoints == null ? null : new Path(checkpoints, Isolation.FOLDER_PREFIX + config.pipeline()).toUri();
    }

    private static long residentBytes(PipelineConfig config) {
        return config.runtime().stateBackend() == StateBackend.HEAP
                ? AlignOperator.UNLIMITED
                : config.runtime().stateCache() / config.runtime().parallelism();
    }
}
