// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.serde;

import io.sensorium.job.alignment.Embedding;
import io.sensorium.job.alignment.EmbeddingVector;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What state format 2 put into one field. While one encoder took over from another, a vector held the first one's
 * bytes, the second one's, and eight bytes of the second encoder's hash; the event named the first. The trace context
 * was an attribute. Stateless.
 */
public final class FormatTwoEmbedding {

    /** No attribute that a pipeline file can list begins with U+0000. */
    static final String TRACE_ATTRIBUTE = "\u0000traceparent";

    private FormatTwoEmbedding() {}

    static Map<String, String> withoutTrace(Map<String, String> attributes) {
        if (!attributes.containsKey(TRACE_ATTRIBUTE)) {
            return attributes;
        }
        Map<String, String> own = new LinkedHashMap<>(attributes);
        own.remove(TRACE_ATTRIBUTE);
        return own;
    }

    /**
     * An encoder's part of an embedding that may hold two.
     *
     * @param encoder first eight bytes of the encoder's SHA-256
     * @param dimension numbers of its embeddings
     * @return empty where the embedding holds two, and none of them is the encoder's, or where it holds one
     */
    public static Optional<EmbeddingVector> part(Embedding embedding, long encoder, int dimension) {
        EmbeddingVector vector = embedding.vector();
        byte[] bytes = vector.bytes();
        int size = dimension * vector.precision().bytes();
        if (bytes.length <= size + Long.BYTES) {
            return Optional.empty();
        }
        if (embedding.encoder() == encoder) {
            return Optional.of(new EmbeddingVector(Arrays.copyOf(bytes, size), vector.precision()));
        }
        int end = bytes.length - Long.BYTES;
        return ByteBuffer.wrap(bytes).getLong(end) == encoder
                ? Optional.of(new EmbeddingVector(Arrays.copyOfRange(bytes, end - size, end), vector.precision()))
                : Optional.empty();
    }
}
