// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.job.operator.BoundOperator;
import io.sensorium.operators.onnx.Device;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Heads that rate single events, and a head of the project's as an operator. */
class SignalHeadsTest {

    private static PipelineConfig config(String more) throws Exception {
        return PipelineFile.parse("signals.yaml", """
                modalities:
                  image: {encoder: image-inception-mixed5}
                  text: {encoder: text-bge-small-en}
                  audio: {encoder: audio-speech-embedding, derive: {speech: transcript}}
                operators:
                  sentiment: {type: sentiment, inputs: {text: [speech, text]}}
                """ + more);
    }

    private static List<String> problems(PipelineConfig config) {
        List<String> problems = new ArrayList<>();
        PipelineModels.find(config, problems, new ArrayList<>());
        return problems;
    }

    @Test
    void everyTextIsRatedWithTheClassesThatAHeadHas() throws Exception {
        List<String> warnings = new ArrayList<>();
        PipelineModels models = PipelineModels.require(
                "signals.yaml",
                config("moderation: {toxicity: {heads: [text-offensive-early, text-sentiment-early]}}"),
                warnings);

        assertThat(models.signalHeads(0)).as("audio").isEmpty();
        assertThat(models.signalHeads(1)).as("image").isEmpty();
        assertThat(models.signalHeads(2))
                .as("speech")
                .extracting(head -> head.columns().keySet().toString())
                .containsExactly("[toxicity.offensive]", "[toxicity.negative, toxicity.neutral, toxicity.positive]");
        assertThat(models.signalHeads(3)).as("text").isEqualTo(models.signalHeads(2));
        assertThat(models.signalHeads()).hasSize(2);
        assertThat(warnings).anySatisfy(warning -> assertThat(warning).startsWith("text-offensive-early@1.0.0"));
        Random random = new Random(3);
        float[] embedding = new float[384];
        for (int i = 0; i < embedding.length; i++) {
            embedding[i] = (float) random.nextGaussian() / 20;
        }
        try (SignalHead.Loaded sentiment = models.signalHeads(3).get(1).open(Device.parse("cpu"))) {
            assertThat(sentiment.signals(embedding).values().stream()
                            .mapToDouble(Double::doubleValue)
                            .sum())
                    .isCloseTo(1, offset(1e-5));
        }
    }

    @Test
    void modalitiesMayBeNamed() throws Exception {
        PipelineModels models = PipelineModels.require(
                "signals.yaml",
                config("moderation: {toxicity: {heads: [text-hate-early], modalities: [speech]}}"),
                new ArrayList<>());

        assertThat(models.signalHeads(2)).hasSize(1);
        assertThat(models.signalHeads(3)).isEmpty();
        assertThat(models.fileBundle(config("")).id())
                .as("heads are part of what runs together")
                .isNotEqualTo(PipelineModels.require("signals.yaml", config(""), new ArrayList<>())
                        .fileBundle(config(""))
                        .id());
    }

    @Test
    void headsThatDoNotFitAreRefusedTogether() throws Exception {
        assertThat(problems(config("""
                runtime: {allow_noncommercial: false}
                emit: {texts: [image, text]}
                moderation:
                  toxicity:
                    heads: [text-ofensive-early, text-bge-small-en, sentiment-hierarchical, answers-single-stream,
                      text-hate-early, text-hate-early]
                    modalities: [image, text]
                """)))
                .filteredOn(problem -> !problem.contains("commercial"))
                .satisfiesExactlyInAnyOrder(
                        problem -> assertThat(problem)
                                .startsWith("emit.texts: names \"image\", whose events have no text:"),
                        problem -> assertThat(problem)
                                .startsWith(
                                        "moderation.toxicity.heads: no model \"text-ofensive-early\" in any pack; did "
                                                + "you mean \"text-offensive-early\"?"),
                        problem -> assertThat(problem)
                                .startsWith(
                                        "moderation.toxicity.heads: text-bge-small-en@1.5.0 is a text encoder, expected"),
                        problem -> assertThat(problem)
                                .startsWith(
                                        "moderation.toxicity.heads: sentiment-hierarchical@2.0.0 is a sentiment head, "),
                        problem -> assertThat(problem)
                                .startsWith(
                                        "moderation.toxicity.heads: answers-single-stream@1.0.0 rates whole windows; "
                                                + "expected a head with one slot"),
                        problem -> assertThat(problem)
                                .isEqualTo(
                                        "moderation.toxicity.heads: names text-hate-early@1.0.0 twice; remove one of them"),
                        problem -> assertThat(problem)
                                .startsWith("moderation.toxicity.heads: text-hate-early@1.0.0 was trained on "
                                        + "[text-bge-small-en@1.5.0], but image is encoded by image-inception-mixed5"));
        assertThat(problems(config("""
                runtime: {allow_noncommercial: false}
                moderation: {toxicity: {heads: [text-hate-early]}}
                """)))
                .anySatisfy(problem -> assertThat(problem)
                        .startsWith("text-hate-early@1.0.0: commercial use: no")
                        .contains("runtime.allow_noncommercial is false"));
    }

    /** The mask of a head with slots is in its manifest. */
    @Test
    void anOnnxOperatorOverAHeadWithSlotsNeedsNoMask() throws Exception {
        String operator = "  hate: {type: onnx, model: text-hate-early, inputs: {text: speech}%s}\n";
        for (String mask : List.of("", ", mask: mask")) {
            PipelineModels models =
                    PipelineModels.require("signals.yaml", config(operator.formatted(mask)), new ArrayList<>());
            BoundOperator hate = models.operators().get(1);
            assertThat(hate.slots().mask()).isEqualTo("mask");
            assertThat(hate.slots().modalities()).containsExactly(1 << 2);
        }
        assertThat(problems(config("  hate: {type: onnx, model: text-hate-early, inputs: {txt: text}}\n")))
                .anySatisfy(problem -> assertThat(problem)
                        .startsWith("operators.hate.inputs.txt: text-hate-early@1.0.0 has no slot \"txt\""));
    }
}
