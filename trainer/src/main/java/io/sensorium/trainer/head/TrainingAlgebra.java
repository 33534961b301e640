// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer.head;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import java.util.List;
import java.util.Random;

/**
 * The algebra on DJL's arrays, which keep what a backward pass needs. Results live as long as the manager. For one
 * thread.
 */
final class TrainingAlgebra implements Algebra<NDArray> {

    private final NDManager manager;
    private final Parameters parameters;
    private final Random random;

    /** @param random what dropout draws from; null where nothing is dropped */
    TrainingAlgebra(NDManager manager, Parameters parameters, Random random) {
        this.manager = manager;
        this.parameters = parameters;
        this.random = random;
    }

    /** A result belongs to its left operand's manager, which for a weight outlives the batch. */
    private NDArray keep(NDArray result) {
        result.attach(manager);
        return result;
    }

    @Override
    public NDArray weight(String name) {
        return parameters.get(name);
    }

    @Override
    public NDArray constant(float[] values, long... shape) {
        return PyTorchOwnedArray.of(manager, values, shape);
    }

    @Override
    public NDArray matMul(NDArray left, NDArray right) {
        return keep(left.matMul(right));
    }

    @Override
    public NDArray add(NDArray left, NDArray right) {
        return keep(left.add(right));
    }

    @Override
    public NDArray sub(NDArray left, NDArray right) {
        return keep(left.sub(right));
    }

    @Override
    public NDArray mul(NDArray left, NDArray right) {
        return keep(left.mul(right));
    }

    @Override
    public NDArray div(NDArray left, NDArray right) {
        return keep(left.div(right));
    }

    @Override
    public NDArray tanh(NDArray x) {
        return keep(x.tanh());
    }

    @Override
    public NDArray relu(NDArray x) {
        return keep(PyTorchOwnedArray.positive(x));
    }

    @Override
    public NDArray log(NDArray x) {
        return keep(x.log());
    }

    @Override
    public NDArray sqrt(NDArray x) {
        return keep(x.sqrt());
    }

    @Override
    public NDArray clip(NDArray x, float least, float most) {
        return keep(x.clip(least, most));
    }

    @Override
    public NDArray softmax(NDArray x, int axis) {
        return keep(x.softmax(axis));
    }

    @Override
    public NDArray concat(List<NDArray> parts, int axis) {
        return keep(NDArrays.concat(new NDList(parts), axis));
    }

    @Override
    public NDArray slice(NDArray x, int axis, int from, int to) {
        return keep(x.get(new NDIndex(":, ".repeat(axis) + from + ":" + to)));
    }

    @Override
    public NDArray reshape(NDArray x, long... shape) {
        return keep(x.reshape(shape));
    }

    @Override
    public NDArray transpose(NDArray x, int... order) {
        return keep(x.transpose(order));
    }

    @Override
    public NDArray sum(NDArray x, int axis) {
        return keep(x.sum(new int[] {axis}, true));
    }

    @Override
    public NDArray dropout(NDArray x, double share) {
        if (random == null || share == 0) {
            return x;
        }
        float[] kept = new float[(int) x.size()];
        for (int i = 0; i < kept.length; i++) {
            kept[i] = random.nextDouble() < share ? 0 : (float) (1 / (1 - share));
        }
        return keep(x.mul(PyTorchOwnedArray.of(manager, kept, x.getShape().getShape())));
    }
}
