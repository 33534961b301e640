// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.run;

import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.records.OutputSchemas;
import io.sensorium.topics.TopicCreation;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.ConfigResource;

/** The topic of a bank of known content. */
public final class BankTopic {

    private static final Duration TIMEOUT = Duration.ofSeconds(15);

    /** An entry's records must be in order, and one partition holds millions. */
    private static final int PARTITIONS = 1;

    private BankTopic() {}

    /** The topic as it is created. */
    static NewTopic of(PipelineConfig config) {
        return new NewTopic(config.bank().topic(), Optional.of(PARTITIONS), Optional.empty())
                .configs(Map.of(
                        "cleanup.policy",
                        "compact",
                        "max.message.bytes",
                        Integer.toString(OutputSchemas.MAX_RECORD_BYTES + (1 << 20))));
    }

    /**
     * Creates the topic where there is none.
     *
     * @throws IOException when there is none, and it may not or cannot be created
     */
    public static void create(PipelineConfig config) throws IOException {
        String topic = config.bank().topic();
        try (Admin admin = Admin.create(config.kafka().clientProperties())) {
            if (config.kafka().createTopics()) {
                TopicCreation.createMissing(admin, List.of(of(config)), TIMEOUT);
            } else if (TopicCreation.partitions(admin, List.of(topic), TIMEOUT).isEmpty()) {
                throw new IOException("there is no topic " + topic
                        + ", and kafka.create_topics is false; create it with cleanup.policy=compact");
            }
        } catch (ExecutionException e) {
            throw new IOException(
                    "topic " + topic + " cannot be created: " + e.getCause().getMessage()
                            + "; create it by hand with cleanup.policy=compact, or grant the user the right to",
                    e.getCause());
        } catch (TimeoutException e) {
            throw new IOException(
                    "no broker at " + config.kafka().bootstrapServers() + " could be reached within "
                            + TIMEOUT.toSeconds() + " s; check the address and kafka.properties (TLS, SASL)",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while topic " + topic + " was looked up", e);
        }
    }

    /**
     * Warns where the topic would lose entries.
     *
     * @throws InterruptedException while waiting
     */
    static void check(Admin admin, String topic, List<String> warnings) throws InterruptedException {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        try {
            warn(
                    topic,
                    admin.describeConfigs(List.of(resource))
                            .values()
                            .get(resource)
                            .get(TIMEOUT.toSeconds(), TimeUnit.SECONDS)
                            .get("cleanup.policy")
                            .value(),
                    warnings);
        } catch (ExecutionException | TimeoutException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            warnings.add("topic " + topic + ": its cleanup.policy cannot be read (" + cause.getMessage()
                    + "); it should be compact. Grant this client DescribeConfigs on it");
        }
    }

    static void warn(String topic, String policy, List<String> warnings) {
        if (!policy.equals("compact")) {
            warnings.add("topic " + topic + ": cleanup.policy is " + policy
                    + ", with which entries of the bank are deleted after a while; set it to compact");
        }
    }
}
