// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.quickstart.layout.DistributionLayout;
import io.sensorium.quickstart.stack.ChildProcess;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example pipelines over topics as other teams write them, from real records to results. */
class ExamplesIT {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** Nothing listens there, so a pipeline that needed a registry would fail. */
    private static final String NO_REGISTRY = "registry: {url: \"http://127.0.0.1:1\"}\n";

    @TempDir
    Path folder;

    private final List<String[]> replaced = new ArrayList<>();

    /** An example against the tests' broker; all else as it is. */
    private Path example(String name) throws Exception {
        String text = Files.readString(DistributionLayout.root().resolve("examples/" + name))
                .replace("localhost:9092", SharedStack.get().bootstrapServers());
        for (String[] pair : replaced) {
            assertThat(text).contains(pair[0]);
            text = text.replace(pair[0], pair[1]);
        }
        return Files.writeString(folder.resolve(name), text);
    }

    private static void send(String topic, String key, byte[]... values) throws Exception {
        SharedStack.get().broker().createTopics(1, topic);
        try (var producer = new KafkaProducer<>(
                Map.<String, Object>of("bootstrap.servers", SharedStack.get().bootstrapServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            for (byte[] value : values) {
                producer.send(new ProducerRecord<>(topic, key.getBytes(StandardCharsets.UTF_8), value));
            }
        }
    }

    private static byte[] json(String text, Object... values) {
        return text.formatted(values).getBytes(StandardCharsets.UTF_8);
    }

    /** A topic's values as JSON, after a schema id where they have one. */
    private static List<JsonNode> values(TestTopics topics, String topic) throws Exception {
        List<JsonNode> values = new ArrayList<>();
        for (ConsumerRecord<byte[], byte[]> record : topics.records(topic)) {
            byte[] value = record.value();
            values.add(JSON.readTree(value[0] == 0 ? Arrays.copyOfRange(value, 5, value.length) : value));
        }
        return values;
    }

    private TestTopics run(Path file) throws Exception {
        TestTopics topics = new TestTopics(
                "",
                Map.of("bootstrap.servers", SharedStack.get().bootstrapServers()),
                SharedStack.get().registryUrl());
        topics.runBounded(PipelineFile.read(file));
        return topics;
    }

    /** @param outputs topics that have records */
    private void describes(Path file, TestTopics topics, List<String> inputs, List<String> outputs) throws Exception {
        AsyncApiCheck document = new AsyncApiCheck(file, folder);
        assertThat(document.topics("receive")).containsExactlyInAnyOrderElementsOf(inputs);
        assertThat(document.topics("send")).containsAll(outputs);
        for (String input : inputs) {
            document.assertDescribes(input, topics.records(input).subList(0, 1));
        }
        for (String output : outputs) {
            document.assertDescribes(output, topics.records(output));
        }
    }

    @Test
    void uploadsInJson() throws Exception {
        String image = Base64.getEncoder().encodeToString(TestTopics.sample("beach.jpg"));
        String upload = """
                {"upload": {"id": "u-%1$s", "by": "app"}, "post_id": "%1$s", "created": "2026-01-31T09:30:00Z",
                 "image": "%2$s"}""";
        send("uploads", "ignored", json(upload, "p1", image), json(upload, "broken", "no base64!"));
        send(
                "posts",
                "ignored",
                json("{\"id\": \"p1\", \"created\": \"2026-01-31T10:30:01+01:00\", \"text\": \"What a day!\"}"));
        replaced.add(new String[] {"modalities:\n", NO_REGISTRY + "modalities:\n"});
        Path file = example("json-uploads.yaml");
        CommandResult inspected = CommandResult.to("inspect", "-c", file.toString());
        assertThat(inspected.code()).as("one would be a dead letter").isEqualTo(1);
        assertThat(inspected.out()).as(inspected.err()).contains("u-p1", "posts-0 offset 0", "CORRUPT_MEDIA");
        try (TestTopics topics = run(file)) {
            List<JsonNode> results = values(topics, "uploads.sentiment");
            assertThat(results).hasSize(1);
            JsonNode result = results.get(0);
            assertThat(result.get("subject_id").asText()).isEqualTo("p1");
            assertThat(result.get("status").asText()).isEqualTo("FINAL");
            assertThat(result.get("modalities").toString()).isEqualTo("[\"image\",\"text\"]");
            assertThat(result.at("/attributes/by").asText()).isEqualTo("app");
            assertThat(result.at("/inputs/1/event_time").asLong()).isEqualTo(1_769_851_801_000L);
            assertThat(values(topics, "uploads.match").get(0).get("pairs")).hasSize(1);
            List<JsonNode> letters = values(topics, "uploads.dead-letters");
            assertThat(letters).hasSize(1);
            assertThat(letters.get(0).get("code").asText()).isEqualTo("CORRUPT_MEDIA");
            assertThat(letters.get(0).get("value").binaryValue()).isEqualTo(json(upload, "broken", "no base64!"));
            describes(
                    file,
                    topics,
                    List.of("uploads", "posts"),
                    List.of("uploads.sentiment", "uploads.match", "uploads.dead-letters"));
        }
    }

    @Test
    void recordingsInS3() throws Exception {
        Path objects = Files.createDirectories(folder.resolve("objects"));
        Files.write(
                Files.createDirectories(objects.resolve("recordings/2026")).resolve("call-7.wav"),
                TestTopics.sample("beach.wav"));
        int port = ChildProcess.freePort();
        send(
                "calls",
                "call-7",
                json(
                        "{\"recording\": {\"id\": \"r1\", \"uri\": \"s3://recordings/2026/call-7.wav\"}, \"ended_at_ms\": 1769852100000}"));
        replaced.add(new String[] {"modalities:\n", NO_REGISTRY + "modalities:\n"});
        replaced.add(new String[] {
            "s3: {region: eu-central-1}",
            "allow_addresses: [127.0.0.1]\n  s3: {region: eu-central-1, endpoint: \"http://127.0.0.1:" + port
                    + "\", path_style: true}"
        });
        Path file = example("call-recordings.yaml");
        try (ChildProcess s3 = ObjectStore.start(folder, port, objects);
                TestTopics topics = run(file)) {
            List<JsonNode> results = values(topics, "calls.sentiment");
            assertThat(results).hasSize(1);
            assertThat(results.get(0).get("subject_id").asText()).isEqualTo("call-7");
            assertThat(results.get(0).at("/inputs/0/event_id").asText()).isEqualTo("r1");
            assertThat(results.get(0).at("/inputs/0/event_time").asLong()).isEqualTo(1_769_852_100_000L);
            assertThat(results.get(0).get("label").asText()).isIn("NEGATIVE", "NEUTRAL", "POSITIVE");
            describes(file, topics, List.of("calls"), List.of("calls.sentiment"));
        }
    }

    @Test
    void imagesThatAreTheValue() throws Exception {
        send("snapshots", "camera-3", TestTopics.sample("beach.jpg"));
        replaced.add(new String[] {"http://localhost:8081", SharedStack.get().registryUrl()});
        Path file = example("raw-images.yaml");
        try (TestTopics topics = run(file)) {
            List<JsonNode> results = values(topics, "snapshots.sentiment");
            assertThat(results).hasSize(1);
            assertThat(results.get(0).get("subject_id").asText()).isEqualTo("camera-3");
            assertThat(results.get(0).at("/inputs/0/event_id").asText()).isEqualTo("snapshots-0-0");
            assertThat(results.get(0).at("/inputs/0/event_time").asLong())
                    .isEqualTo(topics.records("snapshots").get(0).timestamp());
            assertThat(values(topics, "snapshots.moderation"))
                    .extracting(decision -> decision.get("rule").asText() + " "
                            + decision.get("mode").asText())
                    .containsExactly("seen SHADOW");
            describes(file, topics, List.of("snapshots"), List.of("snapshots.sentiment", "snapshots.moderation"));
        }
    }
}
