package io.sensorium.job.run;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;

/** Topics that take records from the moment they are said to be there. */
public final class TopicCreation {

    private TopicCreation() {}

    /**
     * Creates topics and waits until their leaders answer. A leader that is not there yet may refuse a producer's first batch and take its second, and then refuses the first for good: its sequence number
     * is behind.
     *
     * @param topics each with a number of partitions
     * @param timeout of creating, and again of waiting
     * @throws ExecutionException as the broker says, {@link org.apache.kafka.common.errors.TopicExistsException} included
     */
    public static void create(Admin admin, Collection<NewTopic> topics, Duration timeout) throws ExecutionException, InterruptedException, TimeoutException {
        admin.createTopics(topics).all().get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        Map<TopicPartition, OffsetSpec> all = new HashMap<>();
        topics.forEach(topic -> IntStream.range(0, topic.numPartitions()).forEach(partition -> all.put(new TopicPartition(topic.name(), partition), OffsetSpec.latest())));
        admin.listOffsets(all).all().get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    }
}
