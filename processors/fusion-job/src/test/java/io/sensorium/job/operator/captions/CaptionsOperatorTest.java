// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.operator.captions;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.job.models.PipelineModels;
import io.sensorium.job.operator.BoundOperator;
import io.sensorium.operators.pack.PackedModel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The encoder of the phrases is a model of the operator as the head is. */
class CaptionsOperatorTest {

    private static final String IMAGE = "image: {encoder: image-inception-mixed5}";

    @TempDir
    Path folder;

    @BeforeEach
    void writePhrases() throws Exception {
        Files.writeString(folder.resolve("phrases.txt"), "a dog\na cat\n");
    }

    private PipelineConfig config(String packs, String modalities, String model) throws Exception {
        return PipelineFile.parse("p.yaml", """
                packs: [%s]
                modalities: {%s}
                align: {min_modalities: 1}
                operators: {captions: {type: captions, from: image, phrases: '%s', model: %s}}
                """.formatted(packs, modalities, folder.resolve("phrases.txt"), model));
    }

    private BoundOperator captions(String modalities) throws Exception {
        return PipelineModels.require("p.yaml", config("", modalities, "match-dual-encoder"), new ArrayList<>())
                .operators()
                .get(0);
    }

    @Test
    void theEncoderOfThePhrasesIsAmongItsModels() throws Exception {
        assertThat(captions(IMAGE).models())
                .extracting(model -> model.manifest().name())
                .containsExactly("match-dual-encoder", "text-bge-small-en");
    }

    /** A modality of ready embeddings names an encoder that it does not run. */
    @Test
    void readyEmbeddingsEncodeNoPhrases() throws Exception {
        String text = ", text: {embedding: {dimension: 384, model: text-bge-small-en@1.5.0}}";
        assertThat(captions(IMAGE + text).furtherModels())
                .singleElement()
                .satisfies(
                        model -> assertThat(model.manifest().kind().isEncoder()).isTrue());
    }

    private String bundleWithPhraseEncoder(String weights) throws Exception {
        Path pack = Files.createDirectories(folder.resolve(weights));
        Files.writeString(pack.resolve("pack.yaml"), "{name: mine, version: 1.0.0, models: [head, text]}");
        String terms = "licence: MIT\nsource: a test\nterms: {commercial: \"yes\", data: []}\n";
        Files.writeString(Files.createDirectory(pack.resolve("head")).resolve("model.yaml"), """
                name: my-match
                version: 1.0.0
                kind: match-head
                %sdimension: 8
                graphs:
                  model:
                    file: model.onnx
                    sha256: %s
                    inputs: {image: [-1, 768], text: [-1, 4], mask: [-1, 2]}
                    outputs: {image_projection: [-1, 8], text_projection: [-1, 8]}
                slots:
                  - {name: image, dimension: 768, encoders: [image-inception-mixed5@1.0.0]}
                  - {name: text, dimension: 4, encoders: [my-text@1.0.0]}
                pairs: {image-text: {scale: 1, bias: 0, threshold: 0.5}}
                """.formatted(
                        terms, PackedModel.sha256(new byte[0])));
        Files.writeString(Files.createDirectory(pack.resolve("text")).resolve("model.yaml"), """
                name: my-text
                version: 1.0.0
                kind: text-encoder
                %sdimension: 4
                graphs:
                  model:
                    file: model.onnx
                    sha256: %s
                    inputs: {input_ids: [-1, -1]}
                    outputs: {embedding: [-1, 4]}
                files: {tokenizer: {file: tokenizer.json, sha256: %s}}
                """.formatted(
                        terms, PackedModel.sha256(weights.getBytes(StandardCharsets.UTF_8)), weights));
        PipelineConfig config = config(
                "'" + pack + "'",
                "image: {embedding: {dimension: 768, model: image-inception-mixed5@1.0.0}}",
                "my-match");
        return PipelineModels.require("p.yaml", config, new ArrayList<>())
                .fileBundle(config)
                .id();
    }

    @Test
    void otherWeightsOfThePhrasesEncoderAreOtherModels() throws Exception {
        assertThat(bundleWithPhraseEncoder("aaaa")).isNotEqualTo(bundleWithPhraseEncoder("bbbb"));
    }
}
