// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.fuse;

import ai.onnxruntime.OrtException;
import io.sensorium.operators.fuse.MatchHead.SlotPair;
import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.pack.ModelManifest.PairCalibration;
import io.sensorium.operators.pack.PackException;
import io.sensorium.operators.pack.PackedModel;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Caption retrieval: the phrases of a bank that match an event best, by a dual encoder's cosine. The bank is projected
 * once. For one thread.
 */
public final class CaptionHead implements AutoCloseable {

    /**
     * One phrase for one event.
     *
     * @param phrase index into the bank
     * @param similarity cosine, in [-1, 1]
     * @param probability calibrated, in [0, 1]
     */
    public record Caption(int phrase, double similarity, double probability) {}

    private final HeadRunner head;
    private final int slots;
    private final int from;
    private final String output;
    private final int dimension;
    private final int top;
    private final PairCalibration calibration;
    private final float[][] bank;

    /**
     * @param from the slot whose events get captions
     * @param phrases the bank's embeddings, by the encoder of the head's slot {@code text}
     * @param textSlot that slot
     * @param top how many phrases an event gets, where the bank has so many
     * @throws PackException when the head has no calibration for the two slots, or fails on the bank
     */
    public CaptionHead(
            PackedModel model, int from, int textSlot, List<float[]> phrases, int top, Device device, int threads) {
        this.calibration = MatchHead.calibration(model.manifest(), new SlotPair(from, textSlot));
        this.slots = model.manifest().slots().size();
        this.from = from;
        this.output = model.manifest().slots().get(from).name() + "_projection";
        this.dimension = model.manifest().dimension();
        this.top = Math.min(top, phrases.size());
        this.head = new HeadRunner(model, device, threads);
        try {
            this.bank = project(
                    phrases, textSlot, model.manifest().slots().get(textSlot).name() + "_projection");
        } catch (OrtException e) {
            head.close();
            throw new PackException(model + " failed on the phrase bank: " + e.getMessage());
        }
    }

    /**
     * Finds captions.
     *
     * @param events embeddings of the slot {@code from}
     * @return for each event, in order, its best phrases, the best first; of equal ones the bank's earlier
     * @throws OrtException when the head fails
     */
    public List<List<Caption>> captions(List<float[]> events) throws OrtException {
        List<List<Caption>> all = new ArrayList<>(events.size());
        for (float[] projected : project(events, from, output)) {
            Caption[] captions = new Caption[bank.length];
            for (int phrase = 0; phrase < bank.length; phrase++) {
                double cosine = 0;
                for (int i = 0; i < dimension; i++) {
                    cosine += (double) projected[i] * bank[phrase][i];
                }
                cosine = Math.max(-1, Math.min(1, HeadRunner.finite(cosine, output)));
                captions[phrase] = new Caption(phrase, cosine, calibration.probability(cosine));
            }
            Arrays.sort(
                    captions, Comparator.comparingDouble(Caption::similarity).reversed());
            all.add(List.of(captions).subList(0, top));
        }
        return all;
    }

    private float[][] project(List<float[]> vectors, int slot, String name) throws OrtException {
        float[][] projected = new float[vectors.size()][dimension];
        for (int start = 0; start < vectors.size(); start += HeadRunner.MAX_RUN) {
            List<float[][]> rows = new ArrayList<>();
            for (float[] vector : vectors.subList(start, Math.min(vectors.size(), start + HeadRunner.MAX_RUN))) {
                float[][] row = new float[slots][];
                row[slot] = vector;
                rows.add(row);
            }
            FloatBuffer values = head.run(rows).get(name);
            for (int row = 0; row < rows.size(); row++) {
                values.get(row * dimension, projected[start + row]);
            }
        }
        return projected;
    }

    @Override
    public void close() {
        head.close();
    }
}
