package io.sensorium.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.sensorium.trainer.head.ContrastiveLoss;
import java.util.List;
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
        assertThat(ContrastiveLoss.infoNce(axes, tilted, scale(2)).getFloat()).isCloseTo((float) expected, within(1e-5f));
        assertThat(ContrastiveLoss.infoNce(tilted, axes, scale(2)).getFloat()).isCloseTo((float) expected, within(1e-5f));
    }

    @Test
    void modalityInvarianceIsTheSumOverAllPairs() {
        // Of three times the same axes each pair costs log(e + 1) - 1 a row.
        double pair = logSum(1, 0) - 1;
        assertThat(ContrastiveLoss.modalityInvariant(List.of(axes, axes, axes), scale(1)).getFloat()).isCloseTo((float) (3 * pair), within(1e-5f));
    }

    @Test
    void theGroupLevelCountsEveryPartner() {
        NDArray keys = rows(1, 0, 0.6f, 0.8f, 0, 1);
        // East has the first two keys, north the third. Cosines: [1, 0.6, 0] and [0, 0.8, 1].
        double east = logSum(1, 0.6, 0) - (1 + 0.6) / 2;
        double north = logSum(0, 0.8, 1) - 1;
        assertThat(ContrastiveLoss.group(axes, new int[] {7, 9}, keys, new int[] {7, 7, 9}, scale(1)).getFloat()).isCloseTo((float) ((east + north) / 2), within(1e-5f));
        double instances = ContrastiveLoss.infoNce(axes, tilted, scale(1)).getFloat();
        assertThat(ContrastiveLoss.hierarchical(axes, tilted, new int[] {7, 9}, keys, new int[] {7, 7, 9}, scale(1), 0.5f).getFloat())
                .isCloseTo((float) (instances + (east + north) / 4), within(1e-5f));
    }

    @Test
    void onlyTheNearestStrangerCounts() {
        // Cosines [[1, 0.6], [0, 0.8]]. By row: max(0, 0.3 + 0.6 - 1) = 0 and 0.3 + 0 - 0.8 < 0; by column: 0.3 + 0 - 1 < 0 and 0.3 + 0.6 - 0.8 = 0.1.
        assertThat(ContrastiveLoss.hardNegatives(axes, tilted, 0.3f).getFloat()).isCloseTo(0.1f / 4, within(1e-5f));
        assertThat(ContrastiveLoss.hardNegatives(axes, axes, 0.3f).getFloat()).isZero();
    }
}
