// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer.head;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import ai.djl.training.optimizer.AdamW;
import ai.djl.training.optimizer.Optimizer;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;

/**
 * Named weights with Adam (Kingma and Ba, 2015) and decoupled weight decay (Loshchilov and Hutter, 2019). Weights start
 * from a seeded Gaussian, so a run is reproducible. For one thread.
 */
public final class Parameters implements AutoCloseable {

    static {
        // One thread, set before the engine loads: sums in another order would give other digits.
        System.setProperty("ai.djl.pytorch.num_threads", "1");
        System.setProperty("ai.djl.pytorch.num_interop_threads", "1");
    }

    private final NDManager manager = NDManager.newBaseManager("PyTorch");
    private final Random random;
    private final Map<String, NDArray> weights = new LinkedHashMap<>();

    /** By their weight decay. */
    private final Map<Float, Optimizer> optimizers = new HashMap<>();

    /** Of the step under way. */
    private float rate;

    public Parameters(long seed) {
        random = new Random(seed);
    }

    public NDManager manager() {
        return manager;
    }

    /** Adds a weight of the given shape, Gaussian with this deviation. */
    public void add(String name, double deviation, long... shape) {
        int count = (int) new Shape(shape).size();
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (random.nextGaussian() * deviation);
        }
        put(name, values, shape);
    }

    /** Adds a weight with given values. */
    public void put(String name, float[] values, long... shape) {
        NDArray weight = PyTorchOwnedArray.of(manager, values, shape);
        weight.setRequiresGradient(true);
        weights.put(name, weight);
    }

    public NDArray get(String name) {
        return weights.get(name);
    }

    public float[] values(String name) {
        return weights.get(name).toFloatArray();
    }

    /** The size of a weight's last axis. */
    int width(String name) {
        Shape shape = weights.get(name).getShape();
        return (int) shape.get(shape.dimension() - 1);
    }

    /**
     * One step of Adam down a loss; biases and scalars are not decayed.
     *
     * @param loss computes it from arrays of the manager given, which ends with the step
     * @return the loss before the step
     */
    public double descend(float rate, float decay, Function<NDManager, NDArray> loss) {
        try (NDManager batch = manager.newSubManager()) {
            double value;
            try (GradientCollector collector = Engine.getEngine("PyTorch").newGradientCollector()) {
                NDArray computed = loss.apply(batch);
                value = computed.getFloat();
                collector.backward(computed);
            }
            step(rate, decay);
            return value;
        }
    }

    private void step(float rate, float decay) {
        this.rate = rate;
        weights.forEach((name, weight) -> {
            boolean decayed = weight.getShape().dimension() > 1;
            try (NDArray gradient = weight.getGradient()) {
                // Sets the gradient to zero afterwards.
                optimizers.computeIfAbsent(decayed ? decay : 0, this::optimizer).update(name, weight, gradient);
            }
        });
    }

    private Optimizer optimizer(float decay) {
        return AdamW.builder()
                .optWeightDecays(decay)
                .optLearningRateTracker((name, update) -> rate)
                .build();
    }

    /** A copy of all values, to come back to. */
    public Map<String, float[]> snapshot() {
        Map<String, float[]> copy = new LinkedHashMap<>();
        weights.forEach((name, weight) -> copy.put(name, weight.toFloatArray()));
        return copy;
    }

    public void restore(Map<String, float[]> snapshot) {
        snapshot.forEach((name, values) -> replace(weights.get(name), values));
    }

    /** Writes into the weight's own memory, which {@code NDArray.set} would exchange for a buffer of Java's. */
    private void replace(NDArray weight, float[] values) {
        try (NDArray fresh =
                PyTorchOwnedArray.of(manager, values, weight.getShape().getShape())) {
            weight.subi(weight);
            weight.addi(fresh);
        }
    }

    @Override
    public void close() {
        manager.close();
    }
}
