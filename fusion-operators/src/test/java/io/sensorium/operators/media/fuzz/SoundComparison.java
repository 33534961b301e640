// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media.fuzz;

import io.sensorium.operators.media.AudioDecoder;

/**
 * A sound by two decoders and two resamplers: its length, its loudness, and how far both are one signal. Where the
 * length is not exact, the other's may begin a little earlier or later.
 */
final class SoundComparison {

    /** A frame of an MP3 at its lowest rate, which decoders may leave out at either end. */
    private static final int CODEC_SAMPLES = AudioDecoder.SAMPLE_RATE * 8 / 100;

    private static final int EXACT_SAMPLES = 16;
    private static final double LEAST_CORRELATION = 0.95;
    private static final double LOUDNESS = 1.15;
    private static final double SILENCE = 4;

    private SoundComparison() {}

    /**
     * How they differ, or null.
     *
     * @param exact whether every sample is in the file, so that the length is known
     */
    static String difference(short[] one, short[] other, boolean exact) {
        if (Math.abs(one.length - other.length) > (exact ? EXACT_SAMPLES : CODEC_SAMPLES)) {
            return one.length + " samples, another decoder has " + other.length;
        }
        int length = Math.min(one.length, other.length);
        double product = 0;
        double first = 0;
        double second = 0;
        for (int i = 0; i < length; i++) {
            product += (double) one[i] * other[i];
            first += (double) one[i] * one[i];
            second += (double) other[i] * other[i];
        }
        double loud = Math.sqrt(first / Math.max(1, length));
        double otherLoud = Math.sqrt(second / Math.max(1, length));
        if (Math.max(loud, otherLoud) < SILENCE) {
            return null;
        }
        if (loud > LOUDNESS * otherLoud + SILENCE || otherLoud > LOUDNESS * loud + SILENCE) {
            return String.format("the loudness is %.1f, another decoder has %.1f", loud, otherLoud);
        }
        double correlation = product / Math.sqrt(first * second);
        for (int lag = 1; !exact && lag < CODEC_SAMPLES && correlation < LEAST_CORRELATION; lag++) {
            correlation = Math.max(correlation, Math.max(correlation(one, other, lag), correlation(other, one, lag)));
        }
        return correlation >= LEAST_CORRELATION
                ? null
                : String.format("the correlation with another decoder is %.3f", correlation);
    }

    private static double correlation(short[] one, short[] later, int lag) {
        double product = 0;
        double first = 0;
        double second = 0;
        for (int i = 0; i < Math.min(one.length, later.length - lag); i++) {
            product += (double) one[i] * later[i + lag];
            first += (double) one[i] * one[i];
            second += (double) later[i + lag] * later[i + lag];
        }
        return first * second == 0 ? 0 : product / Math.sqrt(first * second);
    }
}
