// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.quickstart.SensoriumCommand;
import io.sensorium.results.IncompleteWindow;
import io.sensorium.results.MatchResult;
import io.sensorium.results.ModerationDecision;
import io.sensorium.results.SentimentResult;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A result is computed again from what lies in the topics, and one that somebody changed is found out. */
class ExplainIT {

    private static final long T = 1_700_000_000_000L;

    @TempDir
    Path folder;

    private JsonNode explain(int exitCode, Path file, String id) throws Exception {
        Path json = folder.resolve("evidence-" + id + ".json");
        assertThat(SensoriumCommand.commandLine()
                        .execute("explain", id, "-c", file.toString(), "--json", json.toString()))
                .as("exit code for " + id)
                .isEqualTo(exitCode);
        return Files.exists(json) ? new ObjectMapper().readTree(json.toFile()) : null;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "strategy: tumbling, size: 10s",
                "strategy: nearest, anchor: text, before: 2s, after: 2s, state_precision: float16"
            })
    void givesTheSameAgain(String align) throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 2)) {
            topics.send("text", topics.event("text", "beach", "t", T, "What a wonderful morning at the beach!"));
            topics.send("image", topics.event("image", "beach", "i", T + 500, TestTopics.sample("beach.jpg")));
            topics.send("audio", topics.event("audio", "beach", "a", T + 700, TestTopics.sample("beach.wav")));
            topics.send("image", topics.event("image", "alone", "i", T + 500, TestTopics.sample("beach.jpg")));
            topics.send("text", topics.event("text", "made", "t", T, "Made elsewhere"));
            topics.send("image", topics.embedded("image", "made", "i", T, 3));
            topics.flush();
            Path file = folder.resolve("pipeline.yaml");
            Files.writeString(
                    file,
                    topics.yaml(align, "parallelism: 1, checkpoint_interval: 1s")
                            + topics.rollup(folder.resolve("rollup"), 0, 0));
            topics.runBounded(PipelineFile.read(file));

            SentimentResult sentiment = topics.read("results.sentiment", new SentimentResult()).stream()
                    .filter(r -> r.getSubjectId().equals("beach"))
                    .findFirst()
                    .orElseThrow();
            JsonNode evidence = explain(0, file, sentiment.getResultId());
            assertThat(evidence.at("/recomputation/outcome").asText()).isEqualTo("same");
            assertThat(evidence.get("inputs")).hasSize(3);
            assertThat(evidence.at("/inputs/0/topic").asText()).isEqualTo(topics.topic("audio"));
            assertThat(evidence.at("/inputs/0/record_sha256").asText()).hasSize(64);
            assertThat(evidence.at("/inputs/0/encoder/sha256").asText()).hasSize(64);
            assertThat(evidence.at("/contributions").size()).isEqualTo(3);
            for (SentimentResult result : topics.read("results.sentiment", new SentimentResult())) {
                assertThat(explain(0, file, result.getResultId())
                                .get("confirmed")
                                .asBoolean())
                        .isTrue();
            }
            MatchResult match = topics.read("results.match", new MatchResult()).get(0);
            assertThat(explain(0, file, match.getResultId())
                            .at("/recomputation/outcome")
                            .asText())
                    .isEqualTo("same");
            ModerationDecision decision = topics.read("results.moderation", new ModerationDecision()).stream()
                    .filter(d -> d.getSubjectId().equals("beach"))
                    .findFirst()
                    .orElseThrow();
            JsonNode explained = explain(0, file, decision.getResultId());
            assertThat(explained.get("results"))
                    .as("the evaluated results are recomputed too")
                    .hasSize(2);
            assertThat(explained.at("/results/0/recomputation/outcome").asText())
                    .isEqualTo("same");
            topics.read("results.incomplete", new IncompleteWindow()).stream()
                    .findFirst()
                    .ifPresent(window -> {
                        try {
                            assertThat(explain(0, file, window.getResultId())
                                            .at("/recomputation/outcome")
                                            .asText())
                                    .isEqualTo("nothing");
                        } catch (Exception e) {
                            throw new AssertionError(e);
                        }
                    });

            // Somebody makes the beach a worse place.
            sentiment.setScore(sentiment.getScore() - 0.5);
            sentiment.setRevision(1);
            topics.forge("results.sentiment", "beach", sentiment);
            JsonNode forged = explain(1, file, sentiment.getResultId());
            assertThat(forged.at("/recomputation/outcome").asText()).isEqualTo("different");
            assertThat(forged.at("/recomputation/largest_difference").asDouble())
                    .isGreaterThan(0.4);
            assertThat(forged.get("records")).hasSize(2);
        }
    }

    @Test
    void saysWhyItCannot() throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 1)) {
            topics.send("text", topics.embedded("text", "s", "t", T, 1));
            topics.send("image", topics.embedded("image", "s", "i", T, 2));
            topics.flush();
            String yaml = topics.yaml("strategy: tumbling, size: 10s", "parallelism: 1, checkpoint_interval: 1s");
            Path file = folder.resolve("pipeline.yaml");
            Files.writeString(file, yaml);
            topics.runBounded(PipelineFile.read(file));
            assertThat(explain(1, file, "0".repeat(64))).as("no such result").isNull();
            SentimentResult sentiment =
                    topics.read("results.sentiment", new SentimentResult()).get(0);
            Path other = folder.resolve("other.yaml");
            Files.writeString(other, yaml.replace("  image: {topic", "  image: {clock_offset: 5ms, topic"));
            JsonNode evidence = explain(1, other, sentiment.getResultId());
            assertThat(evidence.at("/recomputation/outcome").asText()).isEqualTo("impossible");
            assertThat(evidence.at("/inputs/0/problem").asText()).contains("clock_offset");
        }
    }
}
