// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.encode;

import io.sensorium.operators.bank.Fingerprint;
import io.sensorium.operators.media.MediaException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What became of one record of a batch. */
public sealed interface Outcome {

    /**
     * @param vector the embedding, of the encoder's dimension
     * @param signals side outputs by name, such as {@code porn}
     * @param fingerprint of the content; null where the encoder takes none
     */
    record Encoded(float[] vector, Map<String, Double> signals, Fingerprint fingerprint) implements Outcome {

        /** Without a fingerprint. */
        public Encoded(float[] vector, Map<String, Double> signals) {
            this(vector, signals, null);
        }
    }

    /**
     * Text that was found in a record's content.
     *
     * @param text the passages' texts, a space between them; empty where there is none
     * @param confidence mean of the passages', weighted by their texts' lengths, in [0, 1]; 0 where there is none
     * @param passages in the order of the text
     */
    record Recognized(String text, double confidence, List<Passage> passages) implements Outcome {

        static Recognized of(List<Passage> passages) {
            double letters = passages.stream()
                    .mapToInt(passage -> passage.text().length())
                    .sum();
            return new Recognized(
                    passages.stream().map(Passage::text).collect(Collectors.joining(" ")),
                    letters == 0
                            ? 0
                            : passages.stream()
                                            .mapToDouble(passage -> passage.confidence()
                                                    * passage.text().length())
                                            .sum()
                                    / letters,
                    List.copyOf(passages));
        }
    }

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
