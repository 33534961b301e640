// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer.head;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.BiFunction;

/**
 * Masked modelling, a stage before the single-stream head itself is trained: some of a row's parts (text tokens, image
 * regions, audio frames) are hidden, and the transformer must infer from the others which of the batch's hidden parts
 * belongs to a place. After the masked region modelling of Chen et al., UNITER, 2020, with the contrastive objective of
 * van den Oord et al., 2018, since the parts are vectors, not words. For one thread.
 */
public final class MaskedModelling {

    private static final double MASKED = 0.15;
    private static final int BATCH = 32;
    private static final float SCALE = 10;

    /** Maximum number of hidden parts in one step: each is compared with all others. */
    private static final int MOST = 128;

    private final HeadShape shape;
    private final Parameters parameters;
    private final Random random;
    private final BiFunction<Integer, float[], List<float[]>> standardized;

    MaskedModelling(
            HeadShape shape,
            Parameters parameters,
            Random random,
            BiFunction<Integer, float[], List<float[]>> standardized) {
        if (!shape.hasParts()) {
            throw new IllegalArgumentException(
                    "masked modelling hides tokens, regions or frames, and none of the slots " + shape.slots()
                            + " has any");
        }
        this.shape = shape;
        this.parameters = parameters;
        this.random = random;
        this.standardized = standardized;
    }

    /**
     * Trains the transformer's tokens and attention.
     *
     * @param rows by slot a vector, null where absent
     * @return by epoch the mean loss
     */
    public List<Double> fit(List<float[][]> rows, int epochs, float rate, float decay, PrintStream progress) {
        for (int slot = 0; slot < shape.size(); slot++) {
            if (shape.parts().get(slot) != null) {
                int width = shape.parts().get(slot).width();
                parameters.add("mask." + shape.slots().get(slot), 0.1, 1, 1, width);
                Fusion.linear(parameters, "guess." + shape.slots().get(slot), 1, Tokens.WIDTH, width);
            }
        }
        List<float[][]> shuffled = new ArrayList<>(rows);
        List<Double> curve = new ArrayList<>();
        for (int epoch = 0; epoch < epochs; epoch++) {
            Collections.shuffle(shuffled, random);
            double total = 0;
            int batches = 0;
            for (int from = 0; from + BATCH <= shuffled.size(); from += BATCH) {
                List<float[][]> batch = shuffled.subList(from, from + BATCH);
                total += parameters.descend(rate, decay, manager -> loss(manager, batch));
                batches++;
            }
            curve.add(total / batches);
            progress.printf("masked modelling, epoch %2d: loss %.4f%n", epoch, total / batches);
        }
        return curve;
    }

    private NDArray loss(NDManager manager, List<float[][]> rows) {
        TrainingAlgebra g = new TrainingAlgebra(manager, parameters, random);
        List<NDArray> keys = new ArrayList<>();
        List<NDArray> penalties = new ArrayList<>();
        List<float[]> choice = new ArrayList<>();
        List<NDArray> originals = new ArrayList<>();
        for (int slot = 0; slot < shape.size(); slot++) {
            if (shape.parts().get(slot) == null) {
                continue;
            }
            int count = shape.parts().get(slot).count();
            int width = shape.parts().get(slot).width();
            float[] values = new float[rows.size() * count * width];
            float[] filled = new float[rows.size() * count];
            float[] hidden = new float[rows.size() * count];
            List<Integer> places = new ArrayList<>();
            for (int row = 0; row < rows.size(); row++) {
                List<float[]> parts = rows.get(row)[slot] == null
                        ? Collections.nCopies(count, null)
                        : standardized.apply(slot, rows.get(row)[slot]);
                for (int place = 0; place < count; place++) {
                    if (parts.get(place) != null) {
                        int at = row * count + place;
                        System.arraycopy(parts.get(place), 0, values, at * width, width);
                        filled[at] = 1;
                        if (random.nextDouble() < MASKED && places.size() < MOST) {
                            hidden[at] = 1;
                            places.add(at);
                        }
                    }
                }
            }
            NDArray all = g.constant(values, (long) rows.size() * count, width);
            float[] pick = new float[places.size() * rows.size() * count];
            for (int i = 0; i < places.size(); i++) {
                pick[i * rows.size() * count + places.get(i)] = 1;
            }
            choice.add(pick);
            originals.add(
                    places.isEmpty()
                            ? null
                            : g.matMul(g.constant(pick, places.size(), (long) rows.size() * count), all));
            NDArray masks = g.constant(hidden, rows.size(), count, 1);
            NDArray open = g.reshape(all, rows.size(), count, width);
            NDArray seen = g.add(
                    g.sub(open, g.mul(open, masks)),
                    g.mul(masks, g.weight("mask." + shape.slots().get(slot))));
            keys.add(Tokens.parts(g, shape.slots().get(slot), seen));
            penalties.add(g.reshape(Fusion.penalty(g, g.constant(filled, rows.size(), count)), rows.size(), 1, count));
        }
        NDArray tokens = SingleStreamFusion.among(g, g.concat(keys, 1), g.concat(penalties, 2));
        NDArray loss = null;
        int from = 0;
        int used = 0;
        for (int slot = 0; slot < shape.size(); slot++) {
            if (shape.parts().get(slot) == null) {
                continue;
            }
            int count = shape.parts().get(slot).count();
            NDArray original = originals.get(used);
            if (original != null) {
                NDArray own =
                        g.reshape(g.slice(tokens, 1, from, from + count), (long) rows.size() * count, Tokens.WIDTH);
                long places = original.getShape().get(0);
                NDArray read = g.matMul(g.constant(choice.get(used), places, (long) rows.size() * count), own);
                NDArray guess = Fusion.linear(g, "guess." + shape.slots().get(slot), read);
                NDArray part = ContrastiveLoss.maskedModelling(
                        unit(guess), unit(original), g.constant(new float[] {SCALE}, 1));
                loss = loss == null ? part : loss.add(part);
            }
            from += count;
            used++;
        }
        if (loss == null) {
            throw new IllegalArgumentException(
                    "a batch in which no part is filled; masked modelling needs rows with tokens, regions or frames");
        }
        return loss;
    }

    private static NDArray unit(NDArray rows) {
        return rows.div(rows.square().sum(new int[] {1}, true).add(1e-6f).sqrt());
    }
}
