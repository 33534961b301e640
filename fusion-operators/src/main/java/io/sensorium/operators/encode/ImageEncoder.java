// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.encode;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import io.sensorium.operators.bank.Fingerprint;
import io.sensorium.operators.bank.PdqHasher;
import io.sensorium.operators.encode.Outcome.Encoded;
import io.sensorium.operators.media.ImageDecoder;
import io.sensorium.operators.media.ImageResizer;
import io.sensorium.operators.media.MediaException;
import io.sensorium.operators.media.MediaLimits;
import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.onnx.FloatTensorBuffer;
import io.sensorium.operators.onnx.Handles;
import io.sensorium.operators.onnx.OnnxGraphSession;
import io.sensorium.operators.pack.ModelManifest.GraphSpec;
import io.sensorium.operators.pack.PackException;
import io.sensorium.operators.pack.PackedModel;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;

/**
 * An image encoder: one input of pixels, {@code [batch, side, side, 3]} in 0..1 or, as the manifest's preprocessing
 * says ({@code channels_first}, {@code mean_red} … {@code deviation_blue}), {@code [batch, 3, side, side]} and
 * normalized; where the input's elements are uint8, in 0..255. Out come the embedding {@code [batch, dimension]}, or
 * hidden states {@code [batch, tokens, dimension]} that are pooled to the first or, with {@code mean_pooling}, their
 * mean, and, where the manifest has labels, {@code moderation [batch, labels]}; the latter become signals.
 *
 * <p>A second graph, {@code objects}, may read the picture at a size of its own, {@code [batch, side, side, 3]} in
 * 0..1: its {@code embedding [batch, n]} and its {@code regions [batch, count, width]}, the manifest's parts, follow
 * the first's.
 */
final class ImageEncoder extends BatchEncoder<BufferedImage> {

    private static final String MODERATION = "moderation";

    private final ImageDecoder decoder;
    private final ImageResizer scaler;
    private final OnnxGraphSession session;
    private final int side;
    private final boolean channelsFirst;
    private final boolean meanPooling;
    private final String inputName;
    private final EmbeddingOutput output;
    private final FloatTensorBuffer pixels = new FloatTensorBuffer();
    private final FloatTensorBuffer embeddings = new FloatTensorBuffer();
    private final FloatTensorBuffer moderation = new FloatTensorBuffer();
    private final int width;
    private final ObjectGraph objects;
    private final PdqHasher hasher = new PdqHasher();

    ImageEncoder(PackedModel model, MediaLimits limits, Device device, int threads) {
        super(model.manifest());
        GraphSpec graph = manifest().graphs().get("model");
        channelsFirst = manifest().preprocessing("channels_first", 0) != 0;
        meanPooling = manifest().preprocessing("mean_pooling", 0) != 0;
        decoder = new ImageDecoder(limits);
        List<String> problems = new ArrayList<>();
        List<String> fed = graph.inputs().keySet().stream()
                .filter(name -> !graph.constants().containsKey(name))
                .sorted()
                .toList();
        if (fed.size() != 1) {
            throw new PackException(manifest().id() + ": the graph has the inputs " + fed
                    + ", expected one of pixels; give each other a number under graphs.model.constants, or export the "
                    + "image half alone");
        }
        inputName = fed.get(0);
        side = side(graph.inputs().get(inputName), problems);
        try (Handles opened = new Handles()) {
            session = open(model, "model", device, threads, opened, problems);
            boolean bytes = session != null && session.inputType(inputName) == OnnxJavaType.UINT8;
            if (session != null && !bytes && !session.takesFractions(inputName)) {
                problems.add(manifest().id() + ": input " + inputName + " has elements of type "
                        + session.inputType(inputName) + ", expected floats (FLOAT, FLOAT16, DOUBLE) or UINT8");
            }
            if (bytes
                    && manifest().preprocessing().keySet().stream()
                            .anyMatch(key -> key.startsWith("mean_") && !key.equals("mean_pooling")
                                    || key.startsWith("deviation_"))) {
                problems.add(manifest().id() + ": input " + inputName
                        + " takes bytes from 0 to 255, so the graph normalizes; "
                        + "leave mean_… and deviation_… out of preprocessing");
            }
            objects = manifest().graphs().containsKey("objects")
                    ? opened.add(new ObjectGraph(model, device, threads))
                    : null;
            width = manifest().dimension() - (objects == null ? 0 : objects.width());
            output = EmbeddingOutput.of(
                    manifest(), width, manifest().labels().isEmpty() ? "" : MODERATION, meanPooling, problems);
            checkLabels(graph, problems);
            if (!problems.isEmpty()) {
                throw new PackException(problems);
            }
            scaler = bytes
                    ? new ImageResizer(side, channelsFirst, new float[3], new float[] {1 / 255f, 1 / 255f, 1 / 255f})
                    : new ImageResizer(side, channelsFirst, rgb("mean_", 0), rgb("deviation_", 1));
            opened.keep();
        }
    }

    @Override
    public List<String> warnings() {
        return output.warnings(manifest(), width, meanPooling);
    }

    /** The side that the manifest states, or else the graph's own. */
    private int side(long[] shape, List<String> problems) {
        String layout = channelsFirst ? "[batch, 3, side, side]" : "[batch, side, side, 3]";
        if (shape.length != 4) {
            problems.add(manifest().id() + ": input " + inputName + " is " + Arrays.toString(shape)
                    + ", expected pixels " + layout);
            return 1;
        }
        long rows = shape[channelsFirst ? 2 : 1];
        long columns = shape[channelsFirst ? 3 : 2];
        long channels = shape[channelsFirst ? 1 : 3];
        int stated = (int) manifest().preprocessing("side", rows > 0 ? rows : 224);
        if (channels != 3 && channels != -1) {
            problems.add(manifest().id() + ": input " + inputName + " is " + Arrays.toString(shape)
                    + ", expected pixels " + layout + "; set preprocessing.channels_first to "
                    + (channelsFirst ? "0" : "1") + ", or export a graph of three channels");
        } else if (rows != -1 && rows != stated || columns != -1 && columns != stated) {
            problems.add(manifest().id() + ": preprocessing.side is " + stated + ", input " + inputName + " is "
                    + Arrays.toString(shape) + ", expected "
                    + (rows == columns ? "preprocessing: {side: " + rows + "}" : "a square"));
        }
        return stated;
    }

    private void checkLabels(GraphSpec graph, List<String> problems) {
        int labels = manifest().labels().size();
        long[] shape = graph.outputs().get(MODERATION);
        if (labels > 0 && (shape == null || shape.length != 2 || shape[1] != labels)) {
            problems.add(manifest().id() + ": there are " + labels + " labels, and the output " + MODERATION + " is "
                    + (shape == null ? "missing" : Arrays.toString(shape)) + ", expected [-1, " + labels
                    + "], a number a label");
        }
    }

    private float[] rgb(String prefix, double fallback) {
        return new float[] {
            (float) manifest().preprocessing(prefix + "red", fallback),
            (float) manifest().preprocessing(prefix + "green", fallback),
            (float) manifest().preprocessing(prefix + "blue", fallback)
        };
    }

    @Override
    BufferedImage prepare(Content content) throws MediaException {
        if (!(content instanceof Content.Media media)) {
            throw unsupported("a picture", content);
        }
        int needed = objects == null ? side : Math.max(side, objects.side());
        return decoder.decode(media.bytes(), takesFingerprints() ? Math.max(needed, PdqHasher.SIDE) : needed);
    }

    @Override
    Fingerprint fingerprint(Content content, BufferedImage prepared) {
        return hasher.hash(prepared);
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
        if (!output.states()) {
            embeddings.clear(rows * width);
        }
        moderation.clear(Math.max(1, rows * labels.size()));
        try (OnnxTensor input =
                channelsFirst ? pixels.tensor(rows, 3, side, side) : pixels.tensor(rows, side, side, 3)) {
            if (output.states()) {
                pool(session.run(Map.of(inputName, input), output.name()), rows);
                if (!labels.isEmpty()) {
                    moderation
                            .floats()
                            .put(0, session.run(Map.of(inputName, input), MODERATION), 0, rows * labels.size());
                }
            } else {
                runInto(rows, input);
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

    private void runInto(int rows, OnnxTensor input) throws OrtException {
        Map<String, OnnxTensor> outputs = new LinkedHashMap<>();
        try (OnnxTensor embedding = embeddings.tensor(rows, width)) {
            outputs.put(output.name(), embedding);
            if (manifest().labels().isEmpty()) {
                session.run(Map.of(inputName, input), outputs);
            } else {
                try (OnnxTensor classes =
                        moderation.tensor(rows, manifest().labels().size())) {
                    outputs.put(MODERATION, classes);
                    session.run(Map.of(inputName, input), outputs);
                }
            }
        }
    }

    /** Hidden states to the first token's, or to their mean. */
    private void pool(FloatBuffer states, int rows) throws OrtException {
        int tokens = states.remaining() / (rows * width);
        if (tokens == 0 || states.remaining() != rows * tokens * width) {
            throw new OrtException("output " + output.name() + " has " + states.remaining() + " numbers for " + rows
                    + " images, expected tokens of " + width + " numbers each");
        }
        FloatBuffer pooled = embeddings.clear(rows * width);
        for (int row = 0; row < rows; row++) {
            for (int i = 0; i < width; i++) {
                double sum = 0;
                int pooledTokens = meanPooling ? tokens : 1;
                for (int token = 0; token < pooledTokens; token++) {
                    sum += states.get((row * tokens + token) * width + i);
                }
                pooled.put((float) (sum / pooledTokens));
            }
        }
    }

    @Override
    public void close() {
        session.close();
        if (objects != null) {
            objects.close();
        }
    }
}
