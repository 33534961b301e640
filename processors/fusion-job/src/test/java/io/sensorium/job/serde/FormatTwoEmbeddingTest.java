// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.serde;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.alignment.Embedding;
import io.sensorium.job.alignment.EmbeddingVector;
import io.sensorium.job.alignment.EmbeddingVector.Precision;
import io.sensorium.operators.onnx.EmbeddingBytes;
import java.nio.ByteBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** State format 2 kept the embeddings of two encoders in one array. */
class FormatTwoEmbeddingTest {

    private static final float[] FIRST = {1, 2, 3};
    private static final float[] SECOND = {0.5f, -0.25f};

    private static byte[] bytes(float[] vector, Precision precision) {
        return precision == Precision.FLOAT16 ? EmbeddingBytes.ofFloat16(vector) : EmbeddingBytes.ofFloat32(vector);
    }

    private static float[] numbers(EmbeddingVector vector) {
        return vector.precision() == Precision.FLOAT16
                ? EmbeddingBytes.fromFloat16(vector.bytes())
                : EmbeddingBytes.toFloat32(vector.bytes());
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void eachEncoderFindsItsOwnPartAndNoOtherFindsAny(Precision precision) {
        byte[] first = bytes(FIRST, precision);
        byte[] second = bytes(SECOND, precision);
        byte[] joined = ByteBuffer.allocate(first.length + second.length + Long.BYTES)
                .put(first)
                .put(second)
                .putLong(22)
                .array();
        Embedding both = new Embedding(11, new EmbeddingVector(joined, precision));
        assertThat(numbers(FormatTwoEmbedding.part(both, 11, 3).orElseThrow())).containsExactly(FIRST);
        assertThat(numbers(FormatTwoEmbedding.part(both, 22, 2).orElseThrow())).containsExactly(SECOND);
        assertThat(FormatTwoEmbedding.part(both, 33, 2)).isEmpty();
        Embedding alone = new Embedding(11, new EmbeddingVector(first, precision));
        assertThat(FormatTwoEmbedding.part(alone, 22, 2)).isEmpty();
        assertThat(FormatTwoEmbedding.part(alone, 11, 3))
                .as("one embedding has no parts")
                .isEmpty();
    }
}
