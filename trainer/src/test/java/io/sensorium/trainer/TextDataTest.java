// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sensorium.operators.pack.ModelCatalog;
import io.sensorium.operators.pack.PackedModel;
import io.sensorium.trainer.SentimentData.Row;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextDataTest {

    @TempDir
    Path folder;

    private List<Row> read(String lines) throws IOException {
        Files.writeString(folder.resolve("labels.tsv"), "id\ttext\tlabel\n" + lines);
        PackedModel encoder = ModelCatalog.bundled().find("text-bge-small-en").orElseThrow();
        return TextData.read(
                "text-offensive", folder, encoder, new EmbeddingCache(folder.resolve("cache"), System.err));
    }

    @Test
    void rowsHaveTheirClassAndOneEmbedding() throws IOException {
        List<Row> rows = read("a\tYou are great\tnot-offensive\nb\tYou fool\toffensive\nc\t \toffensive\n");

        assertThat(rows).as("a blank text has no embedding").hasSize(2);
        assertThat(rows).extracting(Row::label).containsExactly(0, 1);
        assertThat(rows.get(0).vectors()).hasDimensions(1, 384);
    }

    @Test
    void anotherLabelIsNamedWithItsRow() {
        assertThatThrownBy(() -> read("a\tYou are great\tnice\n"))
                .isInstanceOf(IOException.class)
                .hasMessageEndingWith("id a: label \"nice\", expected one of [not-offensive, offensive]");
    }
}
