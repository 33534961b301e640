// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sensorium.job.config.Modality.Derivation;
import io.sensorium.job.config.Modality.Derived;
import io.sensorium.pipeline.ConfigurationException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class DeriveSectionTest {

    private static PipelineConfig parse(String modalities) throws ConfigurationException {
        return PipelineFile.parse("derive.yaml", """
                modalities:
                %soperators:
                  sentiment: {type: sentiment}
                """.formatted(modalities.indent(2)));
    }

    @Test
    void aDerivedModalityHasItsSourcesTopicAndTimes() throws ConfigurationException {
        PipelineConfig config = parse("""
                text: {encoder: text-bge-tokens}
                audio: {topic: calls, encoder: audio-speech-embedding, out_of_orderness: 7s, derive: {speech: transcript}}
                """);

        assertThat(config.modalityNames()).containsExactly("audio", "speech", "text");
        Modality speech = config.modalities().get(1);
        assertThat(speech.topic()).isEqualTo("calls");
        assertThat(speech.outOfOrderness()).isEqualTo(Duration.ofSeconds(7));
        assertThat(speech.encoder()).as("as the modality text").isEqualTo("text-bge-tokens");
        assertThat(speech.derivation())
                .isEqualTo(new Derivation("audio", Derived.TRANSCRIPT, "speech-moonshine-tiny-en"));
        assertThat(config.sources()).extracting(Modality::name).containsExactly("audio", "text");
        assertThat(config.derivedFrom(config.modalities().get(0))).containsExactly(speech);
        assertThat(SharedTopics.readers(config.modalities(), "calls")).hasSize(1);
    }

    @Test
    void writingIsDerivedFromImages() throws ConfigurationException {
        PipelineConfig config = parse("image: {encoder: image-inception-mixed5, derive: {writing: ocr}}\n");

        assertThat(config.modalities().get(1).derivation())
                .isEqualTo(new Derivation("image", Derived.OCR, "text-reader-ppocr-v4"));
    }

    @Test
    void modelsCanBeNamed() throws ConfigurationException {
        PipelineConfig config = parse("""
                audio:
                  encoder: audio-speech-embedding
                  derive: {words: {as: transcript, recognizer: mine@2, encoder: text-bge-small-zh}}
                """);

        assertThat(config.modalities().get(1).encoder()).isEqualTo("text-bge-small-zh");
        assertThat(config.modalities().get(1).derivation().recognizer()).isEqualTo("mine@2");
    }

    @Test
    void withoutAModalityCalledTextTheEncoderIsTheBundledOne() throws ConfigurationException {
        assertThat(parse("audio: {encoder: audio-speech-embedding, derive: {speech: transcript}}\n")
                        .modalities()
                        .get(1)
                        .encoder())
                .isEqualTo("text-bge-small-en");
    }

    @Test
    void mistakesAreNamedTogether() {
        assertThatThrownBy(() -> parse("""
                text: {encoder: text-bge-small-en}
                audio: {encoder: audio-speech-embedding, derive: {text: transcript, speech: transcription}}
                image: {embedding: {dimension: 8}, derive: {writing: {as: transcript, model: x}}}
                """))
                .isInstanceOfSatisfying(
                        ConfigurationException.class,
                        e -> assertThat(e.problems())
                                .containsExactlyInAnyOrder(
                                        "modalities.audio.derive.text: is the name of a modality already; choose another",
                                        "modalities.audio.derive.speech: is \"transcription\", expected one of [transcript, ocr]",
                                        "modalities.image.derive: is set, but the events bring embeddings and no content to derive "
                                                + "anything from; leave it out, or set an encoder in place of embedding",
                                        "modalities.image.derive.writing.model: is not a known key; known are [as, encoder, recognizer]"));
    }

    @Test
    void operatorsTakeADerivedModality() throws ConfigurationException {
        PipelineConfig config = PipelineFile.parse("derive.yaml", """
                modalities:
                  image: {encoder: image-inception-mixed5}
                  audio: {encoder: audio-speech-embedding, derive: {speech: transcript}}
                operators:
                  match: {type: match, pairs: [[image, speech]]}
                """);

        assertThat(List.copyOf(config.modalityNames())).containsExactly("audio", "image", "speech");
    }
}
