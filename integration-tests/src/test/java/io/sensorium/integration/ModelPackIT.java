// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.sensorium.events.Embedding;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.operators.pack.ModelCatalog;
import io.sensorium.quickstart.layout.DistributionLayout;
import io.sensorium.results.DeadLetter;
import io.sensorium.results.FusionResult;
import io.sensorium.results.ModerationDecision;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Packs of users' exports: what works runs, and what cannot is known before anything is submitted. */
@Timeout(900)
class ModelPackIT {

    private static final long T = 1_700_000_000_000L;
    private static final Path PACKS = DistributionLayout.root().resolve("fusion-operators/src/test/resources/packs");

    @TempDir
    Path folder;

    @BeforeEach
    void copyPacks() throws Exception {
        try (Stream<Path> files = Files.walk(PACKS)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path copy = folder.resolve(PACKS.relativize(file).toString());
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy);
            }
        }
        Files.write(
                folder.resolve("txt-int32/txt-int32/tokenizer.json"),
                ModelCatalog.bundled().find("text-bge-small-en").orElseThrow().file("tokenizer"));
    }

    private void edit(String pack, String from, String to) throws Exception {
        Path manifest = folder.resolve(pack).resolve(pack).resolve("model.yaml");
        String text = Files.readString(manifest);
        assertThat(text).contains(from);
        Files.writeString(manifest, text.replace(from, to));
    }

    private String yaml(TestTopics topics, String image, String text, List<String> heads, String more) {
        StringBuilder operators = new StringBuilder("operators:\n");
        heads.forEach(head -> operators
                .append("  ")
                .append(head)
                .append(": {type: onnx, model: ")
                .append(head)
                .append(", inputs: {x: audio}, output: ")
                .append(topics.prefix)
                .append("results.")
                .append(head)
                .append("}\n"));
        List<String> packs = Stream.concat(heads.stream(), Stream.of(image, text))
                .filter(name -> Files.isDirectory(folder.resolve(name)))
                .map(name -> "\"" + folder.resolve(name) + "\"")
                .toList();
        return topics.yaml(
                                "strategy: tumbling, size: 10s, min_modalities: 1",
                                "parallelism: 1, checkpoint_interval: 1s, state_dir: \"" + folder.resolve("state")
                                        + "\"")
                        .replaceAll("(?m)^ *(match|sentiment):.*\\n", "")
                        .replace("image-inception-mixed5", image)
                        .replace("text-bge-small-en", text)
                        .replace("operators:\n", operators.toString())
                + "packs: " + packs + "\n" + more;
    }

    private static Embedding audio(float value) {
        float[] vector = new float[417];
        Arrays.fill(vector, value);
        List<Float> numbers = new ArrayList<>();
        for (float each : vector) {
            numbers.add(each);
        }
        return new Embedding("audio-speech-embedding", numbers);
    }

    @Test
    void everyModelThatCannotRunIsReportedInOnePassAndRunExitsTwo() throws Exception {
        edit("txt-int32", "dimension: 2", "dimension: 3");
        try (TestTopics topics = new TestTopics(SharedStack.get(), 1)) {
            Path file = folder.resolve("broken.yaml");
            Files.writeString(file, yaml(topics, "img-ext2", "txt-int32", List.of("head-zipmap2", "head-double"), ""));
            for (CommandResult answer : List.of(
                    CommandResult.to("validate", "-c", file.toString()),
                    CommandResult.to("run", "-c", file.toString()),
                    CommandResult.to("run", "--bounded", "-c", file.toString()))) {
                assertThat(answer.code()).isEqualTo(2);
                assertThat(answer.err())
                        .contains(
                                "modalities.image.encoder: img-ext2@1.0.0",
                                "model.onnx_data",
                                "data: {model.onnx_data: ");
                assertThat(answer.err())
                        .contains("modalities.text.encoder: txt-int32@1.0.0", "dimension is 3", "[-1, -1, 2]");
                assertThat(answer.err())
                        .contains("operators.head-zipmap2: head-zipmap2@1.0.0", "sequence of maps", "zipmap");
                assertThat(answer.err()).doesNotContain("head-double", "Exception", "\tat ");
            }
            assertThat(folder.resolve("state")).as("nothing was begun").doesNotExist();
            Files.writeString(file, Files.readString(file) + "operatrs: {}\n");
            assertThat(CommandResult.to("validate", "-c", file.toString()).err())
                    .as("beside a mistake in the file")
                    .contains("operatrs: is not a known key", "modalities.image.encoder: img-ext2@1.0.0")
                    .contains("modalities.text.encoder: txt-int32@1.0.0", "operators.head-zipmap2: head-zipmap2@1.0.0");
        }
    }

    @Test
    void exportsOfOtherElementTypesAndOutputsRunAndWhatIsNotANumberIsADeadLetter() throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 1)) {
            topics.send("audio", topics.event("audio", "small", "a1", T, audio(0.5f)));
            topics.send("audio", topics.event("audio", "large", "a2", T, audio(3)));
            topics.send("text", topics.event("text", "small", "t1", T, "some words"));
            topics.send("image", topics.event("image", "small", "i1", T, TestTopics.sample("beach.jpg")));
            topics.flush();
            String rules = "moderation: {output: " + topics.prefix
                    + "results.moderation, rules: {odd: {when: 'not (head-nan.y.0 < 100)', action: look}, big: {when: "
                    + "'head-double.y > 400', action: look}}}\n";
            topics.runBounded(PipelineFile.parse(
                    "packs.yaml", yaml(topics, "img-two", "txt-int32", List.of("head-double", "head-nan"), rules)));
            assertThat(topics.read("results.head-double", new FusionResult()))
                    .hasSize(2)
                    .anySatisfy(result -> {
                        assertThat(result.getSubjectId()).isEqualTo("large");
                        assertThat(result.getValues().get("y").get(0)).isCloseTo(3 * 417, within(1e-2));
                    });
            assertThat(topics.read("results.head-nan", new FusionResult())).isEmpty();
            // One letter for each input of both windows.
            assertThat(topics.read("media.dead-letters", new DeadLetter()))
                    .hasSize(4)
                    .allSatisfy(letter -> {
                        assertThat(letter.getCode()).isEqualTo("MODEL_FAILED");
                        assertThat(letter.getMessage()).contains("head-nan", "NaN", "not a finite number");
                    });
            assertThat(topics.read("results.moderation", new ModerationDecision()))
                    .allSatisfy(decision -> assertThat(decision.getRule()).isEqualTo("big"));
        }
    }

    /** One modality whose events carry embeddings, and one head. */
    private String sensorYaml(TestTopics topics, String head, int dimension) {
        String modalities = "modalities:\n  sensor: {topic: " + topics.topic("text") + ", embedding: {dimension: "
                + dimension + "}}\n";
        return yaml(topics, "x", "x", List.of(head), "")
                .replaceAll("(?m)^ *(image|text|audio): *\\{topic.*\\n", "")
                .replace("modalities:\n", modalities)
                .replace("x: audio", "x: sensor");
    }

    @Test
    @Timeout(600)
    void aHeadThatDoesNotReturnOnAWindowCostsThatWindowAlone() throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 1)) {
            String yaml = sensorYaml(topics, "head-loop", 2);
            for (int subject = 0; subject < 6; subject++) {
                List<Float> vector = List.of(subject == 3 ? 101f : subject, 1f);
                topics.send(
                        "text", topics.event("text", "s" + subject, "e" + subject, T, new Embedding("any@1", vector)));
            }
            topics.flush();
            topics.runBounded(PipelineFile.parse("loop.yaml", yaml));
            assertThat(topics.read("results.head-loop", new FusionResult()))
                    .extracting(FusionResult::getSubjectId)
                    .containsExactlyInAnyOrder("s0", "s1", "s2", "s4", "s5");
            assertThat(topics.read("media.dead-letters", new DeadLetter()))
                    .singleElement()
                    .satisfies(letter -> {
                        assertThat(letter.getCode()).isEqualTo("MODEL_FAILED");
                        assertThat(letter.getOffset()).isEqualTo(3);
                        assertThat(letter.getMessage()).contains("head-loop", "was ended after 10000 ms");
                    });
        }
    }

    @Test
    void aModalityOfEmbeddingsNeedsNoEncoder() throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 1)) {
            String yaml = sensorYaml(topics, "head-double", 417);
            topics.send("text", topics.event("text", "imu", "s1", T, new Embedding("any@1", audio(2).getVector())));
            topics.send("text", topics.event("text", "imu", "s2", T, "no vector"));
            topics.send("text", topics.event("text", "imu", "s3", T, new Embedding("any@1", List.of(1f, 2f))));
            topics.flush();
            Path file = Files.writeString(folder.resolve("sensor.yaml"), yaml);
            assertThat(CommandResult.to("validate", "-c", file.toString()))
                    .satisfies(
                            answer -> assertThat(answer.code()).as(answer.err()).isZero());
            topics.runBounded(PipelineFile.parse("sensor.yaml", yaml));
            List<FusionResult> results = topics.read("results.head-double", new FusionResult());
            assertThat(results).singleElement().satisfies(result -> {
                assertThat(result.getValues().get("y").get(0)).isCloseTo(2 * 417, within(1e-2));
                assertThat(result.getInputs())
                        .singleElement()
                        .satisfies(input ->
                                assertThat(input.getEncoder().getName()).isEqualTo("embedding"));
            });
            assertThat(topics.read("media.dead-letters", new DeadLetter()))
                    .extracting(DeadLetter::getCode)
                    .containsExactlyInAnyOrder("UNSUPPORTED_MEDIA", "EMBEDDING_MISMATCH");
            CommandResult explained = CommandResult.to("explain", results.get(0).getResultId(), "-c", file.toString());
            assertThat(explained.code()).as(explained.out() + explained.err()).isZero();
            String named = yaml.replace("dimension: 417", "dimension: 417, model: imu@3");
            assertThat(CommandResult.to(
                                    "validate",
                                    "-c",
                                    Files.writeString(folder.resolve("named.yaml"), named)
                                            .toString())
                            .code())
                    .isZero();
        }
    }
}
