// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer.convert;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sensorium.trainer.onnx.OnnxGraph;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A frozen TensorFlow graph of convolutions, written node by node into an ONNX graph; its tensors {@code [batch, h, w,
 * c]} become {@code [batch, c, h, w]}.
 */
final class TensorFlowGraph {

    private final OnnxGraph graph;
    private final TensorFlowJsWeights weights;
    private final String pixels;
    private final Map<String, JsonNode> nodes = new HashMap<>();
    private final Map<String, String> done = new HashMap<>();
    private final String last;

    /**
     * @param folder holds {@code topology.json} and the weights
     * @param pixels the tensor that the graph's placeholder stands for, {@code [batch, c, h, w]}
     */
    TensorFlowGraph(OnnxGraph graph, Path folder, String pixels) throws IOException {
        this.graph = graph;
        this.pixels = pixels;
        weights = new TensorFlowJsWeights(folder);
        JsonNode all = new ObjectMapper()
                .readTree(folder.resolve("topology.json").toFile())
                .get("node");
        all.forEach(node -> nodes.put(node.get("name").asText(), node));
        last = all.get(all.size() - 1).get("name").asText();
    }

    /** The output of the graph's last node. */
    String lastNode() throws IOException {
        return node(last);
    }

    /**
     * The output of a node, by its name.
     *
     * @throws IOException for an operation that has no conversion here
     */
    String node(String name) throws IOException {
        if (done.containsKey(name)) {
            return done.get(name);
        }
        JsonNode node = nodes.get(name);
        String op = node.get("op").asText();
        JsonNode attributes = node.path("attr");
        List<String> names = new ArrayList<>();
        node.path("input").forEach(input -> names.add(input.asText()));
        List<String> inputs = new ArrayList<>();
        for (String input : names) {
            inputs.add(nodes.get(input).get("op").asText().equals("Const") ? null : node(input));
        }
        String output = switch (op) {
            case "Placeholder" -> pixels;
            case "Mul", "Sub", "Add", "AddV2" -> {
                List<String> both = new ArrayList<>();
                for (int i = 0; i < 2; i++) {
                    both.add(inputs.get(i) != null ? inputs.get(i) : operand(names.get(i)));
                }
                yield graph.node(op.startsWith("Add") ? "Add" : op, both, Map.of());
            }
            case "Conv2D", "_FusedConv2D", "DepthwiseConv2dNative", "FusedDepthwiseConv2dNative" ->
                convolution(op, names, inputs.get(0), attributes);
            case "Relu6" -> relu6(inputs.get(0));
            case "Relu", "Sigmoid" -> graph.node(op, inputs.get(0));
            // Means here are all over height and width, sizes kept.
            case "Mean", "AvgPool" -> graph.node("GlobalAveragePool", inputs.get(0));
            case "ConcatV2" -> graph.node("Concat", inputs.subList(0, inputs.size() - 1), Map.of("axis", 1L));
            // Upsampling here is always twofold, from the top left corner.
            case "ResizeBilinear" ->
                graph.node(
                        "Resize",
                        List.of(inputs.get(0), "", graph.constant(new float[] {1, 1, 2, 2}, 4)),
                        Map.of("mode", "linear", "coordinate_transformation_mode", "asymmetric"));
            case "Squeeze" -> graph.node("Flatten", inputs.get(0));
            case "_FusedMatMul" ->
                graph.node(
                        "Gemm",
                        inputs.get(0),
                        weights.addTo(graph, names.get(1), 0, 1),
                        weights.addTo(graph, names.get(2), 0));
            case "Softmax" -> graph.node("Softmax", List.of(inputs.get(0)), Map.of("axis", 1L));
            case "Identity" -> inputs.get(0);
            default -> throw new IOException(name + ": no conversion for " + op);
        };
        done.put(name, output);
        return output;
    }

    /** A constant operand of a tensor: one number, or one per channel. */
    private String operand(String name) {
        float[] values = weights.get(name).values();
        return values.length == 1 ? graph.constant(values) : graph.constant(values, values.length, 1, 1);
    }

    private String convolution(String op, List<String> names, String input, JsonNode attributes) throws IOException {
        boolean depthwise = op.contains("Depthwise");
        long[] strides = {
            attributes.at("/strides/list/i/1").asLong(),
            attributes.at("/strides/list/i/2").asLong()
        };
        long channels = weights.get(names.get(1)).shape()[2];
        // TensorFlow's depthwise kernels are [h, w, in, 1], ONNX's [in, 1, h, w].
        String kernel = depthwise
                ? weights.addTo(graph, names.get(1), 2, 3, 0, 1)
                : weights.addTo(graph, names.get(1), 3, 2, 0, 1);
        List<String> operands = names.size() == 2
                ? List.of(input, kernel)
                : List.of(input, kernel, weights.addTo(graph, names.get(2), 0));
        String result = graph.node(
                "Conv",
                operands,
                Map.of(
                        "strides",
                        strides,
                        "auto_pad",
                        padding(text(attributes.at("/padding/s"))),
                        "group",
                        depthwise ? channels : 1L));
        for (JsonNode fused : attributes.at("/fused_ops/list/s")) {
            result = switch (text(fused)) {
                case "BiasAdd" -> result;
                case "Relu6" -> relu6(result);
                case "Relu" -> graph.node("Relu", result);
                default -> throw new IOException("no conversion for the fused operation " + text(fused));
            };
        }
        return result;
    }

    private String relu6(String tensor) {
        return graph.node("Clip", tensor, graph.constant(new float[] {0}), graph.constant(new float[] {6}));
    }

    private static String text(JsonNode base64) throws IOException {
        return new String(base64.binaryValue(), StandardCharsets.UTF_8);
    }

    static String padding(String tensorFlow) {
        return tensorFlow.equalsIgnoreCase("same") ? "SAME_UPPER" : "VALID";
    }
}
