// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import javax.imageio.ImageIO;
import javax.sound.sampled.AudioFileFormat;
import javax.sound.sampled.AudioFormat;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** A user's way: train on a folder of his own, then evaluate the pack that came of it. The data are made here. */
@Tag("slow")
class TrainedPackTest {

    private static final String[] WORDS = {"red", "green", "blue", "yellow", "white", "black", "pink", "orange"};
    private static final Color[] COLOURS = {
        Color.RED, Color.GREEN, Color.BLUE, Color.YELLOW, Color.WHITE, Color.BLACK, Color.PINK, Color.ORANGE
    };

    @TempDir
    Path folder;

    /** Squares of eight colours, each with five captions, a tone of its colour, and a question about it. */
    private Path coloured(int count) throws Exception {
        Path data = folder.resolve("data");
        Files.createDirectories(data.resolve("images"));
        Files.createDirectories(data.resolve("audio"));
        Random random = new Random(1);
        StringBuilder questions = new StringBuilder("id\timage\tquestion\tanswer\n");
        StringBuilder table =
                new StringBuilder("id\timage\taudio\tspoken_caption\tcaption_2\tcaption_3\tcaption_4\tcaption_5\n");
        for (int i = 0; i < count; i++) {
            int colour = i % 8;
            BufferedImage picture = new BufferedImage(80, 80, BufferedImage.TYPE_INT_RGB);
            Graphics2D graphics = picture.createGraphics();
            graphics.setColor(COLOURS[colour]);
            graphics.fillRect(random.nextInt(20), random.nextInt(20), 60, 60);
            graphics.dispose();
            ImageIO.write(picture, "png", data.resolve("images/" + i + ".png").toFile());
            byte[] pcm = new byte[16_000];
            for (int k = 0; k < pcm.length / 2; k++) {
                pcm[2 * k] = (byte) (100 * Math.sin(k * (0.05 + colour * 0.04)));
            }
            AudioSystem.write(
                    new AudioInputStream(
                            new ByteArrayInputStream(pcm), new AudioFormat(8_000, 16, 1, true, true), pcm.length / 2),
                    AudioFileFormat.Type.WAVE,
                    data.resolve("audio/" + i + ".wav").toFile());
            String word = WORDS[colour];
            questions
                    .append(2 * i)
                    .append("\timages/")
                    .append(i)
                    .append(".png\tWhat colour is it?\t")
                    .append(word)
                    .append('\n');
            questions.append(2 * i + 1).append("\timages/").append(i).append(".png\tWhat shape is it?\tsquare\n");
            table.append(i)
                    .append("\timages/")
                    .append(i)
                    .append(".png\taudio/")
                    .append(i)
                    .append(".wav\ta ")
                    .append(word)
                    .append(" square\tthe square is ")
                    .append(word)
                    .append("\tsomething ")
                    .append(word)
                    .append("\t")
                    .append(word)
                    .append(" paint\tall ")
                    .append(word)
                    .append('\n');
        }
        Files.writeString(data.resolve("captions.tsv"), table);
        Files.writeString(data.resolve("questions.tsv"), questions);
        return data;
    }

    @Test
    void trainsOnAFolderAndEvaluatesThePack() throws Exception {
        Path data = coloured(160);
        Path pack = folder.resolve("my-pack");
        Path json = folder.resolve("figures.json");
        CommandLine trainer = TrainerCommand.commandLine();
        assertThat(trainer.execute(
                        "train",
                        "match",
                        "--data",
                        data.toString(),
                        "--out",
                        pack.toString(),
                        "--cache",
                        folder.resolve("cache").toString()))
                .isZero();
        assertThat(trainer.execute(
                        "evaluate",
                        "match",
                        "--data",
                        data.toString(),
                        "--models",
                        pack.toString(),
                        "--split",
                        "test",
                        "--cache",
                        folder.resolve("cache").toString(),
                        "--json",
                        json.toString()))
                .isZero();
        JsonNode report = new ObjectMapper().readTree(json.toFile());
        assertThat(report.get("task").asText()).isEqualTo("match");
        assertThat(report.at("/models/head/version").asText()).startsWith("1.0.0-");
        assertThat(report.get("directions").fieldNames())
                .toIterable()
                .containsExactly("text->image", "image->text", "speech->text", "speech->image");
        // Eight colours and some 32 pictures: chance is 10 of 32, and a few tie within their colour.
        assertThat(report.at("/directions/text->image/r_at_10").asDouble()).isGreaterThan(0.6);
        assertThat(report.at("/metrics/ece").asDouble()).isBetween(0.0, 1.0);
        assertThat(pack.resolve("match-dual-encoder/CARD.md")).content().contains("Split:", "largest relative error");
        assertThat(trainer.execute("train", "nonsense", "--data", data.toString(), "--out", pack.toString()))
                .isEqualTo(2);
        assertThat(trainer.execute("evaluate", "match", "--data", folder.toString()))
                .isEqualTo(1);
    }

    @Test
    void answersQuestionsAboutPicturesAndReRanksNearTies() throws Exception {
        Path data = coloured(120);
        Path pack = folder.resolve("my-answers");
        Path json = folder.resolve("answers.json");
        String cache = folder.resolve("cache").toString();
        CommandLine trainer = TrainerCommand.commandLine();
        assertThat(trainer.execute(
                        "train",
                        "answers",
                        "--data",
                        data.toString(),
                        "--pretrain",
                        "1",
                        "--out",
                        pack.toString(),
                        "--cache",
                        cache))
                .isZero();
        assertThat(trainer.execute(
                        "evaluate",
                        "answers",
                        "--data",
                        data.toString(),
                        "--models",
                        pack.toString(),
                        "--split",
                        "test",
                        "--cache",
                        cache,
                        "--json",
                        json.toString()))
                .isZero();
        JsonNode report = new ObjectMapper().readTree(json.toFile());
        // Half the questions are of the shape, which needs no look; of the colours chance is an eighth.
        assertThat(report.at("/metrics/accuracy").asDouble())
                .isGreaterThan(report.at("/subsets/text/accuracy").asDouble() + 0.1);
        assertThat(report.at("/subsets/text/accuracy").asDouble()).isLessThan(0.75);
        assertThat(pack.resolve("answers-single-stream/model.yaml"))
                .content()
                .contains("regions", "tokens", "attention");

        assertThat(trainer.execute(
                        "train",
                        "match",
                        "--rerank",
                        "--data",
                        data.toString(),
                        "--out",
                        pack.toString(),
                        "--cache",
                        cache))
                .isZero();
        assertThat(pack.resolve("match-dual-encoder/rerank.onnx")).exists();
        assertThat(pack.resolve("match-dual-encoder/CARD.md"))
                .content()
                .contains("Re-ranking of near ties", "--rerank");
        assertThat(trainer.execute(
                        "evaluate",
                        "match",
                        "--data",
                        data.toString(),
                        "--models",
                        pack.toString(),
                        "--split",
                        "test",
                        "--cache",
                        cache,
                        "--json",
                        json.toString()))
                .isZero();
        assertThat(new ObjectMapper()
                        .readTree(json.toFile())
                        .at("/directions/text->image/r_at_10")
                        .asDouble())
                .isGreaterThan(0.6);
        assertThat(trainer.execute(
                        "train",
                        "match",
                        "--rerank",
                        "--text-encoder",
                        "text-bge-small-en",
                        "--data",
                        data.toString(),
                        "--out",
                        pack.toString(),
                        "--cache",
                        cache))
                .as("an encoder without tokens")
                .isEqualTo(2);
    }

    @Test
    void trainsTwoFusionsOfMosiAndEvaluatesThemAndNotTheBundledOnes() throws Exception {
        Path data = Files.createDirectories(folder.resolve("mosi"));
        Random random = new Random(2);
        StringBuilder table = new StringBuilder(
                "id\tvideo\tutterance\ttranscript\tlabel\ttext_features\taudio_features\tvisual_features\n");
        for (int i = 0; i < 240; i++) {
            boolean positive = i % 2 == 0;
            table.append(i)
                    .append("\tclip")
                    .append(i / 6)
                    .append('\t')
                    .append(i % 6)
                    .append('\t')
                    .append(positive ? "I loved scene " : "I hated scene ")
                    .append(i)
                    .append(positive ? "\tpositive\t0\t" : "\tnegative\t0\t")
                    .append(numbers(random, 73))
                    .append('\t')
                    .append(numbers(random, 100))
                    .append('\n');
        }
        Files.writeString(data.resolve("utterances.tsv"), table);
        Path pack = folder.resolve("my-mosi");
        Path json = folder.resolve("mosi.json");
        String cache = folder.resolve("cache").toString();
        CommandLine trainer = TrainerCommand.commandLine();
        assertThat(trainer.execute(
                        "train",
                        "mosi",
                        "--data",
                        data.toString(),
                        "--fusion",
                        "tensor,late-sum",
                        "--whole",
                        "--context",
                        "3",
                        "--out",
                        pack.toString(),
                        "--cache",
                        cache))
                .isZero();
        assertThat(trainer.execute(
                        "evaluate",
                        "mosi",
                        "--data",
                        data.toString(),
                        "--models",
                        pack.toString(),
                        "--cache",
                        cache,
                        "--json",
                        json.toString()))
                .isZero();
        JsonNode report = new ObjectMapper().readTree(json.toFile());
        assertThat(report.get("fusions").fieldNames())
                .toIterable()
                .as("the pack's own")
                .containsExactlyInAnyOrder("late-sum", "tensor");
        assertThat(report.at("/models/head/version").asText()).startsWith("1.0.0-");
        assertThat(report.get("subsets").fieldNames())
                .toIterable()
                .containsExactlyInAnyOrder(
                        "audio", "text", "visual", "audio+text", "audio+visual", "text+visual", "audio+text+visual");
        assertThat(report.at("/metrics/acc2").asDouble()).isGreaterThan(0.9);
        assertThat(report.at("/missing/tensor/0.0/acc2").asDouble())
                .isEqualTo(report.at("/fusions/tensor/acc2").asDouble());
        assertThat(report.at("/missing/tensor/0.9/acc2").asDouble())
                .isLessThan(report.at("/missing/tensor/0.0/acc2").asDouble());
        assertThat(pack.resolve("mosi-tensor/learning-curve.png")).exists();
        assertThat(pack.resolve("mosi-tensor/model.yaml")).content().contains("context:", "fused");
        assertThat(trainer.execute(
                        "train", "mosi", "--data", data.toString(), "--fusion", "tensr", "--out", pack.toString()))
                .isEqualTo(2);
    }

    private static String numbers(Random random, int count) {
        return random.doubles(count).mapToObj(Double::toString).collect(java.util.stream.Collectors.joining(","));
    }
}
