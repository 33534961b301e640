// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer;

import ai.onnxruntime.OrtException;
import io.sensorium.operators.fuse.FusionInput;
import io.sensorium.operators.fuse.OnnxHead;
import io.sensorium.operators.fuse.SentimentHead;
import io.sensorium.operators.fuse.SentimentScore;
import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.pack.ModelKind;
import io.sensorium.operators.pack.ModelManifest.Parts;
import io.sensorium.operators.pack.ModelManifest.Slot;
import io.sensorium.operators.pack.PackedModel;
import io.sensorium.trainer.SentimentData.Row;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Measures classifying heads, through the operators that the stream runs. */
final class ClassificationEvaluation {

    private static final int THREADS = 2;

    private ClassificationEvaluation() {}

    /** What a report calls a model by. */
    static Map<String, Object> identity(PackedModel model) {
        return Map.of(
                "name", model.manifest().name(), "version", model.manifest().version(), "sha256", model.sha256());
    }

    /**
     * A task's metrics over the rows, each with the slots that a subset keeps; rows without any of them are left out.
     */
    static Map<String, Double> metrics(String task, PackedModel head, List<Row> rows, List<String> subset)
            throws IOException, OrtException {
        List<String> slots = head.manifest().slots().stream().map(Slot::name).toList();
        List<FusionInput> windows = new ArrayList<>();
        List<Integer> labels = new ArrayList<>();
        List<Row> kept = new ArrayList<>();
        for (Row row : rows) {
            List<List<float[]>> vectors = new ArrayList<>();
            for (int slot = 0; slot < row.vectors().length; slot++) {
                vectors.add(
                        row.vectors()[slot] != null && subset.contains(slots.get(slot))
                                ? List.of(row.vectors()[slot])
                                : List.of());
            }
            if (vectors.stream().anyMatch(slot -> !slot.isEmpty())) {
                windows.add(new FusionInput(vectors));
                labels.add(row.label());
                kept.add(row);
            }
        }
        return metrics(task, labels, probabilities(head, withPast(head, windows, kept)));
    }

    /**
     * Where the head reads a past, each window with the fused vectors of its group's earlier ones, as a stream would
     * have them.
     */
    private static List<FusionInput> withPast(PackedModel head, List<FusionInput> windows, List<Row> rows)
            throws OrtException {
        Parts context = head.manifest().context();
        if (context == null || windows.isEmpty()) {
            return windows;
        }
        List<float[]> fused = new ArrayList<>();
        try (OnnxHead operator = new OnnxHead(head, new Device.Cpu(), THREADS)) {
            operator.run(windows).forEach(outputs -> fused.add(outputs.get("fused")));
        }
        List<List<Integer>> earlier = SentimentData.earlier(rows, context.count());
        List<FusionInput> withPast = new ArrayList<>();
        for (int i = 0; i < windows.size(); i++) {
            float[] past = new float[context.size()];
            for (int place = 0; place < earlier.get(i).size(); place++) {
                System.arraycopy(
                        fused.get(earlier.get(i).get(place)), 0, past, place * context.width(), context.width());
            }
            withPast.add(new FusionInput(windows.get(i).vectors(), past));
        }
        return withPast;
    }

    /**
     * A task's metrics with each slot of each row missing at a rate, by rate; a row keeps one slot at least. The same
     * slots are missing at every call.
     */
    static Map<String, Object> missing(String task, PackedModel head, List<Row> rows, List<String> subset)
            throws IOException, OrtException {
        List<String> slots = head.manifest().slots().stream().map(Slot::name).toList();
        Map<String, Object> curve = new LinkedHashMap<>();
        for (int tenth = 0; tenth < 10; tenth++) {
            Random random = new Random(41);
            List<Row> partial = new ArrayList<>();
            for (Row row : rows) {
                float[][] vectors = row.vectors().clone();
                int last = -1;
                double luckiest = -1;
                for (int slot = 0; slot < vectors.length; slot++) {
                    double draw = random.nextDouble();
                    if (vectors[slot] != null && subset.contains(slots.get(slot)) && draw > luckiest) {
                        luckiest = draw;
                        last = slot;
                    }
                    vectors[slot] = draw < tenth / 10.0 ? null : vectors[slot];
                }
                if (last >= 0) {
                    vectors[last] = row.vectors()[last];
                }
                partial.add(new Row(row.group(), vectors, row.label(), row.position()));
            }
            curve.put("0." + tenth, metrics(task, head, partial, subset));
        }
        return curve;
    }

    /** The class probabilities of each window. */
    private static double[][] probabilities(PackedModel head, List<FusionInput> windows) throws OrtException {
        double[][] probabilities = new double[windows.size()][];
        if (head.manifest().kind() == ModelKind.SENTIMENT_HEAD) {
            try (SentimentHead operator = new SentimentHead(head, new Device.Cpu(), THREADS)) {
                List<SentimentScore> scores = operator.score(windows);
                for (int i = 0; i < probabilities.length; i++) {
                    SentimentScore score = scores.get(i);
                    probabilities[i] = new double[] {score.negative(), score.neutral(), score.positive()};
                }
            }
        } else {
            try (OnnxHead operator = new OnnxHead(head, new Device.Cpu(), THREADS)) {
                List<Map<String, float[]>> outputs = operator.run(windows);
                for (int i = 0; i < probabilities.length; i++) {
                    float[] own = outputs.get(i).get("probabilities");
                    probabilities[i] = new double[own.length];
                    for (int c = 0; c < own.length; c++) {
                        probabilities[i][c] = own[c];
                    }
                }
            }
        }
        return probabilities;
    }

    private static Map<String, Double> metrics(String task, List<Integer> labels, double[][] probabilities)
            throws IOException {
        return switch (task) {
            case "mosi" -> polarity(labels, probabilities);
            case "speech-emotion" -> emotion(labels, probabilities);
            default -> {
                Map<String, Double> metrics = classification(
                        confusion(labels, probabilities, probabilities.length == 0 ? 1 : probabilities[0].length));
                metrics.put("ece", calibration(labels, probabilities));
                yield metrics;
            }
        };
    }

    /** Positive against negative by the score's sign, as the set's literature has it; F1 weighted by class. */
    private static Map<String, Double> polarity(List<Integer> labels, double[][] probabilities) {
        int[][] confusion = new int[2][2];
        double[][] two = new double[probabilities.length][];
        for (int i = 0; i < probabilities.length; i++) {
            confusion[labels.get(i) / 2][probabilities[i][2] >= probabilities[i][0] ? 1 : 0]++;
            double both = Math.max(1e-9, probabilities[i][0] + probabilities[i][2]);
            two[i] = new double[] {probabilities[i][0] / both, 0, probabilities[i][2] / both};
        }
        double weighted = 0;
        for (int c = 0; c < 2; c++) {
            int actual = confusion[c][0] + confusion[c][1];
            int predicted = confusion[0][c] + confusion[1][c];
            weighted += actual * 2.0 * confusion[c][c] / Math.max(1, actual + predicted);
        }
        Map<String, Double> metrics = new LinkedHashMap<>();
        metrics.put("acc2", (double) (confusion[0][0] + confusion[1][1]) / Math.max(1, labels.size()));
        metrics.put("f1", weighted / Math.max(1, labels.size()));
        metrics.put("ece", calibration(labels, two));
        return metrics;
    }

    /** Eight emotions, and their probabilities summed by valence. */
    private static Map<String, Double> emotion(List<Integer> labels, double[][] probabilities) throws IOException {
        List<Integer> valences = new ArrayList<>();
        double[][] summed = new double[probabilities.length][3];
        for (int i = 0; i < probabilities.length; i++) {
            valences.add(SentimentData.valence(SentimentData.EMOTIONS.get(labels.get(i))));
            for (int c = 0; c < probabilities[i].length; c++) {
                summed[i][SentimentData.valence(SentimentData.EMOTIONS.get(c))] += probabilities[i][c];
            }
        }
        Map<String, Double> metrics = classification(confusion(labels, probabilities, SentimentData.EMOTIONS.size()));
        metrics.put(
                "valence_accuracy",
                classification(confusion(valences, summed, 3)).get("accuracy"));
        metrics.put("ece", calibration(labels, probabilities));
        return metrics;
    }

    private static int[][] confusion(List<Integer> labels, double[][] probabilities, int classes) {
        int[][] confusion = new int[classes][classes];
        for (int i = 0; i < probabilities.length; i++) {
            confusion[labels.get(i)][argmax(probabilities[i])]++;
        }
        return confusion;
    }

    /** The largest; of three with a tie at the top the middle one, as results have it. */
    private static int argmax(double[] values) {
        int best = 0;
        boolean tie = false;
        for (int c = 1; c < values.length; c++) {
            tie = values[c] == values[best] || tie && values[c] <= values[best];
            best = values[c] > values[best] ? c : best;
        }
        return tie && values.length == 3 ? 1 : best;
    }

    /** Expected calibration error of the most probable class. */
    private static double calibration(List<Integer> labels, double[][] probabilities) {
        List<double[]> samples = new ArrayList<>();
        for (int i = 0; i < probabilities.length; i++) {
            int best = argmax(probabilities[i]);
            samples.add(new double[] {probabilities[i][best], labels.get(i) == best ? 1 : 0});
        }
        return MatchEvaluation.expectedCalibrationError(samples);
    }

    /**
     * Accuracy, and F1 as the plain mean over the classes.
     *
     * @param confusion rows are the truth
     */
    static Map<String, Double> classification(int[][] confusion) {
        double right = 0;
        double total = 0;
        double f1 = 0;
        double recall = 0;
        for (int c = 0; c < confusion.length; c++) {
            int predicted = 0;
            for (int[] row : confusion) {
                predicted += row[c];
            }
            int actual = Arrays.stream(confusion[c]).sum();
            right += confusion[c][c];
            total += actual;
            recall += actual == 0 ? 0 : (double) confusion[c][c] / actual;
            f1 += actual + predicted == 0 ? 0 : 2.0 * confusion[c][c] / (actual + predicted);
        }
        Map<String, Double> metrics = new LinkedHashMap<>();
        metrics.put("accuracy", right / Math.max(1, total));
        metrics.put("macro_f1", f1 / confusion.length);
        metrics.put("macro_recall", recall / confusion.length);
        return metrics;
    }
}
