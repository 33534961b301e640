// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.fuse;

import ai.onnxruntime.OrtException;
import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.onnx.Handles;
import io.sensorium.operators.pack.ModelManifest;
import io.sensorium.operators.pack.ModelManifest.PairCalibration;
import io.sensorium.operators.pack.PackException;
import io.sensorium.operators.pack.PackedModel;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Runs a dual encoder's projections over batches of windows and scores every pair of events of the configured slot
 * pairs by cosine and calibrated probability. For one thread.
 */
public final class MatchHead implements AutoCloseable {

    /** Two slots, or two sources where the operator was given some, by index. */
    public record SlotPair(int left, int right) {}

    /**
     * One pair of events.
     *
     * @param pair index into the configured pairs
     * @param left index of the event among its source's vectors
     * @param right index of the event among its source's vectors
     * @param similarity cosine, in [-1, 1]; of near ties that were re-ranked, the cosine of the place that the pair got
     * @param probability calibrated, in [0, 1]
     */
    public record Match(int pair, int left, int right, double similarity, double probability, boolean matched) {}

    private final ModelManifest manifest;
    private final HeadRunner head;

    /** The slot of each source. */
    private final int[] sources;

    private final List<SlotPair> pairs;
    private final List<PairCalibration> calibrations;
    private final Reranker reranker;

    /**
     * With a source for each slot of the head.
     *
     * @throws PackException when the head has no calibration for a pair
     */
    public MatchHead(PackedModel model, List<SlotPair> pairs, Device device, int threads) {
        this(model, IntStream.range(0, model.manifest().slots().size()).toArray(), pairs, device, threads);
    }

    /**
     * With sources, several of which may feed one slot: only events of the sources of a pair are compared.
     *
     * @param sources the slot of each source; what {@link #score} takes is by source
     * @param pairs of sources
     * @throws PackException when the head has no calibration for a pair
     */
    public MatchHead(PackedModel model, int[] sources, List<SlotPair> pairs, Device device, int threads) {
        this.manifest = model.manifest();
        this.sources = sources.clone();
        this.pairs = List.copyOf(pairs);
        this.calibrations =
                pairs.stream().map(pair -> calibration(manifest, slots(pair))).toList();
        try (Handles opened = new Handles()) {
            this.head = opened.add(new HeadRunner(model, device, threads));
            this.reranker = manifest.rerank() == null ? null : opened.add(new Reranker(model, device, threads));
            opened.keep();
        }
    }

    /**
     * The calibration of a pair, whichever side is named first.
     *
     * @throws PackException when the head has none
     */
    public static PairCalibration calibration(ModelManifest manifest, SlotPair pair) {
        String left = manifest.slots().get(pair.left()).name();
        String right = manifest.slots().get(pair.right()).name();
        PairCalibration found = manifest.pairs()
                .getOrDefault(left + "-" + right, manifest.pairs().get(right + "-" + left));
        if (found == null) {
            throw new PackException(manifest.id() + ": no calibration for the pair " + left + "-" + right + ", it has "
                    + manifest.pairs().keySet());
        }
        return found;
    }

    public ModelManifest manifest() {
        return manifest;
    }

    private SlotPair slots(SlotPair pair) {
        return new SlotPair(sources[pair.left()], sources[pair.right()]);
    }

    /**
     * Scores windows.
     *
     * @return for each window, in order, its pairs: in the configured pair order, then left, then right; empty where no
     *     configured pair is present
     * @throws OrtException when the head fails, or gives a number that is not finite
     */
    public List<List<Match>> score(List<FusionInput> windows) throws OrtException {
        int slots = manifest.slots().size();
        List<float[][]> rows = new ArrayList<>();
        int[] firstRow = new int[windows.size()];
        for (int w = 0; w < firstRow.length; w++) {
            firstRow[w] = rows.size();
            int[] depths = new int[slots];
            for (int source = 0; source < sources.length; source++) {
                for (float[] vector : windows.get(w).vectors().get(source)) {
                    int row = firstRow[w] + depths[sources[source]]++;
                    if (row == rows.size()) {
                        rows.add(new float[slots][]);
                    }
                    rows.get(row)[sources[source]] = vector;
                }
            }
        }
        float[][] projected = project(rows);
        List<List<Match>> results = new ArrayList<>(windows.size());
        for (int w = 0; w < firstRow.length; w++) {
            results.add(pairs(windows.get(w), projected, firstRow[w]));
        }
        return results;
    }

    /**
     * By slot, the projections of all rows one after another, {@code [rows * dimension]}, of length 1 where present.
     */
    private float[][] project(List<float[][]> rows) throws OrtException {
        int dimension = manifest.dimension();
        float[][] projected = new float[manifest.slots().size()][rows.size() * dimension];
        for (int from = 0; from < rows.size(); from += HeadRunner.MAX_RUN) {
            List<float[][]> part = rows.subList(from, Math.min(rows.size(), from + HeadRunner.MAX_RUN));
            Map<String, FloatBuffer> outputs = head.run(part);
            for (int slot = 0; slot < projected.length; slot++) {
                outputs.get(manifest.slots().get(slot).name() + "_projection")
                        .get(0, projected[slot], from * dimension, part.size() * dimension);
            }
        }
        return projected;
    }

    private List<Match> pairs(FusionInput window, float[][] projected, int firstRow) throws OrtException {
        int dimension = manifest.dimension();
        int[] firstRows = new int[sources.length];
        int[] next = new int[manifest.slots().size()];
        Arrays.fill(next, firstRow);
        for (int source = 0; source < sources.length; source++) {
            firstRows[source] = next[sources[source]];
            next[sources[source]] += window.vectors().get(source).size();
        }
        List<Match> matches = new ArrayList<>();
        for (int p = 0; p < pairs.size(); p++) {
            SlotPair pair = pairs.get(p);
            SlotPair slots = slots(pair);
            PairCalibration calibration = calibrations.get(p);
            List<float[]> lefts = window.vectors().get(pair.left());
            List<float[]> rights = window.vectors().get(pair.right());
            double[][] cosines = new double[lefts.size()][rights.size()];
            for (int left = 0; left < lefts.size(); left++) {
                for (int right = 0; right < rights.size(); right++) {
                    double cosine = 0;
                    for (int i = 0; i < dimension; i++) {
                        cosine += (double) projected[slots.left()][(firstRows[pair.left()] + left) * dimension + i]
                                * projected[slots.right()][(firstRows[pair.right()] + right) * dimension + i];
                    }
                    cosines[left][right] = Math.max(-1, Math.min(1, HeadRunner.finite(cosine, "a projection")));
                }
            }
            if (reranker != null && reranker.concerns(slots)) {
                reranker.rerank(slots, lefts, rights, cosines);
            }
            for (int left = 0; left < lefts.size(); left++) {
                for (int right = 0; right < rights.size(); right++) {
                    double probability = calibration.probability(cosines[left][right]);
                    matches.add(new Match(
                            p, left, right, cosines[left][right], probability, probability >= calibration.threshold()));
                }
            }
        }
        return matches;
    }

    @Override
    public void close() {
        head.close();
        if (reranker != null) {
            reranker.close();
        }
    }
}
