// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Saved offsets against what their partitions hold. */
final class SavedOffsets {

    private static final Logger LOG = LoggerFactory.getLogger(SavedOffsets.class);
    private static final Duration TIMEOUT = Duration.ofSeconds(15);

    private final Properties client;

    SavedOffsets(Properties client) {
        this.client = client;
    }

    /**
     * @param splits to read
     * @param missing records between saved offsets and the earliest that are left
     */
    record Checked(List<KafkaPartitionSplit> splits, long missing) {}

    /**
     * Moves saved offsets that retention has passed to the earliest record that is left, and reports how many are gone.
     * Where the broker does not answer, the splits stay as they are.
     */
    Checked check(List<KafkaPartitionSplit> splits) {
        Map<TopicPartition, OffsetSpec> saved = new HashMap<>();
        splits.stream()
                .filter(split -> split.getStartingOffset() >= 0)
                .forEach(split -> saved.put(split.getTopicPartition(), OffsetSpec.earliest()));
        if (saved.isEmpty()) {
            return new Checked(splits, 0);
        }
        try (Admin admin = Admin.create(client)) {
            return compare(splits, admin.listOffsets(saved).all().get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS));
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn(
                    "The saved offsets could not be compared with the earliest ones of {}: {}",
                    saved.keySet(),
                    e.toString());
            return new Checked(splits, 0);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Checked(splits, 0);
        }
    }

    static Checked compare(List<KafkaPartitionSplit> splits, Map<TopicPartition, ListOffsetsResultInfo> earliest) {
        List<KafkaPartitionSplit> checked = new ArrayList<>(splits.size());
        long missing = 0;
        for (KafkaPartitionSplit split : splits) {
            ListOffsetsResultInfo first = earliest.get(split.getTopicPartition());
            long gone = first == null ? 0 : first.offset() - split.getStartingOffset();
            if (gone > 0 && split.getStartingOffset() >= 0) {
                LOG.warn(
                        "{}: the saved offset is {}, but the earliest record that is left is {}: retention has "
                                + "removed up to {} records, which are not read. Reading goes on at {}; raise the topic's retention"
                                + " (retention.ms, retention.bytes) above the longest stop of the job",
                        split.getTopicPartition(),
                        split.getStartingOffset(),
                        first.offset(),
                        gone,
                        first.offset());
                missing += gone;
                checked.add(new KafkaPartitionSplit(
                        split.getTopicPartition(),
                        first.offset(),
                        split.getStoppingOffset().orElse(KafkaPartitionSplit.NO_STOPPING_OFFSET)));
            } else {
                checked.add(split);
            }
        }
        return new Checked(checked, missing);
    }
}
