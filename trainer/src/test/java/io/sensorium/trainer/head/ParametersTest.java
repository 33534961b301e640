// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer.head;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import org.junit.jupiter.api.Test;

/** Steps of the optimizer, against the update rule of its paper in plain Java. */
class ParametersTest {

    private static final double BETA1 = 0.9;
    private static final double BETA2 = 0.999;
    private static final float DECAY = 0.1f;

    /** The weights of a loss {@code sum(c x^2)}, whose gradient is {@code 2 c x}. */
    private static final class Reference {
        private final double[] values;
        private final double curvature;
        private final double decay;
        private final double[] m;
        private final double[] v;

        Reference(double curvature, double decay, double... values) {
            this.curvature = curvature;
            this.decay = decay;
            this.values = values;
            m = new double[values.length];
            v = new double[values.length];
        }

        void step(int step, double rate) {
            for (int i = 0; i < values.length; i++) {
                double gradient = 2 * curvature * values[i];
                m[i] = BETA1 * m[i] + (1 - BETA1) * gradient;
                v[i] = BETA2 * v[i] + (1 - BETA2) * gradient * gradient;
                double corrected = m[i] / (1 - Math.pow(BETA1, step));
                values[i] -= rate * corrected / (Math.sqrt(v[i] / (1 - Math.pow(BETA2, step))) + 1e-8)
                        + rate * decay * values[i];
            }
        }
    }

    private static void assertClose(float[] actual, double[] expected) {
        for (int i = 0; i < expected.length; i++) {
            assertThat((double) actual[i]).isCloseTo(expected[i], within(1e-4 * Math.abs(expected[i]) + 1e-6));
        }
    }

    @Test
    void matricesDecayBiasesDoNotAndTheRateMayChangeWithEveryStep() {
        Reference matrix = new Reference(1.5, DECAY, 0.5, -2, 3, 0.01);
        Reference bias = new Reference(0.25, 0, 1, -1);
        try (Parameters parameters = new Parameters(1)) {
            parameters.put("matrix", new float[] {0.5f, -2, 3, 0.01f}, 2, 2);
            parameters.put("bias", new float[] {1, -1}, 2);
            for (int step = 1; step <= 25; step++) {
                float rate = 0.02f / step;
                parameters.descend(rate, DECAY, manager -> {
                    NDArray one = PyTorchOwnedArray.scaled(
                            parameters.get("matrix").square().sum(), 1.5);
                    return one.add(PyTorchOwnedArray.scaled(
                            parameters.get("bias").square().sum(), 0.25));
                });
                matrix.step(step, rate);
                bias.step(step, rate);
            }
            assertClose(parameters.values("matrix"), matrix.values);
            assertClose(parameters.values("bias"), bias.values);
        }
    }
}
