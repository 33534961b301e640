// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.emit;

import io.sensorium.job.records.OutputRecord;
import java.io.IOException;
import java.io.Serializable;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.api.connector.sink2.CommitterInitContext;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.StatefulSinkWriter;
import org.apache.flink.api.connector.sink2.SupportsCommitter;
import org.apache.flink.api.connector.sink2.SupportsWriterState;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.connector.kafka.sink.KafkaCommittable;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.sink.KafkaWriterState;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessage;
import org.apache.flink.streaming.api.connector.sink2.SupportsPostCommitTopology;
import org.apache.flink.streaming.api.datastream.DataStream;

/**
 * The connector's sink, with a committer that does not pass over a failed commit, and a writer that does not start
 * beside another copy of the pipeline.
 */
final class GuardedSink
        implements Sink<OutputRecord>,
                SupportsCommitter<KafkaCommittable>,
                SupportsWriterState<OutputRecord, KafkaWriterState>,
                SupportsPostCommitTopology<KafkaCommittable> {
    private static final long serialVersionUID = 1L;

    private static final Duration LOOKUP_TIMEOUT = Duration.ofSeconds(15);

    private final KafkaSink<OutputRecord> sink;
    private final KafkaSink<OutputRecord> immediate;
    private final Properties client;
    private final Copies copies;

    /**
     * Where copies of this pipeline find each other.
     *
     * @param group of them
     * @param topic that the user may read
     * @param ended jobs that are known not to run any more
     */
    record Copies(String group, String topic, HashSet<String> ended) implements Serializable {}

    /**
     * @param immediate for PROVISIONAL results; null where they go with the others
     * @param client properties of a client of the sink's broker
     */
    GuardedSink(KafkaSink<OutputRecord> sink, KafkaSink<OutputRecord> immediate, Properties client, Copies copies) {
        this.sink = sink;
        this.immediate = immediate;
        this.client = client;
        this.copies = copies;
    }

    @Override
    public SinkWriter<OutputRecord> createWriter(WriterInitContext context) throws IOException {
        return restoreWriter(context, List.of());
    }

    @Override
    public StatefulSinkWriter<OutputRecord, KafkaWriterState> restoreWriter(
            WriterInitContext context, Collection<KafkaWriterState> recovered) throws IOException {
        // Before the connector's, which aborts what it finds open under this pipeline's transactional ids.
        Optional<CopyMembership> membership = context.getTaskInfo().getIndexOfThisSubtask() == 0
                ? Optional.of(join(context.getJobInfo().getJobId().toHexString()))
                : Optional.empty();
        return new GuardedWriter(
                sink.restoreWriter(context, recovered),
                immediate == null ? Optional.empty() : Optional.of(immediate.createWriter(context)),
                membership,
                copies.group());
    }

    private CopyMembership join(String job) throws IOException {
        Set<String> ended = new HashSet<>(copies.ended());
        ended.add(job);
        try {
            RunningCopies.other(client, copies.group(), ended).ifPresent(other -> {
                throw new SecondCopyException(copies.group(), other);
            });
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while looking for other copies of the pipeline", e);
        }
        return new CopyMembership(
                new RunningCopies.Copy(System.currentTimeMillis(), job, ""),
                copies.group(),
                client,
                copies.topic(),
                copies.ended());
    }

    @Override
    public SimpleVersionedSerializer<KafkaWriterState> getWriterStateSerializer() {
        return sink.getWriterStateSerializer();
    }

    @Override
    public Committer<KafkaCommittable> createCommitter(CommitterInitContext context) {
        context.metricGroup().addGroup("sensorium").gauge("commits_failed_total", (Gauge<Long>)
                GuardedCommitter::failed);
        return new GuardedCommitter(sink.createCommitter(context), TransactionOutcomes.broker(client, LOOKUP_TIMEOUT));
    }

    @Override
    public SimpleVersionedSerializer<KafkaCommittable> getCommittableSerializer() {
        return sink.getCommittableSerializer();
    }

    @Override
    public void addPostCommitTopology(DataStream<CommittableMessage<KafkaCommittable>> committables) {
        sink.addPostCommitTopology(committables);
    }
}
