// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media.fuzz;

import java.util.Random;

/** Sines that files are made of. */
final class Tones {

    static final double FREQUENCY = 440;
    static final double AMPLITUDE = 0.25;

    private Tones() {}

    /**
     * A frame of a tone, the same on every channel, in -1..1.
     *
     * @param frame its number
     */
    static double sample(int rate, long frame) {
        return AMPLITUDE * Math.sin(2 * Math.PI * FREQUENCY * frame / rate);
    }

    /** A few samples, or up to half a second. */
    static int frames(Random random, int rate) {
        return random.nextInt(6) == 0 ? 1 + random.nextInt(40) : (int) (rate * (0.06 + 0.4 * random.nextDouble()));
    }

    static Sample.Tone tone(int rate, long frames) {
        return new Sample.Tone(FREQUENCY, AMPLITUDE, (double) frames / rate);
    }

    @SafeVarargs
    static <T> T oneOf(Random random, T... choices) {
        return choices[random.nextInt(choices.length)];
    }
}
