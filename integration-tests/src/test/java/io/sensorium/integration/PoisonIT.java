// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static io.sensorium.integration.CommandProcess.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl;
import com.google.protobuf.ByteString;
import io.sensorium.results.DeadLetter;
import io.sensorium.results.FusionResult;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A user's own encoder divides whole numbers, and ONNX Runtime does not catch the overflow of such a division: a purely
 * white picture ends the process with SIGFPE, at each start anew. {@code run} is started again as a supervisor would.
 */
class PoisonIT {

    private static final long T = 1_700_000_000_000L;
    private static final int SUBJECTS = 12;
    private static final int POISON = 5;
    private static final int MAX_STARTS = 12;

    @TempDir
    Path folder;

    private static OnnxMl.NodeProto.Builder node(String op, List<String> inputs, String output) {
        return OnnxMl.NodeProto.newBuilder().setOpType(op).addAllInput(inputs).addOutput(output);
    }

    private static OnnxMl.AttributeProto to(OnnxMl.TensorProto.DataType type) {
        return OnnxMl.AttributeProto.newBuilder()
                .setName("to")
                .setType(OnnxMl.AttributeProto.AttributeType.INT)
                .setI(type.getNumber())
                .build();
    }

    private static OnnxMl.ValueInfoProto value(String name, long... row) {
        OnnxMl.TensorShapeProto.Builder shape = OnnxMl.TensorShapeProto.newBuilder()
                .addDim(OnnxMl.TensorShapeProto.Dimension.newBuilder().setDimParam("batch"));
        for (long dimension : row) {
            shape.addDim(OnnxMl.TensorShapeProto.Dimension.newBuilder().setDimValue(dimension));
        }
        return OnnxMl.ValueInfoProto.newBuilder()
                .setName(name)
                .setType(OnnxMl.TypeProto.newBuilder()
                        .setTensorType(OnnxMl.TypeProto.Tensor.newBuilder()
                                .setElemType(OnnxMl.TensorProto.DataType.FLOAT.getNumber())
                                .setShape(shape)))
                .build();
    }

    private static OnnxMl.TensorProto number(String name, float value) {
        return OnnxMl.TensorProto.newBuilder()
                .setName(name)
                .setDataType(OnnxMl.TensorProto.DataType.FLOAT.getNumber())
                .addDims(1)
                .setRawData(ByteString.copyFrom(ByteBuffer.allocate(4)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putFloat(value)
                        .array()))
                .build();
    }

    private static OnnxMl.TensorProto number(String name, long value) {
        return OnnxMl.TensorProto.newBuilder()
                .setName(name)
                .setDataType(OnnxMl.TensorProto.DataType.INT64.getNumber())
                .addDims(1)
                .setRawData(ByteString.copyFrom(ByteBuffer.allocate(8)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(value)
                        .array()))
                .build();
    }

    private static OnnxMl.GraphProto.Builder graph(
            String name, OnnxMl.ValueInfoProto input, OnnxMl.ValueInfoProto output) {
        return OnnxMl.GraphProto.newBuilder().setName(name).addInput(input).addOutput(output);
    }

    /**
     * The mean of each colour, from -1 to 1, and besides the smallest long divided by its distance from white in
     * thousandths less 1: for white by -1, which no long can hold.
     */
    private void writePack() throws Exception {
        OnnxMl.AttributeProto axes = OnnxMl.AttributeProto.newBuilder()
                .setName("axes")
                .setType(OnnxMl.AttributeProto.AttributeType.INTS)
                .addInts(2)
                .addInts(3)
                .build();
        OnnxMl.AttributeProto keep = OnnxMl.AttributeProto.newBuilder()
                .setName("keepdims")
                .setType(OnnxMl.AttributeProto.AttributeType.INT)
                .setI(0)
                .build();
        OnnxMl.GraphProto.Builder encoder =
                graph("divider", value("pixel_values", 3, 16, 16), value("image_embeds", 3));
        encoder.addNode(node("ReduceMean", List.of("pixel_values"), "mean")
                .addAttribute(axes)
                .addAttribute(keep));
        encoder.addNode(node("Sub", List.of("one", "mean"), "distance"));
        encoder.addNode(node("Mul", List.of("distance", "thousand"), "thousandths"));
        encoder.addNode(node("Sub", List.of("thousandths", "one"), "shifted"));
        encoder.addNode(
                node("Cast", List.of("shifted"), "divisor").addAttribute(to(OnnxMl.TensorProto.DataType.INT64)));
        encoder.addNode(node("Div", List.of("whole", "divisor"), "quotient"));
        encoder.addNode(node("Cast", List.of("quotient"), "share").addAttribute(to(OnnxMl.TensorProto.DataType.FLOAT)));
        encoder.addNode(node("Add", List.of("mean", "share"), "image_embeds"));
        encoder.addInitializer(number("one", 1f))
                .addInitializer(number("thousand", 1000f))
                .addInitializer(number("whole", Long.MIN_VALUE));
        OnnxMl.GraphProto.Builder fusion = graph("doubler", value("colour", 3), value("doubled", 3));
        fusion.addNode(node("Add", List.of("colour", "colour"), "doubled"));
        Path pack = Files.createDirectories(folder.resolve("pack"));
        Files.writeString(pack.resolve("pack.yaml"), "name: mine\nversion: 1.0.0\nmodels: [divider, doubler]\n");
        OwnModel.write(
                pack,
                "divider",
                "image-encoder",
                encoder,
                """
                dimension: 3
                batch_invariant: true
                preprocessing: {side: 16, channels_first: 1, mean_red: 0.5, mean_green: 0.5, mean_blue: 0.5, \
                deviation_red: 0.5, deviation_green: 0.5, deviation_blue: 0.5}
                """,
                "inputs: {pixel_values: [-1, 3, 16, 16]}\n    outputs: {image_embeds: [-1, 3]}");
        OwnModel.write(
                pack,
                "doubler",
                "fusion-head",
                fusion,
                "batch_invariant: true\n",
                "inputs: {colour: [-1, 3]}\n    outputs: {doubled: [-1, 3]}");
    }

    private static byte[] png(Color colour) throws Exception {
        BufferedImage picture = new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = picture.createGraphics();
        graphics.setColor(colour);
        graphics.fillRect(0, 0, 32, 32);
        graphics.dispose();
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(picture, "png", png);
        return png.toByteArray();
    }

    private static TreeSet<String> subjects(TestTopics topics) throws Exception {
        TreeSet<String> subjects = new TreeSet<>();
        for (FusionResult result : topics.read("results.mine", new FusionResult())) {
            assertThat(subjects.add(result.getSubjectId()))
                    .as("one result of " + result.getSubjectId())
                    .isTrue();
        }
        return subjects;
    }

    @Test
    void aRecordThatKillsTheProcessEachTimeBecomesOneDeadLetterAndAllOthersHaveTheirResultOnce() throws Exception {
        writePack();
        try (TestTopics topics = new TestTopics(SharedStack.get(), 1)) {
            Path file = folder.resolve("pipeline.yaml");
            Files.writeString(
                    file,
                    topics.yaml(
                                    "strategy: tumbling, size: 10s, min_modalities: 1",
                                    "parallelism: 2, checkpoint_interval: 500ms, state_dir: " + folder.resolve("state"))
                            .replaceAll("(?m)^ *(audio|match|sentiment|text):.*\\n", "")
                            .replace("image-inception-mixed5", "divider")
                            .replace(
                                    "operators:",
                                    "packs: [\"" + folder.resolve("pack")
                                            + "\"]\noperators:\n  mine: {type: onnx, model: doubler, inputs: {colour: "
                                            + "image}, outputs: {twice: doubled}, output: "
                                            + topics.prefix + "results.mine}"));
            Set<String> expected = new TreeSet<>();
            for (int s = 0; s < SUBJECTS; s++) {
                topics.send(
                        "image",
                        topics.event(
                                "image",
                                "s" + s,
                                "e" + s,
                                T + s * 10L,
                                png(s == POISON ? Color.WHITE : new Color(10 * s, 40, 90))));
                if (s != POISON) {
                    expected.add("s" + s);
                }
            }
            topics.flush();
            List<Integer> exits = new ArrayList<>();
            Process run = start(file);
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            // The last event closes the window of those before.
            boolean closed = false;
            while (!subjects(topics).containsAll(expected)) {
                assertThat(System.nanoTime())
                        .as("exits %s, log:%n%s", exits, log())
                        .isLessThan(deadline);
                if (run.waitFor(500, TimeUnit.MILLISECONDS)) {
                    exits.add(run.exitValue());
                    assertThat(exits).as(log()).hasSizeLessThan(MAX_STARTS);
                    assertThat(log().split("SIGFPE \\(", -1))
                            .as("deaths in native code: %s", log())
                            .hasSize(1 + exits.size());
                    run = start(file);
                } else if (!closed
                        && !topics.read("media.dead-letters", new DeadLetter()).isEmpty()) {
                    topics.send(
                            "image",
                            topics.event("image", "closer", "closer", T + 1_000_000, png(new Color(20, 60, 120))));
                    topics.flush();
                    closed = true;
                }
            }
            run.destroy();
            assertThat(run.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
            assertThat(run.exitValue()).as(log()).isZero();
            assertThat(exits).as("three deaths, and two of the record alone").hasSize(5);
            assertThat(subjects(topics)).isEqualTo(expected);
            assertThat(topics.read("media.dead-letters", new DeadLetter()))
                    .singleElement()
                    .satisfies(letter -> {
                        assertThat(letter.getCode()).isEqualTo("POISON");
                        assertThat(letter.getFault()).isEqualTo("PLATFORM");
                        assertThat(letter.getTopic()).isEqualTo(topics.topic("image"));
                        assertThat(letter.getOffset()).isEqualTo(POISON);
                        assertThat(letter.getValue().remaining())
                                .as("with its bytes")
                                .isPositive();
                    });
        }
    }

    private Process start(Path file) throws Exception {
        // No core dumps and no error files of each death.
        return CommandProcess.start(
                folder,
                List.of(
                        "-Xmx1g",
                        CommandProcess.SHORT_LIVED,
                        "-XX:-CreateCoredumpOnCrash",
                        "-XX:ErrorFile=" + folder.resolve("hs_err.log")),
                "run",
                "-c",
                file.toString());
    }

    private String log() throws Exception {
        return Files.readString(folder.resolve("err.log")) + Files.readString(folder.resolve("out.log"));
    }
}
