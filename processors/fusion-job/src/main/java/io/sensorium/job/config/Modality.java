// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.config;

import io.sensorium.operators.pack.ModelKind;
import java.io.Serializable;
import java.time.Duration;

/**
 * One modality of a pipeline.
 *
 * @param encoder name or name@version of a model; empty where events bring their embeddings
 * @param outOfOrderness how far an event may be behind its partition's highest
 * @param idleTimeout wall-clock time without an event after which a partition no longer holds the watermark
 * @param clockOffset added to every event time
 * @param embedding what embeddings the events bring, in place of an encoder; else null
 * @param events how records are read as events; null for this project's own schemas
 * @param schemaSubject the registry's subject that has the schema of the topic's values
 * @param derivation where its events come from, if not from records of their own; else null. Their topic is then that
 *     of the events they are derived from
 */
public record Modality(
        String name,
        String topic,
        String encoder,
        Duration outOfOrderness,
        Duration idleTimeout,
        Duration clockOffset,
        PipelineConfig.Embedding embedding,
        EventMapping events,
        String schemaSubject,
        Derivation derivation)
        implements Serializable {

    /** Whether its events are derived from those of another modality. */
    public boolean isDerived() {
        return derivation != null;
    }

    Modality withEncoder(String other) {
        return embedding != null
                ? this
                : new Modality(
                        name,
                        topic,
                        other,
                        outOfOrderness,
                        idleTimeout,
                        clockOffset,
                        null,
                        events,
                        schemaSubject,
                        derivation);
    }

    /**
     * How a modality's events are derived from those of another.
     *
     * @param from the other modality's name
     * @param as what is made of its content
     * @param recognizer name or name@version of the model that makes it
     */
    public record Derivation(String from, Derived as, String recognizer) implements Serializable {}

    /** What can be derived from an event's content. */
    public enum Derived {
        /** The words that are spoken in a sound. */
        TRANSCRIPT(ModelKind.AUDIO_ENCODER, ModelKind.SPEECH_RECOGNIZER),
        /** The writing in an image. */
        OCR(ModelKind.IMAGE_ENCODER, ModelKind.TEXT_READER);

        private final ModelKind source;
        private final ModelKind recognizer;

        Derived(ModelKind source, ModelKind recognizer) {
            this.source = source;
            this.recognizer = recognizer;
        }

        /** The kind of encoder that a modality has whose content it is found in. */
        public ModelKind source() {
            return source;
        }

        /** The kind of model that finds it. */
        public ModelKind recognizer() {
            return recognizer;
        }
    }
}
