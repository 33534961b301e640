// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer.precision;

import ai.onnx.proto.OnnxMl;
import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Static int8 quantization of a convolutional graph, as ONNX Runtime's own tool does it (Jacob et al., 2018):
 * activations as uint8 with one scale a tensor, from the ranges that calibration rows show; weights as int8 with a
 * scale a channel; in the QDQ form, which the runtime fuses. Scales are fixed, so a row's numbers do not depend on its
 * company. Weights take seven bits: processors without VNNI add pairs of eight-bit products in sixteen bits, which
 * would saturate. For one thread.
 */
final class StaticQuantization {

    private static final int WEIGHT_LEVELS = 63;

    /** Nodes whose inputs and outputs are kept in eight bits. */
    private static final Set<String> QUANTIZED =
            Set.of("Conv", "MaxPool", "AveragePool", "Concat", "Add", "Relu", "Clip", "GlobalAveragePool");

    /** What follows a convolution and is absorbed into its output's range. */
    private static final Set<String> ACTIVATIONS = Set.of("Relu", "Clip");

    private final GraphProto graph;
    private final ModelProto model;
    private final Map<String, TensorProto> constants = new HashMap<>();
    private final Map<String, float[]> ranges = new LinkedHashMap<>();

    /**
     * Folds constants and batch normalizations, then finds what is to be quantized.
     *
     * @param onnx a float graph
     * @param floats outputs that stay as they are: nodes that lead to them alone are not quantized
     * @throws OrtException when ONNX Runtime cannot load it
     */
    StaticQuantization(byte[] onnx, Collection<String> floats) throws OrtException, IOException {
        Path folded = Files.createTempFile("folded", ".onnx");
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.BASIC_OPT);
            options.setOptimizedModelFilePath(folded.toString());
            OrtEnvironment.getEnvironment().createSession(onnx, options).close();
            model = ModelProto.parseFrom(Files.readAllBytes(folded));
        } catch (InvalidProtocolBufferException e) {
            throw new IOException("ONNX Runtime wrote no model: " + e.getMessage(), e);
        } finally {
            Files.deleteIfExists(folded);
        }
        graph = model.getGraph();
        graph.getInitializerList().forEach(tensor -> constants.put(tensor.getName(), tensor));
        Set<String> tensors = new LinkedHashSet<>();
        Map<String, List<NodeProto>> consumers = consumers();
        Set<String> wanted = leadingTo(graph.getOutputList().stream()
                .map(ValueInfoProto::getName)
                .filter(output -> !floats.contains(output))
                .toList());
        for (NodeProto node : graph.getNodeList()) {
            if (!QUANTIZED.contains(node.getOpType()) || !wanted.contains(node.getOutput(0))) {
                continue;
            }
            List<NodeProto> next = consumers.getOrDefault(node.getOutput(0), List.of());
            boolean absorbed =
                    next.size() == 1 && ACTIVATIONS.contains(next.get(0).getOpType());
            if (!absorbed && !node.getOpType().equals("GlobalAveragePool")) {
                tensors.add(node.getOutput(0));
            }
        }
        tensors.forEach(tensor -> ranges.put(tensor, new float[2]));
    }

    /** The tensors from which an output is computed, itself among them. */
    private Set<String> leadingTo(List<String> outputs) {
        Map<String, NodeProto> producers = new HashMap<>();
        graph.getNodeList().forEach(node -> node.getOutputList().forEach(output -> producers.put(output, node)));
        Set<String> tensors = new LinkedHashSet<>();
        Deque<String> open = new ArrayDeque<>(outputs);
        while (!open.isEmpty()) {
            String tensor = open.poll();
            if (tensors.add(tensor) && producers.containsKey(tensor)) {
                open.addAll(producers.get(tensor).getInputList());
            }
        }
        return tensors;
    }

    private Map<String, List<NodeProto>> consumers() {
        Map<String, List<NodeProto>> consumers = new HashMap<>();
        graph.getNodeList()
                .forEach(node -> node.getInputList()
                        .forEach(input -> consumers
                                .computeIfAbsent(input, name -> new ArrayList<>())
                                .add(node)));
        return consumers;
    }

    /**
     * Sees the ranges of calibration rows; every range is the mean of the rows' own, so that one odd row does not
     * stretch it.
     *
     * @param input the graph's input
     * @param rows one tensor's numbers each
     * @param shape of one row, the batch dimension 1 first
     */
    void calibrate(String input, List<float[]> rows, long[] shape) throws OrtException {
        GraphProto.Builder watched = graph.toBuilder();
        Set<String> outputs = new LinkedHashSet<>();
        graph.getOutputList().forEach(output -> outputs.add(output.getName()));
        ranges.keySet().stream()
                .filter(tensor -> !outputs.contains(tensor))
                .forEach(tensor -> watched.addOutput(ValueInfoProto.newBuilder()
                        .setName(tensor)
                        .setType(OnnxMl.TypeProto.newBuilder()
                                .setTensorType(OnnxMl.TypeProto.Tensor.newBuilder()
                                        .setElemType(DataType.FLOAT.getNumber())))));
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.NO_OPT);
            try (OrtSession session = environment.createSession(
                    model.toBuilder().setGraph(watched).build().toByteArray(), options)) {
                for (float[] row : rows) {
                    try (OnnxTensor tensor = OnnxTensor.createTensor(environment, FloatBuffer.wrap(row), shape);
                            OrtSession.Result result = session.run(Map.of(input, tensor))) {
                        ranges.forEach((name, range) -> widen(
                                range, ((OnnxTensor) result.get(name).orElseThrow()).getFloatBuffer(), rows.size()));
                    }
                }
            }
        }
    }

    private static void widen(float[] range, FloatBuffer values, int rows) {
        float least = 0;
        float most = 0;
        for (int i = 0; i < values.remaining(); i++) {
            least = Math.min(least, values.get(values.position() + i));
            most = Math.max(most, values.get(values.position() + i));
        }
        range[0] += least / rows;
        range[1] += most / rows;
    }

    /** The quantized model. */
    byte[] quantized() {
        GraphProto.Builder result = graph.toBuilder().clearNode().clearInitializer();
        Set<String> replaced = new LinkedHashSet<>();
        List<NodeProto> nodes = new ArrayList<>();
        Map<String, String> dequantized = new HashMap<>();
        ranges.forEach((tensor, range) -> dequantized.put(tensor, tensor + "_dq"));
        for (NodeProto node : graph.getNodeList()) {
            // Without names: where ONNX Runtime makes two nodes of one it gives both its name, and then refuses them.
            NodeProto.Builder copy = node.toBuilder().clearName();
            boolean eight = QUANTIZED.contains(node.getOpType());
            for (int i = 0; i < node.getInputCount(); i++) {
                if (dequantized.containsKey(node.getInput(i)) && eight) {
                    copy.setInput(i, dequantized.get(node.getInput(i)));
                }
            }
            // The first convolution of a branch reads pixels, which stay floats, and so does it.
            if (node.getOpType().equals("Conv")
                    && ranges.containsKey(node.getInput(0))
                    && constants.containsKey(node.getInput(1))) {
                copy.setInput(1, weights(constants.get(node.getInput(1)), result, nodes, replaced));
                if (node.getInputCount() > 2) {
                    copy.setInput(2, bias(constants.get(node.getInput(2)), node, result, nodes, replaced));
                }
            }
            nodes.add(copy.build());
            node.getOutputList().stream()
                    .filter(ranges::containsKey)
                    .forEach(output -> quantize(output, result, nodes));
        }
        Set<String> used = new LinkedHashSet<>();
        nodes.forEach(node -> used.addAll(node.getInputList()));
        graph.getInitializerList().stream()
                .filter(tensor -> used.contains(tensor.getName()))
                .forEach(result::addInitializer);
        return model.toBuilder()
                .setGraph(result.clearValueInfo().addAllNode(inOrder(nodes, result)))
                .build()
                .toByteArray();
    }

    /** Each node after those whose outputs it reads, which the folded graph does not guarantee. */
    private static List<NodeProto> inOrder(List<NodeProto> nodes, GraphProto.Builder result) {
        Set<String> there = new LinkedHashSet<>(Set.of(""));
        result.getInputList().forEach(input -> there.add(input.getName()));
        result.getInitializerList().forEach(tensor -> there.add(tensor.getName()));
        List<NodeProto> ordered = new ArrayList<>();
        List<NodeProto> left = nodes;
        while (!left.isEmpty()) {
            List<NodeProto> later = new ArrayList<>();
            for (NodeProto node : left) {
                if (there.containsAll(node.getInputList())) {
                    ordered.add(node);
                    there.addAll(node.getOutputList());
                } else {
                    later.add(node);
                }
            }
            if (later.size() == left.size()) {
                throw new IllegalStateException("the graph has a cycle, or reads a value that no node writes: "
                        + later.get(0).getInputList());
            }
            left = later;
        }
        return ordered;
    }

    private float scale(String tensor) {
        float[] range = ranges.get(tensor);
        return Math.max((range[1] - range[0]) / 255, 1e-8f);
    }

    private void quantize(String tensor, GraphProto.Builder result, List<NodeProto> nodes) {
        float scale = scale(tensor);
        int zero = Math.max(0, Math.min(255, Math.round(-ranges.get(tensor)[0] / scale)));
        result.addInitializer(Tensors.floats(tensor + "_scale", new float[] {scale}));
        result.addInitializer(Tensors.of(tensor + "_zero", DataType.UINT8, new byte[] {(byte) zero}));
        nodes.add(node("QuantizeLinear", List.of(tensor, tensor + "_scale", tensor + "_zero"), tensor + "_q", -1));
        nodes.add(node(
                "DequantizeLinear", List.of(tensor + "_q", tensor + "_scale", tensor + "_zero"), tensor + "_dq", -1));
    }

    private static NodeProto node(String op, List<String> inputs, String output, int axis) {
        NodeProto.Builder node =
                NodeProto.newBuilder().setOpType(op).addAllInput(inputs).addOutput(output);
        if (axis >= 0) {
            node.addAttribute(AttributeProto.newBuilder()
                    .setName("axis")
                    .setType(AttributeProto.AttributeType.INT)
                    .setI(axis));
        }
        return node.build();
    }

    private static float[] channelScales(TensorProto weights) {
        float[] values = Tensors.floats(weights);
        int channels = (int) weights.getDims(0);
        int each = values.length / channels;
        float[] scales = new float[channels];
        for (int channel = 0; channel < channels; channel++) {
            float largest = 1e-8f;
            for (int i = 0; i < each; i++) {
                largest = Math.max(largest, Math.abs(values[channel * each + i]));
            }
            scales[channel] = largest / WEIGHT_LEVELS;
        }
        return scales;
    }

    private static String weights(
            TensorProto weights, GraphProto.Builder result, List<NodeProto> nodes, Set<String> replaced) {
        String name = weights.getName();
        if (replaced.add(name)) {
            float[] values = Tensors.floats(weights);
            float[] scales = channelScales(weights);
            byte[] eight = new byte[values.length];
            int each = values.length / scales.length;
            for (int i = 0; i < values.length; i++) {
                eight[i] = (byte) Math.round(values[i] / scales[i / each]);
            }
            result.addInitializer(Tensors.of(
                    name + "_q",
                    DataType.INT8,
                    eight,
                    weights.getDimsList().stream().mapToLong(Long::longValue).toArray()));
            result.addInitializer(Tensors.floats(name + "_scale", scales, scales.length));
            result.addInitializer(Tensors.of(name + "_zero", DataType.INT8, new byte[scales.length], scales.length));
            nodes.add(node("DequantizeLinear", List.of(name + "_q", name + "_scale", name + "_zero"), name + "_dq", 0));
        }
        return name + "_dq";
    }

    private String bias(
            TensorProto bias, NodeProto conv, GraphProto.Builder result, List<NodeProto> nodes, Set<String> replaced) {
        // A bias's scale is its convolution's own, so it is not shared.
        String name = bias.getName() + "_of_" + conv.getOutput(0);
        if (replaced.add(name)) {
            float[] values = Tensors.floats(bias);
            float[] weightScales = channelScales(constants.get(conv.getInput(1)));
            float[] scales = new float[values.length];
            ByteBuffer thirtyTwo =
                    ByteBuffer.allocate(values.length * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            for (int i = 0; i < values.length; i++) {
                scales[i] = scale(conv.getInput(0)) * weightScales[i];
                thirtyTwo.putInt(Math.round(values[i] / scales[i]));
            }
            result.addInitializer(Tensors.of(name + "_q", DataType.INT32, thirtyTwo.array(), values.length));
            result.addInitializer(Tensors.floats(name + "_scale", scales, values.length));
            nodes.add(node("DequantizeLinear", List.of(name + "_q", name + "_scale"), name + "_dq", 0));
        }
        return name + "_dq";
    }
}
