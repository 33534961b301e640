// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.fuse;

import ai.onnxruntime.OrtException;
import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.pack.ModelManifest;
import io.sensorium.operators.pack.PackedModel;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Runs a sentiment head over batches of windows. Several embeddings of a slot are averaged first, in order, in double.
 * The scores without each source and of each source alone are computed in the same batch, as further rows. A source is
 * a slot of the head, or one of several modalities that feed a slot together. For one thread.
 */
public final class SentimentHead implements AutoCloseable {

    /** The fusions that heads of the bundled packs and of the trainer have. */
    public static final List<String> FUSIONS = List.of(
            "early",
            "late-concat",
            "late-sum",
            "late-product",
            "late-attention",
            "hierarchical",
            "tensor",
            "attention",
            "single-stream");

    private final ModelManifest manifest;
    private final HeadRunner head;

    /** The slot of each source. */
    private final int[] sources;

    /** By slot its sources, as bits. */
    private final long[] bySlot;

    /** With a source for each slot of the head. */
    public SentimentHead(PackedModel model, Device device, int threads) {
        this(model, IntStream.range(0, model.manifest().slots().size()).toArray(), device, threads);
    }

    /**
     * @param sources the slot of each source, at most 64; what {@link #score} takes and
     *     {@link SentimentScore#contributions} are by source
     */
    public SentimentHead(PackedModel model, int[] sources, Device device, int threads) {
        manifest = model.manifest();
        this.sources = sources.clone();
        bySlot = new long[manifest.slots().size()];
        for (int source = 0; source < sources.length; source++) {
            bySlot[sources[source]] |= 1L << source;
        }
        head = new HeadRunner(model, device, threads);
    }

    public ModelManifest manifest() {
        return manifest;
    }

    /**
     * Scores windows.
     *
     * @param windows each with at least one source present
     * @return one score a window, in order
     * @throws OrtException when the head fails, or gives a number that is not finite
     */
    public List<SentimentScore> score(List<FusionInput> windows) throws OrtException {
        List<SentimentScore> scores = new ArrayList<>(windows.size());
        List<float[][]> rows = new ArrayList<>();
        List<float[]> pasts = new ArrayList<>();
        List<int[]> plans = new ArrayList<>();
        for (int i = 0; i < windows.size(); i++) {
            FusionInput window = windows.get(i);
            float[][] full = new float[bySlot.length][];
            Arrays.setAll(full, slot -> window.mean(bySlot[slot]));
            int present = (int) window.vectors().stream()
                    .filter(vectors -> !vectors.isEmpty())
                    .count();
            if (present == 0) {
                throw new IllegalArgumentException("a window needs at least one of the head's slots");
            }
            plans.add(new int[] {rows.size(), present});
            addRows(window, full, present, rows);
            pasts.addAll(Collections.nCopies(rows.size() - pasts.size(), window.past()));
            if (rows.size() >= HeadRunner.MAX_RUN || i == windows.size() - 1) {
                Map<String, FloatBuffer> outputs = head.run(rows, pasts);
                int first = scores.size();
                for (int w = 0; w < plans.size(); w++) {
                    scores.add(assemble(outputs, plans.get(w), windows.get(first + w)));
                }
                rows.clear();
                pasts.clear();
                plans.clear();
            }
        }
        return scores;
    }

    /**
     * The full row; then, for two sources and more, one row without each; then, for three and more, one with each
     * alone.
     */
    private void addRows(FusionInput window, float[][] full, int present, List<float[][]> rows) {
        rows.add(full);
        for (int pass = 0; pass < 2 && present > pass + 1; pass++) {
            for (int source = 0; source < sources.length; source++) {
                if (window.has(source)) {
                    int slot = sources[source];
                    float[][] row = pass == 0 ? full.clone() : new float[full.length][];
                    long kept = pass == 0 ? bySlot[slot] & ~(1L << source) : 1L << source;
                    row[slot] = kept == bySlot[slot] ? full[slot] : window.mean(kept);
                    rows.add(row);
                }
            }
        }
    }

    private SentimentScore assemble(Map<String, FloatBuffer> outputs, int[] plan, FusionInput window)
            throws OrtException {
        FloatBuffer probabilities = outputs.get("probabilities");
        int row = plan[0];
        int present = plan[1];
        double score = scoreOf(probabilities, row);
        double[] contributions = new double[sources.length];
        Arrays.fill(contributions, Double.NaN);
        double lowest = 1;
        double highest = -1;
        int k = 0;
        for (int source = 0; source < contributions.length; source++) {
            if (window.has(source)) {
                contributions[source] = present == 1 ? score : score - scoreOf(probabilities, row + 1 + k);
                // Of two sources, one alone is the row without the other.
                int alone = present == 1 ? row : present == 2 ? row + 2 - k : row + 1 + present + k;
                lowest = Math.min(lowest, scoreOf(probabilities, alone));
                highest = Math.max(highest, scoreOf(probabilities, alone));
                k++;
            }
        }
        double agreement = present == 1 ? 1 : 1 - (highest - lowest) / 2;
        HeadRunner.finite(probabilities.get(3 * row + 1), "probabilities");
        return new SentimentScore(
                probabilities.get(3 * row),
                probabilities.get(3 * row + 1),
                probabilities.get(3 * row + 2),
                contributions,
                agreement,
                head.row(outputs, "attention", row),
                head.row(outputs, "fused", row));
    }

    private static double scoreOf(FloatBuffer probabilities, int row) throws OrtException {
        return HeadRunner.finite((double) probabilities.get(3 * row + 2) - probabilities.get(3 * row), "probabilities");
    }

    @Override
    public void close() {
        head.close();
    }
}
