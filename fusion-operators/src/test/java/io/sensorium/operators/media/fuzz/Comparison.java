// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media.fuzz;

import io.sensorium.operators.media.AudioDecoder;
import io.sensorium.operators.media.ImageResizer;
import java.awt.image.BufferedImage;
import java.nio.FloatBuffer;

/** What was decoded against what the file holds. */
final class Comparison {

    private static final int RATE = AudioDecoder.SAMPLE_RATE;
    private static final int WINDOW = RATE / 25;
    /** Codecs ramp up at the start and pad at the end. */
    private static final int MARGIN = RATE * 6 / 100;

    private static final double CODEC_PADDING_SECONDS = 0.12;
    private static final int EXACT_SAMPLES = 8;

    /**
     * Where a large image is first averaged and then scaled, stripes one pixel wide differ a little from those scaled
     * at once; stripes that are skipped differ by a hundred.
     */
    private static final double TWO_STEPS = 4;

    private Comparison() {}

    /**
     * How the picture differs, or null.
     *
     * @param side that both are scaled to
     */
    static String difference(BufferedImage decoded, Sample.Picture expected, int side) {
        FloatBuffer one = scaled(decoded, side);
        FloatBuffer other = scaled(expected.pixels(), side);
        double sum = 0;
        for (int i = 0; i < one.capacity(); i++) {
            sum += Math.abs(one.get(i) - other.get(i));
        }
        double mean = 255 * sum / one.capacity();
        boolean shrunk =
                Math.max(expected.pixels().getWidth(), expected.pixels().getHeight()) > side;
        double tolerated = expected.tolerance() + (shrunk ? TWO_STEPS : 0);
        return mean <= tolerated
                ? null
                : String.format("the mean difference is %.1f of 255, expected at most %.1f", mean, tolerated);
    }

    private static FloatBuffer scaled(BufferedImage picture, int side) {
        FloatBuffer pixels = FloatBuffer.allocate(side * side * 3);
        new ImageResizer(side).scale(picture, pixels);
        return pixels;
    }

    /** How the sound differs in length, pitch or loudness, or null. */
    static String difference(short[] decoded, Sample.Sound expected) {
        int tones = expected.tones().size();
        double wanted = expected.seconds() * RATE;
        double tolerated = expected.exact() ? EXACT_SAMPLES * tones : CODEC_PADDING_SECONDS * RATE * tones;
        if (Math.abs(decoded.length - wanted) > tolerated) {
            return String.format("%d samples, expected %.1f", decoded.length, wanted);
        }
        int wrong = 0;
        String first = null;
        Sample.Tone tone = expected.tones().get(0);
        for (int from = MARGIN; from + WINDOW + MARGIN <= decoded.length; from += WINDOW) {
            String difference = difference(decoded, from, tone);
            if (difference != null) {
                wrong++;
                first = first == null ? String.format("at %.2f s %s", (double) from / RATE, difference) : first;
            }
        }
        // Where a tone ends and the next begins two windows may hold both, and codecs fade.
        int transitions = tones - 1;
        int excused = expected.exact() ? 2 * transitions : 1 + 5 * transitions;
        return wrong <= excused ? null : wrong + " windows of 40 ms differ, " + first;
    }

    private static String difference(short[] decoded, int from, Sample.Tone tone) {
        double squares = 0;
        int crossings = 0;
        for (int i = from; i < from + WINDOW; i++) {
            squares += (double) decoded[i] * decoded[i];
            crossings += decoded[i] >= 0 != decoded[i - 1] >= 0 ? 1 : 0;
        }
        double loudness = Math.sqrt(2 * squares / WINDOW) / 32_768;
        double frequency = crossings / 2.0 * RATE / WINDOW;
        if (Math.abs(loudness - tone.amplitude()) > 0.2 * tone.amplitude()) {
            return String.format("the amplitude is %.3f, expected %.3f", loudness, tone.amplitude());
        }
        return Math.abs(frequency - tone.frequency()) <= 30
                ? null
                : String.format("the frequency is %.0f Hz, expected %.0f Hz", frequency, tone.frequency());
    }
}
