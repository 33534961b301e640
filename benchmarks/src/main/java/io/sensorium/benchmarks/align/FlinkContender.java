// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks.align;

import io.sensorium.job.FusionPipeline;
import io.sensorium.job.alignment.AlignedWindow;
import io.sensorium.job.alignment.EncodedEvent;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.job.models.PipelineModels;
import io.sensorium.job.records.OutputSchemas;
import io.sensorium.job.run.FlinkSettings;
import io.sensorium.operators.onnx.EmbeddingBytes;
import io.sensorium.quickstart.stack.EmbeddedFlink;
import io.sensorium.schemas.ConfluentSchemaRegistry;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.serialization.SerializationSchema;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.co.ProcessJoinFunction;
import org.apache.flink.streaming.api.functions.windowing.WindowFunction;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** A contender on Flink, as a process: runs until it is stopped. All share one configuration, RocksDB, exactly once. */
public final class FlinkContender {

    private static final Duration LENGTH = Duration.ofMillis(TripleStream.WINDOW_MS);
    private static final Duration OUT_OF_ORDERNESS = Duration.ofMillis(TripleStream.OUT_OF_ORDERNESS_MS);

    private FlinkContender() {}

    /**
     * Arguments as of {@link ContenderSpec#arguments}.
     *
     * @throws Exception as Flink does
     */
    public static void main(String[] args) throws Exception {
        Contender contender = Contender.valueOf(args[0]);
        ContenderSpec where = ContenderSpec.of(args);
        PipelineConfig config = PipelineFile.parse("bench", """
                pipeline: %s
                kafka: {bootstrap_servers: "%s"}
                registry: {url: "%s"}
                modalities:
                  audio: {topic: %s.audio, encoder: %s}
                  image: {topic: %s.image, encoder: %s}
                  text: {topic: %s.text, encoder: %s}
                align: {strategy: tumbling, size: 10s, min_modalities: 3, state_precision: %s}
                operators: {}
                runtime: {parallelism: 2, state_backend: rocksdb, state_dir: "%s", checkpoint_interval: 5s}
                """.formatted(
                        where.group(),
                        where.bootstrapServers(),
                        where.registryUrl(),
                        where.topics(),
                        StreamTopics.MODEL,
                        where.topics(),
                        StreamTopics.MODEL,
                        where.topics(),
                        StreamTopics.MODEL,
                        contender == Contender.OURS_FLOAT16 ? "float16" : "float32",
                        where.folder()));
        var settings = FlinkSettings.of(config, where.folder().resolve("checkpoints"), null, false);
        try (EmbeddedFlink flink = EmbeddedFlink.start(settings, 2)) {
            StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment(settings);
            environment.setParallelism(2);
            environment.getConfig().enableObjectReuse();
            DataStream<byte[]> triples = switch (contender) {
                case OURS, OURS_FLOAT16 -> ours(environment, config);
                case INTERVAL_JOINS -> intervalJoins(streams(environment, where));
                case WINDOW_COGROUP -> windowCoGroup(streams(environment, where));
                case READ_ONLY -> readOnly(streams(environment, where));
                default -> throw new IllegalArgumentException(contender + " does not run on Flink");
            };
            triples.sinkTo(sink(where));
            flink.submit(environment, contender.name());
            Throwable failure = flink.awaitEnd();
            throw new IllegalStateException("the job ended", failure);
        }
    }

    private static DataStream<byte[]> ours(StreamExecutionEnvironment environment, PipelineConfig config)
            throws IOException {
        PipelineModels models = PipelineModels.resolve(config, new ArrayList<>(), new ArrayList<>())
                .orElseThrow();
        Map<String, Integer> partitions = new HashMap<>();
        config.modalities().forEach(modality -> partitions.put(modality.topic(), StreamTopics.PARTITIONS));
        return FusionPipeline.align(
                        environment,
                        config,
                        models,
                        OutputSchemas.register(
                                config,
                                new ConfluentSchemaRegistry(config.registry().url(), Map.of())),
                        FusionPipeline.kafka(config, partitions, false),
                        false)
                .windows()
                .filter(AlignedWindow::complete)
                .map(FlinkContender::write)
                .returns(PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO);
    }

    private static byte[] write(AlignedWindow window) {
        float sum = 0;
        long readAt = Long.MAX_VALUE;
        for (EncodedEvent event : window.events()) {
            byte[] first = Arrays.copyOf(
                    event.embeddings().get(0).vector().bytes(),
                    event.embeddings().get(0).vector().precision().bytes());
            sum += switch (event.embeddings().get(0).vector().precision()) {
                case FLOAT32 -> EmbeddingBytes.toFloat32(first)[0];
                case FLOAT16 -> EmbeddingBytes.fromFloat16(first)[0];
            };
            readAt = Math.min(readAt, event.readAt());
        }
        return Triple.write(
                window.events().get(0).eventId(),
                window.events().get(1).eventId(),
                window.events().get(2).eventId(),
                sum,
                readAt);
    }

    /** Three topics as plain Flink sources with the watermarks of Flink's own strategy. */
    private static List<DataStream<EmbeddedEvent>> streams(
            StreamExecutionEnvironment environment, ContenderSpec where) {
        List<DataStream<EmbeddedEvent>> streams = new ArrayList<>();
        for (int modality = 0; modality < TripleStream.MODALITIES; modality++) {
            KafkaSource<EmbeddedEvent> source = KafkaSource.<EmbeddedEvent>builder()
                    .setBootstrapServers(where.bootstrapServers())
                    .setTopics(StreamTopics.topic(where.topics(), StreamTopics.MODALITIES.get(modality)))
                    .setGroupId("sensorium-" + where.group())
                    .setStartingOffsets(OffsetsInitializer.earliest())
                    .setProperty("isolation.level", "read_committed")
                    .setDeserializer(new Deserializer(where.registryUrl(), modality))
                    .build();
            streams.add(environment.fromSource(
                    source,
                    WatermarkStrategy.<EmbeddedEvent>forBoundedOutOfOrderness(OUT_OF_ORDERNESS)
                            .withTimestampAssigner((event, timestamp) -> event.time),
                    "read " + modality));
        }
        return streams;
    }

    private static DataStream<byte[]> intervalJoins(List<DataStream<EmbeddedEvent>> streams) {
        DataStream<EventPair> pairs = streams.get(0)
                .keyBy(event -> event.subject)
                .intervalJoin(streams.get(1).keyBy(event -> event.subject))
                .between(LENGTH.negated(), LENGTH)
                .process(new ProcessJoinFunction<EmbeddedEvent, EmbeddedEvent, EventPair>() {
                    @Override
                    public void processElement(
                            EmbeddedEvent left, EmbeddedEvent right, Context context, Collector<EventPair> out) {
                        out.collect(new EventPair(left, right));
                    }
                });
        return pairs.keyBy(pair -> pair.left.subject)
                .intervalJoin(streams.get(2).keyBy(event -> event.subject))
                .between(LENGTH.negated(), LENGTH)
                .process(new ProcessJoinFunction<EventPair, EmbeddedEvent, byte[]>() {
                    @Override
                    public void processElement(
                            EventPair pair, EmbeddedEvent third, Context context, Collector<byte[]> out) {
                        out.collect(pair.with(third));
                    }
                });
    }

    private static DataStream<byte[]> windowCoGroup(List<DataStream<EmbeddedEvent>> streams) {
        return streams.get(0)
                .union(streams.get(1), streams.get(2))
                .keyBy(event -> event.subject)
                .window(TumblingEventTimeWindows.of(LENGTH))
                .apply(new WindowFunction<EmbeddedEvent, byte[], String, TimeWindow>() {
                    @Override
                    public void apply(
                            String subject, TimeWindow window, Iterable<EmbeddedEvent> events, Collector<byte[]> out) {
                        EmbeddedEvent[] found = new EmbeddedEvent[TripleStream.MODALITIES];
                        events.forEach(event -> found[event.modality] = event);
                        if (found[0] != null && found[1] != null && found[2] != null) {
                            out.collect(new EventPair(found[0], found[1]).with(found[2]));
                        }
                    }
                });
    }

    /** What reading, decoding, shuffling and writing cost without any alignment: a third of the events is passed on. */
    private static DataStream<byte[]> readOnly(List<DataStream<EmbeddedEvent>> streams) {
        return streams.get(0)
                .union(streams.get(1), streams.get(2))
                .keyBy(event -> event.subject)
                .filter(event -> event.modality == 0 && !event.id.equals("end"))
                .map(event -> Triple.write(event.id, event.id, event.id, event.vector[0], event.readAt))
                .returns(PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO);
    }

    private static KafkaSink<byte[]> sink(ContenderSpec where) {
        return KafkaSink.<byte[]>builder()
                .setBootstrapServers(where.bootstrapServers())
                .setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
                .setTransactionalIdPrefix(where.group())
                .setProperty("transaction.timeout.ms", "600000")
                .setRecordSerializer(KafkaRecordSerializationSchema.<byte[]>builder()
                        .setTopic(where.output())
                        .setValueSerializationSchema(new AsTheyAre())
                        .build())
                .build();
    }

    /** A class, because Flink needs its type parameter. */
    private static final class AsTheyAre implements SerializationSchema<byte[]> {
        private static final long serialVersionUID = 1L;

        @Override
        public byte[] serialize(byte[] bytes) {
            return bytes;
        }
    }

    private static final class Deserializer implements KafkaRecordDeserializationSchema<EmbeddedEvent> {
        private static final long serialVersionUID = 1L;

        private final String registryUrl;
        private final int modality;
        private transient EmbeddedEvent.Reader reader;

        Deserializer(String registryUrl, int modality) {
            this.registryUrl = registryUrl;
            this.modality = modality;
        }

        @Override
        public void open(DeserializationSchema.InitializationContext context) {
            reader = new EmbeddedEvent.Reader(registryUrl, modality);
        }

        @Override
        public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<EmbeddedEvent> out) {
            out.collect(reader.read(record.value()));
        }

        @Override
        public TypeInformation<EmbeddedEvent> getProducedType() {
            return TypeInformation.of(EmbeddedEvent.class);
        }
    }
}
