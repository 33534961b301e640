// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.moderation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sensorium.job.moderation.Condition.Variable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What conditions say, what is refused, and where. */
class ConditionTest {

    private static final Map<String, ValueKind> KNOWN = Map.of(
            "match.image-text.probability",
            ValueKind.NUMBER,
            "match.image-text.matched",
            ValueKind.FLAG,
            "moderation.porn",
            ValueKind.NUMBER,
            "sentiment.label",
            ValueKind.TEXT,
            "attributes.channel",
            ValueKind.TEXT,
            "present.image",
            ValueKind.FLAG);
    private static final TextNames TEXTS = new TextNames(
            List.of("slurs", "spam"),
            List.of("image", "speech", "text", "writing"),
            Set.of("speech", "text"),
            Set.of("writing"));
    private static final Map<String, Object> VALUES = Map.of(
            "terms(\"slurs\", text)",
            2.0,
            "length(text)",
            31.0,
            "text contains \"free\"",
            true,
            "match.image-text.probability",
            0.1,
            "match.image-text.matched",
            false,
            "moderation.porn",
            0.7,
            "sentiment.label",
            "NEGATIVE",
            "present.image",
            true);

    private static List<String> problems(String text) throws ConditionException {
        List<String> problems = new ArrayList<>();
        ConditionCheck.check(Condition.parse(text), KNOWN, name -> false, TEXTS, problems);
        return problems;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "match.image-text.probability < 0.2 and moderation.porn > 0.6 | TRUE",
                "match.image-text.probability<0.2 and moderation.porn>0.7     | FALSE",
                "moderation.porn >= 0.7 and moderation.porn <= 0.7            | TRUE",
                "sentiment.label == \"NEGATIVE\"                              | TRUE",
                "sentiment.label != 'NEGATIVE'                                | FALSE",
                "sentiment.label in ['NEUTRAL', 'NEGATIVE']                   | TRUE",
                "sentiment.label not in ['NEUTRAL']                           | TRUE",
                "present.image and not match.image-text.matched               | TRUE",
                "not present.image or moderation.porn > -1e3                  | TRUE",
                "not (present.image or moderation.porn > 0.1)                 | FALSE",
                "attributes.channel == 'ads'                                  | UNKNOWN",
                "not attributes.channel == 'ads'                              | UNKNOWN",
                "attributes.channel == 'ads' or moderation.porn > 0.6         | TRUE",
                "attributes.channel == 'ads' and moderation.porn > 0.9        | FALSE",
                "attributes.channel == 'ads' and moderation.porn > 0.6        | UNKNOWN",
                "match.image-text.matched == false                            | TRUE",
                "0.5 < moderation.porn                                        | TRUE",
                "terms(\"slurs\", text) > 0                                   | TRUE",
                "terms('slurs',text) >= 3 or length(text) == 31               | TRUE",
                "terms(slurs, speech) > 0                                     | UNKNOWN",
                "length(writing) in [31]                                      | UNKNOWN",
                "length(text) in [31, 32] and text contains 'free'            | TRUE",
                "text not contains \"free\"                                   | FALSE",
                "not text contains \"free\"                                   | FALSE",
                "\"speech\" contains \"free\" or present.image               | TRUE",
                "speech contains \"free\"                                     | UNKNOWN"
            })
    void holdsOrNot(String text, TriState expected) throws ConditionException {
        assertThat(Condition.parse(text).evaluate(VALUES)).isEqualTo(expected);
        assertThat(problems(text)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "x.y < 100",
                "not (x.y < 100)",
                "x.y == 1",
                "x.y != 1",
                "0 > x.y",
                "not (x.y >= 0)",
                "x.y in [1, 2]",
                "x.y not in [1, 2]"
            })
    void whatIsNotANumberIsUnknown(String text) throws ConditionException {
        assertThat(Condition.parse(text).evaluate(Map.of("x.y", Double.NaN))).isEqualTo(TriState.UNKNOWN);
    }

    /** not binds closer than and, and closer than or; against a plain reading of random sentences. */
    /** A head that rounds or negates may give either zero: they are one number. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "x.y == 0        | TRUE",
                "x.y == -0.0     | TRUE",
                "x.y != 0        | FALSE",
                "0 != x.y        | FALSE",
                "x.y in [1, 0]   | TRUE",
                "x.y in [1, -0]  | TRUE",
                "x.y not in [0]  | FALSE",
                "x.y in [1]      | FALSE",
                "x.y <= 0        | TRUE",
                "x.y < 0         | FALSE"
            })
    void bothZerosAreOneNumber(String text, TriState expected) throws ConditionException {
        for (double zero : new double[] {0.0, -0.0}) {
            assertThat(Condition.parse(text).evaluate(Map.of("x.y", zero))).isEqualTo(expected);
        }
    }

    @Test
    void bindsAsUsual() throws ConditionException {
        Random random = new Random(11);
        for (int round = 0; round < 500; round++) {
            boolean[] flags = {random.nextBoolean(), random.nextBoolean(), random.nextBoolean(), random.nextBoolean()};
            Map<String, Object> values = new HashMap<>();
            StringBuilder text = new StringBuilder();
            boolean any = false;
            boolean all = true;
            for (int i = 0; i < flags.length; i++) {
                values.put("f." + i, flags[i]);
                boolean negated = random.nextBoolean();
                boolean or = i > 0 && random.nextBoolean();
                text.append(i == 0 ? "" : or ? " or " : " and ")
                        .append(negated ? "not " : "")
                        .append("f.")
                        .append(i);
                any |= or && all;
                all = (or || all) && flags[i] != negated;
            }
            assertThat(Condition.parse(text.toString()).evaluate(values))
                    .as(text + " of " + values)
                    .isEqualTo(TriState.of(any || all));
        }
    }

    @Test
    void readsNamesWithAnyCharacters() throws ConditionException {
        assertThat(Condition.parse("attributes.\"a b\" == 'x' and mine.values.0 > 1 and mine.or.not > 2")
                        .variables())
                .extracting(Variable::name)
                .containsExactly("attributes.a b", "mine.values.0", "mine.or.not");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "moderation.porn >            | at 1:18",
                "moderation.porn > 0.6 or     | at 1:25",
                "porn > 0.6                   | at 1:6",
                "moderation.porn > 0.6 && x.y | at 1:23",
                "moderation.porn = 0.6        | at 1:17",
                "(moderation.porn > 0.6       | at 1:23",
                "term('slurs', text) > 0      | at 1:1: \"term\" is not a function; did you mean \"terms\"?",
                "terms(text) > 0              | at 1:1: terms has 1 arguments, expected a list and a modality",
                "0 < length()                 | at 1:5: length has 0 arguments",
                "length(text)                 | at 1:13",
                "text contains x.y            | at 1:15",
                "x.y contains 'z'             | at 1:5",
                "terms(slurs; text) > 0       | at 1:12",
                "moderation.porn > \"0.6      | at 1:19"
            })
    void refusesWithThePlace(String text, String place) {
        assertThatThrownBy(() -> Condition.parse(text))
                .isInstanceOf(ConditionException.class)
                .hasMessageContaining(place);
    }

    @Test
    void refusesWhatMakesNoSense() throws ConditionException {
        assertThat(problems("moderation.prn > 0.6 and\n  sentiment.label == 3 or sentiment.label > 'A'"))
                .satisfiesExactly(
                        first -> assertThat(first).contains("at 1:1").contains("did you mean \"moderation.porn\"?"),
                        second -> assertThat(second).contains("at 2:22").contains("compares a text with a number"),
                        third -> assertThat(third).contains("at 2:27").contains("> compares numbers"));
        assertThat(problems("moderation.porn or sentiment.label in [1]"))
                .satisfiesExactly(
                        first -> assertThat(first).contains("at 1:1").contains("compare it with something"),
                        second -> assertThat(second)
                                .contains("at 1:40")
                                .contains("looks for a number where there is a text"));
    }

    @Test
    void refusesTextsThatThereAreNot() throws ConditionException {
        assertThat(problems("terms(\"slur\", text) > 0 or length(image) > 3 and sppech contains ''"
                        + " or terms(spam, speech) == 'a' or length(writing) > 0"))
                .satisfiesExactly(
                        first -> assertThat(first)
                                .isEqualTo("at 1:7: \"slur\" is not a list under moderation.terms; did you mean"
                                        + " \"slurs\"?"),
                        second -> assertThat(second)
                                .isEqualTo("at 1:35: the events of \"image\" have no text; those of speech, text have"),
                        third -> assertThat(third).startsWith("at 1:66: every text contains \"\""),
                        fourth -> assertThat(fourth)
                                .startsWith("at 1:50: \"sppech\" is not a modality")
                                .contains("speech"),
                        fifth -> assertThat(fifth).contains("compares a number with a text"));
    }

    @Test
    void namesOfOperatorsMayBeWordsOfTexts() throws ConditionException {
        assertThat(Condition.parse("contains.score > 1 and terms.contains > 2 and length.x == 1")
                        .variables())
                .extracting(Variable::name)
                .containsExactly("contains.score", "terms.contains", "length.x");
    }

    @Test
    void aMeasuresNameIsAConditionOfItsOwn() throws ConditionException {
        for (TextMeasure measure : List.of(
                new TextMeasure(TextMeasure.Kind.TERMS, "a b\"", "some text"),
                new TextMeasure(TextMeasure.Kind.LENGTH, "", "contains"),
                new TextMeasure(TextMeasure.Kind.CONTAINS, "it's", "and"))) {
            String condition = measure.kind() == TextMeasure.Kind.CONTAINS ? measure.name() : measure.name() + " > 0";
            assertThat(Condition.parse(condition).measures()).containsExactly(measure);
        }
    }

    @Test
    void refusesWhatWouldTakeForever() {
        assertThatThrownBy(() -> Condition.parse("(".repeat(5000))).hasMessageContaining("5000 characters");
    }

    @Test
    void refusesDeepNestingWithItsPlaceAndTakesWhatIsUsual() throws ConditionException {
        assertThatThrownBy(() -> Condition.parse("(".repeat(3_990) + "a.b > 1"))
                .isInstanceOf(ConditionException.class)
                .hasMessageStartingWith("at 1:101: more than 100 parentheses");
        assertThatThrownBy(() -> Condition.parse("not ".repeat(990) + "a.b"))
                .isInstanceOf(ConditionException.class)
                .hasMessageContaining("more than 100");
        assertThatThrownBy(() -> Condition.parse("not (".repeat(400) + "a.b" + ")".repeat(400)))
                .isInstanceOf(ConditionException.class)
                .hasMessageContaining("more than 100");
        assertThat(Condition.parse("(".repeat(100) + "a.b" + ")".repeat(100)).evaluate(Map.of("a.b", true)))
                .isEqualTo(TriState.TRUE);
        assertThat(Condition.parse("a.b or ".repeat(500) + "a.b").evaluate(Map.of("a.b", false)))
                .isEqualTo(TriState.FALSE);
        assertThat(Condition.parse("not a.b and ".repeat(300) + "not a.b").evaluate(Map.of("a.b", false)))
                .isEqualTo(TriState.TRUE);
    }
}
