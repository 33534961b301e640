// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer;

import io.sensorium.operators.encode.Content;
import io.sensorium.operators.pack.PackedModel;
import io.sensorium.trainer.SentimentData.Row;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Texts with a label, one a line: {@code labels.tsv} with {@code id}, {@code text} and {@code label}. */
final class TextData {

    /** The tasks by name, each with its classes in the order of a head's outputs. */
    static final Map<String, List<String>> TASKS = Map.of(
            "text-offensive", List.of("not-offensive", "offensive"),
            "text-hate", List.of("not-hate", "hate"),
            "text-sentiment", SentimentData.LABELS);

    private TextData() {}

    /**
     * Reads a task's texts, grouped by row.
     *
     * @throws IOException when the file is missing, lacks a column, or has another label than the task
     */
    static List<Row> read(String task, Path folder, PackedModel encoder, EmbeddingCache cache) throws IOException {
        List<String> labels = TASKS.get(task);
        List<Map<String, String>> table = TableFile.read(folder.resolve("labels.tsv"), "id", "text", "label");
        List<float[]> texts = cache.encode(
                encoder,
                table.stream()
                        .map(row -> (Content) new Content.Text(row.get("text")))
                        .toList());
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < table.size(); i++) {
            Map<String, String> row = table.get(i);
            int label = labels.indexOf(row.get("label"));
            if (label < 0) {
                throw new IOException(folder.resolve("labels.tsv") + ", id " + row.get("id") + ": label \""
                        + row.get("label") + "\", expected one of " + labels);
            }
            if (texts.get(i) != null) {
                rows.add(new Row(row.get("id"), new float[][] {texts.get(i)}, label));
            }
        }
        return rows;
    }
}
