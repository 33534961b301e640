// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.flink.connector.kafka.source.enumerator.KafkaSourceEnumState;
import org.apache.flink.connector.kafka.source.enumerator.KafkaSourceEnumStateSerializer;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

class SavedOffsetsTest {

    private static final TopicPartition PARTITION = new TopicPartition("media.text", 0);

    private static SavedOffsets.Checked check(long saved, long earliest) {
        return SavedOffsets.compare(
                List.of(new KafkaPartitionSplit(PARTITION, saved)),
                Map.of(PARTITION, new ListOffsetsResultInfo(earliest, -1, Optional.empty())));
    }

    @Test
    void anOffsetThatRetentionHasPassedMovesToTheEarliestThatIsLeftAndWhatIsGoneIsCounted() {
        SavedOffsets.Checked checked = check(10, 25);
        assertThat(checked.missing()).isEqualTo(15);
        assertThat(checked.splits()).singleElement().satisfies(split -> {
            assertThat(split.getStartingOffset()).isEqualTo(25);
            assertThat(split.getStoppingOffset()).isEmpty();
        });
    }

    @Test
    void anOffsetThatIsThereStaysAndSoDoOnesThatTheConnectorHasYetToFind() {
        assertThat(check(25, 25))
                .isEqualTo(new SavedOffsets.Checked(List.of(new KafkaPartitionSplit(PARTITION, 25)), 0));
        assertThat(check(KafkaPartitionSplit.EARLIEST_OFFSET, 25).missing()).isZero();
        assertThat(check(KafkaPartitionSplit.LATEST_OFFSET, 25).splits())
                .singleElement()
                .satisfies(split -> assertThat(split.getStartingOffset()).isEqualTo(KafkaPartitionSplit.LATEST_OFFSET));
    }

    @Test
    void aTopicsIdIsSavedAndTheConnectorsOwnStateOfEarlierReleasesIsRead() throws Exception {
        KafkaSourceEnumStateSerializer connector = new KafkaSourceEnumStateSerializer();
        TopicState.Serializer serializer = new TopicState.Serializer(connector);
        KafkaSourceEnumState partitions = new KafkaSourceEnumState(Set.of(), true);
        Uuid id = Uuid.randomUuid();
        assertThat(serializer
                        .deserialize(
                                serializer.getVersion(),
                                serializer.serialize(new TopicState(partitions, Optional.of(id))))
                        .topicId())
                .contains(id);
        assertThat(serializer
                        .deserialize(
                                serializer.getVersion(),
                                serializer.serialize(new TopicState(partitions, Optional.empty())))
                        .topicId())
                .isEmpty();
        TopicState earlier = serializer.deserialize(connector.getVersion(), connector.serialize(partitions));
        assertThat(earlier.topicId()).isEmpty();
        assertThat(earlier.partitions().initialDiscoveryFinished()).isTrue();
    }
}
