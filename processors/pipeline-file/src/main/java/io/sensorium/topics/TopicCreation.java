// SPDX-License-Identifier: Apache-2.0
package io.sensorium.topics;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Creates topics and waits until they accept records. */
public final class TopicCreation {

    private TopicCreation() {}

    /**
     * The number of partitions of each topic that exists. Sends one request for all.
     *
     * @throws ExecutionException with the broker's error
     */
    public static Map<String, Integer> partitions(Admin admin, Collection<String> topics, Duration timeout)
            throws ExecutionException, InterruptedException, TimeoutException {
        Map<String, Integer> partitions = new HashMap<>();
        for (Map.Entry<String, KafkaFuture<TopicDescription>> described :
                admin.describeTopics(topics).topicNameValues().entrySet()) {
            answer(UnknownTopicOrPartitionException.class, described.getValue(), timeout)
                    .ifPresent(description -> partitions.put(
                            described.getKey(), description.partitions().size()));
        }
        return partitions;
    }

    /**
     * Creates those of the topics that are not there, and waits until their leaders answer. A leader that is not there
     * yet may reject a producer's first batch and accept its second, and then rejects the first for good: its sequence
     * number is behind. Of topics that are there nothing but the right to describe them is needed.
     *
     * @param topics each with a number of partitions
     * @param timeout of each step: lookup, creation, wait
     * @throws ExecutionException with the broker's error
     */
    public static void createMissing(Admin admin, Collection<NewTopic> topics, Duration timeout)
            throws ExecutionException, InterruptedException, TimeoutException {
        Set<String> existing = partitions(
                        admin, topics.stream().map(NewTopic::name).toList(), timeout)
                .keySet();
        List<NewTopic> missing = topics.stream()
                .filter(topic -> !existing.contains(topic.name()))
                .toList();
        for (KafkaFuture<Void> created : admin.createTopics(missing).values().values()) {
            // It exists if another client was faster.
            answer(TopicExistsException.class, created, timeout);
        }
        awaitLeaders(admin, missing, timeout);
    }

    private static void awaitLeaders(Admin admin, List<NewTopic> created, Duration timeout)
            throws ExecutionException, InterruptedException, TimeoutException {
        Map<TopicPartition, OffsetSpec> all = new HashMap<>();
        created.forEach(topic -> IntStream.range(0, topic.numPartitions())
                .forEach(partition -> all.put(new TopicPartition(topic.name(), partition), OffsetSpec.latest())));
        long deadline = System.nanoTime() + timeout.toNanos();
        // The broker that gets the request may not have their metadata yet.
        while (answer(
                        UnknownTopicOrPartitionException.class,
                        admin.listOffsets(all).all(),
                        timeout)
                .isEmpty()) {
            if (System.nanoTime() > deadline) {
                throw new TimeoutException("the brokers do not list the created topics "
                        + created.stream().map(NewTopic::name).toList());
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    /** An answer; empty where it is this failure, or null. */
    private static <T> Optional<T> answer(Class<? extends Exception> failure, KafkaFuture<T> future, Duration timeout)
            throws ExecutionException, InterruptedException, TimeoutException {
        try {
            return Optional.ofNullable(future.get(timeout.toMillis(), TimeUnit.MILLISECONDS));
        } catch (ExecutionException e) {
            if (!failure.isInstance(e.getCause())) {
                throw e;
            }
            return Optional.empty();
        }
    }
}
