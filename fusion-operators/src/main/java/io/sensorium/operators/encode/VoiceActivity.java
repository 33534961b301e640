// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.encode;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.sensorium.operators.onnx.FloatTensorBuffer;
import io.sensorium.operators.onnx.OnnxGraphSession;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Silero VAD over a batch of clips in step: each run takes every clip's next 512 samples with the 64 before them,
 * {@code [batch, 576]}, and the recurrent state {@code [2, batch, 128]}. Clips that have ended go on with silence,
 * which no other row sees. For one thread.
 */
final class VoiceActivity implements AutoCloseable {

    /** Samples a step. */
    static final int STEP = 512;

    private static final int CONTEXT = 64;
    private static final int STATE = 128;

    private final OnnxGraphSession session;
    private final FloatTensorBuffer chunk = new FloatTensorBuffer();
    private final FloatTensorBuffer state = new FloatTensorBuffer();

    VoiceActivity(OnnxGraphSession session) {
        this.session = session;
    }

    /** For each clip the probability of speech at each step, at least one. */
    List<float[]> probabilities(List<short[]> clips) throws OrtException {
        int rows = clips.size();
        List<float[]> probabilities = new ArrayList<>(rows);
        int steps = 0;
        for (short[] clip : clips) {
            probabilities.add(new float[Math.max(1, (clip.length + STEP - 1) / STEP)]);
            steps = Math.max(steps, probabilities.get(probabilities.size() - 1).length);
        }
        FloatBuffer zero = state.clear(2 * rows * STATE);
        while (zero.hasRemaining()) {
            zero.put(0);
        }
        try (OnnxTensor rate = OnnxTensor.createTensor(
                OrtEnvironment.getEnvironment(), LongBuffer.wrap(new long[] {16_000}), new long[0])) {
            for (int step = 0; step < steps; step++) {
                FloatBuffer buffer = chunk.clear(rows * (CONTEXT + STEP));
                for (short[] clip : clips) {
                    for (int i = step * STEP - CONTEXT; i < (step + 1) * STEP; i++) {
                        buffer.put(i >= 0 && i < clip.length ? clip[i] / 32768f : 0);
                    }
                }
                try (OnnxTensor input = chunk.tensor(rows, CONTEXT + STEP);
                        OnnxTensor before = state.tensor(2, rows, STATE);
                        OrtSession.Result result = session.run(Map.of("input", input, "state", before, "sr", rate))) {
                    FloatBuffer output = ((OnnxTensor) result.get("output").orElseThrow()).getFloatBuffer();
                    for (int row = 0; row < rows; row++) {
                        if (step < probabilities.get(row).length) {
                            probabilities.get(row)[step] = output.get(row);
                        }
                    }
                    FloatBuffer after = ((OnnxTensor) result.get("stateN").orElseThrow()).getFloatBuffer();
                    state.clear(2 * rows * STATE).put(after);
                }
            }
        }
        return probabilities;
    }

    @Override
    public void close() {
        session.close();
    }
}
