// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer.head;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.sensorium.trainer.head.Fusion.Fused;
import io.sensorium.trainer.head.Fusion.Inputs;
import io.sensorium.trainer.onnx.OnnxGraph;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Trains one fusion on rows of which any slot may be missing, and exports it. While training, slots are dropped at
 * random (Neverova et al., ModDrop, 2016) so that every subset is served. For one thread; the same seed gives the same
 * bytes.
 */
public final class FusionTraining implements AutoCloseable {

    private static final float EXPERT_LOSS = 0.5f;
    private static final float ENERGY_LOSS = 0.2f;

    /**
     * One row.
     *
     * @param vectors by slot, null where absent
     * @param label the class
     * @param earlier the vectors of the subject's rows before it, the newest first, at least as many as the head's
     *     context reads where there are so many
     */
    public record Example(float[][] vectors, int label, List<float[][]> earlier) {

        /** A row that stands alone. */
        public Example(float[][] vectors, int label) {
            this(vectors, label, List.of());
        }
    }

    private final String fusion;
    private final HeadShape shape;
    private final Settings settings;
    private final Fusion head;
    private final ContextReader context;
    private final StandardizedInputs standardized;
    private final float[] classWeights;
    private final Parameters parameters;
    private final Random random;
    private final PrintStream progress;

    /** Logits are divided by it. */
    private float temperature = 1;

    /** @param training rows from which standardization and class weights are computed */
    public FusionTraining(
            String fusion,
            HeadShape shape,
            Settings settings,
            List<Example> training,
            long seed,
            PrintStream progress) {
        this.fusion = fusion;
        this.shape = shape;
        this.settings = settings;
        this.progress = progress;
        this.head = Fusion.of(fusion, shape);
        this.random = new Random(seed);
        this.parameters = new Parameters(seed);
        this.context = shape.context() == 0 ? null : new ContextReader(shape);
        this.standardized = new StandardizedInputs(
                shape,
                settings.featureDropout(),
                training.stream().map(Example::vectors).toList());
        this.classWeights = classWeights(training, shape.classes(), settings.balance());
        head.declare(parameters);
        if (context != null) {
            context.declare(parameters);
        }
    }

    /** The weights, for what is trained before the head itself; the standardizations are those of the training rows. */
    public MaskedModelling maskedModelling() {
        return new MaskedModelling(shape, parameters, random, standardized::parts);
    }

    private static float[] classWeights(List<Example> rows, int classes, double balance) {
        float[] weights = new float[classes];
        double total = 0;
        for (int c = 0; c < classes; c++) {
            int own = c;
            long count = rows.stream().filter(row -> row.label() == own).count();
            weights[c] = count == 0 ? 0 : (float) Math.pow((double) rows.size() / count, balance);
            total += weights[c] * count;
        }
        for (int c = 0; c < classes; c++) {
            weights[c] *= (float) (rows.size() / total);
        }
        return weights;
    }

    /**
     * Trains until the validation loss has not fallen for a while, and keeps the best weights.
     *
     * @return a line an epoch: training and validation loss
     */
    public List<double[]> fit(List<Example> training, List<Example> validation) {
        Map<String, float[]> best = parameters.snapshot();
        List<double[]> curve = new ArrayList<>();
        double lowest = Double.MAX_VALUE;
        int sinceBest = 0;
        List<Example> shuffled = new ArrayList<>(training);
        Random fixed = new Random(17);
        List<Example> held = validation.stream()
                .map(row -> new Example(
                        withForeign(row.vectors(), validation, fixed),
                        row.label(),
                        foreignEarlier(row, validation, fixed)))
                .toList();
        for (int epoch = 0; epoch < settings.epochs() && sinceBest < settings.patience(); epoch++) {
            Collections.shuffle(shuffled, random);
            double total = 0;
            int batches = 0;
            for (int from = 0; from < shuffled.size(); from += settings.batch()) {
                total += trainBatch(
                        shuffled.subList(from, Math.min(shuffled.size(), from + settings.batch())), training);
                batches++;
            }
            double loss = loss(held);
            curve.add(new double[] {total / batches, loss});
            progress.printf(
                    "%s, epoch %2d: training loss %.4f, validation loss %.4f%n", fusion, epoch, total / batches, loss);
            sinceBest++;
            if (loss < lowest) {
                lowest = loss;
                best = parameters.snapshot();
                sinceBest = 0;
            }
        }
        parameters.restore(best);
        if (settings.calibrated()) {
            temperature = (float) Temperature.fit(logProbabilities(held), held, shape.classes());
            progress.printf("%s: temperature %.3f%n", fusion, temperature);
        }
        return curve;
    }

    private float[] logProbabilities(List<Example> rows) {
        try (NDManager manager = parameters.manager().newSubManager()) {
            return forward(
                            manager,
                            rows.stream().map(Example::vectors).toList(),
                            rows.stream().map(Example::earlier).toList(),
                            false)
                    .logits()
                    .logSoftmax(1)
                    .toFloatArray();
        }
    }

    private double trainBatch(List<Example> rows, List<Example> pool) {
        return parameters.descend(settings.rate(), settings.decay(), manager -> {
            List<float[][]> vectors = dropSlots(rows, pool);
            return loss(
                    manager,
                    rows,
                    vectors,
                    rows.stream().map(row -> foreignEarlier(row, pool, random)).toList(),
                    true);
        });
    }

    private List<float[][]> foreignEarlier(Example row, List<Example> pool, Random draws) {
        return row.earlier().stream()
                .map(vectors -> withForeign(vectors, pool, draws))
                .toList();
    }

    /** A row's embeddings, in the slots that are set so now and then another row's. */
    private float[][] withForeign(float[][] own, List<Example> pool, Random draws) {
        float[][] vectors = own.clone();
        for (int slot = 0; slot < vectors.length; slot++) {
            Double share = settings.foreign().get(shape.slots().get(slot));
            if (share != null && draws.nextDouble() < share) {
                vectors[slot] = pool.get(draws.nextInt(pool.size())).vectors()[slot];
            }
        }
        return vectors;
    }

    private List<float[][]> dropSlots(List<Example> rows, List<Example> pool) {
        List<float[][]> kept = new ArrayList<>(rows.size());
        for (Example row : rows) {
            float[][] full = withForeign(row.vectors(), pool, random);
            float[][] vectors = full.clone();
            for (int slot = 0; slot < vectors.length; slot++) {
                if (random.nextDouble() < settings.slotDropout()) {
                    vectors[slot] = null;
                }
            }
            kept.add(Arrays.stream(vectors).allMatch(vector -> vector == null) ? full : vectors);
        }
        return kept;
    }

    private double loss(List<Example> rows) {
        try (NDManager manager = parameters.manager().newSubManager()) {
            return loss(
                            manager,
                            rows,
                            rows.stream().map(Example::vectors).toList(),
                            rows.stream().map(Example::earlier).toList(),
                            false)
                    .getFloat();
        }
    }

    private NDArray loss(
            NDManager manager,
            List<Example> rows,
            List<float[][]> vectors,
            List<List<float[][]>> earlier,
            boolean training) {
        int classes = shape.classes();
        float[] target = new float[rows.size() * classes];
        for (int row = 0; row < rows.size(); row++) {
            int label = rows.get(row).label();
            target[row * classes + label] = classWeights[label];
        }
        NDArray targets = PyTorchOwnedArray.of(manager, target, rows.size(), classes);
        Fused<NDArray> fused = forward(manager, vectors, earlier, training);
        NDArray loss = PyTorchOwnedArray.scaled(
                targets.mul(fused.logits().logSoftmax(1)).sum(), -1.0 / rows.size());
        for (int slot = 0; slot < fused.experts().size(); slot++) {
            float[] mask = new float[rows.size()];
            int count = 0;
            for (int row = 0; row < mask.length; row++) {
                mask[row] = vectors.get(row)[slot] == null ? 0 : 1;
                count += (int) mask[row];
            }
            if (count == 0) {
                continue;
            }
            NDArray masks = PyTorchOwnedArray.of(manager, mask, mask.length, 1);
            NDArray logProbabilities = fused.experts().get(slot).logSoftmax(1);
            loss = loss.add(PyTorchOwnedArray.scaled(
                    targets.mul(logProbabilities).mul(masks).sum(), -EXPERT_LOSS / count));
            if (!fused.energies().isEmpty()) {
                loss = loss.add(PyTorchOwnedArray.scaled(
                        energyLoss(manager, rows, fused.energies().get(slot), logProbabilities, masks),
                        ENERGY_LOSS / count));
            }
        }
        return loss;
    }

    /**
     * Log-odds of being right: binary cross-entropy of the energy against the expert's own probability of the truth.
     */
    private NDArray energyLoss(
            NDManager manager, List<Example> rows, NDArray energy, NDArray logProbabilities, NDArray masks) {
        float[] chance = logProbabilities.toFloatArray();
        float[] right = new float[rows.size()];
        for (int row = 0; row < right.length; row++) {
            right[row] = (float)
                    Math.exp(chance[row * shape.classes() + rows.get(row).label()]);
        }
        NDArray rightness = PyTorchOwnedArray.of(manager, right, right.length, 1);
        NDArray softplus = energy.abs().neg().exp().add(1).log().add(PyTorchOwnedArray.positive(energy));
        return softplus.sub(energy.mul(rightness)).mul(masks).sum();
    }

    private Fused<NDArray> forward(
            NDManager manager, List<float[][]> rows, List<List<float[][]>> earlier, boolean training) {
        TrainingAlgebra g = new TrainingAlgebra(manager, parameters, training ? random : null);
        Fused<NDArray> fused = head.fuse(g, standardized.of(g, rows));
        if (context == null) {
            return fused;
        }
        List<float[][]> before = new ArrayList<>();
        float[] known = new float[rows.size() * shape.context()];
        for (int row = 0; row < rows.size(); row++) {
            for (int place = 0; place < shape.context(); place++) {
                boolean there = place < earlier.get(row).size();
                known[row * shape.context() + place] = there ? 1 : 0;
                // A place without a row holds the row itself, which counts for nothing: no fusion need be finite where
                // no slot is present.
                before.add(there ? earlier.get(row).get(place) : rows.get(row));
            }
        }
        Inputs<NDArray> past = standardized.of(g, before);
        NDArray vectors = g.mul(
                context.vector(g, past, head.fuse(g, past).logits()),
                PyTorchOwnedArray.of(manager, known, known.length, 1));
        NDArray tokens = g.reshape(vectors, -1, (long) shape.context() * ContextReader.width(shape));
        return new Fused<>(
                context.read(g, fused.logits(), tokens), fused.experts(), fused.energies(), fused.attention());
    }

    /** The training framework's own probabilities, {@code [rows * classes]}: the reference for the export. */
    public float[] predict(List<float[][]> rows) {
        return predict(rows, java.util.Collections.nCopies(rows.size(), List.of()));
    }

    /** {@link #predict(List)} with the vectors of each row's earlier ones, the newest first. */
    public float[] predict(List<float[][]> rows, List<List<float[][]>> earlier) {
        try (NDManager manager = parameters.manager().newSubManager()) {
            return PyTorchOwnedArray.scaled(
                            forward(manager, rows, earlier, false).logits(), 1 / temperature)
                    .softmax(1)
                    .toFloatArray();
        }
    }

    /**
     * The trained head as an ONNX graph: each slot {@code [batch, dimension]}, {@code mask [batch, slots]} and, with a
     * context, {@code context [batch, windows * width]}, the newest first, zeros where there is none, in;
     * {@code probabilities [batch, classes]}, with a context {@code fused [batch, width]}, with parts {@code attention
     * [batch, positions]} out.
     */
    public byte[] toOnnx() {
        OnnxGraph graph = new OnnxGraph(fusion);
        List<String> inputs = new ArrayList<>();
        for (int slot = 0; slot < shape.size(); slot++) {
            inputs.add(graph.input(shape.slots().get(slot), -1, shape.dimensions()[slot]));
        }
        String mask = graph.input("mask", -1, shape.size());
        ExportAlgebra g = new ExportAlgebra(graph, parameters);
        Inputs<String> in = standardized.of(g, inputs, mask);
        Fused<String> fused = head.fuse(g, in);
        String logits = fused.logits();
        if (context != null) {
            String past = graph.input("context", -1, (long) shape.context() * ContextReader.width(shape));
            graph.output("fused", context.vector(g, in, logits), -1, ContextReader.width(shape));
            logits = context.read(g, logits, past);
        }
        if (temperature != 1) {
            logits = g.mul(logits, g.constant(new float[] {1 / temperature}, 1));
        }
        graph.output("probabilities", g.softmax(logits, 1), -1, shape.classes());
        if (fused.attention() != null) {
            graph.output("attention", fused.attention(), -1, shape.positions());
        }
        return graph.toModel();
    }

    @Override
    public void close() {
        parameters.close();
    }
}
