package io.sensorium.rollup;

import io.sensorium.pipeline.PipelineTopics;
import io.sensorium.topics.TopicCreation;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** The topics of the results, and the roll-ups' own, which is created compacted. */
final class OutputTopic {

    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private OutputTopic() {}

    /**
     * Looks for the topics, and creates the output where it is missing and may be.
     *
     * @return the most partitions that any of the results' topics has
     * @throws IOException when one is missing, or Kafka does not answer
     */
    static int prepare(PipelineTopics topics) throws IOException {
        try (Admin admin = Admin.create(topics.kafka().clientProperties())) {
            int most = 0;
            Set<String> missing = new TreeSet<>();
            for (String topic : ResultSchemas.of(topics).keySet()) {
                OptionalInt found = partitions(admin, topic);
                if (found.isEmpty()) {
                    missing.add(topic);
                }
                most = Math.max(most, found.orElse(0));
            }
            if (!missing.isEmpty()) {
                throw new IOException("there are no topics " + missing + " at " + topics.kafka().bootstrapServers() + "; the fusion job creates them: start it first, with the same pipeline file");
            }
            String output = topics.rollup().output();
            if (topics.kafka().createTopics()) {
                TopicCreation.createMissing(admin, List.of(new NewTopic(output, Optional.of(most), Optional.empty()).configs(Map.of("cleanup.policy", "compact"))), TIMEOUT);
            } else if (partitions(admin, output).isEmpty()) {
                throw new IOException("there is no topic " + output + " at " + topics.kafka().bootstrapServers() + " and kafka.create_topics is false; create it, compacted, or set it to true");
            }
            return most;
        } catch (ExecutionException | TimeoutException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new IOException("kafka at " + topics.kafka().bootstrapServers() + " does not do what is needed: " + cause + "; check kafka.bootstrap_servers and kafka.properties", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while looking for topics", e);
        }
    }

    /** How many partitions a topic has; empty where there is none. */
    private static OptionalInt partitions(Admin admin, String topic) throws ExecutionException, InterruptedException, TimeoutException {
        try {
            return OptionalInt.of(admin.describeTopics(List.of(topic)).topicNameValues().get(topic).get(TIMEOUT.toSeconds(), TimeUnit.SECONDS).partitions().size());
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UnknownTopicOrPartitionException) {
                return OptionalInt.empty();
            }
            throw e;
        }
    }
}
