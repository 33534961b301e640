// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.encode;

import static ai.onnx.proto.OnnxMl.TensorProto.DataType.DOUBLE;
import static ai.onnx.proto.OnnxMl.TensorProto.DataType.FLOAT;
import static ai.onnx.proto.OnnxMl.TensorProto.DataType.FLOAT16;
import static ai.onnx.proto.OnnxMl.TensorProto.DataType.INT32;
import static ai.onnx.proto.OnnxMl.TensorProto.DataType.INT64;
import static ai.onnx.proto.OnnxMl.TensorProto.DataType.UINT8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import io.sensorium.operators.encode.Outcome.Encoded;
import io.sensorium.operators.media.MediaLimits;
import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.pack.ModelCatalog;
import io.sensorium.operators.pack.PackException;
import io.sensorium.operators.pack.PackedModel;
import io.sensorium.operators.pack.TestPack;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Encoders that the project did not make: several outputs, other element types, weights in files of their own, fixed
 * batches.
 */
class OwnEncoderTest {

    private static final Path PACKS = Path.of("src/test/resources/packs");
    static final String TOKENIZER = "files: {tokenizer: {file: \"classpath:/bge-small-en-v1.5-q-tokenizer.json\", "
            + "sha256: ffb28886478b9b17a8c06f4fe6741b970d5dd3de13330ccc3b9f686df8a0545a}}\n";

    @TempDir
    Path folder;

    static Encoder open(PackedModel model) {
        return Encoder.open(model, MediaLimits.DEFAULT, new Device.Cpu(), 1);
    }

    static float[] encode(PackedModel model, Content content) {
        try (Encoder encoder = open(model)) {
            encoder.warmUp(true);
            List<Outcome> outcomes = encoder.encode(List.of(content, content, content));
            assertThat(outcomes).allSatisfy(outcome -> assertThat(outcome).isInstanceOf(Encoded.class));
            float[] first = ((Encoded) outcomes.get(0)).vector();
            assertThat(((Encoded) outcomes.get(2)).vector()).containsExactly(first);
            assertThat(first).hasSize(model.manifest().dimension());
            return first;
        }
    }

    /** 64 by 64 of one colour. */
    private static Content picture(Color colour) throws Exception {
        BufferedImage image = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setColor(colour);
        graphics.fillRect(0, 0, 64, 64);
        graphics.dispose();
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(image, "png", png);
        return new Content.Media(png.toByteArray());
    }

    private static PackedModel given(String name) {
        return ModelCatalog.load(List.of(PACKS.resolve(name))).find(name).orElseThrow();
    }

    private PackedModel copied(String name, String from, String to) throws Exception {
        Path model = Files.createDirectories(folder.resolve(name));
        try (var files = Files.list(PACKS.resolve(name).resolve(name))) {
            for (Path file : files.toList()) {
                Files.copy(file, model.resolve(file.getFileName()));
            }
        }
        Files.copy(PACKS.resolve(name).resolve("pack.yaml"), folder.resolve("pack.yaml"));
        Path manifest = model.resolve("model.yaml");
        Files.writeString(manifest, Files.readString(manifest).replace(from, to));
        return ModelCatalog.load(List.of(folder)).find(name).orElseThrow();
    }

    /** Averages over the pixels: the mean colour. */
    static TestPack meanColour(Path folder, DataType type, long batch) {
        TestPack pack = new TestPack(folder).input("pixels", type, batch, 3, 16, 16);
        if (type == FLOAT) {
            return pack.node(
                            "ReduceMean",
                            List.of("pixels"),
                            "embedding",
                            Map.of("axes", new long[] {2, 3}, "keepdims", 0))
                    .output("embedding", FLOAT, batch, 3);
        }
        pack.node("Cast", List.of("pixels"), "floats", Map.of("to", FLOAT.getNumber()));
        pack.node("ReduceMean", List.of("floats"), "mean", Map.of("axes", new long[] {2, 3}, "keepdims", 0));
        DataType out = type == UINT8 ? FLOAT : type;
        return pack.node("Cast", List.of("mean"), "embedding", Map.of("to", out.getNumber()))
                .output("embedding", out, batch, 3);
    }

    static final String SMALL = "dimension: 3\npreprocessing: {side: 16, channels_first: 1}\n";

    @Test
    void ofTwoOutputsTheOnlyOneOfTheDimensionIsTheEmbedding() throws Exception {
        float[] red = encode(given("img-two"), picture(Color.RED));
        assertThat(red).containsExactly(new float[] {1, 0, 0}, within(1e-3f));
    }

    @Test
    void anOutputThatTheManifestNamesIsTakenAndChangesTheIdentity() throws Exception {
        TestPack pack = new TestPack(folder).input("pixels", FLOAT, -1, 3, 16, 16);
        pack.node("ReduceMean", List.of("pixels"), "mean", Map.of("axes", new long[] {2, 3}, "keepdims", 0))
                .output("mean", FLOAT, -1, 3);
        pack.node("ReduceMax", List.of("pixels"), "negated", Map.of("axes", new long[] {2, 3}, "keepdims", 0));
        pack.node("Neg", List.of("negated"), "darkest", Map.of()).output("darkest", FLOAT, -1, 3);
        PackedModel mean = pack.write("two", "image-encoder", "", SMALL + "output: mean\n");
        assertThat(encode(mean, picture(Color.RED))).containsExactly(new float[] {1, 0, 0}, within(1e-3f));
        PackedModel darkest = pack.write("two", "image-encoder", "", SMALL + "output: darkest\n");
        assertThat(encode(darkest, picture(Color.RED))).containsExactly(new float[] {-1, 0, 0}, within(1e-3f));
        assertThat(darkest.sha256()).isNotEqualTo(mean.sha256());
        PackedModel neither = pack.write("two", "image-encoder", "", SMALL);
        assertThatThrownBy(() -> open(neither))
                .isInstanceOf(PackException.class)
                .hasMessageContaining("more than one")
                .hasMessageContaining("output: darkest");
        assertThatThrownBy(() -> pack.write("two", "image-encoder", "", SMALL + "output: meen\n"))
                .hasMessageContaining("did you mean \"mean\"?");
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT", "DOUBLE", "FLOAT16", "UINT8"})
    void picturesAreGivenInTheElementTypeThatTheGraphDeclares(DataType type) throws Exception {
        float[] vector = encode(
                meanColour(folder, type, -1).write("typed", "image-encoder", "", SMALL),
                picture(new Color(255, 51, 0)));
        float whole = type == UINT8 ? 255 : 1;
        assertThat(vector).containsExactly(new float[] {whole, whole / 5, 0}, within(whole * 2e-3f));
    }

    @Test
    void aGraphWithAFixedBatchOfOneRunsRowByRow() throws Exception {
        PackedModel model = meanColour(folder, FLOAT, 1).write("fixed", "image-encoder", "", SMALL + "max_batch: 16\n");
        assertThat(model.manifest().maxBatch()).isEqualTo(1);
        assertThat(encode(model, picture(Color.GREEN))).containsExactly(new float[] {0, 1, 0}, within(1e-3f));
        assertThatThrownBy(() -> meanColour(folder, FLOAT, 8).write("eight", "image-encoder", "", SMALL))
                .hasMessageContaining("fixed batch of 8");
    }

    @Test
    void hiddenStatesOfAnImageArePooledToTheFirstTokenOrTheMean() throws Exception {
        TestPack pack = new TestPack(folder).input("pixels", FLOAT, -1, 3, 16, 16);
        // Tokens are the columns' sums of each colour: the first column of the first row, and so on.
        pack.node("Transpose", List.of("pixels"), "turned", Map.of("perm", new long[] {0, 2, 3, 1}))
                .longs("shape", 0, 256, 3);
        pack.node("Reshape", List.of("turned", "shape"), "last_hidden_state", Map.of())
                .output("last_hidden_state", FLOAT, -1, 256, 3);
        BufferedImage image = new BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB);
        image.setRGB(0, 0, 0xff0000);
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(image, "png", png);
        Content picture = new Content.Media(png.toByteArray());
        assertThat(encode(pack.write("states", "image-encoder", "", SMALL), picture))
                .containsExactly(new float[] {1, 0, 0}, within(1e-3f));
        assertThat(encode(
                        pack.write(
                                "states", "image-encoder", "", SMALL.replace("side: 16", "side: 16, mean_pooling: 1")),
                        picture))
                .containsExactly(new float[] {1f / 256, 0, 0}, within(1e-4f));
    }

    @Test
    void weightsInAFileThatTheManifestDoesNotListAreRefusedWithItsHash() throws Exception {
        assertThatThrownBy(() -> open(given("img-ext2")))
                .isInstanceOf(PackException.class)
                .hasMessageContaining("model.onnx_data")
                .hasMessageContaining("data: {model.onnx_data: "
                        + PackedModel.sha256(Files.readAllBytes(PACKS.resolve("img-ext2/img-ext2/model.onnx_data"))));
    }

    @Test
    void listedWeightsAreReadBesideTheGraphAndNeverFromTheWorkingDirectory() throws Exception {
        byte[] weights = Files.readAllBytes(PACKS.resolve("img-ext2/img-ext2/model.onnx_data"));
        Path decoy = Path.of("model.onnx_data").toAbsolutePath();
        Files.write(decoy, new byte[weights.length]);
        try {
            PackedModel listed = copied(
                    "img-ext2",
                    "    inputs: {pixel",
                    "    data: {model.onnx_data: " + PackedModel.sha256(weights) + "}\n    inputs: {pixel");
            assertThat(listed.sha256()).isNotEqualTo(given("img-ext2").sha256());
            ByteBuffer first = ByteBuffer.wrap(weights).order(ByteOrder.LITTLE_ENDIAN);
            double[] expected = new double[3];
            for (int row = 0; row < 768; row++) {
                for (int column = 0; column < 3; column++) {
                    // Channels are first, so the first third of the rows is red.
                    expected[column] += row < 256 ? first.getFloat((row * 3 + column) * Float.BYTES) : 0;
                }
            }
            float[] vector = encode(listed, picture(Color.RED));
            for (int column = 0; column < 3; column++) {
                assertThat((double) vector[column])
                        .isCloseTo(expected[column], within(1e-2 + Math.abs(expected[column]) * 1e-4));
            }
            Files.write(folder.resolve("img-ext2/model.onnx_data"), new byte[weights.length]);
            assertThatThrownBy(() -> open(listed))
                    .isInstanceOf(PackException.class)
                    .hasMessageContaining("model.onnx_data has SHA-256");
            Files.delete(folder.resolve("img-ext2/model.onnx_data"));
            assertThatThrownBy(() -> open(listed))
                    .isInstanceOf(PackException.class)
                    .hasMessageContaining("cannot be read beside the graph");
        } finally {
            Files.delete(decoy);
        }
    }

    @ParameterizedTest
    @org.junit.jupiter.params.provider.ValueSource(
            strings = {"../weights.bin", "/etc/hostname", "sub/../../weights.bin", "a\u0000b"})
    void weightsOutsideTheGraphsFolderAreRefused(String location) throws Exception {
        Files.write(folder.resolve("weights.bin"), new byte[12]);
        PackedModel model = new TestPack(folder)
                .input("pixels", FLOAT, -1, 3, 16, 16)
                .external("unused", location, 12, 3)
                .node("ReduceMean", List.of("pixels"), "embedding", Map.of("axes", new long[] {2, 3}, "keepdims", 0))
                .output("embedding", FLOAT, -1, 3)
                .write("outside", "image-encoder", "", SMALL);
        assertThatThrownBy(() -> open(model))
                .isInstanceOf(PackException.class)
                .hasMessageContaining("expected a file in the graph's own folder");
    }

    /** Each token's hidden state is its id and its mask; so is the pooler's, negated. */
    static TestPack bert(Path folder, DataType ids) {
        TestPack pack = new TestPack(folder).input("input_ids", ids, -1, -1).input("attention_mask", ids, -1, -1);
        pack.node("Cast", List.of("input_ids"), "i", Map.of("to", FLOAT.getNumber()))
                .node("Cast", List.of("attention_mask"), "m", Map.of("to", FLOAT.getNumber()))
                .longs("last", 2);
        pack.node("Unsqueeze", List.of("i", "last"), "iu", Map.of())
                .node("Unsqueeze", List.of("m", "last"), "mu", Map.of());
        return pack.node("Concat", List.of("iu", "mu"), "last_hidden_state", Map.of("axis", 2))
                .output("last_hidden_state", FLOAT, -1, -1, 2);
    }

    static TestPack bertWithPooler(Path folder) {
        TestPack pack = bert(folder, INT64);
        pack.node("Neg", List.of("last_hidden_state"), "negated", Map.of());
        return pack.node(
                        "ReduceMean",
                        List.of("negated"),
                        "pooler_output",
                        Map.of("axes", new long[] {1}, "keepdims", 0))
                .output("pooler_output", FLOAT, -1, 2);
    }

    @Test
    void aBertExportWithAPoolerIsPooledAsTheManifestSays() throws Exception {
        Content text = new Content.Text("some words");
        PackedModel mean = bertWithPooler(folder)
                .write("bert", "text-encoder", "", "dimension: 2\npreprocessing: {mean_pooling: 1}\n" + TOKENIZER);
        assertThat(encode(mean, text)[0])
                .as("the mean of the hidden states, not the pooler")
                .isPositive();
        PackedModel pooler = bertWithPooler(folder)
                .write("bert", "text-encoder", "", "dimension: 2\noutput: pooler_output\n" + TOKENIZER);
        assertThat(encode(pooler, text)[0]).isNegative();
        PackedModel unclear = bertWithPooler(folder).write("bert", "text-encoder", "", "dimension: 2\n" + TOKENIZER);
        assertThatThrownBy(() -> open(unclear))
                .isInstanceOf(PackException.class)
                .hasMessageContaining("output:")
                .hasMessageContaining("pooler_output")
                .hasMessageContaining("last_hidden_state");
    }

    @Test
    void tokenIdsMayBeInt32() throws Exception {
        Content text = new Content.Text("some words");
        String keys = "dimension: 2\npreprocessing: {max_tokens: 77, mean_pooling: 1}\n" + TOKENIZER;
        float[] longs = encode(bert(folder, INT64).write("ids", "text-encoder", "", keys), text);
        assertThat(encode(bert(folder, INT32).write("ids", "text-encoder", "", keys), text))
                .containsExactly(longs);
        Files.delete(folder.resolve("pack.yaml"));
        assertThat(encode(
                        copied(
                                "txt-int32",
                                "file: tokenizer.json",
                                "file: \"classpath:/bge-small-en-v1.5-q-tokenizer.json\""),
                        text))
                .containsExactly(longs, within(1e-6f));
    }

    @Test
    void oneClipGraphIsBothEncodersWithTheOtherHalfsInputsConstant() throws Exception {
        String more = "dimension: 3\n";
        TestPack pack = new TestPack(folder)
                .input("pixel_values", FLOAT, -1, 3, 16, 16)
                .input("input_ids", INT64, -1, -1)
                .input("attention_mask", INT64, -1, -1);
        pack.node(
                        "ReduceMean",
                        List.of("pixel_values"),
                        "image_embeds",
                        Map.of("axes", new long[] {2, 3}, "keepdims", 0))
                .output("image_embeds", FLOAT, -1, 3);
        pack.node("Cast", List.of("input_ids"), "i", Map.of("to", FLOAT.getNumber()))
                .node("Cast", List.of("attention_mask"), "m", Map.of("to", FLOAT.getNumber()));
        pack.node("ReduceMean", List.of("i"), "im", Map.of("axes", new long[] {1}, "keepdims", 1))
                .node("ReduceMean", List.of("m"), "mm", Map.of("axes", new long[] {1}, "keepdims", 1));
        pack.node("Concat", List.of("im", "mm", "mm"), "text_embeds", Map.of("axis", 1))
                .output("text_embeds", FLOAT, -1, 3);
        pack.node("Transpose", List.of("text_embeds"), "turned", Map.of("perm", new long[] {1, 0}))
                .node("MatMul", List.of("image_embeds", "turned"), "logits_per_image", Map.of())
                .hiddenOutput("logits_per_image", FLOAT, -1, -1);
        PackedModel image = pack.write(
                "clip",
                "image-encoder",
                "    constants: {input_ids: 1, attention_mask: 1}\n",
                SMALL + "output: image_embeds\n");
        assertThat(encode(image, picture(Color.BLUE))).containsExactly(new float[] {0, 0, 1}, within(1e-3f));
        PackedModel text = pack.write(
                "clip",
                "text-encoder",
                "    constants: {pixel_values: 0}\n",
                more + "output: text_embeds\n" + TOKENIZER);
        assertThat(encode(text, new Content.Text("a dog"))[0]).isGreaterThan(0.9f);
        PackedModel unfed = pack.write("clip", "text-encoder", "", more + "output: text_embeds\n" + TOKENIZER);
        assertThatThrownBy(() -> open(unfed))
                .isInstanceOf(PackException.class)
                .hasMessageContaining("nothing feeds the input pixel_values")
                .hasMessageContaining("constants");
    }

    @Test
    void textsArePaddedToAFixedNumberOfTokens() throws Exception {
        TestPack pack = new TestPack(folder).input("input_ids", INT64, -1, 12).input("attention_mask", INT64, -1, 12);
        pack.node("Cast", List.of("attention_mask"), "m", Map.of("to", FLOAT.getNumber()))
                .node("ReduceSum", List.of("m", "axis"), "filled", Map.of("keepdims", 1))
                .longs("axis", 1);
        pack.node("Sub", List.of("filled", "filled"), "zero", Map.of()).node("Cos", List.of("zero"), "one", Map.of());
        pack.node("Concat", List.of("filled", "one"), "embedding", Map.of("axis", 1))
                .output("embedding", FLOAT, -1, 2);
        PackedModel model = pack.write("fixed", "text-encoder", "", "dimension: 2\n" + TOKENIZER);
        float[] four = encode(model, new Content.Text("two words"));
        assertThat(four[0] / four[1]).isCloseTo(4, within(1e-3f));
        float[] all = encode(model, new Content.Text("word ".repeat(40)));
        assertThat(all[0] / all[1]).isCloseTo(12, within(1e-3f));
    }

    @Test
    void outputsOfOtherTypesBecomeFloats() throws Exception {
        for (DataType type : List.of(DOUBLE, FLOAT16)) {
            TestPack pack = bert(folder, INT64);
            pack.node("Cast", List.of("last_hidden_state"), "typed", Map.of("to", type.getNumber()))
                    .output("typed", type, -1, -1, 2);
            PackedModel typed = pack.write(
                    "typed",
                    "text-encoder",
                    "",
                    "dimension: 2\noutput: typed\npreprocessing: {mean_pooling: 1}\n" + TOKENIZER);
            assertThat(encode(typed, new Content.Text("some words"))[0]).isGreaterThan(0.9f);
        }
    }
}
