// SPDX-License-Identifier: Apache-2.0
package io.sensorium.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sensorium.schemas.SchemaRegistry.UnknownSchemaException;
import io.sensorium.schemas.SchemaRegistry.UnreadableSchemaException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class SchemaAnswersTest {

    private final AtomicLong now = new AtomicLong();
    private final List<Long> pauses = new ArrayList<>();
    private final SchemaAnswers<String> answers = new SchemaAnswers<>(now::get, pauses::add);

    @Test
    void aRefusalIsRepeatedForAWhileAndThenAskedForAgain() throws Exception {
        assertThat(answers.known(7)).isNull();
        answers.refused(7, new UnknownSchemaException(7, null));
        now.set(SchemaAnswers.REMEMBERED.toNanos() - 1);
        assertThatThrownBy(() -> answers.known(7))
                .isInstanceOf(UnknownSchemaException.class)
                .hasMessageContaining("7");
        now.set(SchemaAnswers.REMEMBERED.toNanos());
        assertThat(answers.known(7)).as("to be requested").isNull();
        answers.found(7, "\"string\"");
        assertThat(answers.known(7)).isEqualTo("\"string\"");
    }

    @Test
    void anUnreadableSchemaKeepsItsReason() {
        answers.refused(7, new UnreadableSchemaException("it is JSON", null));
        assertThatThrownBy(() -> answers.known(7))
                .isInstanceOf(UnreadableSchemaException.class)
                .hasMessage("it is JSON");
    }

    @Test
    void ofManyIdsTheLastThousandAreKept() throws Exception {
        for (int id = 0; id < 100_000; id++) {
            answers.refused(id, new UnknownSchemaException(id, null));
        }
        assertThat(answers.known(98_000)).isNull();
        assertThatThrownBy(() -> answers.known(99_500)).isInstanceOf(UnknownSchemaException.class);
        assertThat(answers.manyRefused()).isTrue();
        now.set(SchemaAnswers.REMEMBERED.toNanos());
        assertThat(answers.manyRefused()).isFalse();
    }

    /** A registry that follows another learns of an id a moment after the producer did. */
    @Test
    void anUnknownIdIsRequestedAgainAfterAPause() throws Exception {
        AtomicInteger requests = new AtomicInteger();
        assertThat(answers.get(7, () -> {
                    if (requests.incrementAndGet() < 3) {
                        throw new UnknownSchemaException(7, null);
                    }
                    return "\"string\"";
                }))
                .isEqualTo("\"string\"");
        assertThat(pauses).containsExactly(200L, 400L);

        requests.set(0);
        assertThatThrownBy(() -> answers.get(8, () -> {
                    requests.incrementAndGet();
                    throw new UnknownSchemaException(8, null);
                }))
                .isInstanceOf(UnknownSchemaException.class);
        assertThat(requests).hasValue(3);
    }

    @Test
    void whereManyIdsAreUnknownNoneIsWaitedFor() {
        for (int id = 0; id < 100; id++) {
            answers.refused(id, new UnknownSchemaException(id, null));
        }
        assertThatThrownBy(() -> answers.get(100, () -> {
                    throw new UnknownSchemaException(100, null);
                }))
                .isInstanceOf(UnknownSchemaException.class);
        assertThat(pauses).isEmpty();
    }

    @Test
    void neitherAFailureNorAnUnreadableSchemaIsWaitedFor() {
        assertThatThrownBy(() -> answers.get(7, () -> {
                    throw new IOException("connection refused");
                }))
                .hasMessage("connection refused");
        assertThatThrownBy(() -> answers.get(8, () -> {
                    throw new UnreadableSchemaException("it is JSON", null);
                }))
                .hasMessage("it is JSON");
        assertThat(pauses).isEmpty();
    }

    @Test
    void aNegativeIdIsNotRequested() {
        assertThatThrownBy(() -> answers.get(-1, () -> {
                    throw new AssertionError("requested");
                }))
                .isInstanceOf(UnknownSchemaException.class);
    }
}
