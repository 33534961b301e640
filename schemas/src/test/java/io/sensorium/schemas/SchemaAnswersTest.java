// SPDX-License-Identifier: Apache-2.0
package io.sensorium.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sensorium.schemas.SchemaRegistry.UnknownSchemaException;
import io.sensorium.schemas.SchemaRegistry.UnreadableSchemaException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class SchemaAnswersTest {

    private final AtomicLong now = new AtomicLong();
    private final SchemaAnswers<String> answers = new SchemaAnswers<>(now::get);

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
}
