// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sensorium.results.MatchResult;
import io.sensorium.results.SentimentResult;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.kafka.KafkaContainer;
import org.testcontainers.utility.DockerImageName;

/**
 * The whole pipeline against the images of Kafka and of the registry that docker-compose.yml names, where there is a
 * Docker engine.
 */
class ContainersIT {

    private static final long T = 1_700_000_000_000L;

    @Test
    void runsAgainstTheImages() throws Exception {
        assumeTrue(docker(), "skipped: there is no Docker engine on this machine");
        try (KafkaContainer kafka = new KafkaContainer(DockerImageName.parse("apache/kafka:4.3.1"));
                GenericContainer<?> registry = new GenericContainer<>(
                                DockerImageName.parse("apicurio/apicurio-registry:3.0.9"))
                        .withExposedPorts(8080)
                        .waitingFor(Wait.forHttp("/health/ready").forPort(8080))) {
            kafka.start();
            registry.start();
            String url = "http://" + registry.getHost() + ":" + registry.getMappedPort(8080) + "/apis/ccompat/v7";
            try (TestTopics topics = new TestTopics(kafka.getBootstrapServers(), url);
                    Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.getBootstrapServers()))) {
                admin.createTopics(List.of("image", "text", "audio").stream()
                                .map(modality -> new NewTopic(topics.topic(modality), Optional.of(2), Optional.empty()))
                                .toList())
                        .all()
                        .get();
                for (int i = 0; i < 20; i++) {
                    for (String modality : List.of("image", "text", "audio")) {
                        topics.send(modality, topics.embedded(modality, "s" + i, "e" + i, T + i * 1_000L, i));
                    }
                }
                topics.flush();
                topics.runBounded(
                        topics.config("strategy: tumbling, size: 10s", "parallelism: 2, checkpoint_interval: 1s"));
                assertThat(topics.read("results.sentiment", new SentimentResult()))
                        .hasSize(20);
                assertThat(topics.read("results.match", new MatchResult())).hasSize(20);
            }
        }
    }

    private static boolean docker() {
        try {
            return DockerClientFactory.instance().isDockerAvailable();
        } catch (RuntimeException e) {
            return false;
        }
    }
}
