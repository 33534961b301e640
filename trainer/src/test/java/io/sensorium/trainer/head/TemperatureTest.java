// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer.head;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.sensorium.trainer.head.FusionTraining.Example;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TemperatureTest {

    private static final int ROWS = 20_000;
    private static final int CLASSES = 3;

    @ParameterizedTest
    @ValueSource(doubles = {0.5, 1, 2.5})
    void logitsThatAreTooLargeOrTooSmallByAFactorAreFoundOut(double factor) {
        Random random = new Random(1);
        float[] logits = new float[ROWS * CLASSES];
        List<Example> rows = new ArrayList<>();
        for (int row = 0; row < ROWS; row++) {
            double[] weights = new double[CLASSES];
            double sum = 0;
            for (int c = 0; c < CLASSES; c++) {
                double logit = random.nextGaussian() * 1.5;
                logits[row * CLASSES + c] = (float) (logit * factor);
                weights[c] = Math.exp(logit);
                sum += weights[c];
            }
            double draw = random.nextDouble() * sum;
            int label = 0;
            while (label < CLASSES - 1 && (draw -= weights[label]) > 0) {
                label++;
            }
            rows.add(new Example(new float[0][], label));
        }

        assertThat(Temperature.fit(logits, rows, CLASSES)).isCloseTo(factor, within(0.05 * factor));
    }

    @Test
    void withoutRowsItIsOne() {
        assertThat(Temperature.fit(new float[0], List.of(), CLASSES)).isEqualTo(1);
    }

    @Test
    void rowsThatAreAllRightEndAtTheLimit() {
        assertThat(Temperature.fit(new float[] {2, 0, 0}, List.of(new Example(new float[0][], 0)), CLASSES))
                .isCloseTo(0.25, within(0.01));
    }
}
