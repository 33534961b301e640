// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.run;

import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.records.DeadLetters;
import io.sensorium.job.records.OutputSchemas;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;

/**
 * The largest record that each output topic takes: its {@code max.message.bytes}, or the broker's
 * {@code message.max.bytes} where the topic sets none.
 */
final class TopicLimits {

    private static final int TIMEOUT_SECONDS = 15;

    private TopicLimits() {}

    /**
     * Asks the broker.
     *
     * @param topics that exist
     * @param problems of topics that cannot even take a dead letter's coordinates
     * @param warnings of topics that will not take everything
     * @return bytes, by topic; without those that this client may not ask for
     * @throws InterruptedException while waiting
     */
    static Map<String, Integer> read(
            Admin admin, PipelineConfig config, Collection<String> topics, List<String> problems, List<String> warnings)
            throws InterruptedException {
        Map<String, Integer> limits = new LinkedHashMap<>();
        Map<ConfigResource, KafkaFuture<Config>> asked = admin.describeConfigs(topics.stream()
                        .map(topic -> new ConfigResource(ConfigResource.Type.TOPIC, topic))
                        .toList())
                .values();
        for (Map.Entry<ConfigResource, KafkaFuture<Config>> answer : asked.entrySet()) {
            String topic = answer.getKey().name();
            try {
                limits.put(
                        topic,
                        Integer.parseInt(answer.getValue()
                                .get(TIMEOUT_SECONDS, TimeUnit.SECONDS)
                                .get("max.message.bytes")
                                .value()));
            } catch (ExecutionException | TimeoutException e) {
                Throwable cause = e.getCause() == null ? e : e.getCause();
                warnings.add("topic " + topic + ": its max.message.bytes cannot be read (" + cause.getMessage()
                        + "), so " + OutputSchemas.MAX_RECORD_BYTES
                        + " is assumed; grant this client DescribeConfigs on it");
                continue;
            }
            check(config, topic, limits.get(topic), problems, warnings);
        }
        return limits;
    }

    static void check(PipelineConfig config, String topic, int limit, List<String> problems, List<String> warnings) {
        boolean deadLetters = topic.equals(config.sideTopics().deadLetters());
        String takes = "topic " + topic + ": max.message.bytes is " + limit + ", ";
        if (limit < DeadLetters.COORDINATES_BYTES) {
            problems.add(takes + "expected at least " + DeadLetters.COORDINATES_BYTES
                    + (deadLetters ? " for a dead letter with coordinates only" : "") + "; raise it");
        } else if (deadLetters && limit < config.deadLetters().maxBytes() + DeadLetters.COORDINATES_BYTES) {
            warnings.add(takes + "too small for a dead letter of dead_letters.max_bytes ("
                    + config.deadLetters().maxBytes()
                    + "): those of larger records will have coordinates only; raise it to "
                    + (config.deadLetters().maxBytes() + DeadLetters.COORDINATES_BYTES)
                    + ", or lower dead_letters.max_bytes");
        }
    }
}
