// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks.latency;

import io.sensorium.quickstart.stack.EmbeddedFlink;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.serialization.SimpleStringSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.sink.KafkaSinkBuilder;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.co.ProcessJoinFunction;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Chained interval joins on Flink, as a process: state on the heap, parallelism 1. Runs until it is stopped. */
public final class FlinkJoin {

    /** Within which a subject's events are joined. */
    static final Duration LENGTH = Duration.ofSeconds(1);

    private FlinkJoin() {}

    /**
     * Arguments as of {@link Place#arguments}.
     *
     * @throws Exception as Flink does
     */
    public static void main(String[] args) throws Exception {
        boolean tuned = LatencyContender.valueOf(args[0]) == LatencyContender.INTERVAL_JOINS_TUNED;
        Place place = Place.of(args);
        Configuration settings = new Configuration();
        settings.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(place.intervalMs()));
        settings.set(
                CheckpointingOptions.CHECKPOINTS_DIRECTORY,
                place.folder().toUri().toString());
        if (tuned) {
            settings.set(ExecutionOptions.BUFFER_TIMEOUT, Duration.ofMillis(1));
        }
        try (EmbeddedFlink flink = EmbeddedFlink.start(settings, 1)) {
            StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment(settings);
            environment.setParallelism(1);
            environment.getConfig().enableObjectReuse();
            joined(streams(environment, place)).sinkTo(sink(place, tuned));
            flink.submit(environment, place.name());
            throw new IllegalStateException("the job ended", flink.awaitEnd());
        }
    }

    private static List<DataStream<String>> streams(StreamExecutionEnvironment environment, Place place) {
        List<DataStream<String>> streams = new ArrayList<>();
        for (String modality : Place.MODALITIES) {
            streams.add(environment.fromSource(
                    KafkaSource.<String>builder()
                            .setBootstrapServers(place.bootstrapServers())
                            .setTopics(place.input(modality))
                            .setGroupId(place.name())
                            .setStartingOffsets(OffsetsInitializer.earliest())
                            .setDeserializer(new Key())
                            .build(),
                    WatermarkStrategy.forMonotonousTimestamps(),
                    modality));
        }
        return streams;
    }

    private static DataStream<String> joined(List<DataStream<String>> streams) {
        return join(join(streams.get(0), streams.get(1)), streams.get(2));
    }

    private static DataStream<String> join(DataStream<String> left, DataStream<String> right) {
        return left.keyBy(subject -> subject)
                .intervalJoin(right.keyBy(subject -> subject))
                .between(LENGTH.negated(), LENGTH)
                .process(new ProcessJoinFunction<String, String, String>() {
                    @Override
                    public void processElement(String one, String other, Context context, Collector<String> out) {
                        out.collect(one);
                    }
                });
    }

    private static KafkaSink<String> sink(Place place, boolean tuned) {
        KafkaSinkBuilder<String> sink = KafkaSink.<String>builder()
                .setBootstrapServers(place.bootstrapServers())
                .setDeliveryGuarantee(
                        place.exactlyOnce() ? DeliveryGuarantee.EXACTLY_ONCE : DeliveryGuarantee.AT_LEAST_ONCE)
                .setTransactionalIdPrefix(place.name())
                .setProperty("transaction.timeout.ms", "600000")
                .setRecordSerializer(KafkaRecordSerializationSchema.<String>builder()
                        .setTopic(place.output())
                        .setKeySerializationSchema(new SimpleStringSchema())
                        .setValueSerializationSchema(new SimpleStringSchema())
                        .build());
        if (tuned) {
            sink.setProperty("linger.ms", "0");
        }
        return sink.build();
    }

    /** A record's key alone: the peer does not pay for decoding vectors. */
    private static final class Key implements KafkaRecordDeserializationSchema<String> {
        private static final long serialVersionUID = 1L;

        @Override
        public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<String> out) {
            out.collect(new String(record.key(), StandardCharsets.UTF_8));
        }

        @Override
        public TypeInformation<String> getProducedType() {
            return Types.STRING;
        }
    }
}
