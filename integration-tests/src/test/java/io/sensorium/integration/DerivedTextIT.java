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
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is said in a sound and written in an image takes part in its subject's window as a text does, from Kafka to
 * Kafka.
 */
class DerivedTextIT {

    private static final long T = 1_700_000_000_000L;

    @TempDir
    Path folder;

    private PipelineConfig config(TestTopics topics) throws Exception {
        return PipelineFile.parse("derived.yaml", """
                pipeline: %1$spipeline
                kafka: {bootstrap_servers: "%2$s"}
                registry: {url: "%3$s"}
                modalities:
                  image: {topic: %1$smedia.image, encoder: image-inception-mixed5, idle_timeout: 1h, derive: {writing: ocr}}
                  audio: {topic: %1$smedia.audio, encoder: audio-speech-embedding, idle_timeout: 1h, derive: {speech: transcript}}
                align: {strategy: tumbling, size: 10s, min_modalities: 1}
                operators:
                  sentiment: {type: sentiment, inputs: {text: [speech, writing]}, output: %1$sresults.sentiment}
                  offensive: {type: onnx, model: text-offensive-early, inputs: {text: speech}, mask: mask, output: %1$sresults.offensive}
                moderation:
                  output: %1$sresults.moderation
                  rules:
                    spoken: {when: "signals.speech.words >= 3 and signals.speech.confidence > 0.3", action: flag, severity: low}
                    written: {when: "signals.writing.words >= 8 and signals.writing.confidence > 0.8", action: flag, severity: low}
                    polite: {when: offensive.probabilities.offensive < 0.5, action: keep}
                side_topics: {incomplete: %1$sresults.incomplete, late: %1$smedia.late, dead_letters: %1$smedia.dead-letters}
                runtime: {parallelism: 1, checkpoint_interval: 1s, state_dir: '%4$s'}
                """.formatted(
                        topics.prefix, topics.bootstrapServers, topics.registryUrl, folder.resolve("state")));
    }

    private RunningPipeline start(TestTopics topics) throws Exception {
        return RunningPipeline.start(
                "derived.yaml", config(topics), new RunningPipeline.Mode(false, false), System.err);
    }

    private static List<SentimentResult> results(TestTopics topics) throws Exception {
        return topics.read("results.sentiment", new SentimentResult());
    }

    private static SentimentResult result(TestTopics topics, String subject) throws Exception {
        return results(topics).stream()
                .filter(result -> result.getSubjectId().equals(subject))
                .findFirst()
                .orElseThrow();
    }

    private static void send(TestTopics topics, String modality, String subject, String id, long time, String sample)
            throws Exception {
        topics.send(modality, topics.event(modality, subject, id, time, TestTopics.sample(sample)));
    }

    @Test
    void transcriptAndWritingTakePartInTheWindowsOfSoundAndImage() throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 1)) {
            send(topics, "image", "crash", "picture", T + 1_000, "crash.png");
            send(topics, "audio", "crash", "recording", T + 1_500, "crash.flac");
            send(topics, "image", "late-bus", "meme", T + 2_000, "meme.png");
            send(topics, "image", "closer", "c1", T + 60_000, "beach.jpg");
            send(topics, "audio", "closer", "c2", T + 60_000, "beach.wav");
            topics.flush();
            try (RunningPipeline pipeline = start(topics)) {
                await("the results of the first window")
                        .atMost(CommandProcess.PATIENCE)
                        .until(() -> results(topics).stream()
                                .map(SentimentResult::getSubjectId)
                                .toList()
                                .containsAll(List.of("crash", "late-bus")));
                pipeline.stop();
            }
            SentimentResult crash = result(topics, "crash");
            assertThat(crash.getModalities()).containsExactly("audio", "image", "speech");
            assertThat(crash.getContributions()).containsOnlyKeys("audio", "image", "speech");
            assertThat(crash.getInputs())
                    .extracting(InputReference::getModality)
                    .containsExactlyInAnyOrder("audio", "image", "speech");
            assertThat(crash.getInputs())
                    .filteredOn(input -> input.getModality().equals("speech"))
                    .singleElement()
                    .satisfies(speech -> {
                        assertThat(speech.getEventId()).isEqualTo("recording");
                        assertThat(speech.getTopic()).isEqualTo(topics.topic("audio"));
                        assertThat(speech.getEncoder().getName()).isEqualTo("text-bge-small-en");
                        assertThat(speech.getDerivedFrom()).isEqualTo("audio");
                    });
            assertThat(crash.getInputs())
                    .filteredOn(input -> input.getModality().equals("audio"))
                    .extracting(InputReference::getDerivedFrom)
                    .containsOnlyNulls();
            assertThat(topics.read("results.moderation", new ModerationDecision()))
                    .extracting(decision -> decision.getSubjectId() + " " + decision.getRule())
                    .contains("crash spoken", "crash polite", "late-bus written")
                    .doesNotContain("crash written");
            SentimentResult bus = result(topics, "late-bus");
            assertThat(bus.getModalities()).containsExactly("image", "writing");
            assertThat(bus.getInputs())
                    .filteredOn(input -> input.getModality().equals("writing"))
                    .singleElement()
                    .satisfies(writing -> {
                        assertThat(writing.getEventId()).isEqualTo("meme");
                        assertThat(writing.getTopic()).isEqualTo(topics.topic("image"));
                        assertThat(writing.getDerivedFrom()).isEqualTo("image");
                    });

            try (Explainer explainer = new Explainer(config(topics))) {
                for (SentimentResult result : List.of(crash, bus)) {
                    assertThat(explainer
                                    .explain(result.getResultId())
                                    .orElseThrow()
                                    .recomputation())
                            .isInstanceOf(Recomputation.Same.class);
                }
            }

            // A restart goes on where it stopped, with the recognizer's identity in the state.
            send(topics, "image", "later", "l1", T + 61_000, "beach.jpg");
            send(topics, "image", "last", "l2", T + 120_000, "beach.jpg");
            send(topics, "audio", "last", "l3", T + 120_000, "beach.wav");
            topics.flush();
            try (RunningPipeline pipeline = start(topics)) {
                await("results after the restart")
                        .atMost(CommandProcess.PATIENCE)
                        .until(() -> results(topics).stream()
                                .anyMatch(result -> result.getSubjectId().equals("later")));
                pipeline.stop();
            }
            assertThat(results(topics))
                    .extracting(result -> result.getSubjectId() + " " + result.getModalities())
                    .containsExactlyInAnyOrder(
                            "crash [audio, image, speech]",
                            "late-bus [image, writing]",
                            "closer [audio, image, speech]",
                            "later [image]");
        }
    }
}
