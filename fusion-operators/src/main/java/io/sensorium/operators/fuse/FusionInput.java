package io.sensorium.operators.fuse;

import java.util.List;

/**
 * One window as an operator sees it.
 *
 * @param vectors by slot of the head, in the head's order: the embeddings of the slot's modality, in the window's order;
 *     empty where the modality is absent
 * @param past for heads with a context, the subject's earlier fused vectors one after another, the newest first, zeros where there is
 *     none; null for a window without a past. Not to be written to
 */
public record FusionInput(List<List<float[]>> vectors, float[] past) {

    public FusionInput {
        vectors = List.copyOf(vectors);
    }

    /** A window without a past. */
    public FusionInput(List<List<float[]>> vectors) {
        this(vectors, null);
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
