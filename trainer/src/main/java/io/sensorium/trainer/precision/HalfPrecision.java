// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer.precision;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.sensorium.operators.onnx.EmbeddingBytes;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * A float graph in IEEE 754 binary16 with float inputs and outputs. On a GPU it computes in halves; on a CPU ONNX
 * Runtime computes most nodes in floats, so only the file is smaller. Stateless.
 */
final class HalfPrecision {

    private static final int FLOAT = DataType.FLOAT.getNumber();
    private static final int HALF = DataType.FLOAT16.getNumber();

    /** Inputs that stay floats by ONNX's own rules: a resize's region and scales. */
    private static final Map<String, Set<Integer>> FLOAT_INPUTS = Map.of("Resize", Set.of(1, 2));

    private HalfPrecision() {}

    /** @throws IllegalArgumentException when a constant is beyond ±65504, or the model is none */
    static byte[] convert(byte[] model) {
        ModelProto.Builder converted;
        try {
            converted = ModelProto.parseFrom(model).toBuilder();
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalArgumentException("no ONNX model: " + e.getMessage(), e);
        }
        GraphProto.Builder graph = converted.getGraphBuilder();
        Set<String> floats = new HashSet<>();
        for (NodeProto node : graph.getNodeList()) {
            FLOAT_INPUTS.getOrDefault(node.getOpType(), Set.of()).stream()
                    .filter(i -> i < node.getInputCount())
                    .forEach(i -> floats.add(node.getInput(i)));
        }
        Map<String, String> renamed = new HashMap<>();
        GraphProto.Builder result = GraphProto.newBuilder()
                .setName(graph.getName())
                .addAllInput(graph.getInputList())
                .addAllOutput(graph.getOutputList());
        graph.getInputList().stream()
                .filter(input -> input.getType().getTensorType().getElemType() == FLOAT)
                .forEach(input -> {
                    String half = input.getName() + "_half";
                    renamed.put(input.getName(), half);
                    result.addNode(cast(input.getName(), half, HALF));
                });
        Set<String> outputs = new HashSet<>();
        graph.getOutputList().stream()
                .filter(output -> output.getType().getTensorType().getElemType() == FLOAT)
                .forEach(output -> outputs.add(output.getName()));
        graph.getInitializerList()
                .forEach(tensor -> result.addInitializer(
                        tensor.getDataType() == FLOAT && !floats.contains(tensor.getName()) ? half(tensor) : tensor));
        for (NodeProto node : graph.getNodeList()) {
            NodeProto.Builder copy = node.toBuilder().clearInput().clearOutput().clearAttribute();
            for (int i = 0; i < node.getInputCount(); i++) {
                String input = node.getInput(i);
                copy.addInput(outputs.contains(input) ? input + "_half" : renamed.getOrDefault(input, input));
            }
            node.getOutputList()
                    .forEach(output -> copy.addOutput(outputs.contains(output) ? output + "_half" : output));
            boolean stays = node.getOutputCount() == 1 && floats.contains(node.getOutput(0));
            node.getAttributeList().forEach(attribute -> copy.addAttribute(stays ? attribute : half(node, attribute)));
            result.addNode(copy);
        }
        outputs.forEach(output -> result.addNode(cast(output + "_half", output, FLOAT)));
        return converted.setGraph(result).build().toByteArray();
    }

    private static NodeProto cast(String from, String to, int type) {
        return NodeProto.newBuilder()
                .setOpType("Cast")
                .setName("cast_" + to)
                .addInput(from)
                .addOutput(to)
                .addAttribute(AttributeProto.newBuilder()
                        .setName("to")
                        .setType(AttributeProto.AttributeType.INT)
                        .setI(type))
                .build();
    }

    private static AttributeProto half(NodeProto node, AttributeProto attribute) {
        if (node.getOpType().equals("Cast") && attribute.getName().equals("to") && attribute.getI() == FLOAT) {
            return attribute.toBuilder().setI(HALF).build();
        }
        boolean tensor = attribute.getType() == AttributeProto.AttributeType.TENSOR
                && attribute.getT().getDataType() == FLOAT;
        return tensor ? attribute.toBuilder().setT(half(attribute.getT())).build() : attribute;
    }

    private static TensorProto half(TensorProto tensor) {
        float[] values = Tensors.floats(tensor);
        for (int i = 0; i < values.length; i++) {
            // One number alone, such as what a mask takes for minus infinity, is as good as large as a half can be.
            values[i] = values.length == 1 ? Math.max(-65_504, Math.min(65_504, values[i])) : values[i];
            // What is smaller than the smallest half would be zero, and a divisor of zero.
            if (values[i] != 0 && Math.abs(values[i]) < 6e-8f) {
                values[i] = Math.copySign(6e-8f, values[i]);
            }
        }
        byte[] halves = EmbeddingBytes.ofFloat16(values);
        if (halves == null) {
            throw new IllegalArgumentException(
                    "the constant " + tensor.getName() + " has a number beyond ±65504, which fp16 does not hold");
        }
        return tensor.toBuilder()
                .clearFloatData()
                .setDataType(HALF)
                .setRawData(ByteString.copyFrom(halves))
                .build();
    }
}
