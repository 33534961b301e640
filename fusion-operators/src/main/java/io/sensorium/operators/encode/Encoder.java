// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.encode;

import io.sensorium.operators.media.MediaLimits;
import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.pack.ModelManifest;
import io.sensorium.operators.pack.PackException;
import io.sensorium.operators.pack.PackedModel;
import java.util.List;

/**
 * Turns content of one modality into embeddings, a batch at a time. For one thread; several encoders of one model share
 * its session.
 */
public interface Encoder extends AutoCloseable {

    /**
     * Encodes a batch.
     *
     * @param batch any number of records; the encoder runs them in batches of at most the manifest's {@code max_batch}
     * @return one outcome a record, in order; one record's failure never touches its neighbours
     */
    List<Outcome> encode(List<Content> batch);

    /** What of the manifest has no effect, and so may be meant otherwise. */
    default List<String> warnings() {
        return List.of();
    }

    /** The model it runs. */
    ModelManifest manifest();

    /**
     * Runs the model over shapes that it will meet, so that no record pays for what is allocated, tuned or compiled at
     * first, and over two rows in one run where it batches, which shows whether it can.
     *
     * @param batches whether over every power of two up to the largest batch, for which a GPU tunes or compiles; else
     *     over single rows
     * @throws PackException when the model fails on its own kind of content
     */
    void warmUp(boolean batches);

    /** Share of the rows' numbers run so far that was padding, in [0, 1]. */
    double paddingShare();

    @Override
    void close();

    /**
     * Opens the encoder that a manifest describes.
     *
     * @param threads ONNX Runtime's threads within one run
     * @throws PackException when the model is no encoder, its files are not the manifest's, or the device is absent
     */
    static Encoder open(PackedModel model, MediaLimits limits, Device device, int threads) {
        return open(model, limits, device, threads, false);
    }

    /**
     * {@link #open(PackedModel, MediaLimits, Device, int)}, with or without fingerprints.
     *
     * @param fingerprints whether the fingerprints of images and texts are taken as they are encoded
     */
    static Encoder open(PackedModel model, MediaLimits limits, Device device, int threads, boolean fingerprints) {
        Encoder opened = opened(model, limits, device, threads);
        if (fingerprints && opened instanceof BatchEncoder<?> encoder) {
            encoder.takeFingerprints();
        }
        return opened;
    }

    private static Encoder opened(PackedModel model, MediaLimits limits, Device device, int threads) {
        return switch (model.manifest().kind()) {
            case TEXT_ENCODER -> new TextEncoder(model, device, threads);
            case IMAGE_ENCODER -> new ImageEncoder(model, limits, device, threads);
            case AUDIO_ENCODER -> new AudioEncoder(model, limits, device, threads);
            case SPEECH_RECOGNIZER -> new SpeechRecognizer(model, limits, device, threads);
            case TEXT_READER -> new TextReader(model, limits, device, threads);
            default ->
                throw new PackException(model + " is " + model.manifest().kind().withArticle()
                        + ", expected an encoder or a recognizer");
        };
    }
}
