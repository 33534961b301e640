// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.flink.connector.kafka.source.enumerator.subscriber.KafkaSubscriber;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The partitions of one topic, asked for every second. Unlike with Flink's own subscriber, a failed request is logged
 * once the partitions are known, and the known ones stay: the readers notice by themselves when a broker or the topic
 * is gone, and that need not end the job. For the enumerator's worker thread, apart from {@link #opened} and
 * {@link #closing}, which are for the coordinator's.
 */
final class PartitionDiscovery implements KafkaSubscriber {
    private static final long serialVersionUID = 1L;

    private static final Logger LOG = LoggerFactory.getLogger(PartitionDiscovery.class);

    /** Asks a broker for the partitions of a topic. */
    interface Request {
        Collection<Integer> partitions(String topic) throws ExecutionException, InterruptedException;
    }

    private final String topic;
    private transient Set<TopicPartition> known;
    private transient boolean failed;
    private transient volatile boolean closing;

    PartitionDiscovery(String topic) {
        this.topic = topic;
    }

    /** An enumerator begins; Flink makes a new one of the same source when it restores all of a job. */
    void opened() {
        closing = false;
    }

    /** The enumerator closes its client, which makes a request that is under way fail. */
    void closing() {
        closing = true;
    }

    /** @throws KafkaException when the first request fails */
    @Override
    public Set<TopicPartition> getSubscribedTopicPartitions(AdminClient admin) {
        return discover(
                asked -> admin.describeTopics(List.of(asked)).allTopicNames().get().get(asked).partitions().stream()
                        .map(partition -> partition.partition())
                        .toList());
    }

    Set<TopicPartition> discover(Request request) {
        Set<TopicPartition> now = new LinkedHashSet<>(known == null ? Set.of() : known);
        try {
            request.partitions(topic).forEach(partition -> now.add(new TopicPartition(topic, partition)));
            failed = false;
        } catch (ExecutionException e) {
            if (known == null) {
                throw new KafkaException("topic " + topic + ": its partitions cannot be listed", e.getCause());
            }
            if (!failed && !closing) {
                LOG.warn(
                        "topic {}: its partitions cannot be listed, reading goes on with the {} that are known; "
                                + "partitions added meanwhile are found later",
                        topic,
                        known.size(),
                        e.getCause());
                failed = true;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KafkaException("topic " + topic + ": interrupted while its partitions were listed", e);
        }
        if (known != null && now.size() > known.size()) {
            LOG.info("topic {} has {} partitions now, {} before", topic, now.size(), known.size());
        }
        known = now;
        return Set.copyOf(known);
    }
}
