// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;

import io.sensorium.job.text.TermList;
import io.sensorium.job.text.TermList.Match;
import io.sensorium.pipeline.ConfigurationException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lists of terms, heads that rate texts, and which texts may leave. */
class TextSectionsTest {

    @TempDir
    Path folder;

    private PipelineConfig parse(String more) throws ConfigurationException {
        return PipelineFile.parse(folder.resolve("pipeline.yaml").toString(), """
                modalities:
                  text: {encoder: text-bge-small-en}
                  audio: {encoder: audio-speech-embedding, derive: {speech: transcript}}
                operators:
                  sentiment: {type: sentiment}
                """ + more);
    }

    @Test
    void listsAreReadFromBesideTheFile() throws Exception {
        Files.createDirectory(folder.resolve("lists"));
        Files.writeString(folder.resolve("lists/slurs.txt"), "# mild\ntwit\ndamn it\n");

        PipelineConfig config = parse("""
                emit: {texts: [speech]}
                moderation:
                  terms: {slurs: lists/slurs.txt, written: {file: lists/slurs.txt, match: parts}}
                  toxicity: {heads: [text-offensive-early], modalities: [text]}
                """);

        assertThat(config.moderation().lists())
                .extracting(TermList::name, TermList::match)
                .containsExactly(tuple("slurs", Match.WORDS), tuple("written", Match.PARTS));
        assertThat(config.moderation().list("written").terms()).containsExactly("twit", "damn it");
        assertThat(config.moderation().list("written").sha256())
                .isEqualTo(config.moderation().list("slurs").sha256());
        assertThat(config.moderation().toxicity().heads()).containsExactly("text-offensive-early");
        assertThat(config.moderation().on()).as("rules").isFalse();
        assertThat(config.emit().texts()).containsExactly("speech");
    }

    @Test
    void everythingThatIsWrongIsReportedTogether() throws Exception {
        Files.write(folder.resolve("binary.txt"), new byte[] {1, 0, 2});
        Files.writeString(folder.resolve("empty.txt"), "\n# nothing\n");
        Files.writeString(folder.resolve("signs.txt"), "fine\n...\n");
        Files.write(folder.resolve("large.txt"), new byte[TermList.MAX_BYTES + 1]);
        Files.createDirectory(folder.resolve("lists"));

        assertThatThrownBy(() -> parse("""
                        emit: {texts: [speeches, text]}
                        moderation:
                          terms:
                            missing: lists/none.txt
                            folder: lists
                            binary: {file: binary.txt, match: part}
                            empty: empty.txt
                            signs: {file: signs.txt, mtach: parts}
                            large: large.txt
                            nameless: {match: words}
                            "no name": signs.txt
                          toxicity: {modalities: [txt]}
                        """))
                .isInstanceOfSatisfying(
                        ConfigurationException.class,
                        e -> assertThat(e.problems())
                                .satisfiesExactlyInAnyOrder(
                                        problem -> assertThat(problem)
                                                .startsWith(
                                                        "emit.texts: names \"speeches\", which is not a modality; did you mean"),
                                        problem -> assertThat(problem)
                                                .startsWith(
                                                        "moderation.terms.missing: is \"lists/none.txt\", but there is no file ")
                                                .contains(folder.resolve("lists/none.txt")
                                                        .toString()),
                                        problem -> assertThat(problem)
                                                .startsWith("moderation.terms.folder: is \"lists\", which is a folder"),
                                        problem -> assertThat(problem)
                                                .startsWith(
                                                        "moderation.terms.binary.file: \"binary.txt\" is no text: byte 2 is zero"),
                                        problem -> assertThat(problem)
                                                .isEqualTo(
                                                        "moderation.terms.binary.match: is \"part\", expected one of [words, parts]"),
                                        problem -> assertThat(problem)
                                                .startsWith("moderation.terms.empty: \"empty.txt\" has no terms"),
                                        problem -> assertThat(problem)
                                                .startsWith(
                                                        "moderation.terms.signs.file: \"signs.txt\" has terms without a letter or "
                                                                + "digit, line 2;"),
                                        problem -> assertThat(problem)
                                                .isEqualTo(
                                                        "moderation.terms.signs.mtach: is not a known key; did you mean \"match\"?"),
                                        problem -> assertThat(problem)
                                                .startsWith("moderation.terms.large: \"large.txt\" has "),
                                        problem -> assertThat(problem)
                                                .startsWith("moderation.terms.nameless.file: is missing"),
                                        problem -> assertThat(problem)
                                                .startsWith("moderation.terms.no name: is no name for a list"),
                                        problem -> assertThat(problem)
                                                .startsWith("moderation.terms.no name: \"signs.txt\" has terms"),
                                        problem ->
                                                assertThat(problem).startsWith("moderation.toxicity.heads: is empty"),
                                        problem -> assertThat(problem)
                                                .startsWith(
                                                        "moderation.toxicity.modalities: names \"txt\", which is not a modality"),
                                        problem -> assertThat(problem).startsWith("moderation.rules: is empty")));
    }
}
