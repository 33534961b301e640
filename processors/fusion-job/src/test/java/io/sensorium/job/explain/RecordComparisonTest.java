// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.explain;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.explain.RecordComparison.Difference;
import io.sensorium.results.InputReference;
import io.sensorium.results.KnownContent;
import io.sensorium.results.MatchedTerm;
import io.sensorium.results.SentimentResult;
import io.sensorium.results.TextPassage;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RecordComparisonTest {

    private static final String TEXT = "a twit";

    private static InputReference input(String event, boolean withText) {
        return new InputReference(
                "text",
                event,
                Instant.EPOCH,
                "media.text",
                0,
                1L,
                null,
                null,
                withText ? TEXT : null,
                withText ? 6 : null,
                withText ? List.of(new TextPassage(TEXT, 0.5, 0L, 1L, null, null, null, null)) : List.of(),
                withText ? List.of(new MatchedTerm("slurs", "twit", 2, 6, 0)) : List.of(),
                withText ? new KnownContent("id", "label", "text", 0.0) : null);
    }

    private static SentimentResult result(InputReference... inputs) {
        SentimentResult result = new SentimentResult();
        result.setResultId("id");
        result.setSubjectId("s");
        result.setWindowStart(Instant.EPOCH);
        result.setWindowEnd(Instant.EPOCH);
        result.setInputs(List.of(inputs));
        result.setSignals(Map.of("text.confidence", 0.5));
        return result;
    }

    /** {@code emit.texts}, the lists of terms and the bank are not what the result was computed from. */
    @Test
    void textsOfInputsAreNotCompared() {
        assertThat(RecordComparison.of(result(input("e", true)), result(input("e", false))))
                .isEqualTo(new Difference(0, List.of()));
        assertThat(RecordComparison.of(result(input("e", false)), result(input("e", true))))
                .isEqualTo(new Difference(0, List.of()));
    }

    @Test
    void anotherEventIsADifferenceWithoutItsText() {
        assertThat(RecordComparison.of(result(input("e", true)), result(input("f", true)))
                        .others())
                .containsExactly("inputs[0].event_id is e, computed again f");
        assertThat(RecordComparison.of(result(input("e", true)), result(input("e", true), input("f", true)))
                        .others())
                .containsExactly("inputs has 1 entries, computed again 2");
    }

    @Test
    void whatIsNotComparedIsRemoved() {
        InputReference input = input("e", true);
        RecordComparison.leaveOut(input);
        assertThat(input).isEqualTo(input("e", false));
    }
}
