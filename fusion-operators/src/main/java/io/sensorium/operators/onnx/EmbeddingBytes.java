// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.onnx;

import ai.onnxruntime.platform.Fp16Conversions;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Embeddings as little-endian bytes, at full or half precision. Stateless. */
public final class EmbeddingBytes {

    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int EXPONENT = 0x7f800000;

    private EmbeddingBytes() {}

    /** IEEE 754 binary32, 4 bytes a number. */
    public static byte[] ofFloat32(float[] vector) {
        byte[] bytes = new byte[vector.length * Float.BYTES];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(vector);
        return bytes;
    }

    /** Back to numbers. */
    public static float[] toFloat32(byte[] bytes) {
        float[] vector = new float[bytes.length / Float.BYTES];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(vector);
        return vector;
    }

    /**
     * IEEE 754 binary16, rounded to nearest even, 2 bytes a number.
     *
     * @return the bytes, or null where a number is beyond ±65504 and would become infinite
     */
    public static byte[] ofFloat16(float[] vector) {
        byte[] bytes = new byte[vector.length * Short.BYTES];
        for (int i = 0; i < vector.length; i++) {
            short half = Fp16Conversions.floatToFp16(vector[i]);
            if ((half & 0x7c00) == 0x7c00) {
                return null;
            }
            bytes[2 * i] = (byte) half;
            bytes[2 * i + 1] = (byte) (half >> 8);
        }
        return bytes;
    }

    /** As {@link #ofFloat16}, from binary32. */
    public static byte[] toFloat16(byte[] float32) {
        return ofFloat16(toFloat32(float32));
    }

    /**
     * The index of the first number that is not finite, or -1.
     *
     * @param float32 binary32
     */
    public static int firstNotFinite(byte[] float32) {
        for (int i = 0; i < float32.length; i += Float.BYTES) {
            if (((int) INT.get(float32, i) & EXPONENT) == EXPONENT) {
                return i / Float.BYTES;
            }
        }
        return -1;
    }

    /** Back to numbers, which is exact. */
    public static float[] fromFloat16(byte[] bytes) {
        float[] vector = new float[bytes.length / Short.BYTES];
        for (int i = 0; i < vector.length; i++) {
            vector[i] = Fp16Conversions.fp16ToFloat((short) (bytes[2 * i] & 0xff | bytes[2 * i + 1] << 8));
        }
        return vector;
    }
}
