// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.encode;

import static ai.onnx.proto.OnnxMl.TensorProto.DataType.FLOAT;
import static ai.onnx.proto.OnnxMl.TensorProto.DataType.INT64;
import static io.sensorium.operators.encode.OwnEncoderTest.SMALL;
import static io.sensorium.operators.encode.OwnEncoderTest.TOKENIZER;
import static io.sensorium.operators.encode.OwnEncoderTest.bert;
import static io.sensorium.operators.encode.OwnEncoderTest.bertWithPooler;
import static io.sensorium.operators.encode.OwnEncoderTest.encode;
import static io.sensorium.operators.encode.OwnEncoderTest.meanColour;
import static io.sensorium.operators.encode.OwnEncoderTest.open;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sensorium.operators.pack.PackException;
import io.sensorium.operators.pack.PackedModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is wrong with the manifest of an encoder that the project did not make, all of it at once. */
class EncoderProblemsTest {

    @TempDir
    Path folder;

    private static List<String> warnings(PackedModel model) {
        try (Encoder encoder = open(model)) {
            return encoder.warnings();
        }
    }

    private static List<String> problems(PackedModel model) {
        return catchThrowableOfType(PackException.class, () -> open(model)).problems();
    }

    @Test
    void aWrongSideDimensionOrLayoutNamesTheRightOne() throws Exception {
        PackedModel side = meanColour(folder, FLOAT, -1).write("side", "image-encoder", "", SMALL.replace("16", "32"));
        assertThatThrownBy(() -> open(side))
                .isInstanceOf(PackException.class)
                .hasMessageContaining("preprocessing: {side: 16}");
        PackedModel none =
                meanColour(folder, FLOAT, -1).write("side", "image-encoder", "", SMALL.replace("side: 16, ", ""));
        open(none).close();
        PackedModel layout = meanColour(folder, FLOAT, -1)
                .write("layout", "image-encoder", "", SMALL.replace(", channels_first: 1", ""));
        assertThatThrownBy(() -> open(layout)).isInstanceOf(PackException.class).hasMessageContaining("channels_first");
        PackedModel dimension = meanColour(folder, FLOAT, -1)
                .write("dimension", "image-encoder", "", SMALL.replace("dimension: 3", "dimension: 4"));
        assertThatThrownBy(() -> open(dimension))
                .isInstanceOf(PackException.class)
                .hasMessageContaining("dimension is 4")
                .hasMessageContaining("[-1, 3]");
    }

    @Test
    void allThatIsWrongWithAnEncoderIsNamedAtOnce() throws Exception {
        PackedModel both = meanColour(folder, FLOAT, -1)
                .write("both", "image-encoder", "", SMALL.replace("16", "32").replace("dimension: 3", "dimension: 4"));
        assertThat(problems(both))
                .satisfiesExactly(
                        first -> assertThat(first).contains("preprocessing: {side: 16}"),
                        second -> assertThat(second).contains("dimension is 4", "[-1, 3]"));
        Files.writeString(folder.resolve("both/model.onnx"), "no graph");
        assertThat(problems(both))
                .hasSize(3)
                .anySatisfy(problem -> assertThat(problem).contains("model.onnx has SHA-256"));
        PackedModel text = bert(folder, INT64)
                .input("more", INT64, -1, -1)
                .node("Cast", List.of("more"), "more_floats", Map.of("to", FLOAT.getNumber()))
                .output("more_floats", FLOAT, -1, -1)
                .write("text", "text-encoder", "", "dimension: 5\noutput: last_hidden_state\n" + TOKENIZER);
        assertThat(problems(text))
                .hasSize(2)
                .anySatisfy(problem -> assertThat(problem).contains("nothing feeds the input more"))
                .anySatisfy(problem -> assertThat(problem).contains("dimension is 5"));
    }

    @Test
    void poolingOfAnOutputThatTheGraphPooledIsAWarning() throws Exception {
        Content text = new Content.Text("some words");
        PackedModel mean = bertWithPooler(folder)
                .write("bert", "text-encoder", "", "dimension: 2\npreprocessing: {mean_pooling: 1}\n" + TOKENIZER);
        assertThat(warnings(mean)).isEmpty();
        PackedModel pooler = bertWithPooler(folder)
                .write("bert", "text-encoder", "", "dimension: 2\noutput: pooler_output\n" + TOKENIZER);
        assertThat(warnings(pooler)).isEmpty();
        PackedModel pooledTwice = bertWithPooler(folder)
                .write(
                        "bert",
                        "text-encoder",
                        "",
                        "dimension: 2\noutput: pooler_output\npreprocessing: {mean_pooling: 1}\n" + TOKENIZER);
        assertThat(encode(pooledTwice, text)).as("mean_pooling has no effect").containsExactly(encode(pooler, text));
        assertThat(warnings(pooledTwice))
                .singleElement()
                .asString()
                .contains("preprocessing.mean_pooling", "pooler_output", "[-1, 2]", "output: last_hidden_state");
    }
}
