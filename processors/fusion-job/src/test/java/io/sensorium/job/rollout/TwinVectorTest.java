// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.alignment.EmbeddingVector;
import io.sensorium.job.alignment.EmbeddingVector.Precision;
import io.sensorium.job.alignment.EncodedEvent;
import io.sensorium.job.config.ModelBundle;
import io.sensorium.job.config.Rollout.Mode;
import io.sensorium.operators.onnx.EmbeddingBytes;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Two encoders' embeddings in one vector, and whose window is whose. */
class TwinVectorTest {

    private static final float[] FIRST = {1, 2, 3};
    private static final float[] SECOND = {0.5f, -0.25f};

    private static byte[] bytes(float[] vector, Precision precision) {
        return precision == Precision.FLOAT16 ? EmbeddingBytes.ofFloat16(vector) : EmbeddingBytes.ofFloat32(vector);
    }

    private static EncodedEvent event(long encoder, byte[] vector, Precision precision) {
        return new EncodedEvent(
                0, "e", 0, 0, 0, 0, encoder, new EmbeddingVector(vector, precision), Map.of(), Map.of());
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void eachEncoderFindsItsOwnAndNobodyElseAny(Precision precision) {
        EncodedEvent both =
                event(11, DualEmbedding.join(bytes(FIRST, precision), bytes(SECOND, precision), 22), precision);
        assertThat(DualEmbedding.has(both, 11, 3)).isTrue();
        assertThat(DualEmbedding.has(both, 22, 2)).isTrue();
        assertThat(DualEmbedding.has(both, 33, 2)).isFalse();
        assertThat(DualEmbedding.read(both, 11, 3)).containsExactly(FIRST);
        assertThat(DualEmbedding.read(both, 22, 2)).containsExactly(SECOND);
        EncodedEvent alone = event(11, bytes(FIRST, precision), precision);
        assertThat(DualEmbedding.has(alone, 22, 2)).isFalse();
        assertThat(DualEmbedding.read(alone, 11, 3)).containsExactly(FIRST);
    }

    @Test
    void aShareOfSubjectsIsTheSameShareEverywhereAndAboutAsLargeAsAsked() {
        ModelBundle base = new ModelBundle("a", true, List.of(), Map.of(), Map.of("text", "1"), Map.of());
        ModelBundle next = new ModelBundle("b", false, List.of(), Map.of(), Map.of("text", "1"), Map.of());
        RolloutPlan canary = new RolloutPlan(base, next, Mode.CANARY, 0.2);
        int taken = 0;
        for (int i = 0; i < 10_000; i++) {
            boolean concerned = canary.concerns("subject-" + i);
            assertThat(new RolloutPlan(base, next, Mode.CANARY, 0.5).concerns("subject-" + i) || !concerned)
                    .as("a larger share has all of a smaller one")
                    .isTrue();
            taken += concerned ? 1 : 0;
        }
        assertThat(taken).isBetween(1_850, 2_150);
        assertThat(RolloutPlan.of(base).concerns("subject-1")).isFalse();
        assertThat(new RolloutPlan(base, next, Mode.LIVE, 0.2).concerns("subject-1"))
                .as("live is for all")
                .isTrue();
    }
}
