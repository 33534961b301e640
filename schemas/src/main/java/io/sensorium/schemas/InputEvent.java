// SPDX-License-Identifier: Apache-2.0
package io.sensorium.schemas;

import java.util.Arrays;
import java.util.Map;

/**
 * An image, text or audio event as it was written.
 *
 * @param eventTime ms since the epoch
 * @param attributes all of them; not to be written to
 */
public record InputEvent(
        String eventId, String subjectId, long eventTime, Payload payload, Map<String, String> attributes) {

    /** The media, where they lie, or their embedding. */
    public sealed interface Payload {

        /** A text itself. */
        record Text(String text) implements Payload {}

        /**
         * A picture's or a recording's bytes, where they lie in the record that was read.
         *
         * @param array not to be written to
         * @param offset where they begin
         * @param length in bytes
         */
        record Media(byte[] array, int offset, int length) implements Payload {

            /** A copy of the bytes. */
            public byte[] bytes() {
                return Arrays.copyOfRange(array, offset, offset + length);
            }
        }

        /**
         * A claim check.
         *
         * @param sizeBytes of the media; -1 where the event does not state it
         * @param sha256 hex; null where the event does not state it
         */
        record Reference(String uri, long sizeBytes, String sha256) implements Payload {}

        /**
         * A vector encoded elsewhere.
         *
         * @param vector IEEE 754 binary32 numbers, little-endian, as Avro has them
         */
        record Embedded(String model, byte[] vector) implements Payload {}
    }
}
