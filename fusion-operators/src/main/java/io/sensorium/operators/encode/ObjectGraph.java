// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.encode;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import io.sensorium.operators.media.ImageResizer;
import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.onnx.FloatTensorBuffer;
import io.sensorium.operators.onnx.OnnxGraphSession;
import io.sensorium.operators.pack.ModelManifest.GraphSpec;
import io.sensorium.operators.pack.PackedModel;
import java.awt.image.BufferedImage;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;

/**
 * An image encoder's graph {@code objects}: {@code [batch, side, side, 3]} in 0..1 in, {@code embedding [batch, n]} and
 * {@code regions [batch, count, width]} out. Keeps its buffers; for one thread.
 */
final class ObjectGraph implements AutoCloseable {

    private final OnnxGraphSession session;
    private final String input;
    private final int side;
    private final ImageResizer scaler;
    private final int pooled;
    private final long[] regions;
    private final FloatTensorBuffer pixels = new FloatTensorBuffer();
    private final FloatTensorBuffer embedding = new FloatTensorBuffer();
    private final FloatTensorBuffer parts = new FloatTensorBuffer();

    ObjectGraph(PackedModel model, Device device, int threads) {
        GraphSpec graph = model.manifest().graphs().get("objects");
        session = OnnxGraphSession.open(model, "objects", device, threads);
        input = graph.inputs().keySet().iterator().next();
        side = (int) graph.inputs().get(input)[1];
        scaler = new ImageResizer(side);
        pooled = (int) graph.outputs().get("embedding")[1];
        regions = graph.outputs().get("regions");
    }

    int side() {
        return side;
    }

    /** Numbers a picture, all together. */
    int width() {
        return pooled + regionNumbers();
    }

    private int regionNumbers() {
        return (int) (regions[1] * regions[2]);
    }

    void run(List<BufferedImage> batch) throws OrtException {
        int rows = batch.size();
        FloatBuffer buffer = pixels.clear(rows * side * side * 3);
        batch.forEach(picture -> scaler.scale(picture, buffer));
        embedding.clear(rows * pooled);
        parts.clear(rows * regionNumbers());
        try (OnnxTensor in = pixels.tensor(rows, side, side, 3);
                OnnxTensor vector = embedding.tensor(rows, pooled);
                OnnxTensor grid = parts.tensor(rows, regions[1], regions[2])) {
            session.run(Map.of(input, in), Map.of("embedding", vector, "regions", grid));
        }
    }

    /** Copies what the last run gave for a row. */
    void copy(int row, float[] vector, int at) {
        embedding.floats().get(row * pooled, vector, at, pooled);
        parts.floats().get(row * regionNumbers(), vector, at + pooled, regionNumbers());
    }

    @Override
    public void close() {
        session.close();
    }
}
