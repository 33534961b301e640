// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.encode;

import io.sensorium.operators.media.MediaException;
import java.util.Arrays;

/** What one event carries for its encoder. */
public sealed interface Content {

    /** @param text the words */
    record Text(String text) implements Content {

        /** @throws MediaException where there is nothing to encode */
        public void requireNotBlank() throws MediaException {
            if (text.isBlank()) {
                throw new MediaException(MediaException.Problem.EMPTY, "the text payload is empty or blank");
            }
        }
    }

    /**
     * Encoded media, recognised by its first bytes: a part of an array, so that a record which holds it is not held
     * twice.
     *
     * @param array is not written to
     * @param offset where the media begin
     * @param length in bytes
     */
    record Media(byte[] array, int offset, int length) implements Content {

        /** The whole of an array. */
        public Media(byte[] bytes) {
            this(bytes, 0, bytes.length);
        }

        /** The media's bytes: the array itself where they are the whole of it, else a copy. */
        public byte[] bytes() {
            return length == array.length ? array : Arrays.copyOfRange(array, offset, offset + length);
        }
    }
}
