// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.moderation;

import static io.sensorium.job.fuzz.FuzzCases.oneOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.fuzz.FuzzCases;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Sentences of the grammar, whose truth is known, and near misses: each is a condition or refused with its place. */
class ConditionFuzzTest {

    private static final Map<String, Object> VALUES = Map.of(
            "f.yes",
            true,
            "f.no",
            false,
            "n.one",
            1.0,
            "n.half",
            0.5,
            "t.a",
            "a",
            "attributes.x y",
            "b",
            "terms(\"slurs\", text)",
            1.0,
            "speech contains 'a \"b'",
            true);
    private static final Map<String, ValueKind> KINDS = Map.of(
            "f.yes",
            ValueKind.FLAG,
            "f.no",
            ValueKind.FLAG,
            "n.one",
            ValueKind.NUMBER,
            "n.half",
            ValueKind.NUMBER,
            "t.a",
            ValueKind.TEXT,
            "attributes.x y",
            ValueKind.TEXT);
    private static final TextNames TEXTS =
            new TextNames(List.of("slurs"), List.of("text", "speech"), Set.of("text", "speech"), Set.of());
    private static final String[] NEAR_MISSES = {
        "contains",
        "terms(",
        "length(text)",
        "terms(\"slurs\", text) > 0",
        "text contains \"\"",
        "(",
        ")",
        "((",
        "not",
        "and",
        "or",
        "in",
        "[",
        "]",
        ",",
        ".",
        "..",
        "\"",
        "'",
        "==",
        "=",
        "<=",
        "&&",
        "1e999",
        "-",
        "1.",
        ".5",
        "\u0000",
        "\ud800",
        "é",
        "\n",
        "true",
        "f.yes",
        "0",
        "\"\"",
        "99999999999999999999",
        "NaN"
    };
    private static final int LARGEST = 4_000;

    /**
     * @param text a sentence
     * @param truth of it
     * @param loosest level of its outermost operator: 0 or, 1 and, 2 none
     */
    private record Sentence(String text, TriState truth, int loosest) {
        String at(int level) {
            return loosest < level ? "(" + text + ")" : text;
        }
    }

    @Test
    void everySentenceHoldsOrIsRefusedWithItsPlace() throws Exception {
        FuzzCases.run("condition", 10, (random, described) -> {
            Sentence sentence = random.nextInt(8) == 0 ? chain(random) : sentence(random, random.nextInt(7));
            boolean valid = random.nextInt(3) == 0 && sentence.text.length() <= LARGEST;
            String text = valid ? sentence.text : spoiled(sentence.text, random);
            described.add(text);
            return tried(text, valid ? sentence.truth : null);
        });
    }

    private static String tried(String text, TriState expected) {
        Condition condition;
        try {
            condition = Condition.parse(text);
        } catch (ConditionException e) {
            assertThat(expected)
                    .as("a sentence of the grammar is refused: " + e.getMessage())
                    .isNull();
            assertThat(e.getMessage())
                    .matches("(?s)(at \\d+:\\d+: |has \\d+ characters).+")
                    .hasSizeLessThan(5_000)
                    .doesNotContain("Exception");
            return "refused";
        }
        List<String> problems = new ArrayList<>();
        ConditionCheck.check(condition, KINDS, name -> false, TEXTS, problems);
        condition.variables();
        if (expected != null) {
            assertThat(problems).isEmpty();
            assertThat(condition.evaluate(VALUES)).isEqualTo(expected);
            return "holds or not";
        }
        if (problems.isEmpty()) {
            condition.evaluate(VALUES);
        }
        assertThat(problems).allSatisfy(problem -> assertThat(problem).startsWith("at "));
        return problems.isEmpty() ? "taken" : "makes no sense";
    }

    private static Sentence sentence(Random random, int depth) {
        if (depth == 0) {
            return atom(random);
        }
        Sentence left = sentence(random, depth - 1);
        Sentence right = sentence(random, random.nextInt(depth));
        return switch (random.nextInt(4)) {
            case 0 -> new Sentence(left.at(1) + " and " + right.at(2), left.truth.and(right.truth), 1);
            case 1 -> new Sentence(left.at(0) + " or " + right.at(1), left.truth.or(right.truth), 0);
            case 2 -> new Sentence("not " + left.at(2), left.truth.not(), 2);
            default -> new Sentence("(" + left.text + ")", left.truth, 2);
        };
    }

    private static Sentence atom(Random random) {
        return switch (random.nextInt(11)) {
            case 8 -> new Sentence("terms(slurs,'text')" + oneOf(random, ">", " == ") + "2", TriState.of(false), 2);
            case 9 -> new Sentence("speech not contains 'a \"b'", TriState.FALSE, 2);
            case 10 -> new Sentence("length(speech) > 0", TriState.UNKNOWN, 2);
            case 0 -> new Sentence("f.yes", TriState.TRUE, 2);
            case 1 -> new Sentence("f.no", TriState.FALSE, 2);
            case 2 -> new Sentence("n.one" + oneOf(random, ">", " >= ", " != ") + "n.half", TriState.TRUE, 2);
            case 3 -> new Sentence("n.half < -1e3", TriState.FALSE, 2);
            case 4 -> new Sentence("t.a in ['b', \"a\"]", TriState.TRUE, 2);
            case 5 -> new Sentence("t.a not in ['a']", TriState.FALSE, 2);
            case 6 -> new Sentence("attributes.\"x y\" == 'b'", TriState.TRUE, 2);
            default -> new Sentence("0.5 == n.half", TriState.TRUE, 2);
        };
    }

    /** As long or as deep as the limit, or longer and deeper. */
    private static Sentence chain(Random random) {
        int length = 1 + random.nextInt(600);
        int deep = 1 + random.nextInt(95);
        return switch (random.nextInt(4)) {
            case 0 -> new Sentence("f.no or ".repeat(Math.min(length, 495)) + "f.yes", TriState.TRUE, 0);
            case 1 -> new Sentence("f.yes and ".repeat(Math.min(length, 395)) + "f.no", TriState.FALSE, 1);
            case 2 -> new Sentence("not ".repeat(deep) + "f.yes", TriState.of(deep % 2 == 0), 2);
            default -> new Sentence("(".repeat(deep) + "f.yes" + ")".repeat(deep), TriState.TRUE, 2);
        };
    }

    private static String spoiled(String text, Random random) {
        StringBuilder spoiled = new StringBuilder(text);
        for (int left = 1 + random.nextInt(3); left > 0; left--) {
            int at = random.nextInt(spoiled.length() + 1);
            switch (random.nextInt(5)) {
                case 0 -> spoiled.insert(at, oneOf(random, NEAR_MISSES));
                case 1 -> spoiled.insert(at, " " + oneOf(random, NEAR_MISSES) + " ");
                case 2 ->
                    spoiled.insert(
                            at,
                            oneOf(random, "(", "not ", "not (", "[", "\"", "a.", "f.yes and (")
                                    .repeat(random.nextInt(1_300)));
                case 3 -> spoiled.delete(at, Math.min(spoiled.length(), at + 1 + random.nextInt(6)));
                default -> spoiled.append(spoiled, 0, at);
            }
        }
        return spoiled.toString();
    }
}
