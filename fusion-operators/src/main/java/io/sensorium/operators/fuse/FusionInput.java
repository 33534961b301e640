package io.sensorium.operators.fuse;

import java.util.List;

/**
 * One window as an operator sees it.
 *
 * @param vectors by slot of the head, in the head's order: the embeddings of the slot's modality, in the window's order;
 *     empty where the modality is absent
 */
public record FusionInput(List<List<float[]>> vectors) {

    public FusionInput {
        vectors = List.copyOf(vectors);
    }

    boolean has(int slot) {
        return !vectors.get(slot).isEmpty();
    }

    /** By slot one vector, the mean of several in order, in double; null where the modality is absent. */
    float[][] averaged() {
        float[][] slots = new float[vectors.size()][];
        for (int slot = 0; slot < slots.length; slot++) {
            List<float[]> own = vectors.get(slot);
            if (own.size() == 1) {
                slots[slot] = own.get(0);
            } else if (!own.isEmpty()) {
                double[] sum = new double[own.get(0).length];
                for (float[] vector : own) {
                    for (int i = 0; i < sum.length; i++) {
                        sum[i] += vector[i];
                    }
                }
                slots[slot] = new float[sum.length];
                for (int i = 0; i < sum.length; i++) {
                    slots[slot][i] = (float) (sum[i] / own.size());
                }
            }
        }
        return slots;
    }
}
