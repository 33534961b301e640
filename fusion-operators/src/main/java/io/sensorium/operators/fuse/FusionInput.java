// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.fuse;

import java.util.Arrays;
import java.util.List;

/**
 * One window as an operator sees it.
 *
 * @param vectors by slot of the head, in the head's order, or, where the operator was given sources, by source: the
 *     embeddings of its modality, in the window's order; empty where the modality is absent
 * @param past for heads with a context, the subject's earlier fused vectors one after another, the newest first, zeros
 *     where there is none; null for a window without a past. Not to be written to
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

    /**
     * The mean of the embeddings of some sources, source by source, each in order, in double; null where none is
     * present. Embeddings of different lengths, of which a slot reads the first numbers, are averaged over the
     * shortest.
     *
     * @param sources as bits
     */
    float[] mean(long sources) {
        float[] first = null;
        double[] sum = null;
        int count = 0;
        for (int source = 0; source < vectors.size(); source++) {
            if ((sources & 1L << source) == 0) {
                continue;
            }
            for (float[] vector : vectors.get(source)) {
                if (first == null) {
                    first = vector;
                } else {
                    sum = plus(sum == null ? plus(new double[first.length], first) : sum, vector);
                }
                count++;
            }
        }
        if (sum == null) {
            return first;
        }
        float[] mean = new float[sum.length];
        for (int i = 0; i < mean.length; i++) {
            mean[i] = (float) (sum[i] / count);
        }
        return mean;
    }

    private static double[] plus(double[] sum, float[] vector) {
        double[] total = vector.length < sum.length ? Arrays.copyOf(sum, vector.length) : sum;
        for (int i = 0; i < total.length; i++) {
            total[i] += vector[i];
        }
        return total;
    }

    /** By slot one vector, the mean of several in order, in double; null where the modality is absent. */
    float[][] averaged() {
        float[][] slots = new float[vectors.size()][];
        for (int slot = 0; slot < slots.length; slot++) {
            slots[slot] = mean(1L << slot);
        }
        return slots;
    }
}
