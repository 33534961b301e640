// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.replay;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A data set's rows as events: a subject a row, its modalities together, a row every 500 ms. Known are
 * {@code labels.tsv} (image and text, or audio), {@code captions.tsv}, {@code utterances.tsv} and {@code stream.tsv}.
 */
final class DatasetStream {

    private static final long ROW_MS = 500;

    private DatasetStream() {}

    static List<ReplayEvent> read(Path folder) throws IOException {
        if (Files.exists(folder.resolve("stream.tsv"))) {
            return SampleStream.in(folder);
        }
        for (String name : List.of("labels.tsv", "captions.tsv", "utterances.tsv")) {
            if (Files.exists(folder.resolve(name))) {
                return rows(folder, Files.readAllLines(folder.resolve(name)));
            }
        }
        throw new IOException(folder
                + " holds no labels.tsv, captions.tsv, utterances.tsv or stream.tsv; name the folder of a data set");
    }

    private static List<ReplayEvent> rows(Path folder, List<String> lines) throws IOException {
        String[] header = lines.get(0).split("\t", -1);
        List<ReplayEvent> events = new ArrayList<>();
        for (int i = 1; i < lines.size(); i++) {
            String[] fields = lines.get(i).split("\t", -1);
            Map<String, String> row = new HashMap<>();
            for (int c = 0; c < Math.min(header.length, fields.length); c++) {
                row.put(header[c], fields[c]);
            }
            long at = (i - 1) * ROW_MS;
            String id = row.get("id");
            String text = row.containsKey("text")
                    ? row.get("text")
                    : row.containsKey("spoken_caption") ? row.get("spoken_caption") : row.get("transcript");
            if (text != null) {
                events.add(
                        new ReplayEvent(at, at, "text", id, id + "-text", "text/plain", null, text, false, Map.of()));
            }
            for (String modality : List.of("image", "audio")) {
                if (row.containsKey(modality)) {
                    String file = row.get(modality);
                    events.add(new ReplayEvent(
                            at,
                            at,
                            modality,
                            id,
                            id + "-" + modality,
                            modality + "/"
                                    + file.substring(file.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT),
                            Files.readAllBytes(folder.resolve(file)),
                            null,
                            false,
                            Map.of()));
                }
            }
        }
        return events;
    }
}
