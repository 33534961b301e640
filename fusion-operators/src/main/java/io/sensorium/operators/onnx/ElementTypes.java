// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.onnx;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.platform.Fp16Conversions;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.ShortBuffer;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.IntToDoubleFunction;

/**
 * Conversions between the floats and longs that encoders and heads work with and the element types that graphs declare.
 * Stateless.
 */
final class ElementTypes {

    /** Types that hold fractions: an embedding or a picture may be converted to them. */
    static final Set<OnnxJavaType> FRACTIONAL =
            EnumSet.of(OnnxJavaType.FLOAT, OnnxJavaType.DOUBLE, OnnxJavaType.FLOAT16, OnnxJavaType.BFLOAT16);

    /** Types whose values become floats. */
    static final Set<OnnxJavaType> NUMERIC = EnumSet.of(
            OnnxJavaType.FLOAT,
            OnnxJavaType.DOUBLE,
            OnnxJavaType.FLOAT16,
            OnnxJavaType.BFLOAT16,
            OnnxJavaType.INT8,
            OnnxJavaType.UINT8,
            OnnxJavaType.INT16,
            OnnxJavaType.INT32,
            OnnxJavaType.INT64,
            OnnxJavaType.BOOL);

    private ElementTypes() {}

    /**
     * A tensor's values as floats, in a buffer of their own.
     *
     * @throws OrtException when the type is not numeric
     */
    static FloatBuffer floats(OnnxTensor tensor) throws OrtException {
        return switch (tensor.getInfo().type) {
            case FLOAT, FLOAT16, BFLOAT16 -> tensor.getFloatBuffer();
            case DOUBLE -> {
                DoubleBuffer doubles = tensor.getDoubleBuffer();
                yield fill(doubles.remaining(), doubles::get);
            }
            case INT64 -> {
                LongBuffer longs = tensor.getLongBuffer();
                yield fill(longs.remaining(), longs::get);
            }
            case INT32 -> {
                IntBuffer ints = tensor.getIntBuffer();
                yield fill(ints.remaining(), ints::get);
            }
            case INT16 -> {
                ShortBuffer shorts = tensor.getShortBuffer();
                yield fill(shorts.remaining(), shorts::get);
            }
            case UINT8 -> {
                ByteBuffer bytes = tensor.getByteBuffer();
                yield fill(bytes.remaining(), i -> bytes.get(i) & 0xff);
            }
            case INT8, BOOL -> {
                ByteBuffer bytes = tensor.getByteBuffer();
                yield fill(bytes.remaining(), bytes::get);
            }
            default -> throw new OrtException("an output of element type " + tensor.getInfo().type + " has no numbers");
        };
    }

    private static FloatBuffer fill(int count, IntToDoubleFunction values) {
        FloatBuffer floats = FloatBuffer.allocate(count);
        for (int i = 0; i < count; i++) {
            floats.put((float) values.applyAsDouble(i));
        }
        return floats.flip();
    }

    /**
     * The same values and shape at another type; fractions are rounded where the type has none. The caller closes it.
     */
    static OnnxTensor convert(OnnxTensor tensor, OnnxJavaType type) throws OrtException {
        Buffer backing = tensor.getBufferRef()
                .orElseThrow(() -> new OrtException("a tensor without a buffer cannot be converted"));
        int count = 1;
        for (long dimension : tensor.getInfo().getShape()) {
            count = Math.multiplyExact(count, Math.toIntExact(dimension));
        }
        IntToDoubleFunction values;
        if (backing instanceof FloatBuffer floats) {
            values = floats::get;
        } else if (backing instanceof LongBuffer longs) {
            values = longs::get;
        } else {
            throw new OrtException("a tensor of " + tensor.getInfo().type + " cannot be converted to " + type);
        }
        return tensor(count, values, type, tensor.getInfo().getShape());
    }

    /** A tensor of one value. The caller closes it. */
    static OnnxTensor constant(double value, OnnxJavaType type, long[] shape) throws OrtException {
        int count = 1;
        for (long dimension : shape) {
            count = Math.multiplyExact(count, Math.toIntExact(dimension));
        }
        return tensor(count, i -> value, type, shape);
    }

    private static OnnxTensor tensor(int count, IntToDoubleFunction values, OnnxJavaType type, long[] shape)
            throws OrtException {
        ByteBuffer bytes =
                ByteBuffer.allocateDirect(Math.multiplyExact(count, type.size)).order(ByteOrder.nativeOrder());
        for (int i = 0; i < count; i++) {
            double value = values.applyAsDouble(i);
            switch (type) {
                case FLOAT -> bytes.putFloat((float) value);
                case DOUBLE -> bytes.putDouble(value);
                case FLOAT16 -> bytes.putShort(Fp16Conversions.floatToFp16((float) value));
                case BFLOAT16 -> bytes.putShort(Fp16Conversions.floatToBf16((float) value));
                case INT64 -> bytes.putLong(Math.round(value));
                case INT32 -> bytes.putInt((int) Math.round(value));
                case INT16 -> bytes.putShort((short) Math.round(value));
                case INT8 -> bytes.put((byte) Math.max(Byte.MIN_VALUE, Math.min(Byte.MAX_VALUE, Math.round(value))));
                case UINT8 -> bytes.put((byte) Math.max(0, Math.min(255, Math.round(value))));
                case BOOL -> bytes.put((byte) (value == 0 ? 0 : 1));
                default -> throw new OrtException("numbers cannot be given to an input of element type " + type);
            }
        }
        return OnnxTensor.createTensor(OrtEnvironment.getEnvironment(), bytes.flip(), shape, type);
    }
}
