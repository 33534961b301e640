// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer;

import ai.onnxruntime.OrtException;
import io.sensorium.operators.pack.ModelManifest.Rerank;
import io.sensorium.operators.pack.ModelManifest.Slot;
import io.sensorium.trainer.head.FusionTraining;
import io.sensorium.trainer.head.FusionTraining.Example;
import io.sensorium.trainer.head.HeadShape;
import io.sensorium.trainer.head.Settings;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * A single-stream model that distinguishes a picture's captions from those of pictures that a dual encoder confuses
 * with it, and when and how much it counts. For one thread.
 */
final class RerankTraining {

    static final String PAIR = "image-text";

    /** Number of pictures nearest to a caption from which negatives come. */
    private static final int NEAREST = 100;

    private static final Settings SETTINGS = new Settings(20, 4, 64, 1e-3f, 0.05f, 0.2, 0, 0, Map.of(), false);
    private static final double[] MARGINS = {0.02, 0.05, 0.1, 0.15, 0.2};
    private static final double[] WEIGHTS = {0.02, 0.05, 0.1, 0.2, 0.4};

    /** @param report what it was worth on the validation part */
    record Trained(byte[] graph, Rerank rerank, double parity, String report) {}

    private final HeadShape shape;
    private final int pretraining;
    private final long seed;
    private final PrintStream progress;

    /**
     * @param image with parts
     * @param text with parts
     * @param pretraining epochs of masked modelling
     */
    RerankTraining(Slot image, Slot text, int pretraining, long seed, PrintStream progress) {
        if (image.parts() == null || text.parts() == null) {
            throw new IllegalArgumentException("--rerank reads tokens and regions, and the encoders " + image.encoders()
                    + " and " + text.encoders() + " do not both give any; take image-objects and text-bge-tokens");
        }
        this.shape = new HeadShape(
                List.of("image", "text"),
                new int[] {image.dimension(), text.dimension()},
                List.of(image.parts(), text.parts()),
                2,
                0);
        this.pretraining = pretraining;
        this.seed = seed;
        this.progress = progress;
    }

    Trained train(MatchTraining dual, List<MatchData.Row> training, List<MatchData.Row> validation)
            throws IOException, OrtException {
        Random random = new Random(seed);
        List<Example> rows = examples(dual, training, random);
        List<Example> held = examples(dual, validation, random);
        try (FusionTraining head = new FusionTraining("single-stream", shape, SETTINGS, rows, seed, progress)) {
            if (pretraining > 0) {
                head.maskedModelling()
                        .fit(
                                rows.stream()
                                        .filter(row -> row.label() == 1)
                                        .map(Example::vectors)
                                        .toList(),
                                pretraining,
                                SETTINGS.rate(),
                                SETTINGS.decay(),
                                progress);
            }
            head.fit(rows, held);
            byte[] graph = head.toOnnx();
            double parity = 0;
            for (List<float[][]> batch :
                    Parity.batches(held.stream().limit(64).map(Example::vectors).toList(), shape.dimensions())) {
                parity = Math.max(
                        parity,
                        Parity.relativeError(
                                Parity.run(graph, shape.slots(), shape.dimensions(), batch, "probabilities"),
                                head.predict(batch)));
            }
            Parity.require("the re-ranking graph", parity);
            return choose(graph, parity, head, dual, validation);
        }
    }

    /**
     * Each caption with its picture, with one that the dual encoder confuses with it, and its picture with one of that
     * one's captions.
     */
    private static List<Example> examples(MatchTraining dual, List<MatchData.Row> rows, Random random) {
        double[][] cosines = cosines(dual, rows);
        List<Example> examples = new ArrayList<>();
        for (int caption = 0; caption < cosines.length; caption++) {
            int own = caption / 5;
            float[] text = rows.get(own).captions().get(caption % 5);
            double[] row = cosines[caption];
            int[] nearest = IntStream.range(0, rows.size())
                    .filter(i -> i != own)
                    .boxed()
                    .sorted(Comparator.comparingDouble((Integer i) -> -row[i]))
                    .limit(NEAREST)
                    .mapToInt(i -> i)
                    .toArray();
            MatchData.Row other = rows.get(nearest[random.nextInt(nearest.length)]);
            examples.add(new Example(new float[][] {rows.get(own).image(), text}, 1));
            examples.add(new Example(new float[][] {other.image(), text}, 0));
            examples.add(new Example(
                    new float[][] {rows.get(own).image(), other.captions().get(random.nextInt(5))}, 0));
        }
        return examples;
    }

    /** Cosines of every caption with every picture. */
    private static double[][] cosines(MatchTraining dual, List<MatchData.Row> rows) {
        float[] images = dual.predict(1, rows.stream().map(MatchData.Row::image).toList());
        float[] texts = dual.predict(
                2, rows.stream().flatMap(row -> row.captions().stream()).toList());
        int space = MatchTraining.SPACE;
        double[][] cosines = new double[texts.length / space][rows.size()];
        for (int caption = 0; caption < cosines.length; caption++) {
            for (int picture = 0; picture < rows.size(); picture++) {
                for (int i = 0; i < space; i++) {
                    cosines[caption][picture] += texts[caption * space + i] * images[picture * space + i];
                }
            }
        }
        return cosines;
    }

    /**
     * Margin and weight by the mean −log rank of the validation captions' own pictures; a margin of zero where none
     * helps.
     */
    private Trained choose(
            byte[] graph, double parity, FusionTraining head, MatchTraining dual, List<MatchData.Row> rows) {
        double[][] cosines = cosines(dual, rows);
        double widest = MARGINS[MARGINS.length - 1];
        double[][] matching = new double[cosines.length][];
        for (int caption = 0; caption < cosines.length; caption++) {
            int[] near = near(cosines[caption], widest);
            float[] text = rows.get(caption / 5).captions().get(caption % 5);
            float[] probabilities = head.predict(Arrays.stream(near)
                    .mapToObj(i -> new float[][] {rows.get(i).image(), text})
                    .toList());
            matching[caption] = new double[rows.size()];
            for (int i = 0; i < near.length; i++) {
                matching[caption][near[i]] = probabilities[2 * i + 1];
            }
        }
        double alone = earliness(cosines, matching, 0, 0);
        double best = alone;
        Rerank chosen = new Rerank(PAIR, 0, 0);
        for (double margin : MARGINS) {
            for (double weight : WEIGHTS) {
                double earliness = earliness(cosines, matching, margin, weight);
                if (earliness > best) {
                    best = earliness;
                    chosen = new Rerank(PAIR, margin, weight);
                }
            }
        }
        String report = String.format(
                "Re-ranking of near ties (cosine within %.2f of the best, weight %.2f): on the validation part the "
                        + "mean -log rank of a caption's "
                        + "picture goes from %.4f to %.4f.%n",
                chosen.margin(), chosen.weight(), alone, best);
        progress.print(report);
        return new Trained(graph, chosen, parity, report);
    }

    private static int[] near(double[] cosines, double margin) {
        double best = Arrays.stream(cosines).max().orElse(0);
        return IntStream.range(0, cosines.length)
                .filter(i -> cosines[i] >= best - margin)
                .toArray();
    }

    private static double earliness(double[][] cosines, double[][] matching, double margin, double weight) {
        double sum = 0;
        for (int caption = 0; caption < cosines.length; caption++) {
            double[] row = cosines[caption];
            double best = Arrays.stream(row).max().orElse(0);
            int own = caption / 5;
            double[] scores = new double[row.length];
            for (int i = 0; i < row.length; i++) {
                // Near ties stay before all others: they exchange places among themselves.
                scores[i] = row[i] >= best - margin ? 10 + row[i] + weight * matching[caption][i] : row[i];
            }
            sum -= Math.log(1
                    + Arrays.stream(scores).filter(score -> score > scores[own]).count());
        }
        return sum / cosines.length;
    }
}
