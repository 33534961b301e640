// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer.head;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;

/**
 * Contrastive objectives over embeddings of length 1, {@code [rows, dimension]}; each gives one number to be made
 * small. Stateless; results belong to the manager of the embeddings.
 */
public final class ContrastiveLoss {

    private ContrastiveLoss() {}

    /**
     * Image-text InfoNCE, symmetric: every row's partner among all rows of the other side, both ways (Radford et al.,
     * CLIP, 2021).
     *
     * @param right row i is the partner of row i
     * @param scale what cosines are multiplied by: 1 / temperature
     */
    public static NDArray infoNce(NDArray left, NDArray right, NDArray scale) {
        NDArray logits = left.matMul(right.transpose()).mul(scale);
        long rows = left.getShape().get(0);
        NDArray diagonal = identity(left.getManager(), (int) rows);
        return PyTorchOwnedArray.scaled(
                logits.logSoftmax(1).add(logits.logSoftmax(0)).mul(diagonal).sum(), -0.5 / rows);
    }

    /**
     * Modality-invariant: {@link #infoNce} over every pair of modalities, so that all share one space.
     *
     * @return the sum over pairs
     */
    public static NDArray modalityInvariant(List<NDArray> modalities, NDArray scale) {
        NDArray loss = null;
        for (int left = 0; left < modalities.size(); left++) {
            for (int right = left + 1; right < modalities.size(); right++) {
                NDArray pair = infoNce(modalities.get(left), modalities.get(right), scale);
                loss = loss == null ? pair : loss.add(pair);
            }
        }
        return loss;
    }

    /**
     * Group level: a row's partners are all keys of its group (Khosla et al., "Supervised Contrastive Learning", 2020,
     * L_out).
     *
     * @param groups of the anchors
     * @param keyGroups of the keys; every anchor's group has one at least
     */
    public static NDArray group(NDArray anchors, int[] groups, NDArray keys, int[] keyGroups, NDArray scale) {
        float[] share = new float[groups.length * keyGroups.length];
        for (int row = 0; row < groups.length; row++) {
            int partners = 0;
            for (int group : keyGroups) {
                partners += group == groups[row] ? 1 : 0;
            }
            for (int key = 0; key < keyGroups.length; key++) {
                share[row * keyGroups.length + key] = keyGroups[key] == groups[row] ? 1f / partners : 0;
            }
        }
        NDManager manager = anchors.getManager();
        NDArray partners = PyTorchOwnedArray.of(manager, share, groups.length, keyGroups.length);
        return PyTorchOwnedArray.scaled(
                anchors.matMul(keys.transpose())
                        .mul(scale)
                        .logSoftmax(1)
                        .mul(partners)
                        .sum(),
                -1.0 / groups.length);
    }

    /**
     * Hierarchical: instances separated by {@link #infoNce}, and the groups they belong to by {@link #group}, weighted.
     */
    public static NDArray hierarchical(
            NDArray left,
            NDArray right,
            int[] groups,
            NDArray keys,
            int[] keyGroups,
            NDArray scale,
            float groupWeight) {
        return infoNce(left, right, scale)
                .add(PyTorchOwnedArray.scaled(group(left, groups, keys, keyGroups, scale), groupWeight));
    }

    /**
     * Hard negatives for matching: each row must be closer to its partner than the nearest other is, by a margin, both
     * ways (Faghri et al., VSE++, 2018).
     */
    public static NDArray hardNegatives(NDArray left, NDArray right, float margin) {
        NDArray cosines = left.matMul(right.transpose());
        int rows = (int) left.getShape().get(0);
        NDArray eye = identity(left.getManager(), rows);
        NDArray own = cosines.mul(eye).sum(new int[] {1}, true);
        NDArray others = cosines.sub(PyTorchOwnedArray.scaled(eye, 10));
        NDArray byRow = PyTorchOwnedArray.positive(
                others.max(new int[] {1}, true).sub(own).add(margin));
        NDArray byColumn = PyTorchOwnedArray.positive(
                others.max(new int[] {0}, true).transpose().sub(own).add(margin));
        return PyTorchOwnedArray.scaled(byRow.add(byColumn).sum(), 0.5 / rows);
    }

    /**
     * Masked modelling: each guess must be closer to the part that was hidden in its place than to the batch's other
     * hidden parts (van den Oord et al., 2018, one way: guesses look for parts).
     *
     * @param hidden row i is what guess i stands for
     */
    public static NDArray maskedModelling(NDArray guesses, NDArray hidden, NDArray scale) {
        long rows = guesses.getShape().get(0);
        NDArray own = guesses.matMul(hidden.transpose())
                .mul(scale)
                .logSoftmax(1)
                .mul(identity(guesses.getManager(), (int) rows));
        return PyTorchOwnedArray.scaled(own.sum(), -1.0 / rows);
    }

    private static NDArray identity(NDManager manager, int rows) {
        float[] values = new float[rows * rows];
        for (int row = 0; row < rows; row++) {
            values[row * (rows + 1)] = 1;
        }
        return PyTorchOwnedArray.of(manager, values, rows, rows);
    }
}
