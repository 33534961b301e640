// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.job.models.PipelineModels;
import io.sensorium.operators.pack.PackedModel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Heads are tried whatever is wrong with the encoders, so that one pass has all problems. */
class ModelProbeTest {

    private static final byte[] NO_GRAPH = "no graph".getBytes(StandardCharsets.UTF_8);

    private static final String IMAGE_AND_TEXT = """
            modalities:
              image: {encoder: image-inception-mixed}
              text: {embedding: {dimension: 384, model: text-bge-small-en@1.5.0}}
            """;

    @TempDir
    Path pack;

    /** A fusion model of two inputs whose file is no ONNX graph. */
    private void writePack(String slots) throws Exception {
        Files.writeString(pack.resolve("pack.yaml"), "{name: mine, version: 1.0.0, models: [broken]}");
        Path model = Files.createDirectory(pack.resolve("broken"));
        Files.write(model.resolve("model.onnx"), NO_GRAPH);
        Files.writeString(model.resolve("model.yaml"), """
                name: broken
                version: 1.0.0
                kind: fusion-head
                licence: MIT
                source: a test
                terms: {commercial: "yes", data: []}
                graphs:
                  model:
                    file: model.onnx
                    sha256: %s
                    inputs: {colours: [-1, 1000], words: [-1, 384]}
                    outputs: {score: [-1, 1]}
                %s
                """.formatted(PackedModel.sha256(NO_GRAPH), slots));
    }

    private List<String> problems(String modalities, String operators) throws Exception {
        PipelineConfig config = PipelineFile.parse(
                "p.yaml", "packs: ['" + pack + "']\n" + modalities + "align: {min_modalities: 1}\n" + operators);
        List<String> problems = new ArrayList<>();
        PipelineModels.Found found = PipelineModels.find(config, problems, new ArrayList<>());
        ModelProbe.of(config, found, problems, new ArrayList<>()).close();
        return problems;
    }

    @Test
    void aMissingEncoderAndABrokenHeadAreNamedInOnePass() throws Exception {
        writePack("");
        assertThat(problems(IMAGE_AND_TEXT, """
                        operators:
                          mine: {type: onnx, model: broken, inputs: {colours: image, words: text}}
                          sentiment: {type: sentiment, model: sentiment-early, fusion: early}
                          match: {type: match, model: match-dual-encoder, pairs: [[image, text]]}
                        """))
                .satisfiesExactly(
                        first -> assertThat(first).startsWith("modalities.image.encoder: no model"),
                        second -> assertThat(second)
                                .startsWith("operators.mine: broken@1.0.0")
                                .contains("is not an ONNX graph"));
    }

    @Test
    void aHeadWithSlotsIsTriedWithTheEncodersItWasTrainedOn() throws Exception {
        writePack("""
                slots:
                  - {name: colours, dimension: 1000, encoders: [nowhere@1.0.0]}
                  - {name: words, dimension: 384, encoders: [text-bge-small-en@1.5.0]}
                """);
        assertThat(problems("""
                        modalities: {image: {encoder: image-inception-mixed}, text: {encoder: text-bge}}
                        """, "operators: {mine: {type: onnx, model: broken}}\n"))
                .hasSize(3)
                .last()
                .asString()
                .startsWith("operators.mine: broken@1.0.0");
    }

    /** It does not fit the encoders; whether it loads is known all the same. */
    @Test
    void aHeadThatDoesNotFitThePipelinesEncodersIsTriedToo() throws Exception {
        writePack("");
        assertThat(problems(
                        "modalities: {text: {embedding: {dimension: 8}}, image: {embedding: {dimension: 9}}}\n", """
                        operators: {mine: {type: onnx, model: broken, inputs: {colours: image, words: text}}}
                        """))
                .hasSize(3)
                .last()
                .asString()
                .contains("is not an ONNX graph");
    }
}
