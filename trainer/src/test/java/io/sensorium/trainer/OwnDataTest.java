// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.operators.pack.ModelCatalog;
import io.sensorium.operators.pack.ModelManifest;
import io.sensorium.operators.pack.ModelManifest.Slot;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/**
 * A head trained on a user's own rows: its card and manifest name that data and that command, and it has only the slots
 * that the data fills.
 */
@ResourceLock(Resources.SYSTEM_OUT)
@Tag("slow")
class OwnDataTest {

    private static final List<List<String>> WORDS = List.of(
            List.of("awful", "broken", "late"),
            List.of("arrived", "contains", "weighs"),
            List.of("wonderful", "great", "lovely"));

    @TempDir
    Path folder;

    private Path rows(int count) throws Exception {
        Path data = Files.createDirectories(folder.resolve("my posts"));
        StringBuilder table = new StringBuilder("id\ttext\tlabel\n");
        for (int i = 0; i < count; i++) {
            int label = i % 3;
            table.append("row")
                    .append(i)
                    .append("\tThe parcel is ")
                    .append(WORDS.get(label).get(i / 3 % 3))
                    .append(", number ")
                    .append(i)
                    .append('\t')
                    .append(SentimentData.LABELS.get(label))
                    .append('\n');
        }
        Files.writeString(data.resolve("labels.tsv"), table);
        return data;
    }

    /** Standard output and error of a call. */
    private String train(int expected, String... arguments) {
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        PrintStream out = System.out;
        PrintStream err = System.err;
        try (PrintStream captured = new PrintStream(output, true, StandardCharsets.UTF_8)) {
            System.setOut(captured);
            System.setErr(captured);
            assertThat(TrainerCommand.commandLine().execute(arguments))
                    .as(() -> output.toString(StandardCharsets.UTF_8))
                    .isEqualTo(expected);
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
        return output.toString(StandardCharsets.UTF_8);
    }

    @Test
    void theCardNamesTheUsersDataAndCommand() throws Exception {
        Path data = rows(90);
        Path pack = folder.resolve("pack");
        String output = train(
                0,
                "train",
                "image-text-sentiment",
                "--data",
                data.toString(),
                "--fusion",
                "early",
                "--name",
                "posts",
                "--terms",
                "yes",
                "--data-name",
                "Our posts (our own)",
                "--cache",
                folder.resolve("cache").toString(),
                "--out",
                pack.toString());
        ModelManifest manifest = ModelCatalog.load(List.of(pack))
                .find("posts-early")
                .orElseThrow()
                .manifest();
        assertThat(manifest.terms().commercial()).isEqualTo("yes");
        assertThat(manifest.terms().data()).containsExactly("Our posts (our own)");
        assertThat(manifest.slots())
                .as("no audio, no image: no slots for them")
                .extracting(Slot::name)
                .containsExactly("text");
        String card = Files.readString(pack.resolve("posts-early/CARD.md"));
        assertThat(card)
                .contains(
                        "Our posts (our own)",
                        "commercial use: yes",
                        "./sensorium train image-text-sentiment --data '" + data
                                + "' --fusion early --name posts --terms yes",
                        "./sensorium evaluate image-text-sentiment --data '" + data + "' --models " + pack)
                .doesNotContain("MVSA", "RAVDESS", "MOSI");
        assertThat(output).contains("warning: the test part has ", "of 90 rows", "percentage points");
        assertThat(card).contains("Warning: the test part has ");
    }

    @Test
    void tooFewRowsForASplitAreRefused() throws Exception {
        assertThat(train(
                        2,
                        "train",
                        "image-text-sentiment",
                        "--data",
                        rows(3).toString(),
                        "--cache",
                        folder.resolve("cache").toString(),
                        "--out",
                        folder.resolve("pack").toString()))
                .contains("part of the 3 rows is empty", "give more rows");
    }

    @Test
    void termsAreUnknownUnlessTheUserStatesThem() {
        assertThat(new Provenance("x", List.of("posts"), "unknown", "d", "p").licence())
                .contains("commercial use: unknown");
        assertThat(Provenance.commandLine(List.of("train", "it's", "a b")))
                .isEqualTo("./sensorium train 'it'\\''s' 'a b'");
    }
}
