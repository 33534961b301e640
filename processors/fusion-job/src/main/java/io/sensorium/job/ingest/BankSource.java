// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest;

import io.sensorium.job.bank.BankEntries;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.records.DeadLetters;
import io.sensorium.job.records.OutputRecord;
import io.sensorium.job.records.OutputSchemas;
import io.sensorium.job.records.Stage;
import io.sensorium.job.serde.RecordType;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.KafkaSourceBuilder;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * The dead letters of a bank's topic: one of each record that is no entry. A source of its own, whose offsets are
 * saved, so that a bank that is read again from its beginning at each start gives none of them twice.
 */
public final class BankSource {

    private static final String NAME = "bank";

    private BankSource() {}

    /**
     * Adds the source.
     *
     * @param dimensions numbers of an embedding, by the name@version of the pipeline's encoders
     * @param bounded whether to read to the topic's end now
     */
    public static DataStream<OutputRecord> add(
            StreamExecutionEnvironment environment,
            PipelineConfig config,
            Map<String, Integer> dimensions,
            OutputSchemas schemas,
            boolean bounded) {
        Properties properties = new Properties();
        properties.put("isolation.level", "read_committed");
        properties.putAll(config.kafka().clientProperties());
        properties.remove("group.id");
        properties.put("commit.offsets.on.checkpoint", "false");
        properties.putIfAbsent("partition.discovery.interval.ms", bounded ? "-1" : "10000");
        KafkaSourceBuilder<OutputRecord> builder = KafkaSource.<OutputRecord>builder()
                .setBootstrapServers(config.kafka().bootstrapServers())
                .setKafkaSubscriber(new PartitionDiscovery(config.bank().topic()))
                .setClientIdPrefix("sensorium-" + config.pipeline() + "-" + NAME)
                .setProperties(properties)
                .setStartingOffsets(OffsetsInitializer.earliest())
                .setDeserializer(new Letters(config, new HashMap<>(dimensions), schemas));
        if (bounded) {
            builder.setBounded(OffsetsInitializer.latest());
        }
        return environment
                .fromSource(builder.build(), WatermarkStrategy.noWatermarks(), NAME, RecordType.OUTPUT)
                // By topic: a source goes on with the partitions that it saved, whatever the pipeline file names now.
                .uid(NAME + "-" + config.bank().topic())
                .setParallelism(1);
    }

    /** Makes dead letters of records that are no entries, and nothing of others. */
    private static final class Letters implements KafkaRecordDeserializationSchema<OutputRecord> {
        private static final long serialVersionUID = 1L;

        private final PipelineConfig config;
        private final HashMap<String, Integer> dimensions;
        private final OutputSchemas schemas;
        private transient BankEntries entries;
        private transient DeadLetters letters;
        private transient Counter failed;

        Letters(PipelineConfig config, HashMap<String, Integer> dimensions, OutputSchemas schemas) {
            this.config = config;
            this.dimensions = dimensions;
            this.schemas = schemas;
        }

        @Override
        public void open(DeserializationSchema.InitializationContext context) {
            entries = new BankEntries(RegistryAddress.of(config.registry()).open(), config.bank(), dimensions);
            letters = new DeadLetters(config, schemas, new DeadLetters.Writer(BankSource.class, 0));
            failed = context.getMetricGroup().addGroup("sensorium").counter("bank_dead_letters_total");
        }

        @Override
        public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<OutputRecord> out) throws IOException {
            BankEntries.Read read = RegistryPatience.tried(() -> entries.read(record.key(), record.value()));
            if (read instanceof BankEntries.Read.Bad bad) {
                failed.inc();
                out.collect(letters.of(EventDeserializer.coordinates(record), Stage.INGEST, bad.code(), bad.message()));
            }
        }

        @Override
        public TypeInformation<OutputRecord> getProducedType() {
            return RecordType.OUTPUT;
        }
    }
}
