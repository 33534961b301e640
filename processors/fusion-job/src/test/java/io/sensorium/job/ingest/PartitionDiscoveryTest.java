// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.junit.jupiter.api.Test;

class PartitionDiscoveryTest {

    private final PartitionDiscovery discovery = new PartitionDiscovery("t");
    private Collection<Integer> partitions = List.of(0, 1);
    private RuntimeException failure;

    private List<Integer> discover() {
        return discovery
                .discover(topic -> {
                    if (failure != null) {
                        throw new ExecutionException(failure);
                    }
                    return partitions;
                })
                .stream()
                .map(TopicPartition::partition)
                .sorted()
                .toList();
    }

    @Test
    void everyAnswerNamesAllPartitionsSoThatNoneSeemsRemoved() {
        assertThat(discover()).containsExactly(0, 1);
        assertThat(discover()).containsExactly(0, 1);
        partitions = List.of(0, 1, 2);
        assertThat(discover()).containsExactly(0, 1, 2);
        assertThat(discover()).containsExactly(0, 1, 2);
    }

    @Test
    void aFailedRequestEndsTheJobOnlyWhenNothingIsKnownYet() {
        failure = new UnknownTopicOrPartitionException("gone");
        assertThatThrownBy(this::discover)
                .isInstanceOf(KafkaException.class)
                .hasMessageContaining("topic t")
                .hasCause(failure);
        failure = null;
        assertThat(discover()).containsExactly(0, 1);
        failure = new UnknownTopicOrPartitionException("gone");
        assertThat(discover()).containsExactly(0, 1);
        failure = null;
        partitions = List.of(0);
        assertThat(discover()).as("a topic that was recreated with fewer").containsExactly(0, 1);
    }
}
