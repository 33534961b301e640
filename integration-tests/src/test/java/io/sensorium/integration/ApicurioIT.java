// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sensorium.events.TextEvent;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.job.run.PipelineCheck;
import io.sensorium.quickstart.SensoriumCommand;
import io.sensorium.results.DeadLetter;
import io.sensorium.results.SentimentResult;
import io.sensorium.schemas.ConfluentSchemaRegistry;
import io.sensorium.schemas.RegistryClient;
import io.sensorium.schemas.SchemaRegistry;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Apicurio's own API: ids of contents in 4 bytes, and of versions in 8, from event to result. */
class ApicurioIT {

    private static final long T = 1_700_000_000_000L;
    private static final Map<String, String> EIGHT_BYTES = Map.of(
            "apicurio.registry.use-id", "globalId",
            "apicurio.registry.id-handler", "io.apicurio.registry.serde.Legacy8ByteIdHandler");

    @TempDir
    Path folder;

    private static String url() throws Exception {
        return SharedStack.get().registryUrl().replace("/apis/ccompat/v7", "/apis/registry/v3");
    }

    private static RegistryClient registry(Map<String, String> properties) throws Exception {
        return RegistryClient.of("apicurio", url(), properties);
    }

    private PipelineConfig pipeline(TestTopics topics, String properties) throws Exception {
        String yaml = topics.yaml("strategy: tumbling, size: 10s", "parallelism: 1, checkpoint_interval: 1s")
                .replaceFirst(
                        "registry: .*",
                        "registry: {type: apicurio, url: \"" + url() + "\", properties: {" + properties + "}}");
        return PipelineFile.read(Files.writeString(folder.resolve("pipeline.yaml"), yaml));
    }

    private static void send(TestTopics topics) {
        for (String modality : List.of("image", "text", "audio")) {
            topics.send(modality, topics.embedded(modality, "subject", modality, T, 1));
        }
        topics.sendRaw("text", "x", "no event at all".getBytes(StandardCharsets.UTF_8));
        topics.flush();
    }

    @Test
    void idsOfVersionsInEightBytes() throws Exception {
        // Contents that are registered twice have one content id and several global ids.
        registry(Map.of()).register("a-first-value", TextEvent.getClassSchema().toString());
        try (TestTopics topics = new TestTopics(SharedStack.get(), registry(EIGHT_BYTES))) {
            send(topics);
            PipelineConfig config = pipeline(
                    topics, "apicurio.registry.use-id: globalId, apicurio.registry.id-handler: Legacy8ByteIdHandler");
            assertThat(PipelineCheck.of(config).problems()).isEmpty();
            topics.runBounded(config);
            assertThat(topics.read("results.sentiment", new SentimentResult()))
                    .singleElement()
                    .satisfies(result -> assertThat(result.getSubjectId()).isEqualTo("subject"));
            assertThat(topics.read("media.dead-letters", new DeadLetter()))
                    .singleElement()
                    .satisfies(letter -> assertThat(letter.getCode()).isEqualTo("UNDECODABLE"));
            String file = folder.resolve("pipeline.yaml").toString();
            assertThat(output("dlq", "list", "-c", file)).contains("{UNDECODABLE=1}");
            ConsumerRecord<byte[], byte[]> record =
                    topics.records("results.sentiment").get(0);
            assertThat(record.value()).startsWith(0, 0, 0, 0, 0);
            output(
                    "explain",
                    "-c",
                    file,
                    topics.read("results.sentiment", new SentimentResult())
                            .get(0)
                            .getResultId());
        }
    }

    @Test
    void idsOfContentsInFourBytesAreThoseOfTheConfluentApi() throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 1)) {
            send(topics);
            topics.runBounded(pipeline(topics, ""));
            assertThat(topics.read("results.sentiment", new SentimentResult()))
                    .as("read with Confluent's client")
                    .hasSize(1);
            RegistryClient apicurio = registry(Map.of());
            String subject = topics.prefix + "results.sentiment-value";
            int id = apicurio.latestId(subject).orElseThrow();
            assertThat(new ConfluentSchemaRegistry(SharedStack.get().registryUrl(), Map.of()).latestId(subject))
                    .hasValue(id);
            assertThat(apicurio.register(
                            subject, SentimentResult.getClassSchema().toString()))
                    .as("what is there is found, not registered again")
                    .isEqualTo(id);
            assertThat(apicurio.latestId("nothing-value")).isEmpty();
            assertThatThrownBy(() -> apicurio.schemaOf(123_456_789))
                    .isInstanceOf(SchemaRegistry.UnknownSchemaException.class);
            apicurio.requireAnswer();
            assertThatThrownBy(() -> RegistryClient.of("apicurio", url().replace("v3", "v9"), Map.of())
                            .requireAnswer())
                    .hasMessageContaining("check registry.url");
        }
    }

    private static String output(String... arguments) {
        StringWriter out = new StringWriter();
        var command = SensoriumCommand.commandLine();
        command.setOut(new PrintWriter(out));
        assertThat(command.execute(arguments)).as(String.join(" ", arguments)).isZero();
        return out.toString();
    }
}
