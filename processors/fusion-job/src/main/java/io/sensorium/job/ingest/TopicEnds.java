// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest;

import io.sensorium.pipeline.KafkaCluster;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/**
 * Where topics end while a job is built, each requested once: sources of one topic that looked for themselves, one
 * after the other, could start at different records. For one thread.
 */
public final class TopicEnds {

    private final KafkaCluster kafka;
    private final Map<String, Map<TopicPartition, Long>> byTopic = new HashMap<>();

    public TopicEnds(KafkaCluster kafka) {
        this.kafka = kafka;
    }

    /**
     * The offset after the last record of each partition.
     *
     * @throws KafkaException when the broker does not answer
     */
    Map<TopicPartition, Long> of(String topic, int partitions) {
        return byTopic.computeIfAbsent(topic, asked -> request(asked, partitions));
    }

    private Map<TopicPartition, Long> request(String topic, int partitions) {
        try (Admin admin = Admin.create(kafka.clientProperties())) {
            Map<TopicPartition, Long> ends = new HashMap<>();
            admin.listOffsets(IntStream.range(0, partitions)
                            .mapToObj(partition -> new TopicPartition(topic, partition))
                            .collect(Collectors.toMap(partition -> partition, partition -> OffsetSpec.latest())))
                    .all()
                    .get()
                    .forEach(
                            (TopicPartition partition, ListOffsetsResultInfo end) -> ends.put(partition, end.offset()));
            return ends;
        } catch (ExecutionException e) {
            throw new KafkaException(
                    "topic " + topic + ": its end, from which runtime.start: latest reads, cannot be requested: "
                            + e.getCause().getMessage(),
                    e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KafkaException("topic " + topic + ": interrupted while its end was requested", e);
        }
    }
}
