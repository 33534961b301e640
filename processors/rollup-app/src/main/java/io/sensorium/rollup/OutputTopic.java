// SPDX-License-Identifier: Apache-2.0
package io.sensorium.rollup;

import io.sensorium.pipeline.PipelineTopics;
import io.sensorium.rollup.result.ResultSchemas;
import io.sensorium.topics.TopicCreation;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;

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
            Set<String> results = ResultSchemas.of(topics).keySet();
            String output = topics.rollup().output();
            Set<String> all = new TreeSet<>(results);
            all.add(output);
            Map<String, Integer> partitions = TopicCreation.partitions(admin, all, TIMEOUT);
            Set<String> missing = new TreeSet<>(results);
            missing.removeAll(partitions.keySet());
            if (!missing.isEmpty()) {
                throw new IOException("there are no topics " + missing + " at "
                        + topics.kafka().bootstrapServers()
                        + "; the fusion job creates them: start it first, with the same pipeline file");
            }
            int most = results.stream().mapToInt(partitions::get).max().orElseThrow();
            if (topics.kafka().createTopics()) {
                TopicCreation.createMissing(
                        admin,
                        List.of(new NewTopic(output, Optional.of(most), Optional.empty())
                                .configs(Map.of("cleanup.policy", "compact"))),
                        TIMEOUT);
            } else if (!partitions.containsKey(output)) {
                throw new IOException(
                        "there is no topic " + output + " at " + topics.kafka().bootstrapServers()
                                + " and kafka.create_topics is false; create it, compacted, or set it to true");
            }
            return most;
        } catch (ExecutionException | TimeoutException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new IOException(
                    "kafka at " + topics.kafka().bootstrapServers() + " failed: " + cause
                            + "; check kafka.bootstrap_servers and kafka.properties",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while looking for topics", e);
        }
    }
}
