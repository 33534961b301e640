// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Compares an exported graph in ONNX Runtime with the training framework's own numbers. */
public final class Parity {

    /** Largest ‖out − ref‖ / ‖ref‖ that an export may show. */
    static final double LARGEST = 1e-5;

    private Parity() {}

    /** Runs a head on rows of one vector a slot, null where absent, without a past; returns one output, flat. */
    static float[] run(byte[] model, List<String> slots, int[] dimensions, List<float[][]> rows, String output)
            throws OrtException {
        return run(model, slots, dimensions, rows, null, output);
    }

    /** {@link #run(byte[], List, int[], List, String)} with the past of every row one after another. */
    static float[] run(
            byte[] model, List<String> slots, int[] dimensions, List<float[][]> rows, float[] past, String output)
            throws OrtException {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        Map<String, OnnxTensor> inputs = new LinkedHashMap<>();
        try (OrtSession session = environment.createSession(model)) {
            FloatBuffer mask = FloatBuffer.allocate(rows.size() * slots.size());
            rows.forEach(row -> {
                for (float[] vector : row) {
                    mask.put(vector == null ? 0 : 1);
                }
            });
            inputs.put(
                    "mask", OnnxTensor.createTensor(environment, mask.flip(), new long[] {rows.size(), slots.size()}));
            for (int slot = 0; slot < slots.size(); slot++) {
                FloatBuffer values = FloatBuffer.allocate(rows.size() * dimensions[slot]);
                for (float[][] row : rows) {
                    values.put(row[slot] == null ? new float[dimensions[slot]] : row[slot], 0, dimensions[slot]);
                }
                inputs.put(slots.get(slot), OnnxTensor.createTensor(environment, values.flip(), new long[] {
                    rows.size(), dimensions[slot]
                }));
            }
            if (session.getInputNames().contains("context")) {
                int length = (int)
                        ((TensorInfo) session.getInputInfo().get("context").getInfo()).getShape()[1];
                inputs.put(
                        "context",
                        OnnxTensor.createTensor(
                                environment,
                                FloatBuffer.wrap(past == null ? new float[rows.size() * length] : past),
                                new long[] {rows.size(), length}));
            }
            try (OrtSession.Result result = session.run(inputs)) {
                FloatBuffer values = ((OnnxTensor) result.get(output).orElseThrow()).getFloatBuffer();
                float[] copy = new float[values.remaining()];
                values.get(copy);
                return copy;
            }
        } finally {
            inputs.values().forEach(OnnxTensor::close);
        }
    }

    /** ‖out − ref‖ / ‖ref‖. */
    public static double relativeError(float[] out, float[] reference) {
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < reference.length; i++) {
            difference += Math.pow((double) out[i] - reference[i], 2);
            norm += Math.pow(reference[i], 2);
        }
        return Math.sqrt(difference / norm);
    }

    static void require(String what, double error) throws IOException {
        if (!(error <= LARGEST)) {
            throw new IOException(what + ": the exported graph differs from the training framework by " + error
                    + ", more than " + LARGEST);
        }
    }

    /** Real rows at once and one by one; random full rows; random partial ones. */
    static List<List<float[][]>> batches(List<float[][]> real, int[] dimensions) {
        List<List<float[][]>> batches = new ArrayList<>();
        batches.add(real);
        real.stream().limit(8).forEach(row -> batches.add(java.util.Collections.singletonList(row)));
        Random random = new Random(3);
        for (int subset = 1; subset < 1 << dimensions.length; subset++) {
            List<float[][]> rows = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                float[][] row = new float[dimensions.length][];
                for (int slot = 0; slot < dimensions.length; slot++) {
                    if ((subset >> slot & 1) == 1) {
                        row[slot] = new float[dimensions[slot]];
                        for (int k = 0; k < dimensions[slot]; k++) {
                            row[slot][k] = (float) random.nextGaussian();
                        }
                    }
                }
                rows.add(row);
            }
            batches.add(rows);
        }
        return batches;
    }
}
