// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.pack;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Locale;

/** What a model is for; decides which class runs it. */
public enum ModelKind {
    @JsonProperty("text-encoder")
    TEXT_ENCODER,
    @JsonProperty("image-encoder")
    IMAGE_ENCODER,
    @JsonProperty("audio-encoder")
    AUDIO_ENCODER,
    @JsonProperty("speech-recognizer")
    SPEECH_RECOGNIZER,
    @JsonProperty("text-reader")
    TEXT_READER,
    @JsonProperty("sentiment-head")
    SENTIMENT_HEAD,
    @JsonProperty("match-head")
    MATCH_HEAD,
    /** No model: a modality's events bring their embeddings. Packs have none of this kind. */
    EMBEDDING,
    /** Any multi-input model: what {@code type: onnx} runs. */
    @JsonProperty("fusion-head")
    FUSION_HEAD;

    /** For messages, such as {@code sentiment head}. */
    public String words() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    /** {@link #words} with the indefinite article, such as {@code an image encoder}. */
    public String withArticle() {
        return ("AEIOU".indexOf(name().charAt(0)) < 0 ? "a " : "an ") + words();
    }

    /** Whether the model turns one modality's content into an embedding. */
    public boolean isEncoder() {
        return this == TEXT_ENCODER || this == IMAGE_ENCODER || this == AUDIO_ENCODER;
    }

    /** Whether the model finds text in another modality's content. */
    public boolean isRecognizer() {
        return this == SPEECH_RECOGNIZER || this == TEXT_READER;
    }
}
