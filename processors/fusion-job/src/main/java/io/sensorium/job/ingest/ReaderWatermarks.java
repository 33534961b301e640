// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest;

import io.sensorium.job.records.IngestRecord;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;

/**
 * The partitions of one source reader, and whether the reader is idle. Flink keeps a generator for records of no split,
 * which Kafka's reader never emits; this is that one. Without it an idle reader would become active only when its
 * watermark rises, so a partition that was just discovered, or delivers events behind the watermark, would hold nothing
 * back. For one thread, but for the partitions' metrics.
 */
final class ReaderWatermarks implements WatermarkGenerator<IngestRecord> {

    private final Silent withoutPartitions;
    private final FetchProgress progress;
    private final Set<Integer> read = new HashSet<>();
    private final List<PartitionWatermarks> partitions = new ArrayList<>();

    /** Those that got the present value of {@link #unreadOfOthers}. */
    private final Set<PartitionWatermarks> answered = new HashSet<>();

    private boolean unreadOfOthers;
    private int idlePartitions;
    private WatermarkOutput output;
    private boolean idle;

    /** Whether a reader that no partition was assigned to has waited as long as an idle partition. */
    interface Silent {
        boolean isSilent();
    }

    ReaderWatermarks(Silent withoutPartitions, FetchProgress progress) {
        this.withoutPartitions = withoutPartitions;
        this.progress = progress;
    }

    /** A partition's first record, which tells its number. */
    void read(int partition) {
        read.add(partition);
    }

    boolean hasUnread(int partition, long next) {
        return progress.hasUnread(partition, next);
    }

    /**
     * Whether one of the partitions of which no record was read may hold some. Flink does not tell a generator its
     * partition, so this stands for each of them. It is found out once for all that ask in one interval.
     */
    boolean hasUnreadOfOthers(PartitionWatermarks asking) {
        if (answered.isEmpty() || !answered.add(asking)) {
            answered.clear();
            answered.add(asking);
            unreadOfOthers = progress.hasUnreadBeside(read);
        }
        return unreadOfOthers;
    }

    void add(PartitionWatermarks partition) {
        partitions.add(partition);
        answered.clear();
        active();
    }

    /** One of the partitions is not idle any more. */
    void partitionActive() {
        idlePartitions--;
        active();
    }

    /**
     * One of the partitions is idle now.
     *
     * @return the largest of the partitions' watermarks where all are idle, else {@code Long.MIN_VALUE}
     */
    long partitionIdle() {
        idlePartitions++;
        long largest = Long.MIN_VALUE;
        if (idlePartitions == partitions.size()) {
            for (PartitionWatermarks partition : partitions) {
                largest = Math.max(largest, partition.watermark());
            }
        }
        return largest;
    }

    private void active() {
        if (idle) {
            idle = false;
            output.markActive();
        }
    }

    @Override
    public void onEvent(IngestRecord record, long timestamp, WatermarkOutput output) {
        throw new IllegalStateException("a record of no partition");
    }

    @Override
    public void onPeriodicEmit(WatermarkOutput output) {
        this.output = output;
        boolean allIdle = partitions.isEmpty()
                ? progress.isComplete() && withoutPartitions.isSilent()
                : idlePartitions == partitions.size();
        if (allIdle && !idle) {
            idle = true;
            output.markIdle();
        }
    }
}
