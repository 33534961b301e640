// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer;

import io.sensorium.operators.encode.Content;
import io.sensorium.operators.pack.PackedModel;
import io.sensorium.trainer.CaptionQuestions.Question;
import io.sensorium.trainer.SentimentData.Row;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Questions about pictures with answers from a closed set: {@code questions.tsv} with the columns {@code id image
 * question answer}, or, in a folder of captioned pictures without one, what {@link CaptionQuestions} makes of them.
 *
 * @param labels the answers, sorted
 * @param rows image and question, grouped by picture
 */
record AnswerData(List<String> labels, List<Row> rows) {

    /** An answer given fewer times is left out: nothing could be learned of it. */
    private static final int LEAST = 5;

    /**
     * @param labels a head's answers, or null for those that the folder gives often enough; rows with others are left
     *     out
     */
    static AnswerData read(Path folder, PackedModel image, PackedModel text, List<String> labels, EmbeddingCache cache)
            throws IOException {
        List<Map<String, String>> table = Files.exists(folder.resolve("questions.tsv"))
                ? TableFile.read(folder.resolve("questions.tsv"), "id", "image", "question", "answer")
                : fromCaptions(folder);
        Map<String, Integer> counts = new java.util.TreeMap<>();
        table.forEach(row -> counts.merge(row.get("answer"), 1, Integer::sum));
        List<String> answers = labels != null
                ? labels
                : counts.entrySet().stream()
                        .filter(answer -> answer.getValue() >= LEAST)
                        .map(Map.Entry::getKey)
                        .toList();
        if (answers.size() < 2) {
            throw new IOException(folder + ": " + answers.size() + " answers are given at least " + LEAST
                    + " times, expected two or more");
        }
        List<Map<String, String>> kept = table.stream()
                .filter(row -> answers.contains(row.get("answer")))
                .toList();
        List<Map<String, String>> pictures = new ArrayList<>();
        Map<String, Integer> byImage = new LinkedHashMap<>();
        kept.forEach(row -> byImage.computeIfAbsent(row.get("image"), path -> {
            pictures.add(row);
            return pictures.size() - 1;
        }));
        List<float[]> images = cache.encode(image, SentimentData.media(folder, pictures, "image"));
        List<float[]> questions = cache.encode(
                text,
                kept.stream()
                        .map(row -> (Content) new Content.Text(row.get("question")))
                        .toList());
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < kept.size(); i++) {
            float[] picture = images.get(byImage.get(kept.get(i).get("image")));
            if (picture != null && questions.get(i) != null) {
                rows.add(new Row(
                        kept.get(i).get("image"),
                        new float[][] {picture, questions.get(i)},
                        answers.indexOf(kept.get(i).get("answer"))));
            }
        }
        return new AnswerData(answers, rows);
    }

    private static List<Map<String, String>> fromCaptions(Path folder) throws IOException {
        if (!Files.exists(folder.resolve("captions.tsv"))) {
            throw new IOException(
                    "no questions.tsv or captions.tsv in " + folder + "; --data needs a folder with one of them");
        }
        List<Map<String, String>> rows = new ArrayList<>();
        for (Map<String, String> row : TableFile.read(
                folder.resolve("captions.tsv"),
                "id",
                "image",
                "spoken_caption",
                "caption_2",
                "caption_3",
                "caption_4",
                "caption_5")) {
            for (Question question : CaptionQuestions.of(
                    row.get("id"), MatchData.CAPTIONS.stream().map(row::get).toList())) {
                rows.add(Map.of(
                        "id",
                        row.get("id") + "-" + rows.size(),
                        "image",
                        row.get("image"),
                        "question",
                        question.question(),
                        "answer",
                        question.answer()));
            }
        }
        return rows;
    }
}
