// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.bank;

/** What of an event's content is compared with known content, besides its embedding. */
public sealed interface Fingerprint {

    /**
     * Of an image.
     *
     * @param quality how much structure the image has, 0 to 100; below 50 its hash means little
     */
    record Image(PdqHash hash, int quality) implements Fingerprint {}

    /**
     * Of a text: the first 128 bits of the SHA-256 of what {@link NormalizedText} leaves of it.
     *
     * @param high bits 0 to 63
     * @param low bits 64 to 127
     */
    record Text(long high, long low) implements Fingerprint {}
}
