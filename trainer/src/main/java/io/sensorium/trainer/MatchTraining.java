// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.sensorium.operators.pack.ModelManifest.PairCalibration;
import io.sensorium.trainer.MatchData.Row;
import io.sensorium.trainer.head.ContrastiveLoss;
import io.sensorium.trainer.head.Parameters;
import io.sensorium.trainer.head.PyTorchOwnedArray;
import io.sensorium.trainer.head.Standardization;
import io.sensorium.trainer.onnx.OnnxGraph;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * A dual encoder: one projection a slot into a shared space of unit vectors, trained by the modality-invariant,
 * group-level and hard-negative objectives of {@link ContrastiveLoss} with a learned temperature; probabilities by
 * logistic calibration (Platt, 1999) on true and random pairs of the validation part.
 */
final class MatchTraining implements AutoCloseable {

    static final int SPACE = 128;
    static final List<String> SLOTS = List.of("audio", "image", "text");

    private static final int AUDIO = 0;
    private static final int IMAGE = 1;
    private static final int TEXT = 2;
    private static final int[][] PAIRS = {{IMAGE, TEXT}, {AUDIO, TEXT}, {AUDIO, IMAGE}};
    private static final int BATCH = 128;
    private static final int EPOCHS = 120;
    private static final int PATIENCE = 15;
    private static final float RATE = 1e-3f;
    private static final float DECAY = 0.1f;
    private static final double FEATURE_DROPOUT = 0.6;
    private static final float GROUP_WEIGHT = 1;
    private static final float HARD_WEIGHT = 1;
    private static final float MARGIN = 0.2f;

    private final int[] dimensions;
    private final Standardization[] standardizations = new Standardization[3];
    private final Parameters parameters;
    private final Random random;
    private final PrintStream progress;

    MatchTraining(int[] dimensions, List<Row> training, long seed, PrintStream progress) {
        this.dimensions = dimensions;
        this.progress = progress;
        this.random = new Random(seed);
        this.parameters = new Parameters(seed);
        standardizations[AUDIO] =
                Standardization.of(training.stream().map(Row::audio).toList(), dimensions[AUDIO]);
        standardizations[IMAGE] =
                Standardization.of(training.stream().map(Row::image).toList(), dimensions[IMAGE]);
        standardizations[TEXT] = Standardization.of(
                training.stream().flatMap(row -> row.captions().stream()).toList(), dimensions[TEXT]);
        for (int slot = 0; slot < 3; slot++) {
            parameters.add(SLOTS.get(slot) + ".projection", 1 / Math.sqrt(dimensions[slot]), dimensions[slot], SPACE);
        }
        parameters.put("temperature", new float[] {(float) Math.log(12)}, 1);
    }

    void fit(List<Row> training, List<Row> validation) {
        Map<String, float[]> best = parameters.snapshot();
        double highest = Double.NEGATIVE_INFINITY;
        int sinceBest = 0;
        List<Row> shuffled = new ArrayList<>(training);
        for (int epoch = 0; epoch < EPOCHS && sinceBest < PATIENCE; epoch++) {
            double total = 0;
            int batches = 0;
            for (int pass = 0; pass < 5; pass++) {
                Collections.shuffle(shuffled, random);
                for (int from = 0; from + BATCH / 2 <= shuffled.size(); from += BATCH) {
                    total += trainBatch(shuffled.subList(from, Math.min(shuffled.size(), from + BATCH)), pass);
                    batches++;
                }
            }
            double earliness = earliness(validation);
            progress.printf(
                    "epoch %2d: training loss %.4f, validation mean -log rank %.4f, temperature %.2f%n",
                    epoch, total / batches, earliness, Math.exp(parameters.values("temperature")[0]));
            sinceBest++;
            if (earliness > highest) {
                highest = earliness;
                best = parameters.snapshot();
                sinceBest = 0;
            }
        }
        parameters.restore(best);
    }

    private double trainBatch(List<Row> rows, int caption) {
        return parameters.descend(RATE, DECAY, manager -> loss(manager, rows, caption));
    }

    private NDArray loss(NDManager manager, List<Row> rows, int caption) {
        List<NDArray> projected = new ArrayList<>();
        for (int slot = 0; slot < 3; slot++) {
            int s = slot;
            // The recording speaks the first caption, but any caption of the picture is a true partner of both.
            projected.add(project(
                    manager,
                    slot,
                    rows.stream()
                            .map(row -> s == AUDIO
                                    ? row.audio()
                                    : s == IMAGE ? row.image() : row.captions().get(caption))
                            .toList(),
                    true));
        }
        NDArray scale = parameters.get("temperature").exp();
        scale.attach(manager);
        NDArray loss = ContrastiveLoss.modalityInvariant(projected, scale);
        // A picture's five captions are its group: all of them are partners, not the one of this pass alone.
        int[] groups = IntStream.range(0, rows.size()).toArray();
        int[] captionGroups = IntStream.range(0, rows.size())
                .flatMap(row -> IntStream.generate(() -> row)
                        .limit(rows.get(row).captions().size()))
                .toArray();
        NDArray captions = project(
                manager,
                TEXT,
                rows.stream().flatMap(row -> row.captions().stream()).toList(),
                true);
        loss = loss.add(PyTorchOwnedArray.scaled(
                ContrastiveLoss.group(projected.get(IMAGE), groups, captions, captionGroups, scale)
                        .add(ContrastiveLoss.group(captions, captionGroups, projected.get(IMAGE), groups, scale)),
                GROUP_WEIGHT));
        loss = loss.add(PyTorchOwnedArray.scaled(
                ContrastiveLoss.hardNegatives(projected.get(IMAGE), projected.get(TEXT), MARGIN), HARD_WEIGHT));
        return loss;
    }

    private NDArray project(NDManager manager, int slot, List<float[]> vectors, boolean training) {
        int dimension = dimensions[slot];
        float[] values = new float[vectors.size() * dimension];
        for (int row = 0; row < vectors.size(); row++) {
            float[] standardized = standardizations[slot].apply(vectors.get(row));
            for (int i = 0; i < dimension; i++) {
                boolean dropped = training && random.nextDouble() < FEATURE_DROPOUT;
                values[row * dimension + i] =
                        dropped ? 0 : training ? standardized[i] / (float) (1 - FEATURE_DROPOUT) : standardized[i];
            }
        }
        NDArray space = PyTorchOwnedArray.of(manager, values, vectors.size(), dimension)
                .matMul(parameters.get(SLOTS.get(slot) + ".projection"));
        return space.div(space.square().sum(new int[] {1}, true).add(1e-12f).sqrt());
    }

    /** The training framework's own projections, {@code [rows * SPACE]}: the reference for the export. */
    float[] predict(int slot, List<float[]> vectors) {
        try (NDManager manager = parameters.manager().newSubManager()) {
            return project(manager, slot, vectors, false).toFloatArray();
        }
    }

    /**
     * How early the true partner comes, over pairs and both ways: the mean of −log rank, which moves with every step
     * where recall at ten of a small part jumps.
     */
    private double earliness(List<Row> rows) {
        float[][] slots = {
            predict(AUDIO, rows.stream().map(Row::audio).toList()),
            predict(IMAGE, rows.stream().map(Row::image).toList()),
            predict(TEXT, rows.stream().map(row -> row.captions().get(0)).toList())
        };
        double sum = 0;
        for (int[] pair : PAIRS) {
            for (int side = 0; side < 2; side++) {
                float[] queries = slots[pair[side]];
                float[] gallery = slots[pair[1 - side]];
                for (int query = 0; query < rows.size(); query++) {
                    double own = cosine(queries, query, gallery, query);
                    int rank = 1;
                    for (int other = 0; other < rows.size(); other++) {
                        rank += cosine(queries, query, gallery, other) > own ? 1 : 0;
                    }
                    sum -= Math.log(rank);
                }
            }
        }
        return sum / (2 * PAIRS.length * rows.size());
    }

    private static double cosine(float[] left, int i, float[] right, int j) {
        double sum = 0;
        for (int k = 0; k < SPACE; k++) {
            sum += left[i * SPACE + k] * right[j * SPACE + k];
        }
        return sum;
    }

    /** Fits probability = σ(scale · cosine + bias) for each pair, on true pairs and as many random ones. */
    Map<String, PairCalibration> calibrate(List<Row> validation) {
        float[][] slots = {
            predict(AUDIO, validation.stream().map(Row::audio).toList()),
            predict(IMAGE, validation.stream().map(Row::image).toList()),
            predict(TEXT, validation.stream().map(row -> row.captions().get(0)).toList())
        };
        Map<String, PairCalibration> calibrations = new LinkedHashMap<>();
        Random negatives = new Random(7);
        for (int[] pair : PAIRS) {
            List<double[]> samples = new ArrayList<>();
            for (int i = 0; i < validation.size(); i++) {
                samples.add(new double[] {cosine(slots[pair[0]], i, slots[pair[1]], i), 1});
                int other = (i + 1 + negatives.nextInt(validation.size() - 1)) % validation.size();
                samples.add(new double[] {cosine(slots[pair[0]], i, slots[pair[1]], other), 0});
            }
            double scale = 5;
            double bias = -1;
            for (int step = 0; step < 5000; step++) {
                double byScale = 1e-4 * scale;
                double byBias = 0;
                for (double[] sample : samples) {
                    double error = 1 / (1 + Math.exp(-(scale * sample[0] + bias))) - sample[1];
                    byScale += error * sample[0] / samples.size();
                    byBias += error / samples.size();
                }
                scale -= 5 * byScale;
                bias -= 5 * byBias;
            }
            calibrations.put(SLOTS.get(pair[0]) + "-" + SLOTS.get(pair[1]), new PairCalibration(scale, bias, 0.5));
        }
        return calibrations;
    }

    /**
     * The trained projections as an ONNX graph: slots and mask in; {@code <slot>_projection [batch, 128]} out, zeros
     * where absent.
     */
    byte[] toOnnx() {
        OnnxGraph graph = new OnnxGraph("match-dual-encoder");
        List<String> inputs = new ArrayList<>();
        for (int slot = 0; slot < 3; slot++) {
            inputs.add(graph.input(SLOTS.get(slot), -1, dimensions[slot]));
        }
        String mask = graph.input("mask", -1, 3);
        for (int slot = 0; slot < 3; slot++) {
            String z = standardizations[slot].export(graph, inputs.get(slot));
            String space = graph.node(
                    "MatMul",
                    z,
                    graph.constant(parameters.values(SLOTS.get(slot) + ".projection"), dimensions[slot], SPACE));
            String squares = graph.node(
                    "ReduceSum", List.of(graph.node("Mul", space, space), graph.constant(1L)), Map.of("keepdims", 1L));
            String norm = graph.node("Sqrt", graph.node("Add", squares, graph.constant(new float[] {1e-12f})));
            String present = graph.node(
                    "Slice", mask, graph.constant((long) slot), graph.constant(slot + 1L), graph.constant(1L));
            graph.output(
                    SLOTS.get(slot) + "_projection",
                    graph.node("Mul", graph.node("Div", space, norm), present),
                    -1,
                    SPACE);
        }
        return graph.toModel();
    }

    @Override
    public void close() {
        parameters.close();
    }
}
