// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.encode;

import java.nio.FloatBuffer;
import java.util.Random;

/**
 * A Gaussian matrix of a seed, which every Java draws alike: {@code from} numbers to {@code to}, distances kept within
 * a few percent (Johnson and Lindenstrauss, 1984). Immutable.
 */
final class RandomProjection {

    private final int from;
    private final int to;
    private final float[] matrix;

    RandomProjection(int from, int to, long seed) {
        this.from = from;
        this.to = to;
        this.matrix = new float[from * to];
        Random random = new Random(seed);
        double deviation = 1 / Math.sqrt(to);
        for (int i = 0; i < matrix.length; i++) {
            matrix[i] = (float) (random.nextGaussian() * deviation);
        }
    }

    /** Projects the {@code from} numbers at a place of a buffer to a place of a vector. */
    void project(FloatBuffer source, int at, float[] target, int place) {
        for (int i = 0; i < from; i++) {
            float value = source.get(at + i);
            for (int j = 0; j < to; j++) {
                target[place + j] += value * matrix[i * to + j];
            }
        }
    }
}
