package io.sensorium.trainer;

import java.util.List;

/** Per-column mean and 1 / standard deviation of training vectors. */
record Standardization(float[] mean, float[] scale) {

    static Standardization of(List<float[]> vectors) {
        int dimension = vectors.get(0).length;
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

    float[] apply(float[] vector) {
        float[] result = new float[vector.length];
        for (int i = 0; i < result.length; i++) {
            // Far outliers, such as a user's odd pictures, must not swing a head that never saw them.
            result[i] = Math.max(-6, Math.min(6, (vector[i] - mean[i]) * scale[i]));
        }
        return result;
    }
}
