// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.trainer.CaptionQuestions.Question;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Questions that captions answer, and only where they agree. */
class CaptionQuestionsTest {

    @Test
    void asksWhatMostCaptionsSay() {
        List<Question> questions = CaptionQuestions.of(
                "a",
                List.of(
                        "A black dog runs over the grass.",
                        "The black dog is running on a lawn",
                        "A dog with a ball runs in a field",
                        "a black dog",
                        "An animal outside"));
        assertThat(questions)
                .contains(
                        new Question("Who is in the picture?", "dog"),
                        new Question("Where is it?", "grass"),
                        new Question("What are they doing?", "running"),
                        new Question("What colour is the dog?", "black"),
                        new Question("How many dogs are there?", "one"));
        assertThat(questions)
                .filteredOn(question -> question.answer().equals("no"))
                .hasSize(2)
                .noneMatch(question -> question.question().contains("dog")
                        || question.question().contains("grass")
                        || question.question().contains("ball"));
        assertThat(questions)
                .filteredOn(question -> question.answer().equals("yes"))
                .isNotEmpty()
                .allMatch(question -> question.question().contains("dog")
                        || question.question().contains("grass"));
    }

    @Test
    void asksNothingThatCaptionsDisagreeOn() {
        List<Question> questions = CaptionQuestions.of(
                "b",
                List.of(
                        "A man in a red shirt",
                        "A man in a blue shirt",
                        "Some woman sits",
                        "The lady stands",
                        "A person"));
        assertThat(questions)
                .noneMatch(question -> question.question().startsWith("Who")
                        || question.question().startsWith("What colour")
                        || question.question().startsWith("What are"));
    }
}
