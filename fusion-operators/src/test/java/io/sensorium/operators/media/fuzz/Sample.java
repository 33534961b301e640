// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media.fuzz;

import java.awt.image.BufferedImage;
import java.util.List;

/**
 * A file as a tree, and what a decoder must make of it.
 *
 * @param expected what comes out; null where this is not known
 * @param refusable whether a refusal is right as well, as for formats that are rare or change midway
 */
record Sample(Piece.Group file, Expected expected, boolean refusable) {

    /** What a file holds. */
    sealed interface Expected {}

    /**
     * A picture.
     *
     * @param pixels upright, in sRGB, on its whole canvas
     * @param tolerance mean difference of the scaled pictures, in 1/255
     */
    record Picture(BufferedImage pixels, double tolerance) implements Expected {}

    /**
     * Tones one after another.
     *
     * @param exact whether the length is known to a sample; else codecs may add and hold back a little
     */
    record Sound(List<Tone> tones, boolean exact) implements Expected {

        double seconds() {
            return tones.stream().mapToDouble(Tone::seconds).sum();
        }
    }

    /**
     * A sine.
     *
     * @param frequency in Hz
     * @param amplitude of the mix of all channels, in 0..1
     * @param seconds its length
     */
    record Tone(double frequency, double amplitude, double seconds) {}

    static Sample unknown(Piece.Group file) {
        return new Sample(file, null, true);
    }
}
