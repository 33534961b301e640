// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static io.sensorium.integration.CommandProcess.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.quickstart.runtime.RunningPipeline;
import io.sensorium.results.DeadLetter;
import io.sensorium.results.InputReference;
import io.sensorium.results.SentimentResult;
import io.sensorium.results.ShadowResult;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models are exchanged under load: every window has its result once, by exactly one version. */
class RolloutIT {

    private static final String FILE_HEAD = "sentiment-late-attention";

    @TempDir
    Path folder;

    private static boolean isCloser(SentimentResult result) {
        return result.getSubjectId().startsWith("closer");
    }

    private void announce(Path watched, String yaml) throws IOException {
        Path fresh = watched.resolve("fresh");
        Files.writeString(fresh, yaml);
        Files.move(
                fresh,
                watched.resolve("rollout.yaml"),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
    }

    private static JsonNode status(Path watched) throws IOException {
        Path file = watched.resolve("rollout-status.json");
        return Files.exists(file) ? new ObjectMapper().readTree(Files.readString(file)) : MissingNode.getInstance();
    }

    private static JsonNode await(Path watched, Predicate<JsonNode> condition) {
        return Awaitility.await("the rollout's status")
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(50))
                .until(() -> status(watched), condition);
    }

    private static Predicate<JsonNode> state(String state) {
        return status -> status.path("state").asText().equals(state);
    }

    private static Predicate<JsonNode> running(String operator, String model) {
        return state("STEADY")
                .and(status -> status.path("running")
                        .path("operators")
                        .path(operator)
                        .asText()
                        .startsWith(model));
    }

    /** Waits until some more windows have gone through. */
    private static void more(SteadyLoad load) {
        int until = load.sent() + 100;
        Awaitility.await("more windows").atMost(PATIENCE).until(() -> load.sent() >= until);
    }

    private String yaml(TestTopics topics, String align, Path watched) {
        return topics.yaml(
                                align,
                                "parallelism: 2, checkpoint_interval: 400ms, state_dir: \"" + folder.resolve("state")
                                        + "\"")
                        .replace(
                                "media.dead-letters}",
                                "media.dead-letters, shadow: " + topics.prefix + "results.shadow}")
                + "rollout: {watch: \"" + watched + "\", poll: 100ms}\n";
    }

    private static Map<String, SentimentResult> once(List<SentimentResult> results) {
        Map<String, SentimentResult> byId = new TreeMap<>();
        for (SentimentResult result : results) {
            assertThat(byId.put(result.getResultId(), result))
                    .as("a second result of " + result.getSubjectId())
                    .isNull();
        }
        return byId;
    }

    private static double shareOf(String subject) throws Exception {
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(subject.getBytes(StandardCharsets.UTF_8));
        return ((hash[0] & 0xffL) << 24 | (hash[1] & 0xff) << 16 | (hash[2] & 0xff) << 8 | hash[3] & 0xff)
                / (double) (1L << 32);
    }

    @Test
    void aHeadIsTriedOutAsAShadowThenOnAShareAndThenRuns() throws Exception {
        Path watched = Files.createDirectories(folder.resolve("watched"));
        try (TestTopics topics = new TestTopics(SharedStack.get(), 2)) {
            PipelineConfig config =
                    PipelineFile.parse("rollout.yaml", yaml(topics, "strategy: tumbling, size: 1s", watched));
            SteadyLoad load = new SteadyLoad(topics, false);
            try (RunningPipeline pipeline =
                    RunningPipeline.start("rollout.yaml", config, new RunningPipeline.Mode(false, false), System.err)) {
                await(watched, state("STEADY"));
                more(load);
                announce(watched, "{mode: shadow, operators: {sentiment: sentiment-hierarchical}}");
                await(watched, state("SHADOW"));
                more(load);
                announce(watched, "{mode: canary, share: 0.3, operators: {sentiment: sentiment-hierarchical}}");
                await(watched, state("CANARY"));
                more(load);
                announce(watched, "{operators: {sentiment: sentiment-hierarchical}}");
                await(watched, running("sentiment", "sentiment-hierarchical"));
                more(load);
                Files.delete(watched.resolve("rollout.yaml"));
                await(watched, running("sentiment", FILE_HEAD));
                more(load);
                load.close();
                awaitResults(topics, load.sent());
            }
            Map<String, SentimentResult> results = once(topics.read("results.sentiment", new SentimentResult()).stream()
                    .filter(result -> !isCloser(result))
                    .toList());
            assertThat(results).as("every window once").hasSize(load.sent());
            Map<String, List<SentimentResult>> byModel = results.values().stream()
                    .collect(Collectors.groupingBy(result -> result.getModel().getName()));
            assertThat(byModel.keySet()).containsExactlyInAnyOrder(FILE_HEAD, "sentiment-hierarchical");
            List<SentimentResult> inOrder = results.values().stream()
                    .sorted(java.util.Comparator.comparingInt(RolloutIT::number))
                    .toList();
            assertThat(inOrder.get(0).getModel().getName()).isEqualTo(FILE_HEAD);
            assertThat(inOrder.get(inOrder.size() - 1).getModel().getName())
                    .as("it came back")
                    .isEqualTo(FILE_HEAD);
            // While the canary runs, only the share has the new head. Two subtasks are not at the same window when the
            // checkpoint comes, so its edges are left out.
            int firstNew = byModel.get("sentiment-hierarchical").stream()
                    .mapToInt(RolloutIT::number)
                    .min()
                    .orElseThrow();
            for (SentimentResult result : inOrder.subList(firstNew + 30, firstNew + 70)) {
                assertThat(result.getModel().getName())
                        .as(result.getSubjectId())
                        .isEqualTo(shareOf(result.getSubjectId()) < 0.3 ? "sentiment-hierarchical" : FILE_HEAD);
            }
            List<ShadowResult> shadows = topics.read("results.shadow", new ShadowResult());
            assertThat(shadows).hasSizeGreaterThan(50).allSatisfy(shadow -> {
                assertThat(shadow.getOperator())
                        .as("an operator whose head stays has no shadow")
                        .isEqualTo("sentiment");
                assertThat(shadow.getModel().getName()).isEqualTo("sentiment-hierarchical");
                SentimentResult live = results.get(shadow.getResultId());
                assertThat(live.getModel()).isEqualTo(shadow.getLiveModel());
                assertThat(shadow.getLiveScore()).isEqualTo(live.getScore());
                assertThat(shadow.getDifference()).isCloseTo(shadow.getScore() - live.getScore(), within(1e-9));
                assertThat(shadow.getValues()).containsOnlyKeys("NEGATIVE", "NEUTRAL", "POSITIVE");
            });
        }
    }

    private static int number(SentimentResult result) {
        return Integer.parseInt(result.getSubjectId().substring(1));
    }

    private static void awaitResults(TestTopics topics, int windows) {
        Awaitility.await("results of " + windows + " windows")
                .atMost(PATIENCE)
                .until(() -> topics.read("results.sentiment", new SentimentResult()).stream()
                                .filter(result -> !isCloser(result))
                                .map(SentimentResult::getResultId)
                                .distinct()
                                .count()
                        >= windows);
    }

    /**
     * Sliding windows hold events from before and after the exchange; each is fused from one encoder's embeddings
     * alone, as a run of that encoder alone fuses it.
     */
    @Test
    void encoderAndHeadsTakeOverTogetherAndNoWindowMixesThem() throws Exception {
        Path watched = Files.createDirectories(folder.resolve("watched"));
        String align = "strategy: sliding, size: 3s, slide: 1s";
        try (TestTopics topics = new TestTopics(SharedStack.get(), 2)) {
            String yaml = yaml(topics, align, watched).replaceAll("(?m)^ *(audio|match):.*\\n", "");
            SteadyLoad load = new SteadyLoad(topics, true);
            try (RunningPipeline pipeline = RunningPipeline.start(
                    "rollout.yaml",
                    PipelineFile.parse("rollout.yaml", yaml),
                    new RunningPipeline.Mode(false, false),
                    System.err)) {
                await(watched, state("STEADY"));
                more(load);
                announce(
                        watched, "{encoders: {text: text-bge-tokens}, operators: {sentiment: sentiment-hierarchical}}");
                await(watched, state("DRAINING"));
                await(watched, running("sentiment", "sentiment-hierarchical"));
                more(load);
                load.close();
                // Every event is in three windows.
                awaitResults(topics, 3 * load.sent());
            }
            assertThat(topics.read("media.dead-letters", new DeadLetter()).stream()
                            .filter(letter -> !letter.getMessage().contains("this modality's encoder is")))
                    .isEmpty();
            Map<String, SentimentResult> results = once(topics.read("results.sentiment", new SentimentResult()).stream()
                    .filter(result -> !isCloser(result))
                    .toList());
            assertThat(results).hasSize(3 * load.sent());
            Map<String, Map<String, Double>> alone = new HashMap<>();
            alone.put(
                    FILE_HEAD + " text-bge-small-en",
                    bounded(topics, yaml, "before", "text-bge-small-en", "sentiment: {type: sentiment,"));
            alone.put(
                    "sentiment-hierarchical text-bge-tokens",
                    bounded(
                            topics,
                            yaml,
                            "after",
                            "text-bge-tokens",
                            "sentiment: {type: sentiment, fusion: hierarchical,"));
            TreeSet<String> seen = new TreeSet<>();
            for (SentimentResult result : results.values()) {
                TreeSet<String> encoders = result.getInputs().stream()
                        .filter(input -> input.getModality().equals("text"))
                        .map(InputReference::getEncoder)
                        .map(encoder -> encoder.getName())
                        .collect(Collectors.toCollection(TreeSet::new));
                assertThat(encoders).as("one encoder a window").hasSize(1);
                String by = result.getModel().getName() + " " + encoders.first();
                seen.add(by);
                assertThat(alone.keySet()).contains(by);
                assertThat(result.getScore())
                        .as(result.getSubjectId() + " by " + by)
                        .isCloseTo(
                                alone.get(by)
                                        .get(result.getSubjectId() + "@"
                                                + result.getWindowStart().toEpochMilli()),
                                within(1e-4));
            }
            assertThat(seen).isEqualTo(alone.keySet());
        }
    }

    /** The scores that one bundle alone gives, by subject and window. */
    private static Map<String, Double> bounded(
            TestTopics topics, String yaml, String name, String encoder, String operator) throws Exception {
        String own = yaml.replace("text-bge-small-en", encoder)
                .replace("sentiment: {type: sentiment,", operator)
                .replace("results.sentiment", "results." + name)
                .replaceAll("(?m)^pipeline: .*$", "pipeline: " + topics.prefix + name);
        topics.runBounded(PipelineFile.parse("bounded.yaml", own));
        Map<String, Double> scores = new HashMap<>();
        topics.read("results." + name, new SentimentResult())
                .forEach(result -> scores.put(
                        result.getSubjectId() + "@" + result.getWindowStart().toEpochMilli(), result.getScore()));
        return scores;
    }

    @Test
    void aBrokenModelNeverRunsAndOneThatTookOverStillRunsAfterTheProcessWasKilled() throws Exception {
        Path watched = Files.createDirectories(folder.resolve("watched"));
        Path pack = watched.resolve("pack");
        Path model = Files.createDirectories(pack.resolve("sentiment-hierarchical"));
        Files.writeString(pack.resolve("pack.yaml"), "{name: next, version: 2.1.0, models: [sentiment-hierarchical]}");
        String manifest = bundled("model.yaml", model, true);
        bundled("CARD.md", model, false);
        bundled("model.onnx", model, false);
        String rollout = "{packs: [pack], operators: {sentiment: sentiment-hierarchical@2.1.0}}";
        try (TestTopics topics = new TestTopics(SharedStack.get(), 2)) {
            Path file = folder.resolve("pipeline.yaml");
            Files.writeString(file, yaml(topics, "strategy: tumbling, size: 1s", watched));
            Process first = CommandProcess.start(folder, "run", "-c", file.toString());
            SteadyLoad load = new SteadyLoad(topics, false);
            await(watched, state("STEADY"));
            refused(watched, "{operators: {sentimental: x}}", "did you mean \"sentiment\"");
            refused(watched, "{operators: {sentiment: no-such-head}}", "no sentiment head \"no-such-head\"");
            refused(
                    watched,
                    "{encoders: {text: text-bge-small-zh}}",
                    "match-dual-encoder@2.0.0 was not trained on the encoder of text");
            Files.writeString(
                    model.resolve("model.yaml"),
                    manifest.replace("image:\n      - -1\n      - 768", "image:\n      - -1\n      - 767"));
            refused(watched, rollout, "[-1, 767], the graph has [-1, 768]");
            Files.writeString(model.resolve("model.yaml"), manifest);
            byte[] graph = Files.readAllBytes(model.resolve("model.onnx"));
            Files.write(model.resolve("model.onnx"), java.util.Arrays.copyOf(graph, graph.length / 2));
            refused(watched, rollout, "has SHA-256");
            Files.write(model.resolve("model.onnx"), graph);
            announce(watched, rollout);
            await(watched, running("sentiment", "sentiment-hierarchical@2.1.0"));
            more(load);
            first.destroyForcibly();
            assertThat(first.waitFor(20, TimeUnit.SECONDS)).isTrue();
            int killedAt = load.sent();
            Process second = CommandProcess.start(folder, "run", "-c", file.toString());
            more(load);
            load.close();
            awaitResults(topics, load.sent());
            second.destroy();
            assertThat(second.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
            assertThat(second.exitValue())
                    .as(Files.readString(folder.resolve("err.log")))
                    .isZero();
            Map<String, SentimentResult> results = once(topics.read("results.sentiment", new SentimentResult()).stream()
                    .filter(result -> !isCloser(result))
                    .toList());
            assertThat(results).hasSize(load.sent());
            assertThat(results.values())
                    .filteredOn(result -> number(result) > killedAt)
                    .isNotEmpty()
                    .allSatisfy(
                            result -> assertThat(result.getModel().getVersion()).isEqualTo("2.1.0"));
            assertThat(results.values())
                    .extracting(result -> result.getModel().getName() + "@"
                            + result.getModel().getVersion())
                    .contains("sentiment-hierarchical@2.1.0")
                    .allMatch(id -> id.equals("sentiment-hierarchical@2.1.0") || id.startsWith(FILE_HEAD));
            assertThat(topics.read("media.dead-letters", new DeadLetter())).isEmpty();
        }
    }

    private void refused(Path watched, String rollout, String why) throws Exception {
        announce(watched, rollout);
        JsonNode status = await(
                watched,
                state("REFUSED")
                        .and(there -> there.path("problems")
                                .toString()
                                .replace("\\\"", "\"")
                                .contains(why)));
        assertThat(status.path("running").path("operators").path("sentiment").asText())
                .startsWith(FILE_HEAD);
    }

    /** A file of the bundled hierarchical head, under the next version. */
    private static String bundled(String file, Path target, boolean manifest) throws IOException {
        try (InputStream in =
                RolloutIT.class.getResourceAsStream("/sensorium-research-pack/sentiment-hierarchical/" + file)) {
            byte[] bytes = in.readAllBytes();
            String text = manifest
                    ? new String(bytes, StandardCharsets.UTF_8).replace("version: \"2.0.0\"", "version: \"2.1.0\"")
                    : null;
            Files.write(target.resolve(file), manifest ? text.getBytes(StandardCharsets.UTF_8) : bytes);
            return text;
        }
    }
}
