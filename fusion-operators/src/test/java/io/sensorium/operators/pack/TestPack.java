// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.pack;

import ai.onnx.proto.OnnxMl;
import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A pack of one model, whose graph a test writes node by node. */
public final class TestPack {

    private final Path folder;
    private final OnnxMl.GraphProto.Builder graph =
            OnnxMl.GraphProto.newBuilder().setName("test");
    private final Map<String, String> signature = new LinkedHashMap<>(Map.of("inputs", "", "outputs", ""));

    /** @param folder where the pack is written */
    public TestPack(Path folder) {
        this.folder = folder;
    }

    /**
     * An input.
     *
     * @param shape -1 is any size
     */
    public TestPack input(String name, OnnxMl.TensorProto.DataType type, long... shape) {
        graph.addInput(value(name, type, shape));
        return stated("inputs", name, shape);
    }

    /**
     * An output.
     *
     * @param shape -1 is any size
     */
    public TestPack output(String name, OnnxMl.TensorProto.DataType type, long... shape) {
        graph.addOutput(value(name, type, shape));
        return stated("outputs", name, shape);
    }

    /** An output that the graph has and the manifest does not mention. */
    public TestPack hiddenOutput(String name, OnnxMl.TensorProto.DataType type, long... shape) {
        graph.addOutput(value(name, type, shape));
        return this;
    }

    private TestPack stated(String key, String name, long... shape) {
        signature.merge(
                key, name + ": " + Arrays.toString(shape), (all, one) -> all.isEmpty() ? one : all + ", " + one);
        return this;
    }

    /**
     * A node.
     *
     * @param attributes longs, {@code long[]}, doubles (as float) or strings by name
     */
    public TestPack node(String operation, List<String> inputs, String output, Map<String, Object> attributes) {
        OnnxMl.NodeProto.Builder node = OnnxMl.NodeProto.newBuilder()
                .setOpType(operation)
                .addAllInput(inputs)
                .addOutput(output);
        attributes.forEach((name, value) -> {
            OnnxMl.AttributeProto.Builder attribute =
                    OnnxMl.AttributeProto.newBuilder().setName(name);
            if (value instanceof long[] longs) {
                attribute.setType(OnnxMl.AttributeProto.AttributeType.INTS);
                Arrays.stream(longs).forEach(attribute::addInts);
            } else if (value instanceof Double number) {
                attribute.setType(OnnxMl.AttributeProto.AttributeType.FLOAT).setF(number.floatValue());
            } else {
                attribute.setType(OnnxMl.AttributeProto.AttributeType.INT).setI(((Number) value).longValue());
            }
            node.addAttribute(attribute);
        });
        graph.addNode(node);
        return this;
    }

    /** A constant of longs. */
    public TestPack longs(String name, long... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asLongBuffer().put(values);
        graph.addInitializer(OnnxMl.TensorProto.newBuilder()
                .setName(name)
                .setDataType(OnnxMl.TensorProto.DataType.INT64.getNumber())
                .addDims(values.length)
                .setRawData(ByteString.copyFrom(bytes.array())));
        return this;
    }

    /** Weights that lie in a file of their own, from its beginning. */
    public TestPack external(String name, String location, long bytes, long... shape) {
        OnnxMl.TensorProto.Builder tensor = OnnxMl.TensorProto.newBuilder()
                .setName(name)
                .setDataType(OnnxMl.TensorProto.DataType.FLOAT.getNumber())
                .setDataLocation(OnnxMl.TensorProto.DataLocation.EXTERNAL);
        Arrays.stream(shape).forEach(tensor::addDims);
        Map.of("location", location, "offset", "0", "length", Long.toString(bytes))
                .forEach((key, value) -> tensor.addExternalData(
                        OnnxMl.StringStringEntryProto.newBuilder().setKey(key).setValue(value)));
        graph.addInitializer(tensor);
        return this;
    }

    /**
     * Writes the pack.
     *
     * @param kind as in manifests
     * @param graphKeys further keys of the graph, with six spaces before each line
     * @param keys further keys of the manifest
     */
    public PackedModel write(String name, String kind, String graphKeys, String keys) throws IOException {
        byte[] bytes = OnnxMl.ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OnnxMl.OperatorSetIdProto.newBuilder().setVersion(17))
                .setGraph(graph)
                .build()
                .toByteArray();
        Files.createDirectories(folder.resolve(name));
        Files.write(folder.resolve(name).resolve("model.onnx"), bytes);
        Files.writeString(folder.resolve("pack.yaml"), "name: test\nversion: 1.0.0\nmodels: [" + name + "]\n");
        Files.writeString(
                folder.resolve(name).resolve("model.yaml"),
                """
                name: %s
                version: 1.0.0
                kind: %s
                licence: MIT
                source: a test
                terms: {commercial: "yes"}
                batch_invariant: true
                graphs:
                  model:
                    file: model.onnx
                    sha256: %s
                    inputs: {%s}
                    outputs: {%s}
                """.formatted(name, kind, PackedModel.sha256(bytes), signature.get("inputs"), signature.get("outputs"))
                        + graphKeys
                        + keys);
        return ModelCatalog.load(List.of(folder)).find(name).orElseThrow();
    }

    private static OnnxMl.ValueInfoProto value(String name, OnnxMl.TensorProto.DataType type, long... shape) {
        OnnxMl.TensorShapeProto.Builder dimensions = OnnxMl.TensorShapeProto.newBuilder();
        for (int i = 0; i < shape.length; i++) {
            dimensions.addDim(
                    shape[i] < 0
                            ? OnnxMl.TensorShapeProto.Dimension.newBuilder().setDimParam(name + i)
                            : OnnxMl.TensorShapeProto.Dimension.newBuilder().setDimValue(shape[i]));
        }
        return OnnxMl.ValueInfoProto.newBuilder()
                .setName(name)
                .setType(OnnxMl.TypeProto.newBuilder()
                        .setTensorType(OnnxMl.TypeProto.Tensor.newBuilder()
                                .setElemType(type.getNumber())
                                .setShape(dimensions)))
                .build();
    }
}
