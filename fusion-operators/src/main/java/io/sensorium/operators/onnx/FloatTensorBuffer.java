// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * A direct float buffer that is kept from run to run and grows when a larger batch needs it, and its tensor. For one
 * thread.
 */
public final class FloatTensorBuffer implements AutoCloseable {

    private FloatBuffer floats = allocate(1024);
    private OnnxTensor kept;
    private FloatBuffer keptOf;
    private long[] keptShape;

    /** The buffer, cleared, with room for {@code count} floats. */
    public FloatBuffer clear(int count) {
        if (floats.capacity() < count) {
            floats = allocate(Math.max(count, floats.capacity() * 2));
        }
        floats.clear().limit(count);
        return floats;
    }

    /** The buffer as a tensor, without a copy; the buffer must not change until the tensor is closed. */
    public OnnxTensor tensor(long... shape) throws OrtException {
        int count = 1;
        for (long dimension : shape) {
            count = Math.multiplyExact(count, Math.toIntExact(dimension));
        }
        floats.position(0).limit(count);
        return OnnxTensor.createTensor(OrtEnvironment.getEnvironment(), floats, shape);
    }

    /**
     * The buffer as a tensor that is kept: asked for again in the same shape it is the same, with what the buffer holds
     * then. Not to be closed but with this buffer.
     */
    public OnnxTensor keptTensor(long... shape) throws OrtException {
        if (kept == null || keptOf != floats || !Arrays.equals(keptShape, shape)) {
            close();
            kept = tensor(shape);
            keptOf = floats;
            keptShape = shape;
        }
        return kept;
    }

    @Override
    public void close() {
        if (kept != null) {
            kept.close();
            kept = null;
        }
    }

    /** The buffer's content, read by index. */
    public FloatBuffer floats() {
        return floats;
    }

    private static FloatBuffer allocate(int count) {
        return ByteBuffer.allocateDirect(Math.multiplyExact(count, Float.BYTES))
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
    }
}
