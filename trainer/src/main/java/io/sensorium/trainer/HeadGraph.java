package io.sensorium.trainer;

import io.sensorium.trainer.onnx.OnnxGraph;

/** Pieces of graph that every head has. */
final class HeadGraph {

    private HeadGraph() {}

    /** Adds {@link Standardization#apply} to a graph. */
    static String standardized(OnnxGraph graph, String input, Standardization standardization) {
        int dimension = standardization.mean().length;
        String centred = graph.node("Sub", input, graph.constant(standardization.mean(), dimension));
        String scaled = graph.node("Mul", centred, graph.constant(standardization.scale(), dimension));
        return graph.node("Clip", scaled, graph.constant(new float[] {-6}), graph.constant(new float[] {6}));
    }
}
