// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.fuse;

import ai.onnxruntime.OrtException;
import io.sensorium.operators.fuse.MatchHead.SlotPair;
import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.pack.ModelManifest;
import io.sensorium.operators.pack.ModelManifest.Rerank;
import io.sensorium.operators.pack.ModelManifest.Slot;
import io.sensorium.operators.pack.PackedModel;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/**
 * A single-stream model that reads both events of a pair together and separates a dual encoder's near ties: after the
 * re-ranking of Miech et al., "Thinking Fast and Slow", 2021. The tied pairs exchange their cosines, so that what
 * probabilities were calibrated on keeps its distribution. For one thread.
 */
final class Reranker implements AutoCloseable {

    private final Rerank settings;
    private final int first;
    private final int second;
    private final HeadRunner runner;

    Reranker(PackedModel model, Device device, int threads) {
        ModelManifest manifest = model.manifest();
        settings = manifest.rerank();
        List<String> names = manifest.slots().stream().map(Slot::name).toList();
        String[] pair = settings.pair().split("-", 2);
        first = names.indexOf(pair[0]);
        second = names.indexOf(pair[1]);
        List<Slot> inputs = new ArrayList<>();
        for (String name : pair) {
            inputs.add(new Slot(
                    name, (int) manifest.graphs().get("rerank").inputs().get(name)[1], List.of()));
        }
        runner = new HeadRunner(model, "rerank", inputs, "mask", Set.of("probabilities"), device, threads);
    }

    /** Whether it was trained on a pair, whichever side is named first. */
    boolean concerns(SlotPair pair) {
        return Math.min(pair.left(), pair.right()) == Math.min(first, second)
                && Math.max(pair.left(), pair.right()) == Math.max(first, second);
    }

    /**
     * Puts each left event's near ties in order.
     *
     * @param cosines {@code [lefts][rights]}, changed in place
     */
    void rerank(SlotPair pair, List<float[]> lefts, List<float[]> rights, double[][] cosines) throws OrtException {
        List<float[][]> rows = new ArrayList<>();
        List<int[]> places = new ArrayList<>();
        for (int left = 0; left < cosines.length; left++) {
            for (int right : ties(cosines[left], settings.margin())) {
                rows.add(
                        pair.left() == first
                                ? new float[][] {lefts.get(left), rights.get(right)}
                                : new float[][] {rights.get(right), lefts.get(left)});
                places.add(new int[] {left, right});
            }
        }
        double[] matching = new double[rows.size()];
        for (int from = 0; from < matching.length; from += HeadRunner.MAX_RUN) {
            List<float[][]> part = rows.subList(from, Math.min(matching.length, from + HeadRunner.MAX_RUN));
            FloatBuffer probabilities = runner.run(part).get("probabilities");
            for (int row = 0; row < part.size(); row++) {
                matching[from + row] = HeadRunner.finite(probabilities.get(2 * row + 1), "probabilities");
            }
        }
        for (int from = 0; from < places.size(); ) {
            int left = places.get(from)[0];
            int to = from;
            while (to < places.size() && places.get(to)[0] == left) {
                to++;
            }
            int start = from;
            int[] tied = places.subList(from, to).stream()
                    .mapToInt(place -> place[1])
                    .toArray();
            exchange(cosines[left], tied, Arrays.copyOfRange(matching, start, to), settings.weight());
            from = to;
        }
    }

    /** Those within the margin of the best, or none where the best has no rival. */
    static int[] ties(double[] cosines, double margin) {
        double best = Arrays.stream(cosines).max().orElse(0);
        int[] near = java.util.stream.IntStream.range(0, cosines.length)
                .filter(i -> cosines[i] >= best - margin)
                .toArray();
        return near.length > 1 ? near : new int[0];
    }

    /** Gives the tied pairs' cosines out again, the largest to the largest cosine + weight · probability. */
    static void exchange(double[] cosines, int[] tied, double[] matching, double weight) {
        double[] sorted = Arrays.stream(tied)
                .mapToDouble(right -> cosines[right])
                .sorted()
                .toArray();
        Integer[] order = new Integer[tied.length];
        Arrays.setAll(order, i -> i);
        double[] scores = new double[tied.length];
        Arrays.setAll(scores, i -> cosines[tied[i]] + weight * matching[i]);
        Arrays.sort(order, Comparator.comparingDouble(i -> scores[i]));
        for (int place = 0; place < order.length; place++) {
            cosines[tied[order[place]]] = sorted[place];
        }
    }

    @Override
    public void close() {
        runner.close();
    }
}
