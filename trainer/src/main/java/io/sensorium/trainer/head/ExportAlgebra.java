// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer.head;

import io.sensorium.trainer.onnx.OnnxGraph;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/** The algebra as nodes of an ONNX graph; a tensor is its name there. For one thread. */
final class ExportAlgebra implements Algebra<String> {

    private final OnnxGraph graph;
    private final Parameters parameters;
    private final Map<String, String> weights = new HashMap<>();

    ExportAlgebra(OnnxGraph graph, Parameters parameters) {
        this.graph = graph;
        this.parameters = parameters;
    }

    @Override
    public String weight(String name) {
        return weights.computeIfAbsent(
                name,
                key -> graph.constant(
                        parameters.values(key), parameters.get(key).getShape().getShape()));
    }

    @Override
    public String constant(float[] values, long... shape) {
        return graph.constant(values, shape);
    }

    @Override
    public String matMul(String left, String right) {
        return graph.node("MatMul", left, right);
    }

    @Override
    public String add(String left, String right) {
        return graph.node("Add", left, right);
    }

    @Override
    public String sub(String left, String right) {
        return graph.node("Sub", left, right);
    }

    @Override
    public String mul(String left, String right) {
        return graph.node("Mul", left, right);
    }

    @Override
    public String div(String left, String right) {
        return graph.node("Div", left, right);
    }

    @Override
    public String tanh(String x) {
        return graph.node("Tanh", x);
    }

    @Override
    public String relu(String x) {
        return graph.node("Relu", x);
    }

    @Override
    public String log(String x) {
        return graph.node("Log", x);
    }

    @Override
    public String sqrt(String x) {
        return graph.node("Sqrt", x);
    }

    @Override
    public String clip(String x, float least, float most) {
        return graph.node("Clip", x, graph.constant(new float[] {least}), graph.constant(new float[] {most}));
    }

    @Override
    public String softmax(String x, int axis) {
        return graph.node("Softmax", List.of(x), Map.of("axis", (long) axis));
    }

    @Override
    public String concat(List<String> parts, int axis) {
        return graph.node("Concat", parts, Map.of("axis", (long) axis));
    }

    @Override
    public String slice(String x, int axis, int from, int to) {
        return graph.node(
                "Slice", x, graph.constant((long) from), graph.constant((long) to), graph.constant((long) axis));
    }

    @Override
    public String reshape(String x, long... shape) {
        return graph.node("Reshape", x, graph.constant(shape));
    }

    @Override
    public String transpose(String x, int... order) {
        long[] permutation = new long[order.length];
        for (int i = 0; i < order.length; i++) {
            permutation[i] = order[i];
        }
        return graph.node("Transpose", List.of(x), Map.of("perm", permutation));
    }

    @Override
    public String sum(String x, int axis) {
        return graph.node(
                "ReduceSum", List.of(x, graph.constant(LongStream.of(axis).toArray())), Map.of("keepdims", 1L));
    }

    @Override
    public String dropout(String x, double share) {
        return x;
    }
}
