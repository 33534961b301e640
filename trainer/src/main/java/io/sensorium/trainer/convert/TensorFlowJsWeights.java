// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer.convert;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sensorium.operators.onnx.EmbeddingBytes;
import io.sensorium.trainer.onnx.OnnxGraph;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** A TensorFlow.js model's weights: float32, float16, or uint8 with a scale and a minimum. */
final class TensorFlowJsWeights {

    /**
     * @param quantized null for plain float weights
     * @param half whether plain weights were float16
     */
    record Weight(long[] shape, byte[] quantized, float[] plain, boolean half, float scale, float min) {

        float[] values() {
            if (plain != null) {
                return plain;
            }
            float[] values = new float[quantized.length];
            for (int i = 0; i < values.length; i++) {
                values[i] = (quantized[i] & 0xff) * scale + min;
            }
            return values;
        }
    }

    private final Map<String, Weight> weights = new HashMap<>();

    TensorFlowJsWeights(Path folder) throws IOException {
        ByteBuffer data = ByteBuffer.wrap(Files.readAllBytes(folder.resolve("weights.bin")))
                .order(ByteOrder.LITTLE_ENDIAN);
        for (JsonNode spec :
                new ObjectMapper().readTree(folder.resolve("weights.json").toFile())) {
            long[] shape = new long[spec.get("shape").size()];
            int count = 1;
            for (int i = 0; i < shape.length; i++) {
                shape[i] = spec.get("shape").get(i).asLong();
                count *= (int) shape[i];
            }
            JsonNode quantization = spec.get("quantization");
            if (quantization == null) {
                if (spec.get("dtype").asText().equals("float32")) {
                    float[] values = new float[count];
                    data.asFloatBuffer().get(values);
                    data.position(data.position() + count * Float.BYTES);
                    weights.put(spec.get("name").asText(), new Weight(shape, null, values, false, 1, 0));
                } else {
                    data.position(data.position() + count * Integer.BYTES);
                }
                continue;
            }
            if (quantization.get("dtype").asText().equals("float16")) {
                byte[] halves = new byte[count * Short.BYTES];
                data.get(halves);
                weights.put(
                        spec.get("name").asText(),
                        new Weight(shape, null, EmbeddingBytes.fromFloat16(halves), true, 1, 0));
                continue;
            }
            if (!quantization.get("dtype").asText().equals("uint8")) {
                throw new IOException(
                        spec.get("name") + ": expected uint8 or float16 weights, got " + quantization.get("dtype"));
            }
            byte[] bytes = new byte[count];
            data.get(bytes);
            weights.put(
                    spec.get("name").asText(),
                    new Weight(
                            shape,
                            bytes,
                            null,
                            false,
                            (float) quantization.get("scale").asDouble(),
                            (float) quantization.get("min").asDouble()));
        }
    }

    Weight get(String name) {
        Weight weight = weights.get(name);
        if (weight == null) {
            throw new IllegalStateException("no weight " + name);
        }
        return weight;
    }

    boolean has(String name) {
        return weights.containsKey(name);
    }

    /**
     * Adds a weight, its axes permuted, to a graph. Large weights stay uint8 or float16 in the file, which keeps the
     * pack small; ONNX Runtime folds the cast, scale and minimum into float32 when it loads the graph.
     */
    String addTo(OnnxGraph graph, String name, int... permutation) {
        Weight weight = get(name);
        long[] shape = new long[permutation.length];
        for (int i = 0; i < shape.length; i++) {
            shape[i] = weight.shape[permutation[i]];
        }
        int[] source = sourceIndices(weight.shape, permutation);
        if (weight.quantized == null || weight.quantized.length < 1024) {
            float[] values = weight.values();
            float[] permuted = new float[values.length];
            for (int i = 0; i < permuted.length; i++) {
                permuted[i] = values[source[i]];
            }
            return weight.half && permuted.length >= 1024
                    ? graph.node(
                            "Cast",
                            java.util.List.of(graph.float16(EmbeddingBytes.ofFloat16(permuted), shape)),
                            Map.of("to", 1L))
                    : graph.constant(permuted, shape);
        }
        byte[] permuted = new byte[weight.quantized.length];
        for (int i = 0; i < permuted.length; i++) {
            permuted[i] = weight.quantized[source[i]];
        }
        String cast = graph.node("Cast", java.util.List.of(graph.constant(permuted, shape)), Map.of("to", 1L));
        return graph.node(
                "Add",
                graph.node("Mul", cast, graph.constant(new float[] {weight.scale})),
                graph.constant(new float[] {weight.min}));
    }

    /** For each element of the permuted tensor, in order, its index in the original. */
    private static int[] sourceIndices(long[] shape, int[] permutation) {
        int rank = shape.length;
        int[] strides = new int[rank];
        int count = 1;
        for (int i = rank - 1; i >= 0; i--) {
            strides[i] = count;
            count *= (int) shape[i];
        }
        int[] source = new int[count];
        int[] at = new int[rank];
        for (int i = 0; i < count; i++) {
            int from = 0;
            for (int axis = 0; axis < rank; axis++) {
                from += at[axis] * strides[permutation[axis]];
            }
            source[i] = from;
            for (int axis = rank - 1; axis >= 0 && ++at[axis] == shape[permutation[axis]]; axis--) {
                at[axis] = 0;
            }
        }
        return source;
    }
}
