// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer.head;

import io.sensorium.trainer.head.FusionTraining.Example;
import java.util.List;

/** What logits are divided by so that probabilities are as often right as they say (Guo et al., ICML 2017). */
final class Temperature {

    private static final double LOWEST = 0.25;
    private static final double HIGHEST = 8;
    private static final double PRECISION = 1e-3;

    private Temperature() {}

    /**
     * The temperature at which the rows' labels are most likely, in [0.25, 8], by golden-section search: the loss has
     * one minimum over the inverse.
     *
     * @param logits {@code [rows * classes]}, up to a constant a row
     * @param rows with the labels; none gives 1
     */
    static double fit(float[] logits, List<Example> rows, int classes) {
        if (rows.isEmpty()) {
            return 1;
        }
        double ratio = (Math.sqrt(5) - 1) / 2;
        double from = 1 / HIGHEST;
        double to = 1 / LOWEST;
        while (to - from > PRECISION) {
            double left = to - ratio * (to - from);
            double right = from + ratio * (to - from);
            if (loss(logits, rows, classes, left) < loss(logits, rows, classes, right)) {
                to = right;
            } else {
                from = left;
            }
        }
        return 2 / (from + to);
    }

    private static double loss(float[] logits, List<Example> rows, int classes, double inverse) {
        double loss = 0;
        for (int row = 0; row < rows.size(); row++) {
            double highest = Double.NEGATIVE_INFINITY;
            for (int c = 0; c < classes; c++) {
                highest = Math.max(highest, logits[row * classes + c] * inverse);
            }
            double sum = 0;
            for (int c = 0; c < classes; c++) {
                sum += Math.exp(logits[row * classes + c] * inverse - highest);
            }
            loss += highest
                    + Math.log(sum)
                    - logits[row * classes + rows.get(row).label()] * inverse;
        }
        return loss;
    }
}
