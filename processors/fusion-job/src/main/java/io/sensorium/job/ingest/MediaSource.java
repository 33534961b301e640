// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest;

import io.sensorium.job.config.Modality;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.SharedTopics;
import io.sensorium.job.records.IngestRecord;
import io.sensorium.job.serde.RecordType;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.KafkaSourceBuilder;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.consumer.OffsetResetStrategy;

/**
 * Kafka sources, one a modality: watermarks are a modality's own, also where several read one topic. There each has its
 * own offsets in saved state.
 */
public final class MediaSource {

    /**
     * How often readers report how far they are and learn how far they may go. In one such interval event time moves by
     * the drift at most.
     */
    private static final Duration ALIGNMENT_INTERVAL = Duration.ofMillis(200);

    /**
     * Until an added partition is discovered the watermark runs on without it, so this is less than the default
     * out-of-orderness.
     */
    private static final Duration DISCOVERY_INTERVAL = Duration.ofSeconds(1);

    private MediaSource() {}

    /** By which Flink finds a modality's source in saved state. */
    static String uid(Modality modality) {
        return "ingest-" + modality.name();
    }

    /**
     * The pipeline's consumer group. Of a topic that several modalities read, it has the first one's offsets; the
     * others commit to groups of their own, since they may be elsewhere. No pipeline's name has a colon.
     */
    private static String group(PipelineConfig config, Modality modality, List<Modality> readers, boolean bounded) {
        return "sensorium-" + config.pipeline() + (bounded ? "-bounded" : "")
                + (readers.get(0).name().equals(modality.name()) ? "" : ":" + modality.name());
    }

    /**
     * Adds a modality's source.
     *
     * @param partitions of its topic; more readers than partitions would stand idle
     * @param ends where a topic that several modalities read is read from with {@code start: latest}
     * @param bounded whether to read each partition from its earliest offset to its end now, and commit no offsets
     */
    public static DataStream<IngestRecord> add(
            StreamExecutionEnvironment environment,
            PipelineConfig config,
            Modality modality,
            int partitions,
            TopicEnds ends,
            boolean bounded) {
        Properties properties = new Properties();
        // A reader sees what transactional producers committed; a user's property may change that.
        properties.put("isolation.level", "read_committed");
        properties.putAll(config.kafka().clientProperties());
        properties.put("commit.offsets.on.checkpoint", Boolean.toString(!bounded));
        properties.putIfAbsent(
                "partition.discovery.interval.ms", bounded ? "-1" : Long.toString(DISCOVERY_INTERVAL.toMillis()));
        List<Modality> readers = SharedTopics.readers(config.modalities(), modality.topic());
        FetchProgress progress = new FetchProgress();
        FetchReporter.add(properties, progress);
        PartitionDiscovery discovery = new PartitionDiscovery(modality.topic());
        KafkaSourceBuilder<IngestRecord> builder = KafkaSource.<IngestRecord>builder()
                .setBootstrapServers(config.kafka().bootstrapServers())
                .setKafkaSubscriber(discovery)
                .setGroupId(group(config, modality, readers, bounded))
                .setClientIdPrefix("sensorium-" + config.pipeline() + "-" + modality.name())
                .setProperties(properties)
                .setDeserializer(new EventDeserializer(
                        modality,
                        readers,
                        config.packs(),
                        config.validTime(),
                        config.emitAttributes(),
                        config.limits(),
                        RegistryAddress.of(config.registry()),
                        config.runtime().tracing()));
        if (bounded) {
            builder.setStartingOffsets(OffsetsInitializer.earliest()).setBounded(OffsetsInitializer.latest());
        } else {
            builder.setStartingOffsets(
                    switch (config.runtime().start()) {
                        case EARLIEST -> OffsetsInitializer.earliest();
                        case LATEST ->
                            readers.size() == 1
                                    ? LatestThenEarliest.ofEachSource()
                                    : LatestThenEarliest.at(ends.of(modality.topic(), partitions));
                        case COMMITTED -> OffsetsInitializer.committedOffsets(OffsetResetStrategy.EARLIEST);
                    });
        }
        WatermarkStrategy<IngestRecord> watermarks = PartitionWatermarks.strategy(
                modality.name(), modality.outOfOrderness(), bounded ? null : modality.idleTimeout(), progress);
        // Not where partitions end: pausing one that just did fails in this connector (FLINK-39728).
        if (config.runtime().maxDrift() != null && !bounded) {
            watermarks = watermarks.withWatermarkAlignment(
                    "modalities", config.runtime().maxDrift(), ALIGNMENT_INTERVAL);
        }
        return environment
                .fromSource(
                        new ResumingSource(
                                builder.build(),
                                progress,
                                discovery,
                                modality.topic(),
                                modality.name(),
                                config.kafka().clientProperties()),
                        watermarks,
                        "ingest " + modality.name(),
                        RecordType.INGEST)
                .uid(uid(modality))
                .setParallelism(Math.max(1, Math.min(config.runtime().parallelism(), partitions)));
    }
}
