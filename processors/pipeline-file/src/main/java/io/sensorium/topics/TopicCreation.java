package io.sensorium.topics;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Topics that take records from the moment they are said to be there. */
public final class TopicCreation {

    private TopicCreation() {}

    /**
     * Creates those of the topics that are not there, and waits until their leaders answer. A leader that is not there yet may refuse a producer's first batch and take its second, and then refuses the
     * first for good: its sequence number is behind. Of topics that are there nothing but the right to describe them is needed.
     *
     * @param topics each with a number of partitions
     * @param timeout of each of: looking, creating, waiting
     * @throws ExecutionException as the broker says
     */
    public static void createMissing(Admin admin, Collection<NewTopic> topics, Duration timeout) throws ExecutionException, InterruptedException, TimeoutException {
        Map<String, ? extends KafkaFuture<?>> described = admin.describeTopics(topics.stream().map(NewTopic::name).toList()).topicNameValues();
        List<NewTopic> missing = new ArrayList<>();
        for (NewTopic topic : topics) {
            if (!unless(UnknownTopicOrPartitionException.class, described.get(topic.name()), timeout)) {
                missing.add(topic);
            }
        }
        for (KafkaFuture<?> created : admin.createTopics(missing).values().values()) {
            // It exists when somebody was quicker.
            unless(TopicExistsException.class, created, timeout);
        }
        awaitLeaders(admin, missing, timeout);
    }

    private static void awaitLeaders(Admin admin, List<NewTopic> created, Duration timeout) throws ExecutionException, InterruptedException, TimeoutException {
        Map<TopicPartition, OffsetSpec> all = new HashMap<>();
        created.forEach(topic -> IntStream.range(0, topic.numPartitions()).forEach(partition -> all.put(new TopicPartition(topic.name(), partition), OffsetSpec.latest())));
        long deadline = System.nanoTime() + timeout.toNanos();
        // The broker that is asked may not have heard of them yet.
        while (!unless(UnknownTopicOrPartitionException.class, admin.listOffsets(all).all(), timeout)) {
            if (System.nanoTime() > deadline) {
                throw new TimeoutException("the brokers know nothing of the created topics " + created.stream().map(NewTopic::name).toList());
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    /** Whether the answer came; false where it is this failure. */
    private static boolean unless(Class<? extends Exception> failure, KafkaFuture<?> answer, Duration timeout) throws ExecutionException, InterruptedException, TimeoutException {
        try {
            answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (ExecutionException e) {
            if (!failure.isInstance(e.getCause())) {
                throw e;
            }
            return false;
        }
    }
}
