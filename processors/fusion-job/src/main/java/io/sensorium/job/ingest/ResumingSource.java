// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest;

import io.sensorium.job.records.IngestRecord;
import io.sensorium.job.serde.RecordType;
import java.util.Optional;
import java.util.Properties;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * The connector's source of one topic, which on a restore compares the saved offsets with what the topic holds: records
 * that are gone are counted and reported, and the offsets of a topic that was deleted and created again are refused,
 * since they stand for other records.
 */
final class ResumingSource
        implements Source<IngestRecord, KafkaPartitionSplit, TopicState>, ResultTypeQueryable<IngestRecord> {
    private static final long serialVersionUID = 1L;

    private final KafkaSource<IngestRecord> source;
    private final FetchProgress progress;
    private final PartitionDiscovery discovery;
    private final String topic;
    private final String modality;
    private final Properties client;

    /**
     * @param progress that the source's consumer reports to
     * @param discovery the source's own
     * @param client properties of a client of the topic's broker
     */
    ResumingSource(
            KafkaSource<IngestRecord> source,
            FetchProgress progress,
            PartitionDiscovery discovery,
            String topic,
            String modality,
            Properties client) {
        this.source = source;
        this.progress = progress;
        this.discovery = discovery;
        this.topic = topic;
        this.modality = modality;
        this.client = client;
    }

    @Override
    public Boundedness getBoundedness() {
        return source.getBoundedness();
    }

    @Override
    public SourceReader<IngestRecord, KafkaPartitionSplit> createReader(SourceReaderContext context) throws Exception {
        return new ResumingReader(
                source.createReader(context),
                new SavedOffsets(client),
                progress,
                context.metricGroup().addGroup("sensorium").addGroup("modality", modality));
    }

    @Override
    public SplitEnumerator<KafkaPartitionSplit, TopicState> createEnumerator(
            SplitEnumeratorContext<KafkaPartitionSplit> context) throws Exception {
        return new TopicEnumerator(
                assigned -> source.createEnumerator(new AssignmentContext<>(context, assigned)),
                discovery,
                context,
                topic,
                client,
                Optional.empty());
    }

    @Override
    public SplitEnumerator<KafkaPartitionSplit, TopicState> restoreEnumerator(
            SplitEnumeratorContext<KafkaPartitionSplit> context, TopicState saved) throws Exception {
        return new TopicEnumerator(
                assigned -> source.restoreEnumerator(new AssignmentContext<>(context, assigned), saved.partitions()),
                discovery,
                context,
                topic,
                client,
                saved.topicId());
    }

    @Override
    public SimpleVersionedSerializer<KafkaPartitionSplit> getSplitSerializer() {
        return source.getSplitSerializer();
    }

    @Override
    public SimpleVersionedSerializer<TopicState> getEnumeratorCheckpointSerializer() {
        return new TopicState.Serializer(source.getEnumeratorCheckpointSerializer());
    }

    @Override
    public TypeInformation<IngestRecord> getProducedType() {
        return RecordType.INGEST;
    }
}
