// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.results.Caption;
import io.sensorium.results.CaptionResult;
import io.sensorium.results.FusionResult;
import io.sensorium.results.IncompleteWindow;
import io.sensorium.results.SentimentResult;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Encoders with parts and the operators that use them, Kafka to Kafka: attention, a subject's past, answers, captions.
 */
class TokenLevelFusionIT {

    private static final long T = 1_700_000_000_000L;

    @TempDir
    Path folder;

    private static byte[] picture() throws Exception {
        BufferedImage image = new BufferedImage(320, 240, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setColor(Color.GREEN.darker());
        graphics.fillRect(0, 120, 320, 120);
        graphics.setColor(Color.BLACK);
        graphics.fillOval(100, 100, 90, 60);
        graphics.dispose();
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(image, "png", png);
        return png.toByteArray();
    }

    @Test
    void everyOperatorOfPartsAnswers() throws Exception {
        Path phrases = Files.writeString(
                folder.resolve("phrases.txt"), "a dog on the grass\na red car\nfood on a plate\nthe sea at night\n");
        try (TestTopics topics = new TestTopics(SharedStack.get(), 1)) {
            String yaml = topics.yaml(
                            "strategy: tumbling, size: 10s, min_modalities: 1",
                            "parallelism: 2, checkpoint_interval: 1s")
                    .replace("image-inception-mixed5", "image-objects")
                    .replace("text-bge-small-en", "text-bge-tokens")
                    .replace("audio-speech-embedding", "audio-speech-frames")
                    .replaceAll("(?m)^ *(match|sentiment):.*\\n", "")
                    .replace(
                            "operators:",
                            """
                            operators:
                              explained: {type: sentiment, fusion: attention, explain: true, output: %1$sexplained}
                              clip: {type: sentiment, fusion: early, context: {windows: 4, ttl: 1m}, output: %1$sclip}
                              answers: {type: onnx, model: answers-single-stream, explain: true, output: %1$sanswers}
                              captions: {type: captions, from: image, phrases: "%2$s", top: 2, \
                              output: %1$scaptions}""".formatted(topics.prefix, phrases).indent(0).strip());
            PipelineConfig config = PipelineFile.parse("tokens.yaml", yaml);
            Path file = Files.writeString(folder.resolve("tokens.yaml"), yaml);
            assertThat(CommandResult.to("validate", "-c", file.toString()).out())
                    .contains("operator captions: match-objects@", "operator captions: text-bge-tokens@");
            topics.send("image", topics.event("image", "post", "i", T, picture()));
            topics.send("text", topics.event("text", "post", "t", T, "What colour is the dog?"));
            for (int turn = 1; turn < 4; turn++) {
                topics.send(
                        "text",
                        topics.event(
                                "text",
                                "talk",
                                "t" + turn,
                                T + turn * 10_000L,
                                turn < 3 ? "I hated every minute of it, what a waste" : "and then it ended"));
                topics.send(
                        "text",
                        topics.event("text", "silence " + turn, "t" + turn, T + turn * 10_000L, "and then it ended"));
            }
            topics.flush();
            topics.runBounded(config);

            SentimentResult explained = topics.read("explained", new SentimentResult()).stream()
                    .filter(result -> result.getSubjectId().equals("post"))
                    .findFirst()
                    .orElseThrow();
            assertThat(explained.getAttention()).containsOnlyKeys("image", "text");
            assertThat(explained.getAttention().get("image"))
                    .as("the whole and 16 regions")
                    .hasSize(17);
            assertThat(explained.getAttention().get("text"))
                    .as("the whole and 32 places")
                    .hasSize(33);
            assertThat(explained.getAttention().values().stream()
                            .flatMap(List::stream)
                            .mapToDouble(Double::doubleValue)
                            .sum())
                    .isCloseTo(1, within(1e-3));
            assertThat(explained.getAttention().get("text").subList(10, 33))
                    .as("there are six words")
                    .containsOnly(0.0);

            List<SentimentResult> clip = topics.read("clip", new SentimentResult());
            assertThat(clip)
                    .allSatisfy(result -> assertThat(result.getAttention()).isEmpty());
            SentimentResult last = clip.stream()
                    .filter(result -> result.getSubjectId().equals("talk"))
                    .max(Comparator.comparing(SentimentResult::getWindowStart))
                    .orElseThrow();
            SentimentResult alone = clip.stream()
                    .filter(result -> result.getSubjectId().equals("silence 3"))
                    .findFirst()
                    .orElseThrow();
            assertThat(last.getScore())
                    .as("the same words after two complaints")
                    .isLessThan(alone.getScore());

            assertThat(topics.read("answers", new FusionResult()))
                    .filteredOn(result -> result.getSubjectId().equals("post"))
                    .singleElement()
                    .satisfies(result -> {
                        assertThat(result.getValues()).containsOnlyKeys("probabilities");
                        assertThat(result.getLabels().get("probabilities"))
                                .as("a colour, whatever the picture")
                                .isIn("black", "white", "brown", "tan", "gray", "yellow");
                        assertThat(result.getAttention()).containsOnlyKeys("image", "text");
                    });

            assertThat(topics.read("captions", new CaptionResult()))
                    .singleElement()
                    .satisfies(result -> {
                        assertThat(result.getInputs())
                                .singleElement()
                                .satisfies(
                                        input -> assertThat(input.getEventId()).isEqualTo("i"));
                        assertThat(result.getCaptions())
                                .hasSize(2)
                                .extracting(Caption::getEventId)
                                .containsOnly("i");
                        assertThat(result.getCaptions().get(0).getSimilarity())
                                .isGreaterThanOrEqualTo(
                                        result.getCaptions().get(1).getSimilarity());
                        assertThat(result.getCaptions().get(0).getPhrase())
                                .isIn("a dog on the grass", "a red car", "food on a plate", "the sea at night");
                    });
            assertThat(topics.read("results.incomplete", new IncompleteWindow()))
                    .as("talk without a picture")
                    .isNotEmpty()
                    .allSatisfy(window -> assertThat(window.getOperator()).isEqualTo("captions"));
        }
    }
}
