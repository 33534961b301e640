// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.encode;

import io.sensorium.operators.media.MediaException;
import java.util.Map;

/** What became of one record of a batch. */
public sealed interface Outcome {

    /**
     * @param vector the embedding, of the encoder's dimension
     * @param signals side outputs by name, such as {@code porn}
     */
    record Encoded(float[] vector, Map<String, Double> signals) implements Outcome {}

    /**
     * @param reason what is wrong
     * @param message what was found and expected
     */
    record Failed(Reason reason, String message) implements Outcome {}

    /** Why a record has no embedding. */
    enum Reason {
        EMPTY_PAYLOAD,
        CORRUPT_MEDIA,
        UNSUPPORTED_MEDIA,
        MEDIA_TOO_LARGE,
        /** The model failed on it: the platform's fault. */
        MODEL_FAILED;

        /** Why a record whose media cannot be decoded has none. */
        public static Reason of(MediaException.Problem problem) {
            return switch (problem) {
                case EMPTY -> EMPTY_PAYLOAD;
                case CORRUPT -> CORRUPT_MEDIA;
                case UNSUPPORTED -> UNSUPPORTED_MEDIA;
                case TOO_LARGE -> MEDIA_TOO_LARGE;
            };
        }
    }
}
