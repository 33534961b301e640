// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer.head;

import io.sensorium.operators.pack.ModelManifest.Parts;
import io.sensorium.trainer.onnx.OnnxGraph;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Per-column mean and 1 / standard deviation of training vectors. */
public record Standardization(float[] mean, float[] scale) {

    /** Far outliers, such as a user's odd pictures, must not swing a head that never saw them. */
    private static final float LARGEST = 6;

    /** Standardizes the first {@code dimension} numbers; from at least one vector. */
    public static Standardization of(List<float[]> vectors, int dimension) {
        float[] mean = new float[dimension];
        float[] scale = new float[dimension];
        for (int i = 0; i < dimension; i++) {
            double sum = 0;
            for (float[] vector : vectors) {
                sum += vector[i];
            }
            double average = sum / vectors.size();
            double squares = 0;
            for (float[] vector : vectors) {
                squares += (vector[i] - average) * (vector[i] - average);
            }
            mean[i] = (float) average;
            scale[i] = (float) (1 / Math.max(Math.sqrt(squares / vectors.size()), 1e-4));
        }
        return new Standardization(mean, scale);
    }

    /**
     * Standardizes parts, from all parts in the vectors regardless of their place; empty places do not count.
     *
     * @param from where the parts begin
     */
    static Standardization ofParts(List<float[]> vectors, int from, Parts parts) {
        List<float[]> all = new ArrayList<>();
        float[] empty = new float[parts.width()];
        for (float[] vector : vectors) {
            for (int place = 0; place < parts.count(); place++) {
                float[] part =
                        Arrays.copyOfRange(vector, from + place * parts.width(), from + (place + 1) * parts.width());
                if (!Arrays.equals(part, empty)) {
                    all.add(part);
                }
            }
        }
        return of(all, parts.width());
    }

    /** The first numbers of a vector with the training vectors' mean and deviation taken out, cut at ±6. */
    public float[] apply(float[] vector) {
        float[] result = new float[mean.length];
        for (int i = 0; i < result.length; i++) {
            result[i] = Math.max(-LARGEST, Math.min(LARGEST, (vector[i] - mean[i]) * scale[i]));
        }
        return result;
    }

    /** As {@link #apply}, on rows: {@code [batch, dimension]}. */
    <T> T apply(Algebra<T> g, T rows) {
        T centred = g.sub(rows, g.constant(mean, mean.length));
        return g.clip(g.mul(centred, g.constant(scale, scale.length)), -LARGEST, LARGEST);
    }

    /**
     * {@link #apply} as nodes of a graph.
     *
     * @return the name of the standardized tensor
     */
    public String export(OnnxGraph graph, String rows) {
        return apply(new ExportAlgebra(graph, null), rows);
    }
}
