// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.emit;

import io.sensorium.job.records.OutputRecord;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.connector.sink2.CommittingSinkWriter;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.StatefulSinkWriter;
import org.apache.flink.connector.kafka.sink.KafkaCommittable;
import org.apache.flink.connector.kafka.sink.KafkaWriterState;
import org.apache.flink.connector.kafka.sink.TwoPhaseCommittingStatefulSink.PrecommittingStatefulSinkWriter;
import org.apache.flink.util.IOUtils;

/**
 * The connector's writer; ends the job before a checkpoint where another copy of the pipeline has been there for
 * longer. For one thread.
 */
final class GuardedWriter
        implements StatefulSinkWriter<OutputRecord, KafkaWriterState>,
                CommittingSinkWriter<OutputRecord, KafkaCommittable> {

    private final PrecommittingStatefulSinkWriter<OutputRecord, KafkaWriterState, KafkaCommittable> writer;
    private final Optional<SinkWriter<OutputRecord>> immediate;
    private final Optional<CopyMembership> membership;
    private final String group;

    /**
     * @param immediate takes PROVISIONAL results, outside the writer's transaction; empty where the writer takes them
     * @param membership in the first subtask alone
     */
    GuardedWriter(
            PrecommittingStatefulSinkWriter<OutputRecord, KafkaWriterState, KafkaCommittable> writer,
            Optional<SinkWriter<OutputRecord>> immediate,
            Optional<CopyMembership> membership,
            String group) {
        this.writer = writer;
        this.immediate = immediate;
        this.membership = membership;
        this.group = group;
    }

    @Override
    public void write(OutputRecord record, SinkWriter.Context context) throws IOException, InterruptedException {
        if (record.provisional() && immediate.isPresent()) {
            immediate.get().write(record, context);
        } else {
            writer.write(record, context);
        }
    }

    @Override
    public void flush(boolean endOfInput) throws IOException, InterruptedException {
        membership.flatMap(CopyMembership::older).ifPresent(older -> {
            throw new SecondCopyException(group, older);
        });
        writer.flush(endOfInput);
        if (immediate.isPresent()) {
            immediate.get().flush(endOfInput);
        }
    }

    @Override
    public void writeWatermark(Watermark watermark) throws IOException, InterruptedException {
        writer.writeWatermark(watermark);
    }

    @Override
    public Collection<KafkaCommittable> prepareCommit() throws IOException, InterruptedException {
        return writer.prepareCommit();
    }

    @Override
    public List<KafkaWriterState> snapshotState(long checkpointId) throws IOException {
        return writer.snapshotState(checkpointId);
    }

    @Override
    public void close() throws Exception {
        IOUtils.closeAll(writer, immediate.orElse(null), membership.orElse(null));
    }
}
