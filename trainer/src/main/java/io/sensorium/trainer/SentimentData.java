// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer;

import io.sensorium.operators.encode.Content;
import io.sensorium.operators.pack.PackedModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Rows with a sentiment label and the modalities of their data set, as embeddings. */
final class SentimentData {

    static final List<String> LABELS = List.of("negative", "neutral", "positive");

    /** Emotions of acted speech. */
    static final List<String> EMOTIONS =
            List.of("neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised");

    /**
     * @param group what the split keeps together
     * @param vectors by slot of the head; null where absent
     * @param label index into {@link #LABELS}, or into the task's own
     * @param position within the group: the group's earlier rows are a row's context
     */
    record Row(String group, float[][] vectors, int label, int position) {

        /** A row of a group without an order. */
        Row(String group, float[][] vectors, int label) {
            this(group, vectors, label, 0);
        }

        /** This row with some of its slots alone, in their order. */
        Row only(List<Integer> slots) {
            return new Row(group, slots.stream().map(slot -> vectors[slot]).toArray(float[][]::new), label, position);
        }
    }

    /** By row the indices of the group's rows before it, the newest first, up to a maximum. */
    static List<List<Integer>> earlier(List<Row> rows, int most) {
        Map<String, List<Integer>> groups = new HashMap<>();
        for (int i = 0; i < rows.size(); i++) {
            groups.computeIfAbsent(rows.get(i).group(), group -> new ArrayList<>())
                    .add(i);
        }
        groups.values()
                .forEach(group -> group.sort(
                        Comparator.comparingInt((Integer i) -> rows.get(i).position())
                                .reversed()));
        List<List<Integer>> earlier = new ArrayList<>();
        for (Row row : rows) {
            earlier.add(groups.get(row.group()).stream()
                    .filter(i -> rows.get(i).position() < row.position())
                    .limit(most)
                    .toList());
        }
        return earlier;
    }

    private SentimentData() {}

    /** In the order of the sentiment head's slots: audio, image, text. */
    private static float[][] vectors(float[] audio, float[] image, float[] text) {
        return new float[][] {audio, image, text};
    }

    /** Tweets with their picture; grouped by row. */
    static List<Row> imageText(Path folder, PackedModel image, PackedModel text, EmbeddingCache cache)
            throws IOException {
        List<Map<String, String>> table = TableFile.read(folder.resolve("labels.tsv"), "id", "label");
        List<float[]> nothing = Collections.nCopies(table.size(), null);
        boolean hasImages = table.stream().anyMatch(row -> row.get("image") != null);
        boolean hasTexts = table.stream().anyMatch(row -> row.get("text") != null);
        if (!hasImages && !hasTexts) {
            throw new IOException(folder.resolve("labels.tsv")
                    + " has neither a column \"image\" nor a column \"text\"; a head needs at least one of them");
        }
        List<float[]> pictures = hasImages ? cache.encode(image, media(folder, table, "image")) : nothing;
        List<float[]> texts = hasTexts
                ? cache.encode(
                        text,
                        table.stream()
                                .map(row -> (Content) new Content.Text(row.get("text")))
                                .toList())
                : nothing;
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < table.size(); i++) {
            if (pictures.get(i) != null || texts.get(i) != null) {
                rows.add(new Row(
                        table.get(i).get("id"),
                        vectors(null, pictures.get(i), texts.get(i)),
                        label(table.get(i).get("label"))));
            }
        }
        return rows;
    }

    /** Acted speech; the emotion's valence is the label; grouped by speaker. */
    static List<Row> speech(Path folder, PackedModel audio, EmbeddingCache cache) throws IOException {
        List<Map<String, String>> table =
                TableFile.read(folder.resolve("labels.tsv"), "id", "audio", "speaker", "emotion");
        List<float[]> sounds = cache.encode(audio, media(folder, table, "audio"));
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < table.size(); i++) {
            if (sounds.get(i) != null) {
                rows.add(new Row(
                        table.get(i).get("speaker"),
                        vectors(sounds.get(i), null, null),
                        valence(table.get(i).get("emotion"))));
            }
        }
        return rows;
    }

    /** Acted speech with its emotion, index into {@link #EMOTIONS}; the voice alone; grouped by speaker. */
    static List<Row> emotions(Path folder, PackedModel audio, EmbeddingCache cache) throws IOException {
        List<Map<String, String>> table =
                TableFile.read(folder.resolve("labels.tsv"), "id", "audio", "speaker", "emotion");
        List<float[]> sounds = cache.encode(audio, media(folder, table, "audio"));
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < table.size(); i++) {
            if (sounds.get(i) != null) {
                int emotion = EMOTIONS.indexOf(table.get(i).get("emotion"));
                if (emotion < 0) {
                    throw unknownEmotion(table.get(i).get("emotion"));
                }
                rows.add(new Row(table.get(i).get("speaker"), new float[][] {sounds.get(i)}, emotion));
            }
        }
        return rows;
    }

    /** Transcripts of spoken opinions; grouped by clip. */
    static List<Row> transcripts(Path folder, PackedModel text, EmbeddingCache cache) throws IOException {
        List<Map<String, String>> table =
                TableFile.read(folder.resolve("utterances.tsv"), "video", "transcript", "label");
        List<float[]> texts = cache.encode(
                text,
                table.stream()
                        .map(row -> (Content) new Content.Text(row.get("transcript")))
                        .toList());
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < table.size(); i++) {
            if (texts.get(i) != null) {
                rows.add(new Row(
                        table.get(i).get("video"),
                        vectors(null, null, texts.get(i)),
                        label(table.get(i).get("label"))));
            }
        }
        return rows;
    }

    static List<Content> media(Path folder, List<Map<String, String>> table, String column) throws IOException {
        List<Content> contents = new ArrayList<>();
        for (Map<String, String> row : table) {
            contents.add(new Content.Media(Files.readAllBytes(folder.resolve(row.get(column)))));
        }
        return contents;
    }

    static int label(String label) throws IOException {
        int index = LABELS.indexOf(label);
        if (index < 0) {
            throw new IOException("label \"" + label + "\", expected one of " + LABELS);
        }
        return index;
    }

    static int valence(String emotion) throws IOException {
        return switch (emotion) {
            case "happy" -> 2;
            case "neutral", "calm", "surprised" -> 1;
            case "sad", "angry", "fearful", "disgust" -> 0;
            default -> throw unknownEmotion(emotion);
        };
    }

    private static IOException unknownEmotion(String emotion) {
        return new IOException("emotion \"" + emotion + "\", expected one of " + EMOTIONS);
    }
}
