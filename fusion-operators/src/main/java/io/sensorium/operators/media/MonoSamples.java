// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import io.sensorium.operators.media.MediaException.Problem;
import java.util.Arrays;

/**
 * Collects a decoded sound as 16 bit mono at {@link AudioDecoder#SAMPLE_RATE}, within the limits. Its rate and channels
 * may change on the way: what follows is resampled and mixed by its own. For one thread.
 */
final class MonoSamples {

    private static final int LEAST_RATE = 2_000;
    private static final int MAX_RATE = 768_000;
    private static final int MAX_CHANNELS = 32;

    private final MediaLimits limits;
    private final String format;
    private final DecodeDeadline deadline;
    private final int most;
    private short[] samples;
    private int count;
    private int rate;
    private int channels;
    private long mask;
    private float[] weights;
    private MonoResampler resampler;

    /**
     * @param format for messages
     * @param expectedSeconds for the memory taken at first; 0 where unknown
     */
    MonoSamples(MediaLimits limits, String format, double expectedSeconds, DecodeDeadline deadline)
            throws MediaException {
        this.limits = limits;
        this.format = format;
        this.deadline = deadline;
        most = (int) Math.min(Integer.MAX_VALUE - 8, limits.maxAudio().toMillis() * AudioDecoder.SAMPLE_RATE / 1000);
        if (expectedSeconds * AudioDecoder.SAMPLE_RATE > most) {
            throw tooLong(limits, String.format("declares %.1f s", expectedSeconds));
        }
        samples = new short
                [(int) Math.min(most, (long) (expectedSeconds * AudioDecoder.SAMPLE_RATE) + AudioDecoder.SAMPLE_RATE)];
    }

    /**
     * States what the samples that follow are.
     *
     * @param mask the channels' positions as in {@link ChannelMix#weights}
     * @return a weight for each channel in the mono signal
     * @throws MediaException when the rate or the channels are out of range
     */
    float[] format(int rate, int channels, long mask) throws MediaException {
        if (rate == this.rate && channels == this.channels && mask == this.mask) {
            return weights;
        }
        if (rate < LEAST_RATE || rate > MAX_RATE || channels < 1 || channels > MAX_CHANNELS) {
            throw new MediaException(
                    Problem.UNSUPPORTED,
                    "the " + format + " has " + channels + " channels at " + Integer.toUnsignedString(rate)
                            + " Hz, expected 1 to " + MAX_CHANNELS + " at " + LEAST_RATE + " to " + MAX_RATE + " Hz");
        }
        if (rate != this.rate) {
            finishRate();
            resampler = rate == AudioDecoder.SAMPLE_RATE ? null : new MonoResampler(rate, AudioDecoder.SAMPLE_RATE);
        }
        this.rate = rate;
        this.channels = channels;
        this.mask = mask;
        weights = ChannelMix.weights(channels, mask);
        return weights;
    }

    /**
     * @param mono in −1 to 1
     * @param length samples of it, from the first on
     */
    void add(float[] mono, int length) throws MediaException {
        deadline.check();
        if (resampler != null) {
            resampler.add(mono, length, this::put);
            return;
        }
        for (int i = 0; i < length; i++) {
            put(mono[i]);
        }
    }

    /** All samples; nothing can be added afterwards. */
    short[] finish() throws MediaException {
        finishRate();
        return Arrays.copyOf(samples, count);
    }

    private void finishRate() throws MediaException {
        if (resampler != null) {
            resampler.finish(this::put);
            resampler = null;
        }
    }

    private void put(float sample) throws MediaException {
        if (count == samples.length) {
            if (count == most) {
                throw tooLong(limits, "is longer");
            }
            samples = Arrays.copyOf(samples, (int) Math.min(most, samples.length * 2L));
        }
        float scaled = sample * 32768;
        // What is not a number becomes 0.
        samples[count++] = (short) Math.max(-32768, Math.min(32767, (int) (scaled + (scaled < 0 ? -0.5f : 0.5f))));
    }

    /** @param how it is too long, such as "is longer" */
    static MediaException tooLong(MediaLimits limits, String how) {
        return new MediaException(
                Problem.TOO_LARGE,
                "the sound " + how + ", more than the limit of "
                        + limits.maxAudio().toSeconds() + " s; send shorter pieces or raise media.max_audio");
    }
}
