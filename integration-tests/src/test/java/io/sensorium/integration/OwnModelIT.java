// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import ai.onnx.proto.OnnxMl;
import com.google.protobuf.ByteString;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.job.models.PipelineModels;
import io.sensorium.pipeline.ConfigurationException;
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
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A user's own encoder and his own two-input model, neither trained here, by manifest and YAML alone. The encoder gives
 * a picture's mean colour, from pixels as PyTorch has them; the model the colour times two, and the sum of the text's
 * squares.
 */
class OwnModelIT {

    private static final long T = 1_700_000_000_000L;
    private static final String INPUTS =
            "inputs: {colour: image, words: text}, outputs: {twice: doubled, length: squares}";

    @TempDir
    Path pack;

    @BeforeEach
    void writePack() throws Exception {
        OnnxMl.GraphProto.Builder encoder =
                graph("mean-colour", List.of(value("pixel_values", 3, 16, 16)), List.of(value("image_embeds", 3)));
        encoder.addNode(node("ReduceMean", List.of("pixel_values"), "image_embeds")
                .addAttribute(ints("axes", 2, 3))
                .addAttribute(number("keepdims", 0)));
        OnnxMl.GraphProto.Builder fusion = graph(
                "colour-and-words",
                List.of(value("colour", 3), value("words", 384)),
                List.of(value("doubled", 3), value("squares", 1)));
        fusion.addNode(node("Add", List.of("colour", "colour"), "doubled"));
        fusion.addNode(node("Mul", List.of("words", "words"), "squared"));
        fusion.addNode(node("ReduceSum", List.of("squared", "axes"), "squares").addAttribute(number("keepdims", 1)));
        fusion.addInitializer(OnnxMl.TensorProto.newBuilder()
                .setName("axes")
                .setDataType(OnnxMl.TensorProto.DataType.INT64.getNumber())
                .addDims(1)
                .setRawData(ByteString.copyFrom(ByteBuffer.allocate(8)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(1)
                        .array())));
        Files.writeString(
                pack.resolve("pack.yaml"), "name: mine\nversion: 1.0.0\nmodels: [mean-colour, colour-and-words]\n");
        model(
                "mean-colour",
                "image-encoder",
                encoder,
                """
                dimension: 3
                batch_invariant: true
                preprocessing: {side: 16, channels_first: 1, mean_red: 0.5, mean_green: 0.5, mean_blue: 0.5, \
                deviation_red: 0.5, deviation_green: 0.5, deviation_blue: 0.5}
                """,
                "inputs: {pixel_values: [-1, 3, 16, 16]}\n    outputs: {image_embeds: [-1, 3]}");
        model(
                "colour-and-words",
                "fusion-head",
                fusion,
                "batch_invariant: true\n",
                "inputs: {colour: [-1, 3], words: [-1, 384]}\n    outputs: {doubled: [-1, 3], squares: [-1, 1]}");
    }

    private void model(String name, String kind, OnnxMl.GraphProto.Builder graph, String more, String signature)
            throws Exception {
        OwnModel.write(pack, name, kind, graph, more, signature);
    }

    private String yaml(TestTopics topics, String operator) {
        return topics.yaml(
                        "strategy: tumbling, size: 10s, min_modalities: 1", "parallelism: 1, checkpoint_interval: 1s")
                .replaceAll("(?m)^ *(audio|match|sentiment):.*\\n", "")
                .replace("image-inception-mixed5", "mean-colour")
                .replace(
                        "operators:",
                        "packs: [\"" + pack + "\"]\noperators:\n  mine: {type: onnx, model: colour-and-words, "
                                + operator + ", output: " + topics.prefix + "results.mine}");
    }

    @Test
    void bothRunInThePipeline() throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 1)) {
            BufferedImage red = new BufferedImage(40, 30, BufferedImage.TYPE_INT_RGB);
            Graphics2D graphics = red.createGraphics();
            graphics.setColor(Color.RED);
            graphics.fillRect(0, 0, 40, 30);
            graphics.dispose();
            ByteArrayOutputStream png = new ByteArrayOutputStream();
            ImageIO.write(red, "png", png);
            topics.send("image", topics.event("image", "both", "i", T, png.toByteArray()));
            topics.send("text", topics.event("text", "both", "t", T, "some words"));
            topics.send("text", topics.event("text", "text alone", "t2", T, "some words"));
            topics.flush();
            topics.runBounded(PipelineFile.parse("own.yaml", yaml(topics, INPUTS)));
            assertThat(topics.read("results.mine", new FusionResult()))
                    .singleElement()
                    .satisfies(result -> {
                        assertThat(result.getSubjectId()).isEqualTo("both");
                        assertThat(result.getModalities()).containsExactly("image", "text");
                        assertThat(result.getModel().getName()).isEqualTo("colour-and-words");
                        // Red is (1, 0, 0); normalized (1, -1, -1); an embedding has length 1.
                        List<Double> twice = result.getValues().get("twice");
                        assertThat(twice).hasSize(3);
                        assertThat(twice.get(0)).isCloseTo(2, within(1e-4));
                        assertThat(twice.get(1)).isCloseTo(-2, within(1e-4));
                        assertThat(result.getValues().get("length").get(0)).isCloseTo(1, within(1e-4));
                    });
            assertThat(topics.read("results.incomplete", new io.sensorium.results.IncompleteWindow()))
                    .singleElement()
                    .satisfies(window -> {
                        assertThat(window.getOperator()).isEqualTo("mine");
                        assertThat(window.getMissing()).containsExactly("image");
                    });
        }
    }

    @Test
    void aSignatureThatDoesNotFitIsRefusedAtTheStart() throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 1)) {
            assertThat(problems(topics, "inputs: {colour: text, words: text}"))
                    .singleElement()
                    .satisfies(problem ->
                            assertThat(problem).contains("operators.mine.inputs.colour", "[-1, 3]", "gives [-1, 384]"));
            assertThat(problems(topics, "inputs: {color: image, words: text}"))
                    .anySatisfy(problem -> assertThat(problem).contains("no such input", "colour"))
                    .anySatisfy(problem -> assertThat(problem).contains("nothing feeds the input \"colour\""));
            assertThat(problems(topics, INPUTS.replace("doubled", "tripled")))
                    .singleElement()
                    .satisfies(problem -> assertThat(problem).contains("outputs.twice", "tripled"));
            assertThat(problems(topics, "explain: false"))
                    .singleElement()
                    .satisfies(problem ->
                            assertThat(problem).contains("operators.mine.inputs", "declares no slots", ": image}"));
            assertThat(problems(topics, INPUTS + ", mask: presence"))
                    .singleElement()
                    .satisfies(problem -> assertThat(problem).contains("no input \"presence\""));
            assertThat(catchThrowableOfType(
                                    ConfigurationException.class,
                                    () -> PipelineFile.parse(
                                            "own.yaml", yaml(topics, "inputs: {colour: picture, words: text}")))
                            .problems())
                    .singleElement()
                    .satisfies(
                            problem -> assertThat(problem).contains("operators.mine.inputs.colour", "not a modality"));
        }
    }

    private List<String> problems(TestTopics topics, String operator) throws Exception {
        PipelineConfig config = PipelineFile.parse("own.yaml", yaml(topics, operator));
        List<String> problems = new ArrayList<>();
        PipelineModels.resolve(config, problems, new ArrayList<>());
        return problems;
    }

    private static OnnxMl.GraphProto.Builder graph(
            String name, List<OnnxMl.ValueInfoProto> inputs, List<OnnxMl.ValueInfoProto> outputs) {
        return OnnxMl.GraphProto.newBuilder().setName(name).addAllInput(inputs).addAllOutput(outputs);
    }

    private static OnnxMl.NodeProto.Builder node(String op, List<String> inputs, String output) {
        return OnnxMl.NodeProto.newBuilder().setOpType(op).addAllInput(inputs).addOutput(output);
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

    private static OnnxMl.AttributeProto ints(String name, long... values) {
        OnnxMl.AttributeProto.Builder attribute =
                OnnxMl.AttributeProto.newBuilder().setName(name).setType(OnnxMl.AttributeProto.AttributeType.INTS);
        for (long value : values) {
            attribute.addInts(value);
        }
        return attribute.build();
    }

    private static OnnxMl.AttributeProto number(String name, long value) {
        return OnnxMl.AttributeProto.newBuilder()
                .setName(name)
                .setType(OnnxMl.AttributeProto.AttributeType.INT)
                .setI(value)
                .build();
    }
}
