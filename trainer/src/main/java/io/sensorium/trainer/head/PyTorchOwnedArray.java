// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer.head;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Arrays in PyTorch's own memory. {@code NDManager.create} lays a tensor over a buffer of Java's, and
 * {@code NDArray.mul(Number)}, {@code div} and {@code maximum} lay their number so and let go of it at once, while
 * PyTorch keeps the address for the backward pass: when the garbage collector has freed the buffer, gradients are
 * wrong, now and then NaN. Seen with DJL 0.35.1; without a collector (Epsilon) the same training is the same to the
 * digit.
 */
public final class PyTorchOwnedArray {

    private PyTorchOwnedArray() {}

    /** {@code x · by}, in place of {@code x.mul(by)}. */
    public static NDArray scaled(NDArray x, double by) {
        return x.mul(of(x.getManager(), new float[] {(float) by}, 1));
    }

    /** {@code max(x, 0)}, in place of {@code x.maximum(0)}. */
    static NDArray positive(NDArray x) {
        return x.getNDArrayInternal().relu();
    }

    /** A copy of the values that lives as long as the manager. */
    public static NDArray of(NDManager manager, float[] values, long... shape) {
        ByteBuffer buffer =
                ByteBuffer.allocateDirect(values.length * Float.BYTES).order(ByteOrder.nativeOrder());
        buffer.asFloatBuffer().put(values);
        try (NDArray laid = manager.create(buffer, new Shape(shape), DataType.FLOAT32)) {
            return laid.duplicate();
        } finally {
            Reference.reachabilityFence(buffer);
        }
    }
}
