// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer;

import io.sensorium.operators.encode.Content;
import io.sensorium.operators.pack.PackedModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Pictures with five captions each and a recording of the first. */
final class MatchData {

    /** @param captions five embeddings; the recording speaks the first */
    record Row(String id, Path recording, float[] audio, float[] image, List<float[]> captions) {}

    static final List<String> CAPTIONS = List.of("spoken_caption", "caption_2", "caption_3", "caption_4", "caption_5");

    private MatchData() {}

    static List<Row> read(Path folder, PackedModel audio, PackedModel image, PackedModel text, EmbeddingCache cache)
            throws IOException {
        List<Map<String, String>> table = TableFile.read(
                folder.resolve("captions.tsv"),
                "id",
                "image",
                "audio",
                "spoken_caption",
                "caption_2",
                "caption_3",
                "caption_4",
                "caption_5");
        List<float[]> sounds = cache.encode(audio, SentimentData.media(folder, table, "audio"));
        List<float[]> pictures = cache.encode(image, SentimentData.media(folder, table, "image"));
        List<Content> captions = new ArrayList<>();
        table.forEach(row -> CAPTIONS.forEach(column -> captions.add(new Content.Text(row.get(column)))));
        List<float[]> texts = cache.encode(text, captions);
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < table.size(); i++) {
            List<float[]> five = texts.subList(5 * i, 5 * i + 5);
            if (sounds.get(i) != null && pictures.get(i) != null && !five.contains(null)) {
                rows.add(new Row(
                        table.get(i).get("id"),
                        folder.resolve(table.get(i).get("audio")),
                        sounds.get(i),
                        pictures.get(i),
                        five));
            }
        }
        return rows;
    }
}
