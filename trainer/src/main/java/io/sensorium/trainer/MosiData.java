// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer;

import io.sensorium.operators.encode.Content;
import io.sensorium.operators.pack.ModelManifest.Slot;
import io.sensorium.operators.pack.PackedModel;
import io.sensorium.trainer.SentimentData.Row;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Spoken opinions: the transcript, encoded here, and the set's published features of voice and face. A pipeline takes
 * the latter as {@code Embedding} events of these names.
 */
final class MosiData {

    private static final int AUDIO = 73;
    private static final int VISUAL = 100;

    /**
     * Share of training rows with another row's visual features. Those of the training part were made by a network that
     * was trained on their labels and predict 95 % of them; for unseen utterances the published ones predict 53 %. 0.9
     * leaves 0.95 · 0.1 + 0.5 · 0.9 = 54.5 %.
     */
    static final double FOREIGN_VISUAL = 0.9;

    private MosiData() {}

    static List<Slot> slots(PackedModel text) {
        return List.of(
                new Slot("audio", AUDIO, List.of("mosi-audio-features@1.0.0")),
                TrainCommand.slot("text", text),
                new Slot("visual", VISUAL, List.of("mosi-visual-features@1.0.0")));
    }

    /**
     * Grouped by clip, which is one speaker's, with the utterance's number, or the row's where it has none; in the
     * order of {@link #slots}.
     */
    static List<Row> read(Path folder, PackedModel text, EmbeddingCache cache) throws IOException {
        List<Map<String, String>> table = TableFile.read(
                folder.resolve("utterances.tsv"), "video", "transcript", "label", "audio_features", "visual_features");
        List<float[]> texts = cache.encode(
                text,
                table.stream()
                        .map(row -> (Content) new Content.Text(row.get("transcript")))
                        .toList());
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < table.size(); i++) {
            Map<String, String> row = table.get(i);
            int position = row.getOrDefault("utterance", "").matches("[0-9]{1,9}")
                    ? Integer.parseInt(row.get("utterance"))
                    : i;
            rows.add(new Row(
                    row.get("video"),
                    new float[][] {
                        numbers(row.get("audio_features"), AUDIO),
                        texts.get(i),
                        numbers(row.get("visual_features"), VISUAL)
                    },
                    SentimentData.label(row.get("label")),
                    position));
        }
        return rows;
    }

    private static float[] numbers(String column, int count) throws IOException {
        String[] parts = column.split(",");
        if (parts.length != count) {
            throw new IOException("a feature column of " + parts.length + " numbers, expected " + count);
        }
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = Float.parseFloat(parts[i]);
            if (!Float.isFinite(numbers[i])) {
                return null;
            }
        }
        return numbers;
    }
}
