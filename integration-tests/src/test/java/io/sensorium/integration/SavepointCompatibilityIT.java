// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static io.sensorium.integration.CommandProcess.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sensorium.job.align.SubjectElementSerializer;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.quickstart.runtime.RunningPipeline;
import io.sensorium.results.DeadLetter;
import io.sensorium.results.InputReference;
import io.sensorium.results.SentimentResult;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicListing;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Savepoints of earlier builds restore, of this state format and of the one before: windows that are open and closed in
 * them take later events. Their bytes are in the test resources; {@code -Dsensorium.write-golden=true} writes those of
 * this build's format, which is for a new format alone.
 */
class SavepointCompatibilityIT {

    private static final long T = 1_700_000_000_000L;
    private static final String GOLDEN = "src/test/resources/golden/savepoint-format-";
    private static final Map<String, Integer> READ_BEFORE = Map.of("image", 2, "text", 2, "audio", 1);

    @TempDir
    Path folder;

    private PipelineConfig config(TestTopics topics) throws Exception {
        return PipelineFile.parse(
                "golden.yaml",
                topics.yaml(
                                        "strategy: tumbling, size: 10s, allowed_lateness: 1h",
                                        "parallelism: 1, checkpoint_interval: 1s, state_dir: '"
                                                + folder.resolve("state") + "'")
                                .replace("idle_timeout: 2s", "idle_timeout: 10m")
                        + topics.rollup(folder.resolve("rollup"), 0, 0));
    }

    private static List<SentimentResult> results(TestTopics topics, String subject) throws Exception {
        return topics.read("results.sentiment", new SentimentResult()).stream()
                .filter(result -> result.getSubjectId().equals(subject))
                .toList();
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target);
                }
            }
        }
    }

    /** The topics' names are in the state. */
    private static String prefix(int format) {
        return format == 2 ? "golden-" : "golden-" + format + "-";
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void restores(int format) throws Exception {
        if (format == SubjectElementSerializer.VERSION && Boolean.getBoolean("sensorium.write-golden")) {
            write();
        }
        try (TestTopics topics = TestTopics.named(SharedStack.get(), prefix(format))) {
            // What the savepoint has read already is not read again: here it is rubbish.
            READ_BEFORE.forEach((modality, count) -> {
                for (int i = 0; i < count; i++) {
                    topics.sendRaw(modality, "x", "rubbish".getBytes(StandardCharsets.UTF_8));
                }
            });
            copy(
                    Path.of(System.getProperty("sensorium.root"))
                            .resolve("integration-tests")
                            .resolve(GOLDEN + format),
                    folder.resolve("state"));
            topics.send("audio", topics.embedded("audio", "closed", "late", T + 2_000, 6));
            topics.send("audio", topics.embedded("audio", "open", "in-time", T + 16_000, 7));
            for (String modality : READ_BEFORE.keySet()) {
                topics.send(modality, topics.embedded(modality, "mark", "far", T + 40_000, 8));
            }
            topics.flush();
            try (RunningPipeline pipeline = RunningPipeline.start(
                    "golden.yaml", config(topics), new RunningPipeline.Mode(false, false), System.err)) {
                await("both windows' results")
                        .atMost(PATIENCE)
                        .until(() -> !results(topics, "closed").isEmpty()
                                && !results(topics, "open").isEmpty());
                pipeline.stop();
            }
            SentimentResult revised = results(topics, "closed").get(0);
            assertThat(revised.getRevision())
                    .as("the first was written by who made the savepoint")
                    .isEqualTo(1);
            assertThat(revised.getInputs())
                    .extracting(InputReference::getEventId)
                    .containsExactly("late", "first", "first");
            SentimentResult whole = results(topics, "open").get(0);
            assertThat(whole.getStatus()).isEqualTo("FINAL");
            assertThat(whole.getInputs())
                    .extracting(input -> input.getModality() + " " + input.getEventId() + " " + input.getOffset())
                    .containsExactly("audio in-time 2", "image second 1", "text second 1");
            assertThat(topics.read("media.dead-letters", new DeadLetter())).isEmpty();
        }
    }

    private void write() throws Exception {
        try (TestTopics topics = TestTopics.named(SharedStack.get(), prefix(SubjectElementSerializer.VERSION))) {
            for (String modality : List.of("image", "text")) {
                topics.send(modality, topics.embedded(modality, "closed", "first", T + 1_000, 1));
                topics.send(modality, topics.embedded(modality, "open", "second", T + 15_000, 2));
            }
            topics.send("audio", topics.embedded("audio", "mark", "mark", T + 15_000, 3));
            topics.flush();
            try (RunningPipeline pipeline = RunningPipeline.start(
                    "golden.yaml", config(topics), new RunningPipeline.Mode(false, false), System.err)) {
                await("the first result")
                        .atMost(PATIENCE)
                        .until(() -> !results(topics, "closed").isEmpty());
                pipeline.stop();
            }
        }
        Path golden = Path.of(System.getProperty("sensorium.root"))
                .resolve("integration-tests")
                .resolve(GOLDEN + SubjectElementSerializer.VERSION);
        copy(folder.resolve("state/savepoints"), Files.createDirectories(golden).resolve("savepoints"));
        forgetTopicIds(golden.resolve("savepoints"));
        Files.copy(folder.resolve("state/pipeline.json"), golden.resolve("pipeline.json"));
        throw new AssertionError("written; run it again without");
    }

    /** A broker gives a topic another id each time, and a topic of another id is refused: none stands for any. */
    private static void forgetTopicIds(Path savepoints) throws Exception {
        List<ByteBuffer> ids = new ArrayList<>();
        try (Admin admin = Admin.create(SharedStack.get().broker().clientProperties())) {
            for (TopicListing topic : admin.listTopics().listings().get()) {
                ids.add(ByteBuffer.allocate(2 * Long.BYTES)
                        .putLong(topic.topicId().getMostSignificantBits())
                        .putLong(topic.topicId().getLeastSignificantBits()));
            }
        }
        try (Stream<Path> files = Files.walk(savepoints)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String bytes = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
                for (ByteBuffer id : ids) {
                    bytes = bytes.replace(
                            new String(id.array(), StandardCharsets.ISO_8859_1), "\0".repeat(2 * Long.BYTES));
                }
                Files.write(file, bytes.getBytes(StandardCharsets.ISO_8859_1));
            }
        }
    }
}
