package io.sensorium.rollup;

import io.sensorium.pipeline.PipelineTopics;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** The topics of the results, and the roll-ups' own, which is created compacted. */
final class OutputTopic {

    private static final int TIMEOUT_SECONDS = 30;

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
            Set<String> missing = new HashSet<>();
            for (var description : admin.describeTopics(ResultSchemas.of(topics).keySet()).topicNameValues().entrySet()) {
                try {
                    TopicDescription found = description.getValue().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
                    most = Math.max(most, found.partitions().size());
                } catch (ExecutionException e) {
                    if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) {
                        throw e;
                    }
                    missing.add(description.getKey());
                }
            }
            if (!missing.isEmpty()) {
                throw new IOException("there are no topics " + missing + " at " + topics.kafka().bootstrapServers() + "; the fusion job creates them: start it first, with the same pipeline file");
            }
            if (topics.kafka().createTopics()) {
                create(admin, topics.rollup().output(), most);
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

    private static void create(Admin admin, String output, int partitions) throws ExecutionException, InterruptedException, TimeoutException {
        try {
            admin.createTopics(List.of(new NewTopic(output, Optional.of(partitions), Optional.empty()).configs(Map.of("cleanup.policy", "compact")))).all().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw e;
            }
        }
    }
}
