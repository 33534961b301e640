// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.quickstart.layout.DistributionLayout;
import io.sensorium.quickstart.stack.ChildProcess;
import io.sensorium.quickstart.stack.EmbeddedRollup;
import io.sensorium.schemas.ConfluentSchemaRegistry;
import io.sensorium.schemas.WireFormatDecoder;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The same events, written in each of {@code emit.format}: the same values, JSON as the registered JSON Schema has it,
 * and everything of this project that reads results reads them.
 */
class OutputFormatIT {

    private static final long T = 1_700_000_000_000L;
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> TOPICS =
            List.of("results.sentiment", "results.match", "results.incomplete", "results.moderation", "dead-letters");

    private final HttpClient http = HttpClient.newHttpClient();

    @TempDir
    Path folder;

    private Path file(TestTopics topics, String format, int port) throws Exception {
        String yaml = (topics.yaml("strategy: tumbling, size: 10s", "parallelism: 1, checkpoint_interval: 1s")
                        + topics.rollup(folder.resolve("rollup-" + format), port, 0))
                .replace("emit: {attributes: [group]}", "emit: {attributes: [group], format: " + format + "}")
                .replace("  group_by: group\n", "  group_by: group\n  emit: updates\n")
                .replace(topics.prefix + "results.", topics.prefix + format + ".results.")
                .replace(topics.prefix + "media.late", topics.prefix + format + ".late")
                .replace(topics.prefix + "media.dead-letters", topics.prefix + format + ".dead-letters");
        return Files.writeString(folder.resolve(format + ".yaml"), yaml);
    }

    @Test
    void holdTheSameAndAreReadByEveryReader() throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 1)) {
            topics.send("text", topics.event("text", "beach", "t", T, "What a wonderful morning at the beach!"));
            topics.send("image", topics.event("image", "beach", "i", T + 500, TestTopics.sample("beach.jpg")));
            topics.send("image", topics.event("image", "alone", "i", T + 500, TestTopics.sample("beach.jpg")));
            for (int i = 0; i < 20; i++) {
                topics.send("text", topics.embedded("text", "s" + i, "t", T + i, i));
                topics.send("audio", topics.embedded("audio", "s" + i, "a", T + i, i + 100));
            }
            topics.sendRaw("text", "k\u00e9y", "no event \u0000\u0001".getBytes(StandardCharsets.UTF_8));
            topics.flush();
            Map<String, Path> files = new HashMap<>();
            for (String format : List.of("avro", "json", "json-schema")) {
                files.put(format, file(topics, format, ChildProcess.freePort()));
                topics.runBounded(PipelineFile.read(files.get(format)));
            }
            for (String topic : TOPICS) {
                Map<String, JsonNode> expected = values(topics, "avro." + topic);
                assertThat(expected).as(topic).isNotEmpty();
                for (String format : List.of("json", "json-schema")) {
                    Map<String, JsonNode> found = values(topics, format + "." + topic);
                    assertThat(found.keySet()).as(topic).isEqualTo(expected.keySet());
                    found.forEach((id, value) -> assertSame(expected.get(id), value, format + " " + topic + " " + id));
                }
                assertOfTheRegisteredSchema(topics, topic);
            }
            assertThat(registered("/subjects/" + topics.prefix + "json.results.sentiment-value/versions")
                            .isArray())
                    .as("json registers nothing")
                    .isFalse();
            explains(topics, files.get("json"), "json");
            explains(topics, files.get("json-schema"), "json-schema");
            deadLettersAreSentAgain(topics, files.get("json"));
            rollsUp(topics, files.get("json-schema"));
            for (Map.Entry<String, Path> file : files.entrySet()) {
                describesWhatIsWritten(topics, file.getKey(), file.getValue());
            }
        }
    }

    private void describesWhatIsWritten(TestTopics topics, String format, Path file) throws Exception {
        AsyncApiCheck document = new AsyncApiCheck(file, folder);
        assertThat(document.topics("receive"))
                .containsExactlyInAnyOrder(topics.topic("image"), topics.topic("text"), topics.topic("audio"));
        for (String modality : List.of("image", "text", "audio")) {
            document.assertDescribes(
                    topics.topic(modality),
                    topics.records("media." + modality).stream()
                            .filter(record -> record.value()[0] == 0)
                            .toList());
        }
        List<String> written = new ArrayList<>(TOPICS);
        if (format.equals("json-schema")) {
            written.add("results.rollup");
        }
        assertThat(document.topics("send"))
                .contains(written.stream()
                        .map(topic -> topics.prefix + format + "." + topic)
                        .toArray(String[]::new));
        for (String topic : written) {
            document.assertDescribes(topics.prefix + format + "." + topic, topics.records(format + "." + topic));
        }
    }

    /** Records by their ids; of dead letters by the record's coordinates. */
    private Map<String, JsonNode> values(TestTopics topics, String topic) throws Exception {
        Map<String, JsonNode> values = new TreeMap<>();
        WireFormatDecoder<Object> avro = WireFormatDecoder.ofAny(
                new ConfluentSchemaRegistry(SharedStack.get().registryUrl(), Map.of()));
        for (ConsumerRecord<byte[], byte[]> record : topics.records(topic)) {
            byte[] value = record.value();
            JsonNode tree = topic.startsWith("avro.")
                    ? JSON.valueToTree(plain(avro.decode(value)))
                    : JSON.readTree(value[0] == 0 ? Arrays.copyOfRange(value, 5, value.length) : value);
            assertThat(new String(record.key(), StandardCharsets.UTF_8))
                    .as("key")
                    .isEqualTo(tree.has("subject_id") ? tree.get("subject_id").textValue() : "k\u00e9y");
            String id = tree.has("result_id")
                    ? tree.get("result_id").textValue()
                    : tree.get("topic") + " " + tree.get("offset");
            assertThat(values.put(id, tree)).as("one record of " + id).isNull();
        }
        return values;
    }

    /** What Avro read, in Java's own types. */
    private static Object plain(Object value) {
        if (value instanceof GenericRecord record) {
            Map<String, Object> map = new HashMap<>();
            for (Schema.Field field : record.getSchema().getFields()) {
                map.put(field.name(), plain(record.get(field.pos())));
            }
            return map;
        } else if (value instanceof Map<?, ?> entries) {
            Map<String, Object> map = new HashMap<>();
            entries.forEach((key, item) -> map.put(key.toString(), plain(item)));
            return map;
        } else if (value instanceof List<?> items) {
            return items.stream().map(OutputFormatIT::plain).toList();
        } else if (value instanceof ByteBuffer bytes) {
            return Base64.getEncoder()
                    .encodeToString(Arrays.copyOfRange(bytes.array(), bytes.position(), bytes.limit()));
        }
        return value instanceof CharSequence ? value.toString() : value;
    }

    private static void assertSame(JsonNode expected, JsonNode found, String path) {
        if (path.endsWith(".emitted_at") || path.endsWith(".failed_at")) {
            assertThat(found.isIntegralNumber()).as(path).isTrue();
        } else if (expected.isFloatingPointNumber()) {
            assertThat(found.doubleValue()).as(path).isCloseTo(expected.doubleValue(), within(1e-4));
        } else if (expected.isObject()) {
            assertThat(found.fieldNames())
                    .as(path)
                    .toIterable()
                    .containsExactlyInAnyOrderElementsOf(() -> expected.fieldNames());
            for (Iterator<String> names = expected.fieldNames(); names.hasNext(); ) {
                String name = names.next();
                assertSame(expected.get(name), found.get(name), path + "." + name);
            }
        } else if (expected.isArray()) {
            assertThat(found).as(path).hasSameSizeAs(expected);
            for (int i = 0; i < expected.size(); i++) {
                assertSame(expected.get(i), found.get(i), path + "[" + i + "]");
            }
        } else {
            assertThat(found.asText()).as(path).isEqualTo(expected.asText());
            assertThat(found.getNodeType()).as(path).isEqualTo(expected.getNodeType());
        }
    }

    private JsonNode registered(String path) throws Exception {
        return JSON.readTree(http.send(
                        HttpRequest.newBuilder(URI.create(SharedStack.get().registryUrl() + path))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .body());
    }

    private void assertOfTheRegisteredSchema(TestTopics topics, String topic) throws Exception {
        String name = topics.prefix + "json-schema." + topic;
        JsonNode latest = registered("/subjects/" + name + "-value/versions/latest");
        assertThat(latest.path("schemaType").asText()).as(latest.toString()).isEqualTo("JSON");
        JsonSchema schema = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V7)
                .getSchema(latest.get("schema").textValue());
        List<ConsumerRecord<byte[], byte[]>> records = topics.records("json-schema." + topic);
        assertThat(records).as(name).isNotEmpty();
        for (ConsumerRecord<byte[], byte[]> record : records) {
            ByteBuffer value = ByteBuffer.wrap(record.value());
            assertThat(value.get()).isZero();
            assertThat(value.getInt()).isEqualTo(latest.get("id").intValue());
            JsonNode tree = JSON.readTree(Arrays.copyOfRange(record.value(), 5, record.value().length));
            assertThat(schema.validate(tree)).as(tree.toString()).isEmpty();
        }
    }

    private void explains(TestTopics topics, Path file, String format) throws Exception {
        for (String topic : List.of("results.sentiment", "results.moderation")) {
            String id = values(topics, format + "." + topic).entrySet().stream()
                    .filter(entry -> entry.getValue().get("subject_id").asText().equals("beach"))
                    .findFirst()
                    .orElseThrow()
                    .getKey();
            CommandResult explained = CommandResult.to("explain", id, "-c", file.toString());
            assertThat(explained.code()).as(explained.out() + explained.err()).isZero();
        }
    }

    private static void deadLettersAreSentAgain(TestTopics topics, Path file) {
        int before = topics.records("media.text").size();
        CommandResult listed = CommandResult.to("dlq", "list", "-c", file.toString());
        assertThat(listed.out()).as(listed.err()).contains("{UNDECODABLE=1}");
        CommandResult replayed = CommandResult.to("dlq", "replay", "-c", file.toString());
        assertThat(replayed.out()).as(replayed.err()).contains("1 sent");
        List<ConsumerRecord<byte[], byte[]>> texts = topics.records("media.text");
        assertThat(texts).hasSize(before + 1);
        assertThat(texts.get(before).value()).isEqualTo("no event \u0000\u0001".getBytes(StandardCharsets.UTF_8));
    }

    private void rollsUp(TestTopics topics, Path file) throws Exception {
        PipelineConfig config = PipelineFile.read(file);
        int port = Integer.parseInt(config.rollup().http().replaceAll(".*:", ""));
        int sentiments = topics.records("json-schema.results.sentiment").size();
        try (EmbeddedRollup app = EmbeddedRollup.start(DistributionLayout.rollupClassPath(), folder, file, port)) {
            app.awaitDashboard();
            await("all results to be counted")
                    .atMost(CommandProcess.PATIENCE)
                    .until(() -> topics.records("json-schema.results.rollup").stream()
                            .anyMatch(record -> new String(record.value(), StandardCharsets.UTF_8)
                                    .contains("\"sentiment_count\":" + sentiments + ",")));
            assertOfTheRegisteredSchema(topics, "results.rollup");
            assertThat(shown(app)).contains("\"kind\":\"sentiment\"", "\"kind\":\"decision\"", "\"kind\":\"dead\"");
        }
    }

    /** What a watcher of the dashboard is shown first, once that is something. */
    private String shown(EmbeddedRollup app) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(app.url() + "api/feed"))
                .header("Accept", "text/event-stream")
                .build();
        String[] first = {""};
        await("the newest records").atMost(CommandProcess.PATIENCE).until(() -> {
            try (InputStream in = http.send(request, HttpResponse.BodyHandlers.ofInputStream())
                            .body();
                    BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
                String line = lines.readLine();
                while (line != null && !line.startsWith("data:")) {
                    line = lines.readLine();
                }
                first[0] = line;
                return line != null
                        && line.contains("\"kind\":\"dead\"")
                        && line.contains("\"kind\":\"decision\"")
                        && line.contains("\"kind\":\"sentiment\"");
            }
        });
        return first[0];
    }
}
