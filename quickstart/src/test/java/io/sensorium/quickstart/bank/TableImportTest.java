// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.bank;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sensorium.job.bank.BankEntries;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.schemas.SchemaRegistry;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class TableImportTest {

    @TempDir
    Path folder;

    private final List<String> added = new ArrayList<>();
    private final StringWriter messages = new StringWriter();

    /** Entries are made here, not decoded. */
    private static final class NoRegistry implements SchemaRegistry {

        @Override
        public int register(String subject, String schema) {
            throw new IllegalStateException();
        }

        @Override
        public String schemaOf(int id) {
            throw new IllegalStateException();
        }
    }

    private TableImport table(String name, String content) throws Exception {
        Path file = Files.writeString(folder.resolve(name), content);
        PipelineConfig config = PipelineFile.parse("p", """
                modalities:
                  image: {encoder: image-inception-mixed5}
                  text: {encoder: text-bge-small-en}
                align: {size: 10s, min_modalities: 1}
                operators: {s: {type: sentiment}}
                bank: {}
                """);
        EntryFields entries = new EntryFields(config, new BankEntries(new NoRegistry(), config.bank(), Map.of()));
        return new TableImport(
                file, entries, (id, entry) -> added.add(id + "=" + entry.getText()), new PrintWriter(messages));
    }

    @Test
    void aLineWithTooManyValuesIsLeftOutAndThoseBehindItAreAdded() throws Exception {
        TableImport table = table("t.csv", """
                id,label,text
                a,spam,one
                b,spam,two,three,four
                c,spam,three
                d,spam
                "e","spam","with, ""quotes""
                and lines"
                f,spam,x,y
                """);
        table.run();
        assertThat(added).containsExactly("a=one", "c=three", "e=with, \"quotes\"\nand lines");
        assertThat(table.added()).isEqualTo(3);
        assertThat(table.refused()).isEqualTo(3);
        assertThat(messages.toString())
                .contains("line 3 is left out: Too many entries", "there is none of", "line 8 is left out: Too many")
                .doesNotContain("Exception");
    }

    @Test
    void whatIsNoTableEndsTheImport() throws Exception {
        assertThatThrownBy(table("t.csv", "id,label,text\na,spam,one\nb,spam,\"open\n")::run)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("is not a table")
                .hasMessageContaining("1 entries were added before");
        assertThatThrownBy(table("t.csv", "id,labl\na,spam\n")::run).hasMessageContaining("did you mean \"label\"?");
    }

    @Test
    void anEmptyFileHasNoEntries() throws Exception {
        for (String content : List.of("", "\n", "id,label,text\n", "\n\na,b\n")) {
            try {
                table("t.csv", content).run();
            } catch (IllegalArgumentException | IOException e) {
                assertThat(e.getMessage()).isNotEmpty();
            }
            assertThat(added).isEmpty();
        }
    }
}
