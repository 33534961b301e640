// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineFile;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The models of modalities that are derived from others. */
class DerivedModelsTest {

    private static PipelineConfig config(String modalities) throws Exception {
        return PipelineFile.parse("derived.yaml", """
                modalities:
                %salign: {min_modalities: 1}
                operators:
                  sentiment: {type: sentiment}
                """.formatted(modalities.indent(2)));
    }

    private static List<String> problems(String modalities) throws Exception {
        List<String> problems = new ArrayList<>();
        PipelineModels.find(config(modalities), problems, new ArrayList<>());
        return problems;
    }

    @Test
    void aRecognizerIsFoundAndPartOfWhatStateIsMadeOf() throws Exception {
        PipelineConfig config = config("audio: {encoder: audio-speech-embedding, derive: {speech: transcript}}\n");

        PipelineModels models = PipelineModels.require("derived.yaml", config, new ArrayList<>());

        assertThat(models.recognizers()).containsOnlyKeys("speech");
        assertThat(models.describe(config).toString())
                .contains("of speech-moonshine-tiny-en@1.0.0")
                .contains("text-bge-small-en@1.5.0");
        assertThat(models.encoders()).hasSize(2);
    }

    @Test
    void modelsOfOtherKindsAreRefusedTogether() throws Exception {
        assertThat(problems("""
                image: {encoder: image-inception-mixed5, derive: {writing: transcript}}
                audio:
                  encoder: audio-speech-embedding
                  derive:
                    one: {recognizer: text-bge-small-en}
                    two: {recognizer: speech-moonshine}
                    three: {encoder: image-inception-mixed5}
                    four: ocr
                    five: {recognizer: text-reader-ppocr-v4}
                """))
                .containsExactlyInAnyOrder(
                        "modalities.audio.derive.one.recognizer: text-bge-small-en@1.5.0 is a text encoder, expected a "
                                + "speech recognizer of [speech-moonshine-tiny-en@1.0.0]",
                        "modalities.audio.derive.two.recognizer: no model \"speech-moonshine\" in any pack; known are "
                                + "[speech-moonshine-tiny-en]",
                        "modalities.audio.derive.three.encoder: image-inception-mixed5@1.0.0 is an image encoder, but "
                                + "what is derived is text; name a text encoder",
                        "modalities.audio.derive.four: is ocr, which is derived from a modality with an image encoder, "
                                + "but audio-speech-embedding@2.0.0 is an audio encoder; move it to such a modality",
                        "modalities.audio.derive.five.recognizer: text-reader-ppocr-v4@1.0.0 is a text reader, expected a "
                                + "speech recognizer of [speech-moonshine-tiny-en@1.0.0]",
                        "modalities.image.derive.writing: is transcript, which is derived from a modality with an "
                                + "audio encoder, but image-inception-mixed5@1.0.0 is an image encoder; move it to such "
                                + "a modality");
    }
}
