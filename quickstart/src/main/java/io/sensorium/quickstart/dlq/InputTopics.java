// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.dlq;

import io.sensorium.job.config.Modality;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.results.DeadLetter;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** A pipeline's input topics as the broker has them at one moment: a letter may be of a topic that is gone by now. */
final class InputTopics {

    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private final Map<String, TopicDescription> existing = new HashMap<>();

    private InputTopics() {}

    /**
     * Asks the broker.
     *
     * @throws IOException when it does not answer, or the user may not ask
     */
    static InputTopics read(PipelineConfig config) throws IOException {
        List<String> names = config.modalities().stream().map(Modality::topic).toList();
        InputTopics topics = new InputTopics();
        try (Admin admin = Admin.create(config.kafka().clientProperties())) {
            for (Map.Entry<String, KafkaFuture<TopicDescription>> described :
                    admin.describeTopics(names).topicNameValues().entrySet()) {
                try {
                    topics.existing.put(
                            described.getKey(), described.getValue().get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS));
                } catch (ExecutionException e) {
                    if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) {
                        throw new IOException(
                                "input topic " + described.getKey() + " cannot be described: "
                                        + e.getCause().getMessage()
                                        + "; check kafka.bootstrap_servers and that the user has the right Describe on it",
                                e);
                    }
                }
            }
        } catch (TimeoutException e) {
            throw new IOException(
                    "the broker did not describe input topics " + names + " within " + TIMEOUT.toSeconds()
                            + " s; check kafka.bootstrap_servers",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while describing the input topics", e);
        }
        return topics;
    }

    /** The id of a letter's topic of origin; empty where that is no input topic, or there is no such topic any more. */
    Optional<Uuid> id(DeadLetter letter) {
        return Optional.ofNullable(existing.get(letter.getTopic())).map(TopicDescription::topicId);
    }

    /** Whether the partition that a letter's record is from exists. */
    boolean hasPartitionOf(DeadLetter letter) {
        TopicDescription topic = existing.get(letter.getTopic());
        return topic != null
                && letter.getPartition() >= 0
                && letter.getPartition() < topic.partitions().size();
    }
}
