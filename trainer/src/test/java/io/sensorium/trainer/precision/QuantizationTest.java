// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer.precision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import io.sensorium.operators.pack.ModelCatalog;
import io.sensorium.trainer.onnx.OnnxGraph;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Variants at other precisions are near the model, and a row has the same numbers alone and in company. */
class QuantizationTest {

    private static final int SIDE = 12;

    private final Random random = new Random(5);

    private float[] normal(int count, double scale) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (random.nextGaussian() * scale);
        }
        return values;
    }

    /**
     * Two convolutions with all that the image encoders have beside them: normalization, pooling, a branch, a linear
     * bottleneck that is added.
     */
    private byte[] convolutional() {
        OnnxGraph graph = new OnnxGraph("small");
        String pixels = graph.node(
                "Transpose", List.of(graph.input("pixels", -1, SIDE, SIDE, 3)), Map.of("perm", new long[] {0, 3, 1, 2
                }));
        String first = graph.node(
                "Conv",
                List.of(pixels, graph.constant(normal(8 * 3 * 9, 0.3), 8, 3, 3, 3)),
                Map.of("auto_pad", "SAME_UPPER", "strides", new long[] {1, 1}));
        String normalized = graph.node(
                "BatchNormalization",
                List.of(
                        first,
                        graph.constant(normal(8, 1), 8),
                        graph.constant(normal(8, 0.2), 8),
                        graph.constant(normal(8, 0.1), 8),
                        graph.constant(new float[] {1, 2, 1, 3, 1, 1, 2, 1}, 8)),
                Map.of("epsilon", 1e-3f));
        String active = graph.node("Relu", normalized);
        String pooled = graph.node(
                "MaxPool",
                List.of(active),
                Map.of("kernel_shape", new long[] {3, 3}, "strides", new long[] {2, 2}, "auto_pad", "SAME_UPPER"));
        String linear = graph.node(
                "Conv",
                List.of(pooled, graph.constant(normal(8 * 8, 0.4), 8, 8, 1, 1), graph.constant(normal(8, 0.3), 8)),
                Map.of("strides", new long[] {1, 1}));
        String joined = graph.node("Concat", List.of(graph.node("Add", linear, pooled), pooled), Map.of("axis", 1L));
        graph.output("embedding", graph.node("Flatten", graph.node("GlobalAveragePool", joined)), -1, 16);
        return graph.toModel();
    }

    private static float[] run(byte[] model, List<float[]> rows) throws Exception {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        FloatBuffer pixels = FloatBuffer.allocate(rows.size() * SIDE * SIDE * 3);
        rows.forEach(pixels::put);
        try (OrtSession session = environment.createSession(model);
                OnnxTensor tensor =
                        OnnxTensor.createTensor(environment, pixels.flip(), new long[] {rows.size(), SIDE, SIDE, 3});
                OrtSession.Result result = session.run(Map.of("pixels", tensor))) {
            float[] values = new float[rows.size() * 16];
            ((OnnxTensor) result.get("embedding").orElseThrow())
                    .getFloatBuffer()
                    .get(values);
            return values;
        }
    }

    private static double relativeError(float[] out, float[] reference) {
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < out.length; i++) {
            difference += Math.pow(out[i] - reference[i], 2);
            norm += Math.pow(reference[i], 2);
        }
        return Math.sqrt(difference / norm);
    }

    private List<float[]> pictures(int count) {
        List<float[]> pictures = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            float[] picture = new float[SIDE * SIDE * 3];
            for (int k = 0; k < picture.length; k++) {
                picture[k] = random.nextFloat();
            }
            pictures.add(picture);
        }
        return pictures;
    }

    @Test
    void eightBitsAreNearAndDoNotDependOnCompany() throws Exception {
        byte[] model = convolutional();
        StaticQuantization quantization = new StaticQuantization(model, List.of());
        quantization.calibrate("pixels", pictures(20), new long[] {1, SIDE, SIDE, 3});
        byte[] quantized = quantization.quantized();
        List<float[]> unseen = pictures(6);
        float[] reference = run(model, unseen);
        float[] together = run(quantized, unseen);
        assertThat(relativeError(together, reference)).isBetween(1e-4, 0.05);
        for (int i = 0; i < unseen.size(); i++) {
            float[] alone = run(quantized, List.of(unseen.get(i)));
            assertThat(relativeError(java.util.Arrays.copyOfRange(together, 16 * i, 16 * i + 16), alone))
                    .as("a row alone and in company")
                    .isLessThanOrEqualTo(1e-5);
        }
    }

    @Test
    void halvesAreNearAndSmaller() throws Exception {
        byte[] model = convolutional();
        byte[] half = HalfPrecision.convert(model);
        assertThat(half.length).isLessThan(model.length);
        List<float[]> pictures = pictures(4);
        assertThat(relativeError(run(half, pictures), run(model, pictures))).isBetween(1e-6, 5e-3);
    }

    @Test
    void everyBundledHeadHasAHalfPrecisionLikeness() throws Exception {
        for (String head :
                List.of("sentiment-hierarchical", "sentiment-attention", "mosi-single-stream", "match-dual-encoder")) {
            byte[] half = HalfPrecision.convert(
                    ModelCatalog.bundled().find(head).orElseThrow().graph("model"));
            OrtEnvironment.getEnvironment().createSession(half).close();
        }
    }

    @Test
    void aNumberThatNoHalfHoldsIsNamed() {
        OnnxGraph graph = new OnnxGraph("large");
        graph.output(
                "out", graph.node("Mul", graph.input("in", -1, 2), graph.constant(new float[] {1e6f, 1}, 2)), -1, 2);
        assertThatThrownBy(() -> HalfPrecision.convert(graph.toModel())).hasMessageContaining("65504");
        assertThatThrownBy(() -> HalfPrecision.convert(new byte[] {1, 2, 3})).hasMessageContaining("no ONNX model");
    }
}
