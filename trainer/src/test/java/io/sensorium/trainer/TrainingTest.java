// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.sensorium.operators.fuse.SentimentHead;
import io.sensorium.trainer.SentimentData.Row;
import io.sensorium.trainer.head.FusionTraining;
import io.sensorium.trainer.head.FusionTraining.Example;
import io.sensorium.trainer.head.HeadShape;
import io.sensorium.trainer.head.Settings;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The trainer on data made here: it learns what is there to learn, exports what it learned, and does so again to the
 * digit.
 */
@Tag("slow")
class TrainingTest {

    private static final PrintStream QUIET = new PrintStream(OutputStream.nullOutputStream());
    private static final List<String> SLOTS = List.of("audio", "image", "text");
    private static final int[] DIMENSIONS = {6, 5, 4};

    /** The label shifts the text strongly and the image weakly; audio is noise; some slots are missing. */
    private static List<Row> rows(long seed, int count) {
        Random random = new Random(seed);
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int label = random.nextInt(3);
            float[][] vectors = new float[3][];
            for (int slot = 0; slot < 3; slot++) {
                vectors[slot] = new float[DIMENSIONS[slot]];
                for (int k = 0; k < DIMENSIONS[slot]; k++) {
                    vectors[slot][k] = (float) random.nextGaussian();
                }
            }
            vectors[2][label] += 5;
            vectors[1][label] += 1.5f;
            if (i % 4 == 0) {
                vectors[2] = null;
            }
            if (i % 3 == 0) {
                vectors[0] = null;
            }
            rows.add(new Row("g" + i, vectors, label));
        }
        return rows;
    }

    private static List<Example> examples(List<Row> rows) {
        return rows.stream().map(row -> new Example(row.vectors(), row.label())).toList();
    }

    private static double accuracy(FusionTraining head, List<Row> rows) {
        float[] probabilities = head.predict(rows.stream().map(Row::vectors).toList());
        int right = 0;
        for (int i = 0; i < rows.size(); i++) {
            float[] p = Arrays.copyOfRange(probabilities, 3 * i, 3 * i + 3);
            int best = p[0] > p[1] ? p[0] > p[2] ? 0 : 2 : p[1] > p[2] ? 1 : 2;
            right += best == rows.get(i).label() ? 1 : 0;
        }
        return (double) right / rows.size();
    }

    static List<String> fusions() {
        return SentimentHead.FUSIONS;
    }

    @ParameterizedTest
    @MethodSource("fusions")
    void everyFusionLearnsWhichModalityToTrustAndIsExportedWithoutLoss(String fusion) throws Exception {
        List<Row> training = rows(1, 600);
        List<Row> test = rows(2, 300);
        HeadShape shape = new HeadShape(SLOTS, DIMENSIONS, 3);
        byte[] first;
        try (FusionTraining head = new FusionTraining(fusion, shape, Settings.DEFAULT, examples(training), 1, QUIET)) {
            head.fit(examples(training), examples(rows(3, 100)));
            List<Row> withText =
                    test.stream().filter(row -> row.vectors()[2] != null).toList();
            assertThat(accuracy(head, withText)).isGreaterThan(0.88);
            List<Row> imageAlone = test.stream()
                    .map(row -> new Row(row.group(), new float[][] {null, row.vectors()[1], null}, row.label()))
                    .toList();
            assertThat(accuracy(head, imageAlone))
                    .as("the image alone, against a third by chance")
                    .isGreaterThan(0.5);
            first = head.toOnnx();
            for (List<float[][]> batch :
                    Parity.batches(test.stream().map(Row::vectors).toList(), DIMENSIONS)) {
                assertThat(Parity.relativeError(
                                Parity.run(first, SLOTS, DIMENSIONS, batch, "probabilities"), head.predict(batch)))
                        .isLessThanOrEqualTo(Parity.LARGEST);
            }
        }
        try (FusionTraining again = new FusionTraining(fusion, shape, Settings.DEFAULT, examples(training), 1, QUIET)) {
            again.fit(examples(training), examples(rows(3, 100)));
            assertThat(again.toOnnx()).as("the same seed gives the same bytes").isEqualTo(first);
        }
    }

    @Test
    void theDualEncoderPullsPairsTogetherAndItsProbabilitiesAreCalibrated() throws Exception {
        Random random = new Random(5);
        List<MatchData.Row> rows = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            float[] hidden = new float[4];
            for (int k = 0; k < 4; k++) {
                hidden[k] = (float) random.nextGaussian();
            }
            rows.add(new MatchData.Row(
                    "r" + i,
                    null,
                    noisy(hidden, random),
                    noisy(hidden, random),
                    List.of(
                            noisy(hidden, random),
                            noisy(hidden, random),
                            noisy(hidden, random),
                            noisy(hidden, random),
                            noisy(hidden, random))));
        }
        int[] dimensions = {8, 8, 8};
        try (MatchTraining head = new MatchTraining(dimensions, rows.subList(0, 200), 1, QUIET)) {
            head.fit(rows.subList(0, 200), rows.subList(200, 300));
            float[] image = head.predict(
                    1, rows.subList(200, 300).stream().map(MatchData.Row::image).toList());
            float[] text = head.predict(
                    2,
                    rows.subList(200, 300).stream()
                            .map(row -> row.captions().get(1))
                            .toList());
            int hits = 0;
            for (int i = 0; i < 100; i++) {
                int better = 0;
                for (int j = 0; j < 100; j++) {
                    better += cosine(text, i, image, j) > cosine(text, i, image, i) ? 1 : 0;
                }
                hits += better < 5 ? 1 : 0;
            }
            assertThat(hits).as("recall at 5 of 100 unseen").isGreaterThan(60);
            var calibration = head.calibrate(rows.subList(200, 300)).get("image-text");
            List<double[]> samples = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                samples.add(new double[] {
                    1 / (1 + Math.exp(-(calibration.scale() * cosine(text, i, image, i) + calibration.bias()))), 1
                });
                samples.add(new double[] {
                    1
                            / (1
                                    + Math.exp(-(calibration.scale() * cosine(text, i, image, (i + 7) % 100)
                                            + calibration.bias()))),
                    0
                });
            }
            assertThat(MatchEvaluation.expectedCalibrationError(samples)).isLessThan(0.15);
            List<float[][]> batch = rows.subList(0, 20).stream()
                    .map(row -> new float[][] {null, row.image(), null})
                    .toList();
            assertThat(Parity.relativeError(
                            Parity.run(head.toOnnx(), MatchTraining.SLOTS, dimensions, batch, "image_projection"),
                            head.predict(1, batch.stream().map(row -> row[1]).toList())))
                    .isLessThanOrEqualTo(Parity.LARGEST);
        }
    }

    private static float[] noisy(float[] hidden, Random random) {
        float[] vector = new float[8];
        for (int i = 0; i < 8; i++) {
            vector[i] = hidden[i % 4] + 0.3f * (float) random.nextGaussian();
        }
        return vector;
    }

    private static double cosine(float[] left, int i, float[] right, int j) {
        double sum = 0;
        for (int k = 0; k < MatchTraining.SPACE; k++) {
            sum += left[i * MatchTraining.SPACE + k] * right[j * MatchTraining.SPACE + k];
        }
        return sum;
    }

    @Test
    void metricsAreWhatAHandComputes() {
        // Three classes: 3 of 4 right in the first, 1 of 2 in the second, none of 1 in the third.
        var metrics = ClassificationEvaluation.classification(new int[][] {{3, 1, 0}, {1, 1, 0}, {1, 0, 0}});
        assertThat(metrics.get("accuracy")).isCloseTo(4 / 7.0, within(1e-12));
        assertThat(metrics.get("macro_f1")).isCloseTo((6 / 9.0 + 2 / 4.0 + 0) / 3, within(1e-12));
        var retrieval = MatchEvaluation.retrieval(new int[] {1, 7, 3, 20});
        assertThat(retrieval)
                .containsEntry("r_at_1", 0.25)
                .containsEntry("r_at_5", 0.5)
                .containsEntry("r_at_10", 0.75)
                .containsEntry("median_rank", 5.0);
        // One bin holds 0.9, 0.9 (one true), another 0.1 (false): |1.8 - 1| + |0.1 - 0| over 3.
        assertThat(MatchEvaluation.expectedCalibrationError(
                        List.of(new double[] {0.9, 1}, new double[] {0.9, 0}, new double[] {0.1, 0})))
                .isCloseTo(0.9 / 3, within(1e-9));
    }

    @Test
    void theSplitKeepsGroupsWholeAndDoesNotChange() {
        int[] parts = new int[3];
        for (int i = 0; i < 10_000; i++) {
            parts[DatasetSplit.of("group" + i).ordinal()]++;
        }
        assertThat(parts[DatasetSplit.TEST.ordinal()]).isBetween(1_850, 2_150);
        assertThat(parts[DatasetSplit.VALIDATION.ordinal()]).isBetween(900, 1_100);
        assertThat(DatasetSplit.of("actor01")).isEqualTo(DatasetSplit.of("actor01"));
    }
}
