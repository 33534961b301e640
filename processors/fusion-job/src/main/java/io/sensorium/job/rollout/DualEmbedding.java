// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.rollout;

import io.sensorium.job.alignment.EmbeddingVector;
import io.sensorium.job.alignment.EmbeddingVector.Precision;
import io.sensorium.job.alignment.EncodedEvent;
import io.sensorium.operators.onnx.EmbeddingBytes;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The embeddings of two encoders in one vector, while one takes over from the other: the first one's bytes, the second
 * one's, eight bytes of the second encoder's hash. The event itself names the first. Stateless.
 */
public final class DualEmbedding {

    private DualEmbedding() {}

    /**
     * Both embeddings, of one precision.
     *
     * @param hash first eight bytes of the second encoder's SHA-256
     */
    public static byte[] join(byte[] first, byte[] second, long hash) {
        return ByteBuffer.allocate(first.length + second.length + Long.BYTES)
                .put(first)
                .put(second)
                .putLong(hash)
                .array();
    }

    /**
     * Whether an event has the embedding of an encoder.
     *
     * @param dimension numbers of that encoder's embedding
     */
    public static boolean has(EncodedEvent event, long encoder, int dimension) {
        return event.encoder() == encoder || isSecond(event.vector(), encoder, dimension);
    }

    private static boolean isSecond(EmbeddingVector vector, long encoder, int dimension) {
        int length = vector.bytes().length;
        return length > dimension * vector.precision().bytes() + Long.BYTES
                && ByteBuffer.wrap(vector.bytes()).getLong(length - Long.BYTES) == encoder;
    }

    /** The embedding of an encoder that the event has. */
    public static float[] read(EncodedEvent event, long encoder, int dimension) {
        EmbeddingVector vector = event.vector();
        int size = dimension * vector.precision().bytes();
        byte[] bytes = vector.bytes();
        if (event.encoder() != encoder) {
            bytes = Arrays.copyOfRange(bytes, bytes.length - Long.BYTES - size, bytes.length - Long.BYTES);
        } else if (bytes.length != size) {
            bytes = Arrays.copyOf(bytes, size);
        }
        return vector.precision() == Precision.FLOAT16
                ? EmbeddingBytes.fromFloat16(bytes)
                : EmbeddingBytes.toFloat32(bytes);
    }
}
