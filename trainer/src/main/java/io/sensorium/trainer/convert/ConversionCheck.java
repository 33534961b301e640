// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer.convert;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.sensorium.trainer.Parity;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Compares a converted graph's outputs with those that TensorFlow.js computed. */
final class ConversionCheck {

    private static final double MAX_RELATIVE_ERROR = 1e-4;
    private static final int PICTURES = 2;

    private ConversionCheck() {}

    /**
     * @param inputName the graph's input; its two pictures, {@code [2, side, side, 3]} little-endian floats, are in
     *     {@code NAME.bin}
     * @param outputs names; each has its reference in {@code NAME.bin}
     * @throws IOException when an output differs by more than 1e-4
     */
    static void check(byte[] model, String inputName, int side, Path exported, List<String> outputs)
            throws IOException, OrtException {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (OrtSession session = environment.createSession(model);
                OnnxTensor input = OnnxTensor.createTensor(
                        environment,
                        FloatBuffer.wrap(floats(exported.resolve(inputName + ".bin"))),
                        new long[] {PICTURES, side, side, 3});
                OrtSession.Result result = session.run(Map.of(inputName, input))) {
            for (String output : outputs) {
                float[] reference = floats(exported.resolve(output + ".bin"));
                float[] ours = new float[reference.length];
                ((OnnxTensor) result.get(output).orElseThrow()).getFloatBuffer().get(ours);
                double error = Parity.relativeError(ours, reference);
                System.out.printf("%s: relative error against TensorFlow.js %.2e%n", output, error);
                if (!(error <= MAX_RELATIVE_ERROR)) {
                    throw new IOException(
                            output + " differs from the original by " + error + ", more than " + MAX_RELATIVE_ERROR);
                }
            }
        }
    }

    private static float[] floats(Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        float[] values = new float[bytes.remaining() / Float.BYTES];
        bytes.asFloatBuffer().get(values);
        return values;
    }
}
