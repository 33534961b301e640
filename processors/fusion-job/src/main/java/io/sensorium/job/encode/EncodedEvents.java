// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.encode;

import io.sensorium.job.alignment.Embedding;
import io.sensorium.job.alignment.EmbeddingVector;
import io.sensorium.job.alignment.EmbeddingVector.Precision;
import io.sensorium.job.alignment.EncodedEvent;
import io.sensorium.job.alignment.Evidence;
import io.sensorium.job.records.IngestRecord;
import io.sensorium.job.rollout.ModelSwapper;
import io.sensorium.operators.onnx.EmbeddingBytes;
import java.util.List;
import java.util.Map;

/**
 * Events with their embeddings, as alignment takes them. Pure.
 *
 * @param modality index of the events' modality
 * @param precision of the embeddings from here on
 */
record EncodedEvents(int modality, Precision precision) {

    /** An embedding's bytes; null where a number is beyond the precision's range. */
    byte[] bytes(float[] vector) {
        return precision == Precision.FLOAT32 ? EmbeddingBytes.ofFloat32(vector) : EmbeddingBytes.ofFloat16(vector);
    }

    /** The bytes of an embedding that came as binary32; null where a number is beyond the precision's range. */
    byte[] bytes(byte[] float32) {
        return precision == Precision.FLOAT32 ? float32 : EmbeddingBytes.toFloat16(float32);
    }

    /**
     * Why the embedding that came with an event does not fit the modality; null where it does.
     *
     * @param candidate the encoder that is to take over; null where there is none
     */
    String mismatch(IngestRecord.Event event, LoadedEncoder encoder, LoadedEncoder candidate) {
        if (!encoder.is(event.vectorModel())) {
            return "the embedding is of model \"" + event.vectorModel() + "\", this modality's encoder is "
                    + encoder.manifest().id()
                    + (candidate == null
                            ? ""
                            : ", until " + candidate.manifest().id() + " has taken over from it")
                    + "; encode with that one, or send the media";
        }
        int numbers = event.vector().length / Float.BYTES;
        return numbers == encoder.manifest().dimension()
                ? null
                : "the embedding has " + numbers + " numbers, "
                        + encoder.manifest().id() + " gives "
                        + encoder.manifest().dimension();
    }

    /**
     * An event with its embedding.
     *
     * @param models the encoder that runs and, where there is an embedding by it, the candidate
     * @param candidate the candidate's embedding; null where there is none
     * @param trace the W3C trace context that the event is part of; null for none
     * @param evidence what is kept of its content; null for nothing
     */
    EncodedEvent of(
            IngestRecord.Event event,
            ModelSwapper<LoadedEncoder> models,
            byte[] bytes,
            byte[] candidate,
            Map<String, Double> signals,
            String trace,
            Evidence evidence) {
        Embedding embedding = new Embedding(models.base().hash(), new EmbeddingVector(bytes, precision));
        return event.encoded(
                modality,
                candidate == null
                        ? List.of(embedding)
                        : List.of(
                                embedding,
                                new Embedding(models.candidate().hash(), new EmbeddingVector(candidate, precision))),
                signals,
                trace,
                evidence);
    }
}
