// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer.onnx;

import ai.onnx.proto.OnnxMl;
import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;

/**
 * Writes an ONNX graph node by node. Every method that adds a node returns the name of its output. For one thread.
 *
 * <p>Opset 17, IR version 8: read by every ONNX Runtime since 1.12.
 */
public final class OnnxGraph {

    private static final int OPSET = 17;
    private static final int IR_VERSION = 8;

    private final OnnxMl.GraphProto.Builder graph = OnnxMl.GraphProto.newBuilder();
    private int next;

    public OnnxGraph(String name) {
        graph.setName(name);
    }

    /** Declares a float input; a dimension of -1 is the batch. */
    public String input(String name, long... shape) {
        graph.addInput(value(name, shape));
        return name;
    }

    /** Declares a float output and binds it to a computed tensor; a dimension of -1 is the batch. */
    public void output(String name, String tensor, long... shape) {
        graph.addNode(OnnxMl.NodeProto.newBuilder()
                .setOpType("Identity")
                .setName("out_" + name)
                .addInput(tensor)
                .addOutput(name));
        graph.addOutput(value(name, shape));
    }

    /** Adds a float constant of the given shape (none for a scalar). */
    public String constant(float[] values, long... shape) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            bytes.putFloat(value);
        }
        return initializer(OnnxMl.TensorProto.DataType.FLOAT, bytes.array(), shape);
    }

    /** Adds an int64 constant vector. */
    public String constant(long... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (long value : values) {
            bytes.putLong(value);
        }
        return initializer(OnnxMl.TensorProto.DataType.INT64, bytes.array(), values.length);
    }

    /** Adds a uint8 constant of the given shape. */
    public String constant(byte[] values, long... shape) {
        return initializer(OnnxMl.TensorProto.DataType.UINT8, values, shape);
    }

    /**
     * Adds a float16 constant of the given shape.
     *
     * @param bytes little-endian, 2 a number
     */
    public String float16(byte[] bytes, long... shape) {
        return initializer(OnnxMl.TensorProto.DataType.FLOAT16, bytes, shape);
    }

    /** Adds a node with one output. Attribute values are Long, long[], Float or String. */
    public String node(String op, List<String> inputs, Map<String, ?> attributes) {
        String output = "t" + next++;
        OnnxMl.NodeProto.Builder node = OnnxMl.NodeProto.newBuilder()
                .setOpType(op)
                .setName(op + "_" + output)
                .addAllInput(inputs)
                .addOutput(output);
        attributes.forEach((name, value) -> node.addAttribute(attribute(name, value)));
        graph.addNode(node);
        return output;
    }

    /** Adds a node with one output and no attributes. */
    public String node(String op, String... inputs) {
        return node(op, List.of(inputs), Map.of());
    }

    /** The finished model. */
    public byte[] toModel() {
        return OnnxMl.ModelProto.newBuilder()
                .setIrVersion(IR_VERSION)
                .setProducerName("sensorium")
                .addOpsetImport(OnnxMl.OperatorSetIdProto.newBuilder().setVersion(OPSET))
                .setGraph(graph)
                .build()
                .toByteArray();
    }

    private String initializer(OnnxMl.TensorProto.DataType type, byte[] bytes, long... shape) {
        String name = "c" + next++;
        OnnxMl.TensorProto.Builder tensor = OnnxMl.TensorProto.newBuilder()
                .setName(name)
                .setDataType(type.getNumber())
                .setRawData(ByteString.copyFrom(bytes));
        for (long dimension : shape) {
            tensor.addDims(dimension);
        }
        graph.addInitializer(tensor);
        return name;
    }

    private static OnnxMl.ValueInfoProto value(String name, long... shape) {
        OnnxMl.TensorShapeProto.Builder dimensions = OnnxMl.TensorShapeProto.newBuilder();
        for (long dimension : shape) {
            OnnxMl.TensorShapeProto.Dimension.Builder one = OnnxMl.TensorShapeProto.Dimension.newBuilder();
            dimensions.addDim(dimension < 0 ? one.setDimParam("batch") : one.setDimValue(dimension));
        }
        return OnnxMl.ValueInfoProto.newBuilder()
                .setName(name)
                .setType(OnnxMl.TypeProto.newBuilder()
                        .setTensorType(OnnxMl.TypeProto.Tensor.newBuilder()
                                .setElemType(OnnxMl.TensorProto.DataType.FLOAT.getNumber())
                                .setShape(dimensions)))
                .build();
    }

    private static OnnxMl.AttributeProto attribute(String name, Object value) {
        OnnxMl.AttributeProto.Builder attribute =
                OnnxMl.AttributeProto.newBuilder().setName(name);
        if (value instanceof Long number) {
            attribute.setType(OnnxMl.AttributeProto.AttributeType.INT).setI(number);
        } else if (value instanceof Float number) {
            attribute.setType(OnnxMl.AttributeProto.AttributeType.FLOAT).setF(number);
        } else if (value instanceof String text) {
            attribute.setType(OnnxMl.AttributeProto.AttributeType.STRING).setS(ByteString.copyFromUtf8(text));
        } else if (value instanceof long[] numbers) {
            attribute.setType(OnnxMl.AttributeProto.AttributeType.INTS);
            for (long number : numbers) {
                attribute.addInts(number);
            }
        } else {
            throw new IllegalArgumentException(
                    "attribute " + name + ": expected Long, long[], Float or String, got " + value);
        }
        return attribute.build();
    }
}
