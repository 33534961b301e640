package io.sensorium.trainer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import io.sensorium.trainer.SentimentData.Row;
import io.sensorium.trainer.onnx.OnnxGraph;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Late fusion with learned attention. Each slot has an expert, a linear layer beside a small hidden one, that gives three
 * logits and an energy. The result is the mean of the present experts' probabilities, weighted by the softmax of their
 * energies over the present slots. Energies are trained on the fused loss and, because some sets have one modality only,
 * as the log-odds that their expert is right, which makes them comparable between modalities never seen together.
 */
final class SentimentTraining implements AutoCloseable {

    private static final int HIDDEN = 48;
    private static final int CLASSES = 3;
    private static final int BATCH = 64;
    private static final int EPOCHS = 40;
    private static final int PATIENCE = 8;
    private static final float RATE = 7e-4f;
    private static final float DECAY = 0.08f;
    private static final double FEATURE_DROPOUT = 0.35;
    private static final double SLOT_DROPOUT = 0.25;
    private static final float ABSENT = -1e9f;

    private final List<String> slots;
    private final int[] dimensions;
    private final Standardization[] standardizations;
    private final Parameters parameters;
    private final Random random;
    private final PrintStream progress;

    SentimentTraining(List<String> slots, int[] dimensions, List<Row> training, long seed, PrintStream progress) {
        this.slots = slots;
        this.dimensions = dimensions;
        this.progress = progress;
        this.random = new Random(seed);
        this.parameters = new Parameters(seed);
        this.standardizations = new Standardization[slots.size()];
        for (int slot = 0; slot < slots.size(); slot++) {
            int s = slot;
            List<float[]> vectors = training.stream().map(row -> row.vectors()[s]).filter(v -> v != null).toList();
            standardizations[slot] = Standardization.of(vectors);
            String name = slots.get(slot);
            int dimension = dimensions[slot];
            parameters.add(name + ".linear", 0.01 / Math.sqrt(dimension), dimension, CLASSES);
            parameters.add(name + ".hidden", 1 / Math.sqrt(dimension), dimension, HIDDEN);
            parameters.put(name + ".hidden_bias", new float[HIDDEN], HIDDEN);
            parameters.add(name + ".output", 0.1 / Math.sqrt(HIDDEN), HIDDEN, CLASSES);
            parameters.put(name + ".bias", new float[CLASSES], CLASSES);
            parameters.add(name + ".energy", 0.01, HIDDEN, 1);
            parameters.put(name + ".energy_bias", new float[1], 1);
        }
    }

    /** Trains until the validation loss has not fallen for a while, and keeps the best weights. */
    void fit(List<Row> training, List<Row> validation) {
        Map<String, float[]> best = parameters.snapshot();
        double lowest = Double.MAX_VALUE;
        int sinceBest = 0;
        List<Row> shuffled = new ArrayList<>(training);
        for (int epoch = 0; epoch < EPOCHS && sinceBest < PATIENCE; epoch++) {
            Collections.shuffle(shuffled, random);
            double total = 0;
            int batches = 0;
            for (int from = 0; from < shuffled.size(); from += BATCH) {
                total += trainBatch(shuffled.subList(from, Math.min(shuffled.size(), from + BATCH)));
                batches++;
            }
            double loss = loss(validation);
            progress.printf("epoch %2d: training loss %.4f, validation loss %.4f%n", epoch, total / batches, loss);
            sinceBest++;
            if (loss < lowest) {
                lowest = loss;
                best = parameters.snapshot();
                sinceBest = 0;
            }
        }
        parameters.restore(best);
    }

    private double trainBatch(List<Row> rows) {
        try (NDManager manager = parameters.manager().newSubManager();
                GradientCollector collector = ai.djl.engine.Engine.getEngine("PyTorch").newGradientCollector()) {
            boolean[][] present = new boolean[rows.size()][slots.size()];
            for (int row = 0; row < present.length; row++) {
                int kept = 0;
                for (int slot = 0; slot < slots.size(); slot++) {
                    present[row][slot] = rows.get(row).vectors()[slot] != null && random.nextDouble() >= SLOT_DROPOUT;
                    kept += present[row][slot] ? 1 : 0;
                }
                for (int slot = 0; kept == 0 && slot < slots.size(); slot++) {
                    present[row][slot] = rows.get(row).vectors()[slot] != null;
                }
            }
            NDArray loss = batchLoss(manager, rows, present, true);
            double value = loss.getFloat();
            collector.backward(loss);
            parameters.step(RATE, DECAY);
            return value;
        }
    }

    private double loss(List<Row> rows) {
        try (NDManager manager = parameters.manager().newSubManager()) {
            return batchLoss(manager, rows, presence(rows), false).getFloat();
        }
    }

    private boolean[][] presence(List<Row> rows) {
        boolean[][] present = new boolean[rows.size()][slots.size()];
        for (int row = 0; row < present.length; row++) {
            for (int slot = 0; slot < slots.size(); slot++) {
                present[row][slot] = rows.get(row).vectors()[slot] != null;
            }
        }
        return present;
    }

    private NDArray batchLoss(NDManager manager, List<Row> rows, boolean[][] present, boolean training) {
        float[] target = new float[rows.size() * CLASSES];
        for (int row = 0; row < rows.size(); row++) {
            target[row * CLASSES + rows.get(row).label()] = 1;
        }
        NDArray targets = manager.create(target, new Shape(rows.size(), CLASSES));
        List<NDArray> experts = new ArrayList<>();
        NDArray fused = forward(manager, rows.stream().map(Row::vectors).toList(), present, training, experts);
        NDArray loss = targets.mul(fused.add(1e-7f).log()).sum().neg().div(rows.size());
        for (int slot = 0; slot < slots.size(); slot++) {
            float[] mask = new float[rows.size()];
            int count = 0;
            for (int row = 0; row < mask.length; row++) {
                mask[row] = present[row][slot] ? 1 : 0;
                count += present[row][slot] ? 1 : 0;
            }
            if (count == 0) {
                continue;
            }
            NDArray masks = manager.create(mask, new Shape(mask.length, 1));
            NDArray logProbabilities = experts.get(2 * slot).logSoftmax(1);
            loss = loss.add(targets.mul(logProbabilities).mul(masks).sum().neg().div(count).mul(0.5f));
            // Log-odds of being right: binary cross-entropy of the energy against the expert's own probability of the truth.
            float[] chance = logProbabilities.toFloatArray();
            float[] right = new float[rows.size()];
            for (int row = 0; row < right.length; row++) {
                right[row] = (float) Math.exp(chance[row * CLASSES + rows.get(row).label()]);
            }
            NDArray energy = experts.get(2 * slot + 1);
            NDArray rightness = manager.create(right, new Shape(right.length, 1));
            NDArray softplus = energy.abs().neg().exp().add(1).log().add(energy.maximum(0));
            loss = loss.add(softplus.sub(energy.mul(rightness)).mul(masks).sum().div(count).mul(0.2f));
        }
        return loss;
    }

    /** @param experts filled with each slot's logits and energies, or null */
    private NDArray forward(NDManager manager, List<float[][]> rows, boolean[][] present, boolean training, List<NDArray> experts) {
        NDList probabilities = new NDList();
        NDList energies = new NDList();
        for (int slot = 0; slot < slots.size(); slot++) {
            String name = slots.get(slot);
            int dimension = dimensions[slot];
            float[] values = new float[rows.size() * dimension];
            float[] penalty = new float[rows.size()];
            for (int row = 0; row < rows.size(); row++) {
                float[] vector = rows.get(row)[slot];
                penalty[row] = present[row][slot] ? 0 : ABSENT;
                if (vector != null && present[row][slot]) {
                    float[] standardized = standardizations[slot].apply(vector);
                    for (int i = 0; i < dimension; i++) {
                        boolean dropped = training && random.nextDouble() < FEATURE_DROPOUT;
                        values[row * dimension + i] = dropped ? 0 : training ? standardized[i] / (float) (1 - FEATURE_DROPOUT) : standardized[i];
                    }
                }
            }
            NDArray z = manager.create(values, new Shape(rows.size(), dimension));
            NDArray hidden = z.matMul(parameters.get(name + ".hidden")).add(parameters.get(name + ".hidden_bias")).tanh();
            NDArray logits = z.matMul(parameters.get(name + ".linear")).add(hidden.matMul(parameters.get(name + ".output"))).add(parameters.get(name + ".bias"));
            NDArray energy = hidden.matMul(parameters.get(name + ".energy")).add(parameters.get(name + ".energy_bias"));
            if (experts != null) {
                experts.add(logits);
                experts.add(energy);
            }
            probabilities.add(logits.softmax(1));
            energies.add(energy.add(manager.create(penalty, new Shape(rows.size(), 1))));
        }
        NDArray weights = ai.djl.ndarray.NDArrays.concat(energies, 1).softmax(1);
        NDArray fused = null;
        for (int slot = 0; slot < slots.size(); slot++) {
            NDArray part = probabilities.get(slot).mul(weights.get(":, " + slot + ":" + (slot + 1)));
            fused = fused == null ? part : fused.add(part);
        }
        return fused;
    }

    /** The training framework's own probabilities, {@code [rows * 3]}: the reference for the export. */
    float[] predict(List<float[][]> rows) {
        boolean[][] present = new boolean[rows.size()][slots.size()];
        for (int row = 0; row < present.length; row++) {
            for (int slot = 0; slot < slots.size(); slot++) {
                present[row][slot] = rows.get(row)[slot] != null;
            }
        }
        try (NDManager manager = parameters.manager().newSubManager()) {
            return forward(manager, rows, present, false, null).toFloatArray();
        }
    }

    /** The trained head as an ONNX graph: each slot {@code [batch, dimension]}, {@code mask [batch, slots]} in; {@code probabilities [batch, 3]} out. */
    byte[] toOnnx() {
        OnnxGraph graph = new OnnxGraph("sentiment-late-attention");
        List<String> inputs = new ArrayList<>();
        for (int slot = 0; slot < slots.size(); slot++) {
            inputs.add(graph.input(slots.get(slot), -1, dimensions[slot]));
        }
        String mask = graph.input("mask", -1, slots.size());
        List<String> probabilities = new ArrayList<>();
        List<String> energies = new ArrayList<>();
        for (int slot = 0; slot < slots.size(); slot++) {
            String name = slots.get(slot);
            int dimension = dimensions[slot];
            String z = HeadGraph.standardized(graph, inputs.get(slot), standardizations[slot]);
            String hidden = graph.node("Tanh", graph.node("Gemm", z, graph.constant(parameters.values(name + ".hidden"), dimension, HIDDEN),
                    graph.constant(parameters.values(name + ".hidden_bias"), HIDDEN)));
            String logits = graph.node("Add", graph.node("MatMul", z, graph.constant(parameters.values(name + ".linear"), dimension, CLASSES)),
                    graph.node("Gemm", hidden, graph.constant(parameters.values(name + ".output"), HIDDEN, CLASSES),
                            graph.constant(parameters.values(name + ".bias"), CLASSES)));
            probabilities.add(graph.node("Softmax", List.of(logits), Map.of("axis", 1L)));
            energies.add(graph.node("Gemm", hidden, graph.constant(parameters.values(name + ".energy"), HIDDEN, 1),
                    graph.constant(parameters.values(name + ".energy_bias"), 1)));
        }
        String penalty = graph.node("Mul", graph.node("Sub", mask, graph.constant(new float[] {1})), graph.constant(new float[] {-ABSENT}));
        String weights = graph.node("Softmax", List.of(graph.node("Add", graph.node("Concat", energies, Map.of("axis", 1L)), penalty)), Map.of("axis", 1L));
        String fused = null;
        for (int slot = 0; slot < slots.size(); slot++) {
            String weight = graph.node("Slice", weights, graph.constant((long) slot), graph.constant(slot + 1L), graph.constant(1L));
            String part = graph.node("Mul", probabilities.get(slot), weight);
            fused = fused == null ? part : graph.node("Add", fused, part);
        }
        graph.output("probabilities", fused, -1, CLASSES);
        return graph.toModel();
    }

    @Override
    public void close() {
        parameters.close();
    }
}
