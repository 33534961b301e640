// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import java.util.Arrays;

/**
 * Weights of a sound's channels in the mono signal: the down-mix of ITU-R BS.775 (front left and right at −3 dB to the
 * centre, surround another 3 dB lower, no low-frequency effects), scaled so that the sum cannot clip. Channels whose
 * positions are unknown are averaged.
 */
final class ChannelMix {

    private static final double HALF_POWER = Math.sqrt(0.5);
    /** By bit of the channel mask that WAV and FFmpeg share: FL, FR, FC, LFE, BL, BR, FLC, FRC, BC, SL, SR. */
    private static final double[] BY_POSITION = {
        HALF_POWER, HALF_POWER, 1, 0, 0.5, 0.5, HALF_POWER, HALF_POWER, 0.5, 0.5, 0.5
    };
    /** Masks of one to eight channels where the file has none. */
    private static final long[] DEFAULT_MASKS = {0x4, 0x3, 0xb, 0x107, 0x37, 0x3f, 0x70f, 0x63f};

    private ChannelMix() {}

    /**
     * @param channels 1 or more
     * @param mask the channels' positions, a bit each from the lowest; 0 where unknown
     * @return a weight for each channel; they add up to at most 1
     */
    static float[] weights(int channels, long mask) {
        if (channels == 1) {
            return new float[] {1};
        }
        long positions = Long.bitCount(mask) == channels
                ? mask
                : channels <= DEFAULT_MASKS.length ? DEFAULT_MASKS[channels - 1] : 0;
        double[] weights = new double[channels];
        int channel = 0;
        for (long rest = positions; rest != 0; rest &= rest - 1) {
            int position = Long.numberOfTrailingZeros(rest);
            weights[channel++] = position < BY_POSITION.length ? BY_POSITION[position] : 0;
        }
        double sum = Arrays.stream(weights).sum();
        if (sum == 0) {
            Arrays.fill(weights, 1);
            sum = channels;
        }
        float[] scaled = new float[channels];
        for (int i = 0; i < channels; i++) {
            scaled[i] = (float) (weights[i] / Math.max(1, sum));
        }
        return scaled;
    }
}
