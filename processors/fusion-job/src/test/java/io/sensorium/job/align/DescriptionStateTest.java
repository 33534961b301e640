// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.align;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sensorium.job.alignment.AlignSettings;
import io.sensorium.job.alignment.AlignSettings.Caps;
import io.sensorium.job.alignment.AlignSettings.Firing;
import io.sensorium.job.alignment.AlignSettings.OperatorNeed;
import io.sensorium.job.alignment.AlignStrategy;
import io.sensorium.job.alignment.EmbeddingVector.Precision;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.apache.flink.runtime.throwable.ThrowableClassifier;
import org.apache.flink.runtime.throwable.ThrowableType;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.junit.jupiter.api.Test;

/** State that is restored by a pipeline with other operators or settings than the one that saved it. */
class DescriptionStateTest extends AlignHarness {

    private static AlignSettings operators(int count) {
        return new AlignSettings(
                new AlignStrategy.Tumbling(10),
                2,
                Set.of(),
                1,
                new Caps(100, 1 << 20),
                new Firing(false, 1_000, 0),
                Collections.nCopies(count, new OperatorNeed(List.of(1))),
                Precision.FLOAT32);
    }

    /**
     * A window that was written once, then restored and written again twice, with a restart between: its counters as
     * they are then.
     */
    private int[] revisionsAfterRestore(StateDescription then, StateDescription now) throws Exception {
        description = then;
        open(operators(then.operators().size()));
        event(0, "s", "x", 3);
        harness.processWatermark(0, new Watermark(20));
        harness.processWatermark(1, new Watermark(20));
        assertThat(windows()).hasSize(1);
        description = now;
        reopen(operators(now.operators().size()), 0);
        event(0, "s", "y", 4);
        assertThat(windows()).hasSize(1);
        reopen(operators(now.operators().size()), 0);
        event(0, "s", "z", 5);
        assertThat(windows()).hasSize(1);
        return windows().get(0).revisions();
    }

    @Test
    void operatorsThatWereReorderedAddedOrRemovedKeepTheirOwnRevisions() throws Exception {
        assertThat(revisionsAfterRestore(description("t", "a"), description("t", "new", "a")))
                .as("the new one was written once, the old one twice")
                .endsWith(1, 2);
        assertThat(revisionsAfterRestore(description("t", "gone", "a"), description("t", "a")))
                .hasSize(2)
                .endsWith(2);
        assertThat(revisionsAfterRestore(description("t", "a", "b"), description("t", "b", "c", "a")))
                .endsWith(2, 1, 2);
    }

    @Test
    void stateOfAnotherAlignmentEndsTheJobForGoodWithBothValues() {
        assertThatThrownBy(
                        () -> revisionsAfterRestore(description("tumbling:10", "a"), description("tumbling:20", "a")))
                .satisfies(thrown -> assertThat(ThrowableClassifier.findThrowableOfThrowableType(
                                thrown, ThrowableType.NonRecoverableError))
                        .isPresent())
                .hasStackTraceContaining("was made with alignment tumbling:10, the pipeline file now has tumbling:20");
    }

    @Test
    void aDescriptionIsReadAsItWasWritten() {
        StateDescription written = description("tumbling:10", "b", "a");
        assertThat(StateDescription.parse(written.toJson())).isEqualTo(written);
    }
}
