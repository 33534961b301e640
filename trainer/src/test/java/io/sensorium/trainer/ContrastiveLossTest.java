// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.sensorium.trainer.head.ContrastiveLoss;
import io.sensorium.trainer.head.Parameters;
import io.sensorium.trainer.head.PyTorchOwnedArray;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Each objective against a value worked out by hand, on two or three unit vectors in the plane. */
class ContrastiveLossTest {

    private final NDManager manager = NDManager.newBaseManager("PyTorch");
    /** East and north. */
    private final NDArray axes = rows(1, 0, 0, 1);
    /** East, and north-east with the sides of 3, 4, 5. */
    private final NDArray tilted = rows(1, 0, 0.6f, 0.8f);

    private NDArray rows(float... values) {
        return manager.create(values, new Shape(values.length / 2, 2));
    }

    private NDArray scale(float value) {
        return manager.create(new float[] {value});
    }

    private static double logSum(double... logits) {
        double sum = 0;
        for (double logit : logits) {
            sum += Math.exp(logit);
        }
        return Math.log(sum);
    }

    @AfterEach
    void close() {
        manager.close();
    }

    @Test
    void infoNceIsSymmetric() {
        // Cosines, times 2: [[2, 1.2], [0, 1.6]].
        double byRow = logSum(2, 1.2) - 2 + logSum(0, 1.6) - 1.6;
        double byColumn = logSum(2, 0) - 2 + logSum(1.2, 1.6) - 1.6;
        double expected = (byRow + byColumn) / 4;
        assertThat(ContrastiveLoss.infoNce(axes, tilted, scale(2)).getFloat())
                .isCloseTo((float) expected, within(1e-5f));
        assertThat(ContrastiveLoss.infoNce(tilted, axes, scale(2)).getFloat())
                .isCloseTo((float) expected, within(1e-5f));
    }

    @Test
    void modalityInvarianceIsTheSumOverAllPairs() {
        // Of three times the same axes each pair costs log(e + 1) - 1 a row.
        double pair = logSum(1, 0) - 1;
        assertThat(ContrastiveLoss.modalityInvariant(List.of(axes, axes, axes), scale(1))
                        .getFloat())
                .isCloseTo((float) (3 * pair), within(1e-5f));
    }

    @Test
    void theGroupLevelCountsEveryPartner() {
        NDArray keys = rows(1, 0, 0.6f, 0.8f, 0, 1);
        // East has the first two keys, north the third. Cosines: [1, 0.6, 0] and [0, 0.8, 1].
        double east = logSum(1, 0.6, 0) - (1 + 0.6) / 2;
        double north = logSum(0, 0.8, 1) - 1;
        assertThat(ContrastiveLoss.group(axes, new int[] {7, 9}, keys, new int[] {7, 7, 9}, scale(1))
                        .getFloat())
                .isCloseTo((float) ((east + north) / 2), within(1e-5f));
        double instances = ContrastiveLoss.infoNce(axes, tilted, scale(1)).getFloat();
        assertThat(ContrastiveLoss.hierarchical(
                                axes, tilted, new int[] {7, 9}, keys, new int[] {7, 7, 9}, scale(1), 0.5f)
                        .getFloat())
                .isCloseTo((float) (instances + (east + north) / 4), within(1e-5f));
    }

    @Test
    void onlyTheNearestStrangerCounts() {
        // Cosines [[1, 0.6], [0, 0.8]]. By row: max(0, 0.3 + 0.6 - 1) = 0 and 0.3 + 0 - 0.8 < 0; by column: 0.3 + 0 - 1
        // < 0 and 0.3 + 0.6 - 0.8 = 0.1.
        assertThat(ContrastiveLoss.hardNegatives(axes, tilted, 0.3f).getFloat()).isCloseTo(0.1f / 4, within(1e-5f));
        assertThat(ContrastiveLoss.hardNegatives(axes, axes, 0.3f).getFloat()).isZero();
    }

    @Test
    void aGuessIsToldFromAllHiddenParts() {
        // Cosines of the guesses with what was hidden, times 2: [[2, 1.2], [0, 1.6]]; the parts do not look for their
        // guesses.
        double expected = (logSum(2, 1.2) - 2 + logSum(0, 1.6) - 1.6) / 2;
        assertThat(ContrastiveLoss.maskedModelling(axes, tilted, scale(2)).getFloat())
                .isCloseTo((float) expected, within(1e-5f));
        assertThat(ContrastiveLoss.maskedModelling(tilted, axes, scale(2)).getFloat())
                .isNotCloseTo((float) expected, within(1e-2f));
    }

    @Test
    void aCollectionAmidTrainingChangesNoDigit() {
        assertThat(train(true)).isEqualTo(train(false));
    }

    /**
     * A few steps of every objective; where asked, what Java let go of is freed and written over before each backward
     * pass.
     */
    private static float[] train(boolean collecting) {
        try (Parameters parameters = new Parameters(3)) {
            parameters.add("projection", 1, 16, 8);
            Random random = new Random(5);
            for (int step = 0; step < 20; step++) {
                float[] rows = new float[12 * 16];
                for (int i = 0; i < rows.length; i++) {
                    rows[i] = (float) random.nextGaussian();
                }
                parameters.descend(1e-2f, 0.1f, batch -> {
                    NDArray space = PyTorchOwnedArray.of(batch, rows, 12, 16).matMul(parameters.get("projection"));
                    NDArray unit =
                            space.div(space.square().sum(new int[] {1}, true).sqrt());
                    NDArray left = unit.get("0:6");
                    NDArray right = unit.get("6:12");
                    int[] groups = {0, 0, 1, 1, 2, 2};
                    NDArray loss = ContrastiveLoss.hierarchical(
                                    left,
                                    right,
                                    groups,
                                    right,
                                    groups,
                                    PyTorchOwnedArray.of(batch, new float[] {5}, 1),
                                    0.5f)
                            .add(ContrastiveLoss.hardNegatives(left, right, 0.2f));
                    if (collecting) {
                        System.gc();
                        for (int i = 0; i < 2_000; i++) {
                            ByteBuffer.allocateDirect(16)
                                    .order(ByteOrder.nativeOrder())
                                    .putFloat(Float.NaN)
                                    .putFloat(Float.NaN)
                                    .putFloat(Float.NaN);
                        }
                    }
                    return loss;
                });
            }
            return parameters.values("projection");
        }
    }
}
