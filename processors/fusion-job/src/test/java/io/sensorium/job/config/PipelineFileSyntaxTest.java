// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.config;

import static io.sensorium.job.config.MinimalPipeline.MINIMAL;
import static io.sensorium.job.config.MinimalPipeline.problems;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that are broken YAML, too large or open to two readings are refused, with the line where there is one. */
class PipelineFileSyntaxTest {

    /** The parser would need a minute for it. */
    @Test
    @Timeout(10)
    void aFileThatIsMuchTooLargeIsRefusedUnread() {
        assertThat(problems("a: \"" + "x".repeat(10 << 20) + "\""))
                .singleElement()
                .asString()
                .contains("characters");
    }

    @Test
    void brokenYamlIsNamedByItsLine() {
        assertThat(problems("modalities:\n  text: {encoder: x\n"))
                .singleElement()
                .satisfies(problem -> assertThat(problem).contains("line"));
        assertThat(problems("")).hasSize(2);
    }

    @Test
    void aKeyThatIsThereTwiceIsNamedWithBothLinesBesideTheOtherProblems() {
        assertThat(problems(MINIMAL + MINIMAL))
                .containsExactly(
                        "line 6: the key modalities is there already, in line 1; merge the two, or remove one",
                        "line 9: the key operators is there already, in line 4; merge the two, or remove one");
        assertThat(problems(MINIMAL
                        + "runtime:\n  parallelism: 2\n  parallelism: 0\nalign: {size: 1s, size: 2s, "
                        + "slize: 1s}\nlimits: {text_chars: 0}\n"))
                .anySatisfy(problem -> assertThat(problem)
                        .startsWith("line 8: the key runtime.parallelism ")
                        .contains("in line 7"))
                .anySatisfy(problem -> assertThat(problem).startsWith("line 9: the key align.size "))
                .anySatisfy(problem -> assertThat(problem).startsWith("runtime.parallelism: "))
                .anySatisfy(problem -> assertThat(problem).startsWith("align.slize: "))
                .anySatisfy(problem -> assertThat(problem).startsWith("limits.text_chars: "))
                .hasSize(5);
        assertThat(problems(MINIMAL + "packs: [{a: 1}, {a: 1}]\n"))
                .as("the same key in two mappings")
                .noneSatisfy(problem -> assertThat(problem).contains("already"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"---\npipeline: other\n", "---\n", "---\n[a, b]\n", "...\n---\nx\n"})
    void aSecondDocumentIsRefused(String more) {
        assertThat(problems(MINIMAL + more)).singleElement().asString().contains("a second YAML document");
    }

    @Test
    void anAliasIsRefusedInsteadOfReadAsItsName() {
        assertThat(problems("pipeline: &name demo\nrollup: {output: *name}\n" + MINIMAL))
                .singleElement()
                .asString()
                .contains("line 2")
                .contains("alias *name");
    }

    @Test
    void aMarkerBeforeTheOnlyDocumentAndOneBehindItAreFine() throws Exception {
        assertThat(PipelineFile.parse("p.yaml", "---\n" + MINIMAL + "...\n").modalities())
                .hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"? [a, b]\n: c\n", "? {a: b}\n: c\n"})
    void aKeyThatIsNotTextIsRefusedWithoutTheParsersObjects(String key) {
        assertThat(problems(MINIMAL + key))
                .singleElement()
                .asString()
                .startsWith("line ")
                .contains("a key is one plain text")
                .doesNotContain("snakeyaml");
    }
}
