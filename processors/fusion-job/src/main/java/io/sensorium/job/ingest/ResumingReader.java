// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest;

import io.sensorium.job.records.IngestRecord;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;

/**
 * The connector's reader, whose restored offsets are checked first. Keeps which partitions it has. For the task's
 * thread.
 */
final class ResumingReader implements SourceReader<IngestRecord, KafkaPartitionSplit> {

    private final SourceReader<IngestRecord, KafkaPartitionSplit> connector;
    private final SavedOffsets saved;
    private final FetchProgress progress;
    private final Counter missing;

    ResumingReader(
            SourceReader<IngestRecord, KafkaPartitionSplit> connector,
            SavedOffsets saved,
            FetchProgress progress,
            MetricGroup metrics) {
        this.connector = connector;
        this.saved = saved;
        this.progress = progress;
        this.missing = metrics.counter("records_missing_total");
    }

    @Override
    public void addSplits(List<KafkaPartitionSplit> splits) {
        SavedOffsets.Checked checked = saved.check(splits);
        missing.inc(checked.missing());
        progress.assigned(splits.stream().map(KafkaPartitionSplit::getPartition).toList());
        connector.addSplits(checked.splits());
    }

    @Override
    public void start() {
        connector.start();
    }

    @Override
    public InputStatus pollNext(ReaderOutput<IngestRecord> output) throws Exception {
        return connector.pollNext(output);
    }

    @Override
    public List<KafkaPartitionSplit> snapshotState(long checkpointId) {
        return connector.snapshotState(checkpointId);
    }

    @Override
    public CompletableFuture<Void> isAvailable() {
        return connector.isAvailable();
    }

    @Override
    public void notifyNoMoreSplits() {
        connector.notifyNoMoreSplits();
    }

    @Override
    public void handleSourceEvents(SourceEvent event) {
        if (event instanceof PartitionsKnown) {
            progress.complete();
        } else {
            connector.handleSourceEvents(event);
        }
    }

    @Override
    public void notifyCheckpointComplete(long checkpointId) throws Exception {
        connector.notifyCheckpointComplete(checkpointId);
    }

    @Override
    public void notifyCheckpointAborted(long checkpointId) throws Exception {
        connector.notifyCheckpointAborted(checkpointId);
    }

    @Override
    public void pauseOrResumeSplits(Collection<String> pause, Collection<String> resume) {
        connector.pauseOrResumeSplits(pause, resume);
    }

    @Override
    public void close() throws Exception {
        connector.close();
    }
}
