// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer.convert;

import ai.onnxruntime.OrtException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sensorium.trainer.onnx.OnnxGraph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Converts nsfwjs' TensorFlow.js models into the bundled image encoder, one ONNX graph: pictures {@code [batch, 299,
 * 299, 3]} in 0..1 go in; out come the pooled ImageNet trunk of Inception v3 up to {@code mixed5} ({@code embedding
 * [batch, 768]}) and the five moderation probabilities of the mid-sized MobileNet v2 ({@code moderation [batch, 5]}),
 * which reads the same pictures at 224 × 224.
 *
 * <p>The result is checked against outputs that TensorFlow.js computed; run {@code src/main/js/export.mjs} first.
 */
public final class ImageEncoderConversion {

    private static final int SIZE = 299;

    private ImageEncoderConversion() {}

    /** Arguments: the exporter's folder, the ONNX file to write. */
    public static void main(String[] args) throws IOException, OrtException {
        if (args.length != 2) {
            System.err.println("usage: ImageEncoderConversion EXPORT_DIR MODEL.onnx");
            System.exit(2);
        }
        Path exported = Path.of(args[0]);
        OnnxGraph graph = new OnnxGraph("image-encoder");
        String pixels = graph.node(
                "Transpose", List.of(graph.input("pixels", -1, SIZE, SIZE, 3)), Map.of("perm", new long[] {0, 3, 1, 2
                }));
        String trunk = inception(graph, exported.resolve("inception_v3"), pixels, "mixed5");
        graph.output("embedding", graph.node("Flatten", graph.node("GlobalAveragePool", trunk)), -1, 768);
        String small = graph.node(
                "Resize",
                List.of(pixels, "", graph.constant(new float[] {1, 1, 224f / SIZE, 224f / SIZE}, 4)),
                Map.of("mode", "linear", "coordinate_transformation_mode", "half_pixel"));
        graph.output(
                "moderation",
                new TensorFlowGraph(graph, exported.resolve("mobilenet_v2_mid"), small).lastNode(),
                -1,
                5);
        byte[] model = graph.toModel();
        ConversionCheck.check(model, "pixels", SIZE, exported, List.of("embedding", "moderation"));
        Files.write(Path.of(args[1]), model);
        System.out.printf("wrote %s, %,d bytes%n", args[1], model.length);
    }

    private static String inception(OnnxGraph graph, Path folder, String pixels, String lastLayer) throws IOException {
        TensorFlowJsWeights weights = new TensorFlowJsWeights(folder);
        JsonNode layers = new ObjectMapper()
                .readTree(folder.resolve("topology.json").toFile())
                .at("/model_config/config/layers");
        Map<String, String> outputs = new HashMap<>();
        for (JsonNode layer : layers) {
            String name = layer.get("name").asText();
            JsonNode config = layer.get("config");
            List<String> inputs = new ArrayList<>();
            layer.get("inbound_nodes")
                    .path(0)
                    .forEach(node -> inputs.add(outputs.get(node.get(0).asText())));
            outputs.put(
                    name,
                    switch (layer.get("class_name").asText()) {
                        case "InputLayer" -> pixels;
                        case "Conv2D" -> {
                            if (config.get("use_bias").asBoolean()) {
                                throw new IOException(name + ": a bias was not expected before a batch normalization");
                            }
                            yield graph.node(
                                    "Conv",
                                    List.of(inputs.get(0), weights.addTo(graph, name + "/kernel", 3, 2, 0, 1)),
                                    Map.of(
                                            "strides",
                                            pair(config.get("strides")),
                                            "auto_pad",
                                            TensorFlowGraph.padding(
                                                    config.get("padding").asText())));
                        }
                        case "BatchNormalization" -> {
                            float[] mean = weights.get(name + "/moving_mean").values();
                            float[] gamma = weights.has(name + "/gamma")
                                    ? weights.get(name + "/gamma").values()
                                    : filled(mean.length, 1);
                            yield graph.node(
                                    "BatchNormalization",
                                    List.of(
                                            inputs.get(0),
                                            graph.constant(gamma, gamma.length),
                                            weights.addTo(graph, name + "/beta", 0),
                                            graph.constant(mean, mean.length),
                                            weights.addTo(graph, name + "/moving_variance", 0)),
                                    Map.of("epsilon", (float)
                                            config.get("epsilon").asDouble()));
                        }
                        case "Activation" -> graph.node("Relu", inputs.get(0));
                        case "MaxPooling2D" ->
                            graph.node(
                                    "MaxPool",
                                    inputs,
                                    Map.of(
                                            "kernel_shape",
                                            pair(config.get("pool_size")),
                                            "strides",
                                            pair(config.get("strides")),
                                            "auto_pad",
                                            TensorFlowGraph.padding(
                                                    config.get("padding").asText())));
                        case "AveragePooling2D" ->
                            graph.node(
                                    "AveragePool",
                                    inputs,
                                    Map.of(
                                            "kernel_shape",
                                            pair(config.get("pool_size")),
                                            "strides",
                                            pair(config.get("strides")),
                                            "auto_pad",
                                            TensorFlowGraph.padding(
                                                    config.get("padding").asText()),
                                            "count_include_pad",
                                            0L));
                        case "Concatenate" -> graph.node("Concat", inputs, Map.of("axis", 1L));
                        default -> throw new IOException(name + ": no conversion for " + layer.get("class_name"));
                    });
            if (name.equals(lastLayer)) {
                return outputs.get(name);
            }
        }
        throw new IOException("no layer " + lastLayer);
    }

    private static long[] pair(JsonNode both) {
        return new long[] {both.get(0).asLong(), both.get(1).asLong()};
    }

    private static float[] filled(int length, float value) {
        float[] values = new float[length];
        java.util.Arrays.fill(values, value);
        return values;
    }
}
