// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer.head;

import ai.djl.ndarray.NDArray;
import io.sensorium.operators.pack.ModelManifest.Parts;
import io.sensorium.trainer.head.Fusion.Inputs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A head's inputs, standardized by the mean and deviation that each slot and its parts have in the training rows. */
final class StandardizedInputs {

    private final HeadShape shape;
    private final double featureDropout;
    private final Standardization[] standardizations;
    private final Standardization[] partStandardizations;

    /**
     * @param featureDropout share of an embedding's numbers that a training row loses
     * @param rows the training rows, by slot a vector, null where absent
     */
    StandardizedInputs(HeadShape shape, double featureDropout, List<float[][]> rows) {
        this.shape = shape;
        this.featureDropout = featureDropout;
        this.standardizations = new Standardization[shape.size()];
        this.partStandardizations = new Standardization[shape.size()];
        for (int slot = 0; slot < standardizations.length; slot++) {
            int s = slot;
            List<float[]> vectors = rows.stream()
                    .map(row -> row[s])
                    .filter(vector -> vector != null)
                    .toList();
            standardizations[slot] = Standardization.of(vectors, shape.pooled(slot));
            partStandardizations[slot] = shape.parts().get(slot) == null
                    ? null
                    : Standardization.ofParts(
                            vectors, shape.pooled(slot), shape.parts().get(slot));
        }
    }

    /** Rows and their mask as {@link #of(Algebra, List, Object)} has them. */
    Inputs<NDArray> of(TrainingAlgebra g, List<float[][]> rows) {
        List<NDArray> slots = new ArrayList<>();
        float[] mask = new float[rows.size() * shape.size()];
        for (int slot = 0; slot < shape.size(); slot++) {
            int dimension = shape.dimensions()[slot];
            float[] values = new float[rows.size() * dimension];
            for (int row = 0; row < rows.size(); row++) {
                float[] vector = rows.get(row)[slot];
                if (vector != null) {
                    mask[row * shape.size() + slot] = 1;
                    System.arraycopy(vector, 0, values, row * dimension, dimension);
                }
            }
            slots.add(g.constant(values, rows.size(), dimension));
        }
        return of(g, slots, g.constant(mask, rows.size(), shape.size()));
    }

    /** Embeddings and mask standardized, as they are trained on and as the exported graph has them. */
    <T> Inputs<T> of(Algebra<T> g, List<T> embeddings, T mask) {
        List<T> slots = new ArrayList<>();
        List<T> present = new ArrayList<>();
        List<T> parts = new ArrayList<>();
        List<T> filled = new ArrayList<>();
        for (int slot = 0; slot < shape.size(); slot++) {
            present.add(g.slice(mask, 1, slot, slot + 1));
            Parts own = shape.parts().get(slot);
            T whole = own == null ? embeddings.get(slot) : g.slice(embeddings.get(slot), 1, 0, shape.pooled(slot));
            T standardized = g.mul(standardizations[slot].apply(g, whole), present.get(slot));
            slots.add(g.dropout(standardized, featureDropout));
            if (own == null) {
                parts.add(null);
                filled.add(null);
            } else {
                T rows = g.reshape(
                        g.slice(embeddings.get(slot), 1, shape.pooled(slot), shape.dimensions()[slot]),
                        -1,
                        own.count(),
                        own.width());
                // An empty place is all zeros, which no part is.
                T there = g.clip(g.mul(g.sum(g.mul(rows, rows), 2), g.constant(new float[] {1e9f}, 1)), 0, 1);
                parts.add(g.dropout(g.mul(partStandardizations[slot].apply(g, rows), there), featureDropout));
                filled.add(g.reshape(there, -1, own.count()));
            }
        }
        return new Inputs<>(slots, present, parts, filled);
    }

    /** A vector's parts as the head sees them, empty places left out. */
    List<float[]> parts(int slot, float[] vector) {
        Parts own = shape.parts().get(slot);
        List<float[]> parts = new ArrayList<>();
        for (int place = 0; place < own.count(); place++) {
            int from = shape.pooled(slot) + place * own.width();
            float[] part = Arrays.copyOfRange(vector, from, from + own.width());
            float[] zeros = new float[own.width()];
            parts.add(Arrays.equals(part, zeros) ? null : partStandardizations[slot].apply(part));
        }
        return parts;
    }
}
