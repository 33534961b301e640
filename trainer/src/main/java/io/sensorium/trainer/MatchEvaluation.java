// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer;

import ai.onnxruntime.OrtException;
import io.sensorium.operators.fuse.FusionInput;
import io.sensorium.operators.fuse.MatchHead;
import io.sensorium.operators.fuse.MatchHead.SlotPair;
import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.pack.PackedModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Measures a match head, through the operator that the stream runs. */
final class MatchEvaluation {

    private static final int CALIBRATION_BINS = 15;

    private MatchEvaluation() {}

    /**
     * Retrieval in every direction, and the calibration error of the probabilities.
     *
     * @param transcripts by row, null where a recording has none; empty to measure without transcripts
     */
    static Map<String, Object> match(PackedModel head, List<MatchData.Row> rows, List<float[]> transcripts)
            throws OrtException {
        List<String> slots =
                head.manifest().slots().stream().map(slot -> slot.name()).toList();
        int audio = slots.indexOf("audio");
        int image = slots.indexOf("image");
        int text = slots.indexOf("text");
        Map<String, Object> directions = new LinkedHashMap<>();
        int n = rows.size();
        List<float[]> captions =
                rows.stream().flatMap(row -> row.captions().stream()).toList();
        double[][] captionImage = similarities(
                head,
                text,
                captions,
                image,
                rows.stream().map(MatchData.Row::image).toList());
        double[][] imageCaption = similarities(
                head, image, rows.stream().map(MatchData.Row::image).toList(), text, captions);
        double[][] speechText = similarities(
                head,
                audio,
                rows.stream().map(MatchData.Row::audio).toList(),
                text,
                rows.stream().map(row -> row.captions().get(0)).toList());
        double[][] speechImage = similarities(
                head,
                audio,
                rows.stream().map(MatchData.Row::audio).toList(),
                image,
                rows.stream().map(MatchData.Row::image).toList());
        int[] textToImage = new int[captions.size()];
        for (int q = 0; q < textToImage.length; q++) {
            textToImage[q] = rank(captionImage[q], captionImage[q][q / 5]);
        }
        directions.put("text->image", retrieval(textToImage));
        int[] imageToText = new int[n];
        for (int q = 0; q < n; q++) {
            imageToText[q] = rank(
                    imageCaption[q],
                    Arrays.stream(imageCaption[q], 5 * q, 5 * q + 5).max().orElseThrow());
        }
        directions.put("image->text", retrieval(imageToText));
        directions.put("speech->text", retrieval(diagonalRanks(speechText)));
        if (!transcripts.isEmpty()) {
            List<float[]> sentences =
                    rows.stream().map(row -> row.captions().get(0)).toList();
            directions.put("speech+transcript->text", retrieval(Transcripts.ranks(transcripts, sentences, speechText)));
        }
        directions.put("speech->image", retrieval(diagonalRanks(speechImage)));
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("directions", directions);
        Map<String, Double> metrics = new LinkedHashMap<>();
        double[][] imageText = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                imageText[i][j] = imageCaption[i][5 * j];
            }
        }
        List<double[]> all = new ArrayList<>();
        for (Object[] pair : new Object[][] {
            {"image-text", imageText, image, text},
            {"audio-text", speechText, audio, text},
            {"audio-image", speechImage, audio, image}
        }) {
            var calibration = MatchHead.calibration(head.manifest(), new SlotPair((int) pair[2], (int) pair[3]));
            List<double[]> samples = new ArrayList<>();
            Random random = new Random(20);
            double[][] matrix = (double[][]) pair[1];
            for (int i = 0; n > 1 && i < n; i++) {
                int other = (i + 1 + random.nextInt(n - 1)) % n;
                samples.add(new double[] {calibration.probability(matrix[i][i]), 1});
                samples.add(new double[] {calibration.probability(matrix[i][other]), 0});
            }
            metrics.put("ece_" + pair[0], expectedCalibrationError(samples));
            all.addAll(samples);
        }
        metrics.put("ece", expectedCalibrationError(all));
        result.put("metrics", metrics);
        return result;
    }

    /** Cosine of every left vector with every right one, through the operator. */
    private static double[][] similarities(
            PackedModel head, int left, List<float[]> lefts, int right, List<float[]> rights) throws OrtException {
        double[][] matrix = new double[lefts.size()][rights.size()];
        try (MatchHead operator = new MatchHead(head, List.of(new SlotPair(left, right)), new Device.Cpu(), 2)) {
            List<List<float[]>> vectors = new ArrayList<>();
            for (int slot = 0; slot < head.manifest().slots().size(); slot++) {
                vectors.add(slot == left ? lefts : slot == right ? rights : List.of());
            }
            for (MatchHead.Match match :
                    operator.score(List.of(new FusionInput(vectors))).get(0)) {
                matrix[match.left()][match.right()] = match.similarity();
            }
        }
        return matrix;
    }

    private static int rank(double[] row, double own) {
        int better = 0;
        for (double other : row) {
            better += other > own ? 1 : 0;
        }
        return better + 1;
    }

    static int[] diagonalRanks(double[][] matrix) {
        int[] ranks = new int[matrix.length];
        for (int i = 0; i < ranks.length; i++) {
            ranks[i] = rank(matrix[i], matrix[i][i]);
        }
        return ranks;
    }

    static Map<String, Double> retrieval(int[] ranks) {
        Map<String, Double> metrics = new LinkedHashMap<>();
        for (int k : new int[] {1, 5, 10}) {
            metrics.put(
                    "r_at_" + k,
                    (double) Arrays.stream(ranks).filter(rank -> rank <= k).count() / ranks.length);
        }
        int[] sorted = ranks.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        metrics.put(
                "median_rank", sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2.0);
        return metrics;
    }

    /** Guo et al., 2017: equal-width bins; samples are probability and truth. */
    static double expectedCalibrationError(List<double[]> samples) {
        double[] probability = new double[CALIBRATION_BINS];
        double[] truth = new double[CALIBRATION_BINS];
        for (double[] sample : samples) {
            int bin = Math.min(CALIBRATION_BINS - 1, (int) (sample[0] * CALIBRATION_BINS));
            probability[bin] += sample[0];
            truth[bin] += sample[1];
        }
        double error = 0;
        for (int bin = 0; bin < CALIBRATION_BINS; bin++) {
            error += Math.abs(probability[bin] - truth[bin]);
        }
        return error / Math.max(1, samples.size());
    }
}
