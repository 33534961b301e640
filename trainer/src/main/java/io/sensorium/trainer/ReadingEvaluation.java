// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer;

import io.sensorium.operators.encode.Content;
import io.sensorium.operators.encode.Encoder;
import io.sensorium.operators.encode.Outcome;
import io.sensorium.operators.encode.Outcome.Recognized;
import io.sensorium.operators.pack.PackedModel;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.commons.text.similarity.LevenshteinDistance;

/**
 * How well a recognizer reads images whose writing is known, by character error rate: substituted, missing and added
 * characters over all images, divided by the characters written. A run of spaces counts as one; case counts. Images
 * without writing show how often it finds some that is not there.
 */
final class ReadingEvaluation {

    private long errors;
    private long characters;
    private long errorsWithoutSpaces;
    private long charactersWithoutSpaces;
    private long errorsWithoutCase;
    private int written;
    private int exact;
    private int empty;
    private int blank;
    private int falselyRead;
    private int failed;
    private double processing;
    private double slowest;

    private ReadingEvaluation() {}

    /**
     * Measures a recognizer.
     *
     * @param data a folder with {@code labels.tsv}: {@code image}, a path in the folder, and {@code text}, its lines
     *     with a space between them, empty for an image without writing
     * @param report gets the number of images, the model and the figures
     * @throws IOException when the folder has no such file, or an image cannot be read
     */
    static void evaluate(
            PackedModel model, Path data, DatasetSplit split, PrintStream progress, Map<String, Object> report)
            throws IOException {
        List<Map<String, String>> rows = TableFile.read(data.resolve("labels.tsv"), "image", "text").stream()
                .filter(row -> split.contains(row.get("image")))
                .toList();
        ReadingEvaluation evaluation = new ReadingEvaluation();
        RecognizerRun.over(
                rows,
                "images",
                model,
                progress,
                (recognizer, row) -> evaluation.add(
                        recognizer, Files.readAllBytes(data.resolve(row.get("image"))), row.get("text")));
        report.put("n", rows.size());
        report.put("models", Map.of("recognizer", ClassificationEvaluation.identity(model)));
        report.put("metrics", evaluation.metrics(rows.size()));
    }

    private void add(Encoder recognizer, byte[] image, String text) {
        long since = System.nanoTime();
        Outcome outcome = recognizer.encode(List.of(new Content.Media(image))).get(0);
        double seconds = (System.nanoTime() - since) / 1e9;
        processing += seconds;
        slowest = Math.max(slowest, seconds);
        String found = plain(outcome instanceof Recognized recognized ? recognized.text() : "");
        String expected = plain(text);
        if (outcome instanceof Outcome.Failed) {
            failed++;
        }
        if (expected.isEmpty()) {
            blank++;
            if (!found.isEmpty()) {
                falselyRead++;
            }
            return;
        }
        written++;
        if (found.isEmpty()) {
            empty++;
        }
        int wrong = errors(expected, found);
        if (wrong == 0) {
            exact++;
        }
        errors += wrong;
        characters += expected.codePointCount(0, expected.length());
        errorsWithoutCase += errors(expected.toLowerCase(Locale.ROOT), found.toLowerCase(Locale.ROOT));
        String packed = expected.replace(" ", "");
        errorsWithoutSpaces += errors(packed, found.replace(" ", ""));
        charactersWithoutSpaces += packed.codePointCount(0, packed.length());
    }

    private Map<String, Object> metrics(int images) {
        Map<String, Object> metrics = new LinkedHashMap<>();
        metrics.put("cer", rate(errors, characters));
        metrics.put("cer_without_spaces", rate(errorsWithoutSpaces, charactersWithoutSpaces));
        metrics.put("cer_without_case", rate(errorsWithoutCase, characters));
        metrics.put("exact", rate(exact, written));
        metrics.put("characters", characters);
        metrics.put("empty", empty);
        metrics.put("blank", blank);
        metrics.put("blank_with_text", rate(falselyRead, blank));
        metrics.put("failed", failed);
        metrics.put("image_s", processing / Math.max(1, images));
        metrics.put("slowest_s", slowest);
        return metrics;
    }

    private static double rate(long part, long all) {
        return (double) part / Math.max(1, all);
    }

    /** Composed characters, a space for any run of them. */
    static String plain(String text) {
        return Normalizer.normalize(text, Normalizer.Form.NFKC)
                .replaceAll("\\s+", " ")
                .strip();
    }

    /** Characters that have to be substituted, added or left out to get from one text to the other. */
    static int errors(String expected, String found) {
        return LevenshteinDistance.getDefaultInstance().apply(expected, found);
    }
}
