// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer;

import io.sensorium.operators.encode.Content;
import io.sensorium.operators.encode.Outcome.Recognized;
import io.sensorium.operators.pack.PackedModel;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What a recognizer makes of recordings, as a pipeline derives it from them. */
final class Transcripts {

    private Transcripts() {}

    /**
     * The recordings' transcripts, encoded.
     *
     * @param audio the recordings
     * @return by recording, null where it has no words
     * @throws IOException when a recording cannot be read
     */
    static List<float[]> encode(
            PackedModel recognizer, List<Path> audio, PackedModel text, EmbeddingCache cache, PrintStream progress)
            throws IOException {
        List<String> transcripts = new ArrayList<>();
        RecognizerRun.over(audio, "recordings", recognizer, progress, (model, each) -> {
            byte[] sound = Files.readAllBytes(each);
            transcripts.add(
                    model.encode(List.of(new Content.Media(sound))).get(0) instanceof Recognized recognized
                            ? recognized.text()
                            : "");
        });
        List<float[]> encoded = new ArrayList<>(cache.encode(
                text,
                transcripts.stream()
                        .map(transcript -> (Content) new Content.Text(transcript.isBlank() ? "-" : transcript))
                        .toList()));
        for (int i = 0; i < transcripts.size(); i++) {
            if (transcripts.get(i).isBlank()) {
                encoded.set(i, null);
            }
        }
        return encoded;
    }

    /**
     * Ranks of the sentences that were spoken, by the transcripts' cosine with the sentences and another similarity
     * together: each standardized over all pairs, then added. Without a transcript the other one alone decides.
     *
     * @param transcripts null where there is none
     * @param sentences at the place of a recording the one that it speaks
     * @param other {@code [recordings][sentences]}
     * @return by recording, from 1
     */
    static int[] ranks(List<float[]> transcripts, List<float[]> sentences, double[][] other) {
        double[][] cosines = new double[transcripts.size()][];
        for (int i = 0; i < cosines.length; i++) {
            float[] transcript = transcripts.get(i);
            cosines[i] = sentences.stream()
                    .mapToDouble(sentence -> transcript == null ? 0 : cosine(transcript, sentence))
                    .toArray();
        }
        double[][] sum = standardized(cosines);
        double[][] others = standardized(other);
        for (int i = 0; i < sum.length; i++) {
            for (int j = 0; j < sum[i].length; j++) {
                sum[i][j] = others[i][j] + (transcripts.get(i) == null ? 0 : sum[i][j]);
            }
        }
        return MatchEvaluation.diagonalRanks(sum);
    }

    private static double cosine(float[] left, float[] right) {
        double dot = 0;
        double lefts = 0;
        double rights = 0;
        for (int i = 0; i < left.length; i++) {
            dot += left[i] * right[i];
            lefts += left[i] * left[i];
            rights += right[i] * right[i];
        }
        return dot / Math.max(1e-12, Math.sqrt(lefts * rights));
    }

    private static double[][] standardized(double[][] matrix) {
        double sum = 0;
        double squares = 0;
        long count = 0;
        for (double[] row : matrix) {
            for (double value : row) {
                sum += value;
                squares += value * value;
                count++;
            }
        }
        double mean = sum / Math.max(1, count);
        double deviation = Math.sqrt(Math.max(1e-12, squares / Math.max(1, count) - mean * mean));
        double[][] result = new double[matrix.length][];
        for (int i = 0; i < matrix.length; i++) {
            result[i] = new double[matrix[i].length];
            for (int j = 0; j < result[i].length; j++) {
                result[i][j] = (matrix[i][j] - mean) / deviation;
            }
        }
        return result;
    }
}
