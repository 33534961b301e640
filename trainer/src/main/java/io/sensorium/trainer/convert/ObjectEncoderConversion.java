// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer.convert;

import ai.onnxruntime.OrtException;
import io.sensorium.trainer.onnx.OnnxGraph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Converts the CenterNet object detector (Zhou et al., "Objects as Points", 2019; a MobileNet v3 trained on COCO) of
 * the npm package {@code @vladmandic/human} into the second graph of the object-aware image encoder: pictures
 * {@code [batch, 512, 512, 3]} in 0..1 go in; out come {@code embedding [batch, 1168]} – the trunk's 480 channels as
 * mean and as largest, the largest of the head's 128, and the log of the largest heat of each of COCO's 80 kinds of
 * object – and {@code regions [batch, 16, 128]}, the head's channels averaged over a grid of 4 × 4, row by row.
 *
 * <p>The result is checked against outputs that TensorFlow.js computed; run {@code src/main/js/export.mjs} first.
 */
public final class ObjectEncoderConversion {

    private static final int SIZE = 512;
    private static final int TRUNK = 480;
    private static final int HEAD = 128;
    private static final int KINDS = 80;
    private static final int GRID = 4;

    private ObjectEncoderConversion() {}

    /** Arguments: the exporter's folder, the ONNX file to write. */
    public static void main(String[] args) throws IOException, OrtException {
        if (args.length != 2) {
            System.err.println("usage: ObjectEncoderConversion EXPORT_DIR MODEL.onnx");
            System.exit(2);
        }
        Path exported = Path.of(args[0]);
        OnnxGraph graph = new OnnxGraph("object-encoder");
        String pixels = graph.node(
                "Transpose", List.of(graph.input("picture", -1, SIZE, SIZE, 3)), Map.of("perm", new long[] {0, 3, 1, 2
                }));
        String bytes = graph.node("Mul", pixels, graph.constant(new float[] {255}));
        TensorFlowGraph detector = new TensorFlowGraph(graph, exported.resolve("centernet"), bytes);
        String trunk = detector.node("tower_0/extern1/hard_swish/mul_1");
        String head = detector.node("tower_0/CenternetHead/mul");
        String heat = graph.node(
                "Log",
                graph.node(
                        "Add",
                        graph.node("GlobalMaxPool", detector.node("tower_0/Sigmoid")),
                        graph.constant(new float[] {1e-6f})));
        String all = graph.node(
                "Concat",
                List.of(
                        graph.node("GlobalAveragePool", trunk),
                        graph.node("GlobalMaxPool", trunk),
                        graph.node("GlobalMaxPool", head),
                        heat),
                Map.of("axis", 1L));
        graph.output("embedding", graph.node("Flatten", all), -1, 2 * TRUNK + HEAD + KINDS);
        // The head's map has a quarter of the picture's side.
        long cell = SIZE / 4 / GRID;
        String grid = graph.node(
                "AveragePool",
                List.of(head),
                Map.of("kernel_shape", new long[] {cell, cell}, "strides", new long[] {cell, cell}));
        String rows = graph.node(
                "Reshape",
                graph.node("Transpose", List.of(grid), Map.of("perm", new long[] {0, 2, 3, 1})),
                graph.constant(-1L, GRID * GRID, HEAD));
        graph.output("regions", rows, -1, GRID * GRID, HEAD);
        byte[] model = graph.toModel();
        ConversionCheck.check(model, "picture", SIZE, exported.resolve("centernet"), List.of("embedding", "regions"));
        Files.write(Path.of(args[1]), model);
        System.out.printf("wrote %s, %,d bytes%n", args[1], model.length);
    }
}
