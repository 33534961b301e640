// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.alignment;

/**
 * An embedding as bytes: alignment moves embeddings and never computes with them, so they stay as they are stored until
 * fusion. Immutable; the bytes are not to be written to.
 *
 * @param bytes the numbers in order, little-endian
 * @param precision how a number is stored
 */
public record EmbeddingVector(byte[] bytes, Precision precision) {

    /** How a number is stored. */
    public enum Precision {
        /** IEEE 754 binary32, 4 bytes. */
        FLOAT32(4),
        /** IEEE 754 binary16, 2 bytes, at most ±65504. */
        FLOAT16(2);

        private final int bytes;

        Precision(int bytes) {
            this.bytes = bytes;
        }

        /** Bytes of one number. */
        public int bytes() {
            return bytes;
        }
    }
}
