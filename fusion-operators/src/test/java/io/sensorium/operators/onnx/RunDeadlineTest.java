// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import io.sensorium.operators.pack.ModelCatalog;
import io.sensorium.operators.pack.PackedModel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A graph that loops for ever on some inputs. */
@Timeout(60)
class RunDeadlineTest {

    private static final Path PACK = Path.of("src/test/resources/packs/head-loop");

    private static float[] run(OnnxGraphSession session, float value, Duration limit) throws OrtException {
        try (FloatTensorBuffer in = new FloatTensorBuffer();
                FloatTensorBuffer out = new FloatTensorBuffer()) {
            in.clear(2).put(value).put(1);
            out.clear(2);
            Map<String, OnnxTensor> inputs = Map.of("x", in.keptTensor(1, 2));
            session.run(inputs, Map.of("y", out.keptTensor(1, 2)), limit);
            float[] row = new float[2];
            out.floats().get(0, row);
            return row;
        }
    }

    private static OnnxGraphSession open() {
        PackedModel model = ModelCatalog.load(List.of(PACK)).find("head-loop").orElseThrow();
        return OnnxGraphSession.open(model, "model", new Device.Cpu(), 1);
    }

    @Test
    void aRunThatDoesNotEndIsEndedAndTheSessionGoesOn() throws Exception {
        try (OnnxGraphSession session = open()) {
            for (int i = 0; i < 3; i++) {
                assertThatThrownBy(() -> run(session, 101, Duration.ofMillis(200)))
                        .isInstanceOf(OrtException.class)
                        .hasMessageContaining("ended after 200 ms");
                assertThat(run(session, 7, Duration.ofSeconds(10))).containsExactly(7, 1);
            }
        }
    }

    @Test
    void anInterruptedThreadStartsNoRun() throws Exception {
        try (OnnxGraphSession session = open()) {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> run(session, 7, Duration.ofSeconds(10))).hasMessageContaining("interrupted");
            assertThat(Thread.interrupted()).isTrue();
            assertThat(run(session, 7, Duration.ofSeconds(10))).containsExactly(7, 1);
        }
    }
}
