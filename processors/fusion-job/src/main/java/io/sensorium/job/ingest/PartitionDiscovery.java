// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest;

import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.function.LongSupplier;
import org.apache.flink.connector.kafka.source.enumerator.subscriber.KafkaSubscriber;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The partitions of one topic, asked for every second. Two things differ from Flink's own subscriber. Once the
 * partitions are known, a failed request is logged and the known ones stay: the readers notice by themselves when a
 * broker or the topic is gone, and that need not end the job. And partitions are announced once: when requests are
 * slow, Flink's enumerator handles several answers in a row and would assign a partition of the second answer a second
 * time. For the enumerator's worker thread.
 */
final class PartitionDiscovery implements KafkaSubscriber {
    private static final long serialVersionUID = 1L;

    private static final Logger LOG = LoggerFactory.getLogger(PartitionDiscovery.class);

    /** How long the enumerator may take until it has assigned what was announced. */
    private static final Duration ASSIGNMENT = Duration.ofSeconds(5);

    /** Asks a broker for the partitions of a topic. */
    interface Request {
        Collection<Integer> partitions(String topic) throws ExecutionException, InterruptedException;
    }

    private final String topic;
    private transient Set<TopicPartition> known;
    private transient Set<TopicPartition> announcedBefore;
    private transient long announcedNanos;
    private transient boolean failed;

    PartitionDiscovery(String topic) {
        this.topic = topic;
    }

    /** @throws KafkaException when the first request fails */
    @Override
    public Set<TopicPartition> getSubscribedTopicPartitions(AdminClient admin) {
        return discover(
                asked -> admin.describeTopics(List.of(asked)).allTopicNames().get().get(asked).partitions().stream()
                        .map(partition -> partition.partition())
                        .toList(),
                System::nanoTime);
    }

    Set<TopicPartition> discover(Request request, LongSupplier nanos) {
        if (known != null && announcedBefore != null) {
            if (nanos.getAsLong() - announcedNanos < ASSIGNMENT.toNanos()) {
                return announcedBefore;
            }
            announcedBefore = null;
        }
        Set<TopicPartition> now = new LinkedHashSet<>(known == null ? Set.of() : known);
        try {
            request.partitions(topic).forEach(partition -> now.add(new TopicPartition(topic, partition)));
            failed = false;
        } catch (ExecutionException e) {
            if (known == null) {
                throw new KafkaException("topic " + topic + ": its partitions cannot be listed", e.getCause());
            }
            if (!failed) {
                LOG.warn(
                        "topic {}: its partitions cannot be listed, reading goes on with the {} that are known; "
                                + "partitions added meanwhile are found later",
                        topic,
                        known.size(),
                        e.getCause());
            }
            failed = true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KafkaException("topic " + topic + ": interrupted while its partitions were listed", e);
        }
        if (known == null || now.size() > known.size()) {
            announcedBefore = known == null ? Set.of() : known;
            announcedNanos = nanos.getAsLong();
            if (known != null) {
                LOG.info("topic {} has {} partitions now, {} before", topic, now.size(), known.size());
            }
            known = now;
        }
        return known;
    }
}
