// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer;

import io.sensorium.operators.encode.Content;
import io.sensorium.operators.encode.Encoder;
import io.sensorium.operators.encode.Outcome;
import io.sensorium.operators.encode.Outcome.Recognized;
import io.sensorium.operators.media.AudioDecoder;
import io.sensorium.operators.media.MediaException;
import io.sensorium.operators.media.MediaLimits;
import io.sensorium.operators.pack.PackedModel;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.commons.text.similarity.LevenshteinDistance;

/**
 * How well a recognizer transcribes recordings whose words are known, by word error rate: substituted, missing and
 * added words over all clips, divided by the words spoken. Words are compared in lower case, without punctuation and
 * hyphens.
 */
final class TranscriptEvaluation {

    private long errors;
    private long words;
    private int empty;
    private int failed;
    private double seconds;
    private double processing;

    /** A recording and what is said in it. */
    private record Spoken(Path audio, String sentence) {}

    private TranscriptEvaluation() {}

    /**
     * Measures a recognizer.
     *
     * @param data a folder with {@code captions.tsv}, of which {@code spoken_caption} is spoken, or {@code labels.tsv}
     *     with {@code sentence}
     * @param report gets the number of recordings, the model and the figures
     * @throws IOException when the folder has neither file, or a recording cannot be read
     */
    static void evaluate(
            PackedModel model, Path data, DatasetSplit split, PrintStream progress, Map<String, Object> report)
            throws IOException {
        List<Spoken> recordings = recordings(data, split);
        TranscriptEvaluation evaluation = new TranscriptEvaluation();
        AudioDecoder decoder = new AudioDecoder(MediaLimits.DEFAULT);
        RecognizerRun.over(
                recordings,
                "recordings",
                model,
                progress,
                (recognizer, spoken) -> evaluation.add(recognizer, decoder, spoken));
        report.put("n", recordings.size());
        report.put("models", Map.of("recognizer", ClassificationEvaluation.identity(model)));
        report.put("metrics", evaluation.metrics());
    }

    private static List<Spoken> recordings(Path data, DatasetSplit split) throws IOException {
        Path captions = data.resolve("captions.tsv");
        Stream<Map<String, String>> rows = Files.isRegularFile(captions)
                ? TableFile.read(captions, "id", "audio", "spoken_caption").stream()
                        .filter(row -> split.contains(row.get("id")))
                : TableFile.read(data.resolve("labels.tsv"), "audio", "speaker", "sentence").stream()
                        .filter(row -> split.contains(row.get("speaker")));
        return rows.map(row -> new Spoken(
                        data.resolve(row.get("audio")), row.getOrDefault("spoken_caption", row.get("sentence"))))
                .toList();
    }

    private void add(Encoder recognizer, AudioDecoder decoder, Spoken spoken) throws IOException {
        byte[] sound = Files.readAllBytes(spoken.audio);
        try {
            seconds += (double) decoder.decode(sound).length / AudioDecoder.SAMPLE_RATE;
        } catch (MediaException e) {
            throw new IOException(spoken.audio + ": " + e.getMessage(), e);
        }
        long since = System.nanoTime();
        Outcome outcome = recognizer.encode(List.of(new Content.Media(sound))).get(0);
        processing += (System.nanoTime() - since) / 1e9;
        String text = outcome instanceof Recognized recognized ? recognized.text() : "";
        if (outcome instanceof Outcome.Failed) {
            failed++;
        }
        if (text.isEmpty()) {
            empty++;
        }
        List<String> expected = words(spoken.sentence);
        words += expected.size();
        errors += wordErrors(expected, words(text));
    }

    private Map<String, Object> metrics() {
        Map<String, Object> metrics = new LinkedHashMap<>();
        metrics.put("wer", (double) errors / Math.max(1, words));
        metrics.put("words", words);
        metrics.put("empty", empty);
        metrics.put("failed", failed);
        metrics.put("audio_s", seconds);
        metrics.put("real_time_factor", processing / Math.max(1e-9, seconds));
        return metrics;
    }

    /** Words in lower case; apostrophes within them stay. */
    static List<String> words(String text) {
        String plain = Normalizer.normalize(text, Normalizer.Form.NFKC)
                .toLowerCase(Locale.ROOT)
                .replace('’', '\'')
                .replaceAll("[^\\p{L}\\p{N}']+", " ")
                .replaceAll("(?<![\\p{L}\\p{N}])'|'(?![\\p{L}\\p{N}])", " ")
                .strip();
        return plain.isEmpty() ? List.of() : List.of(plain.split("\\s+"));
    }

    /** Words that have to be substituted, added or left out to get from one text to the other. */
    static int wordErrors(List<String> expected, List<String> found) {
        // One character a word, so that a distance of characters is one of words.
        Map<String, Character> letters = new HashMap<>();
        return LevenshteinDistance.getDefaultInstance().apply(letters(expected, letters), letters(found, letters));
    }

    private static String letters(List<String> words, Map<String, Character> letters) {
        StringBuilder text = new StringBuilder();
        words.forEach(word -> text.append(letters.computeIfAbsent(word, added -> (char) (' ' + letters.size()))));
        return text.toString();
    }
}
