// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.encode;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.onnx.FloatTensorBuffer;
import io.sensorium.operators.onnx.Handles;
import io.sensorium.operators.onnx.OnnxGraphSession;
import io.sensorium.operators.pack.PackException;
import io.sensorium.operators.pack.PackedModel;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * Reads one line of writing: pixels {@code [1, 3, 48, columns]} in, the probability of each character at each of some
 * columns {@code [1, steps, characters]} out. The first character is none (connectionist temporal classification,
 * Graves et al., 2006), the last a space; those between are the vocabulary. The most probable one is taken at each
 * step. Keeps its buffers; for one thread.
 */
final class LineReader implements AutoCloseable {

    static final int ROWS = 48;

    /** Narrower lines are filled up with gray. */
    private static final int FEWEST_COLUMNS = 64;

    /** Longer lines are narrowed. */
    private static final int MOST_COLUMNS = 3200;

    private static final int TURN_ROWS = 48;
    private static final int TURN_COLUMNS = 192;
    private static final double TURNED = 0.9;

    /** Height over width of a narrow letter at most. */
    private static final double LETTER = 3;

    /** The recognizer prefers no space to one; from this probability on there is one between two characters. */
    private static final double SPACE = 0.03;

    private static final float[] HALF = {127.5f, 127.5f, 127.5f};

    private final OnnxGraphSession recognizer;
    private final OnnxGraphSession orientation;
    private final List<String> vocabulary;
    private final String input;
    private final String output;
    private final String turnInput;
    private final String turnOutput;
    private final FloatTensorBuffer pixels = new FloatTensorBuffer();

    /**
     * A line's text.
     *
     * @param confidence geometric mean of its characters' probabilities; 0 for none
     */
    record Line(String text, double confidence) {

        double weight() {
            return confidence * text.length();
        }
    }

    LineReader(PackedModel model, Device device, int threads) {
        vocabulary = new String(model.file("vocabulary"), StandardCharsets.UTF_8)
                .lines()
                .toList();
        var graph = model.manifest().graphs().get("recognition");
        input = graph.inputs().keySet().iterator().next();
        output = graph.outputs().keySet().iterator().next();
        var turn = model.manifest().graphs().get("orientation");
        turnInput = turn.inputs().keySet().iterator().next();
        turnOutput = turn.outputs().keySet().iterator().next();
        long[] shape = graph.outputs().get(output);
        if (shape[shape.length - 1] != vocabulary.size() + 2) {
            throw new PackException(model + ": the vocabulary has " + vocabulary.size() + " characters, the output "
                    + output + " is " + Arrays.toString(shape) + ", expected the vocabulary, one for none and a space");
        }
        try (Handles opened = new Handles()) {
            recognizer = opened.add(OnnxGraphSession.open(model, "recognition", device, threads));
            orientation = opened.add(OnnxGraphSession.open(model, "orientation", device, threads));
            opened.keep();
        }
    }

    /** Columns that reading a region takes: what it costs. */
    static int columns(TextRegion region) {
        return (int) Math.max(1, Math.min(MOST_COLUMNS, Math.ceil(ROWS * region.width() / region.height())));
    }

    /**
     * Reads the lines of an image. Where most of those that run one way seem to stand on their heads, they are read
     * from their other ends too, and what is read with more confidence is taken: a short line by itself, such as "pm",
     * may be a word either way.
     *
     * @return a line for each region
     */
    List<Line> read(RegionSampler image, List<TextRegion> regions) throws OrtException {
        List<Line> lines = new ArrayList<>(Collections.nCopies(regions.size(), null));
        for (boolean downwards : new boolean[] {false, true}) {
            double turned = 0;
            double all = 0;
            for (TextRegion region : regions) {
                if (region.isDownwards() == downwards) {
                    all += region.width();
                    turned += isTurned(image, region) ? region.width() : 0;
                }
            }
            double better = 0;
            List<Line> others = new ArrayList<>(lines);
            for (int i = 0; i < regions.size(); i++) {
                TextRegion region = regions.get(i);
                if (region.isDownwards() != downwards) {
                    continue;
                }
                lines.set(i, readUpright(image, region));
                if (turned > all / 2) {
                    others.set(i, read(image, region.turned()));
                    better += others.get(i).weight() - lines.get(i).weight();
                }
            }
            if (better > 0) {
                lines = others;
            }
        }
        return lines;
    }

    /** A region that is read downwards and is short may be a single letter. */
    private Line readUpright(RegionSampler image, TextRegion region) throws OrtException {
        Line line = read(image, region);
        if (region.isDownwards() && region.width() < LETTER * region.height()) {
            Line letter = read(image, region.lying());
            return letter.confidence() > line.confidence() ? letter : line;
        }
        return line;
    }

    private Line read(RegionSampler image, TextRegion upright) throws OrtException {
        int columns = columns(upright);
        int padded = Math.max(FEWEST_COLUMNS, columns);
        FloatBuffer buffer = pixels.clear(3 * ROWS * padded);
        if (padded > columns) {
            for (int i = 0; i < 3 * ROWS * padded; i++) {
                buffer.put(i, 0);
            }
        }
        image.sample(upright, buffer, padded, columns, ROWS, ROWS * padded, HALF, HALF);
        try (OnnxTensor tensor = pixels.tensor(1, 3, ROWS, padded)) {
            return decode(recognizer.run(Map.of(input, tensor), output));
        }
    }

    private boolean isTurned(RegionSampler image, TextRegion region) throws OrtException {
        int columns = Math.min(TURN_COLUMNS, columns(region));
        FloatBuffer buffer = pixels.clear(3 * TURN_ROWS * TURN_COLUMNS);
        if (columns < TURN_COLUMNS) {
            for (int i = 0; i < 3 * TURN_ROWS * TURN_COLUMNS; i++) {
                buffer.put(i, 0);
            }
        }
        image.sample(region, buffer, TURN_COLUMNS, columns, TURN_ROWS, TURN_ROWS * TURN_COLUMNS, HALF, HALF);
        try (OnnxTensor tensor = pixels.tensor(1, 3, TURN_ROWS, TURN_COLUMNS)) {
            FloatBuffer classes = orientation.run(Map.of(turnInput, tensor), turnOutput);
            return classes.get(1) > TURNED;
        }
    }

    private Line decode(FloatBuffer probabilities) {
        int classes = vocabulary.size() + 2;
        StringBuilder text = new StringBuilder();
        double logProbability = 0;
        int taken = 0;
        int before = 0;
        float space = 0;
        for (int from = 0; from + classes <= probabilities.remaining(); from += classes) {
            int best = 0;
            for (int i = 1; i < classes; i++) {
                if (probabilities.get(from + i) > probabilities.get(from + best)) {
                    best = i;
                }
            }
            space = Math.max(space, probabilities.get(from + classes - 1));
            if (best != 0 && best != before) {
                if (best != classes - 1 && space >= SPACE && !text.isEmpty() && text.charAt(text.length() - 1) != ' ') {
                    text.append(' ');
                }
                space = 0;
                text.append(best <= vocabulary.size() ? vocabulary.get(best - 1) : " ");
                logProbability += Math.log(probabilities.get(from + best));
                taken++;
            }
            before = best;
        }
        return new Line(
                Normalizer.normalize(text, Normalizer.Form.NFKC).strip(),
                taken == 0 ? 0 : Math.exp(logProbability / taken));
    }

    @Override
    public void close() {
        recognizer.close();
        orientation.close();
    }
}
