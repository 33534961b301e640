package io.sensorium.operators.encode;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import io.sensorium.operators.encode.Outcome.Encoded;
import io.sensorium.operators.media.MediaException;
import io.sensorium.operators.media.MediaLimits;
import io.sensorium.operators.media.PictureDecoder;
import io.sensorium.operators.media.PictureScaler;
import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.onnx.FloatTensorBuffer;
import io.sensorium.operators.onnx.OnnxGraphSession;
import io.sensorium.operators.pack.ModelManifest.GraphSpec;
import io.sensorium.operators.pack.PackedModel;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;

/**
 * An image encoder: one input of pixels, {@code [batch, side, side, 3]} in 0..1 or, as the manifest's preprocessing says
 * ({@code channels_first}, {@code mean_red} … {@code deviation_blue}), {@code [batch, 3, side, side]} and normalized;
 * {@code embedding [batch, dimension]}, or the graph's only output, and, where the manifest has labels,
 * {@code moderation [batch, labels]} out; the latter become signals.
 *
 * <p>A second graph, {@code objects}, may read the picture at a size of its own, {@code [batch, side, side, 3]} in 0..1: its
 * {@code embedding [batch, n]} and its {@code regions [batch, count, width]}, the manifest's parts, follow the first's.
 */
final class ImageEncoder extends BatchEncoder<BufferedImage> {

    private final PictureDecoder decoder;
    private final PictureScaler scaler;
    private final OnnxGraphSession session;
    private final int side;
    private final boolean channelsFirst;
    private final String inputName;
    private final String outputName;
    private final FloatTensorBuffer pixels = new FloatTensorBuffer();
    private final FloatTensorBuffer embeddings = new FloatTensorBuffer();
    private final FloatTensorBuffer moderation = new FloatTensorBuffer();
    private final int width;
    private final ObjectGraph objects;

    ImageEncoder(PackedModel model, MediaLimits limits, Device device, int threads) {
        super(model.manifest());
        session = OnnxGraphSession.open(model, "model", device, threads);
        side = (int) manifest().preprocessing("side", 224);
        decoder = new PictureDecoder(limits);
        objects = manifest().graphs().containsKey("objects") ? new ObjectGraph(model, device, threads) : null;
        width = manifest().dimension() - (objects == null ? 0 : objects.width());
        channelsFirst = manifest().preprocessing("channels_first", 0) != 0;
        scaler = new PictureScaler(side, channelsFirst, rgb("mean_", 0), rgb("deviation_", 1));
        GraphSpec graph = manifest().graphs().get("model");
        inputName = graph.inputs().keySet().iterator().next();
        outputName = graph.outputs().size() == 1 ? graph.outputs().keySet().iterator().next() : "embedding";
    }

    private float[] rgb(String prefix, double fallback) {
        return new float[] {(float) manifest().preprocessing(prefix + "red", fallback), (float) manifest().preprocessing(prefix + "green", fallback),
            (float) manifest().preprocessing(prefix + "blue", fallback)};
    }

    @Override
    BufferedImage prepare(Content content) throws MediaException {
        if (!(content instanceof Content.Media media)) {
            throw unsupported("a picture", content);
        }
        return decoder.decode(media.bytes(), objects == null ? side : Math.max(side, objects.side()));
    }

    @Override
    List<Content> warmUpContents() throws IOException {
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB), "png", png);
        return List.of(new Content.Media(png.toByteArray()));
    }

    @Override
    List<Encoded> run(List<BufferedImage> batch) throws OrtException {
        int rows = batch.size();
        List<String> labels = manifest().labels();
        var buffer = pixels.clear(rows * side * side * 3);
        batch.forEach(picture -> scaler.scale(picture, buffer));
        embeddings.clear(rows * width);
        moderation.clear(Math.max(1, rows * labels.size()));
        Map<String, OnnxTensor> outputs = new LinkedHashMap<>();
        try (OnnxTensor input = channelsFirst ? pixels.tensor(rows, 3, side, side) : pixels.tensor(rows, side, side, 3); OnnxTensor embedding = embeddings.tensor(rows, width)) {
            outputs.put(outputName, embedding);
            if (labels.isEmpty()) {
                session.run(Map.of(inputName, input), outputs);
            } else {
                try (OnnxTensor classes = moderation.tensor(rows, labels.size())) {
                    outputs.put("moderation", classes);
                    session.run(Map.of(inputName, input), outputs);
                }
            }
        }
        if (objects != null) {
            objects.run(batch);
        }
        List<Encoded> results = new ArrayList<>(rows);
        for (int row = 0; row < rows; row++) {
            float[] vector = new float[manifest().dimension()];
            embeddings.floats().get(row * width, vector, 0, width);
            if (objects != null) {
                objects.copy(row, vector, width);
            }
            Map<String, Double> signals = new LinkedHashMap<>();
            for (int i = 0; i < labels.size(); i++) {
                signals.put(labels.get(i), (double) moderation.floats().get(row * labels.size() + i));
            }
            results.add(new Encoded(vector, signals));
        }
        return results;
    }

    @Override
    public void close() {
        session.close();
        if (objects != null) {
            objects.close();
        }
    }
}
