// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.bank;

/**
 * An item of a bank of known content.
 *
 * @param id of the item
 * @param label what it is known as
 * @param pattern what content is compared with
 */
public record KnownItem(String id, String label, Pattern pattern) {

    /** What content is compared with. */
    public sealed interface Pattern {}

    /**
     * An image.
     *
     * @param threshold the largest number of bits in which the hash of a matching image differs, 0 to {@link #MAX_BITS}
     */
    public record Image(PdqHash hash, int threshold) implements Pattern {

        /** The largest threshold. */
        public static final int MAX_BITS = HashIndex.MAX_THRESHOLD;
    }

    /**
     * An embedding.
     *
     * @param encoder name@version of the encoder
     * @param vector as long as the encoder's, finite and not zero
     * @param threshold the least cosine of a matching embedding, {@link #LEAST_COSINE} to {@link #MAX_COSINE}
     */
    public record Vector(String encoder, float[] vector, double threshold) implements Pattern {

        /** The least threshold. */
        public static final double LEAST_COSINE = EmbeddingIndex.LEAST_THRESHOLD;

        /** The largest threshold. */
        public static final double MAX_COSINE = EmbeddingIndex.MAX_THRESHOLD;

        /** Whether numbers are an embedding that can be compared: not all of them 0. */
        public static boolean hasDirection(float[] numbers) {
            return EmbeddingIndex.norm(numbers) > 0;
        }
    }

    /** A text, matched by those that {@link NormalizedText} makes equal. */
    public record Text(Fingerprint.Text fingerprint) implements Pattern {}
}
