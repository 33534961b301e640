// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.job.explain.Explainer;
import io.sensorium.job.explain.Explanation.Recomputation;
import io.sensorium.quickstart.runtime.RunningPipeline;
import io.sensorium.results.InputReference;
import io.sensorium.results.ModerationDecision;
import io.sensorium.results.SentimentResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rules read what is written and said, from Kafka to Kafka, and only the texts that may leave do. */
class TextRulesIT {

    private static final long T = 1_700_000_000_000L;

    @TempDir
    Path folder;

    private PipelineConfig config(TestTopics topics) throws Exception {
        Files.writeString(folder.resolve("road.txt"), "# what happens on roads\naccident\n");
        // As many terms as a large list has, which travel with the job.
        Files.writeString(
                folder.resolve("insults.txt"),
                IntStream.range(0, 100_000)
                                .mapToObj(
                                        i -> "insult" + Integer.toString(i, 36).replaceAll("\\d", "z") + "er\n")
                                .collect(Collectors.joining())
                        + "idiot\n");
        return PipelineFile.parse(folder.resolve("texts.yaml").toString(), """
                pipeline: %1$spipeline
                kafka: {bootstrap_servers: "%2$s"}
                registry: {url: "%3$s"}
                modalities:
                  text: {topic: %1$smedia.text, encoder: text-bge-small-en, idle_timeout: 1h}
                  audio: {topic: %1$smedia.audio, encoder: audio-speech-embedding, idle_timeout: 1h, derive: {speech: transcript}}
                align: {strategy: tumbling, size: 10s, min_modalities: 1}
                operators:
                  sentiment: {type: sentiment, inputs: {text: [speech, text]}, output: %1$sresults.sentiment}
                emit: {texts: [speech]}
                moderation:
                  output: %1$sresults.moderation
                  terms: {insults: insults.txt, road: {file: road.txt, match: parts}}
                  toxicity: {heads: [text-offensive-early]}
                  rules:
                    road: {when: 'terms("road", speech) > 0 and length(speech) > 10', action: flag}
                    insult: {when: 'terms("insults", text) == 1 and text contains "EVERYONE hates"', action: hide}
                    abusive: {when: toxicity.text.offensive > 0.8 and toxicity.offensive > toxicity.speech.offensive, action: review}
                side_topics: {incomplete: %1$sresults.incomplete, late: %1$smedia.late, dead_letters: %1$smedia.dead-letters}
                runtime: {parallelism: 1, checkpoint_interval: 1s, state_dir: '%4$s'}
                """.formatted(
                        topics.prefix, topics.bootstrapServers, topics.registryUrl, folder.resolve("state")));
    }

    private static List<ModerationDecision> decisions(TestTopics topics) throws Exception {
        return topics.read("results.moderation", new ModerationDecision()).stream()
                .filter(decision -> decision.getSubjectId().equals("crash"))
                .toList();
    }

    private static void send(TestTopics topics, String modality, String subject, String id, long time, Object payload)
            throws Exception {
        topics.send(modality, topics.event(modality, subject, id, time, payload));
    }

    @Test
    void decisionsShowWhatMayLeaveOfWhatTheyAreOf() throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 1)) {
            String insult = "You are such a stupid 1d10t and everyone hates you!";
            send(topics, "text", "crash", "post", T + 1_000, insult);
            send(topics, "audio", "crash", "recording", T + 1_500, TestTopics.sample("crash.flac"));
            send(topics, "text", "closer", "c1", T + 60_000, "later");
            send(topics, "audio", "closer", "c2", T + 60_000, TestTopics.sample("beach.wav"));
            topics.flush();
            PipelineConfig config = config(topics);
            try (RunningPipeline pipeline =
                    RunningPipeline.start("texts.yaml", config, new RunningPipeline.Mode(false, false), System.err)) {
                await("the crash's decisions")
                        .atMost(CommandProcess.PATIENCE)
                        .until(() -> decisions(topics).size() == 3);
                pipeline.stop();
            }

            ModerationDecision road = decisions(topics).get(0);
            assertThat(decisions(topics))
                    .extracting(ModerationDecision::getRule)
                    .containsExactly("road", "insult", "abusive");
            assertThat(road.getValues().get("terms(\"road\", speech)")).isEqualTo(1.0);
            assertThat(road.getTermLists())
                    .containsExactly(
                            Map.entry("road", config.moderation().list("road").sha256()));
            assertThat(decisions(topics)).allSatisfy(decision -> {
                InputReference speech = decision.getInputs().get(1);
                assertThat(speech.getModality()).isEqualTo("speech");
                assertThat(speech.getText()).containsIgnoringCase("accident on the road");
                assertThat(speech.getPassages()).isNotEmpty().allSatisfy(passage -> {
                    assertThat(speech.getText()).contains(passage.getText());
                    assertThat(passage.getStartMs()).isNotNegative();
                    assertThat(passage.getEndMs()).isGreaterThan(passage.getStartMs());
                    assertThat(passage.getLeft()).isNull();
                });
                assertThat(speech.getTerms()).singleElement().satisfies(term -> {
                    assertThat(term.getTerm()).isEqualTo("accident");
                    assertThat(speech.getText().substring(term.getStart(), term.getEnd()))
                            .isEqualToIgnoringCase("accident");
                    assertThat(term.getPassage()).isZero();
                });
                InputReference text = decision.getInputs().get(2);
                assertThat(text.getEventId()).isEqualTo("post");
                assertThat(text.getText()).isNull();
                assertThat(text.getTerms()).isEmpty();
                assertThat(decision.toString()).doesNotContain("1d10t").doesNotContain("idiot");
            });

            SentimentResult result = topics.read("results.sentiment", new SentimentResult()).stream()
                    .filter(each -> each.getSubjectId().equals("crash"))
                    .findFirst()
                    .orElseThrow();
            assertThat(result.getSignals().get("text.toxicity.offensive")).isBetween(0.8, 1.0);
            try (Explainer explainer = new Explainer(config)) {
                assertThat(explainer.explain(result.getResultId()).orElseThrow().recomputation())
                        .isInstanceOf(Recomputation.Same.class);
                assertThat(explainer.explain(road.getResultId()).orElseThrow().recomputation())
                        .isInstanceOf(Recomputation.Same.class);
            }
        }
    }
}
