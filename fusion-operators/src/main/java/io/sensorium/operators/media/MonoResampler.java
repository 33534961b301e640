// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import java.util.Arrays;

/**
 * Changes the sample rate of a mono signal that arrives in pieces. Beyond both ends the signal is mirrored, so that the
 * first and the last millisecond come out, too: of n samples {@code ceil(n · out / in)}. The result does not depend on
 * how the signal is cut into pieces. For one thread.
 */
final class MonoResampler {

    /** Takes what is ready. */
    interface Output {
        void accept(float sample) throws MediaException;
    }

    private final int in;
    private final int out;
    private final ResamplingFilter filter;
    private float[] buffer = new float[8192];
    private int filled;
    /** The input sample that the buffer begins with; the mirrored ones before the first are negative. */
    private long base;

    private boolean mirrored;
    private long taken;
    private long made;

    /**
     * @param from and
     * @param to sample rates in Hz
     */
    MonoResampler(int from, int to) {
        int divisor = divisor(from, to);
        in = from / divisor;
        out = to / divisor;
        filter = ResamplingFilter.of(in, out);
    }

    private static int divisor(int a, int b) {
        return b == 0 ? a : divisor(b, a % b);
    }

    /** @param count of the samples, from the first on */
    void add(float[] samples, int count, Output output) throws MediaException {
        append(samples, 0, count);
        taken += count;
        if (!mirrored && taken > filter.before) {
            mirrorStart();
        }
        if (mirrored) {
            make(base + filled - filter.taps + filter.before, output);
        }
    }

    /** Gives what is held back; nothing can be added afterwards. */
    void finish(Output output) throws MediaException {
        if (taken == 0) {
            return;
        }
        if (!mirrored) {
            mirrorStart();
        }
        float[] end = new float[filter.taps];
        for (int i = 0; i < end.length && filled - 1 - i >= 0 && i < taken; i++) {
            end[i] = buffer[filled - 1 - i];
        }
        append(end, 0, end.length);
        make(taken - 1, output);
    }

    private void mirrorStart() {
        float[] whole = new float[filter.before + filled];
        for (int i = 1; i <= filter.before && i < filled; i++) {
            whole[filter.before - i] = buffer[i];
        }
        System.arraycopy(buffer, 0, whole, filter.before, filled);
        filled = 0;
        append(whole, 0, whole.length);
        base = -filter.before;
        mirrored = true;
    }

    private void append(float[] samples, int from, int count) {
        if (filled + count > buffer.length) {
            buffer = Arrays.copyOf(buffer, Math.max(filled + count, buffer.length * 2));
        }
        System.arraycopy(samples, from, buffer, filled, count);
        filled += count;
    }

    /** Makes the outputs whose time is at most that of an input sample and less than one period after it. */
    private void make(long last, Output output) throws MediaException {
        long position = made * in / out;
        while (position <= last) {
            output.accept(filter.value(buffer, (int) (position - filter.before - base), made * in % out, out));
            made++;
            position = made * in / out;
        }
        long unused = Math.min(filled, position - filter.before - base);
        if (unused > 0) {
            System.arraycopy(buffer, (int) unused, buffer, 0, filled - (int) unused);
            filled -= (int) unused;
            base += unused;
        }
    }
}
