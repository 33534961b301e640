// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer.head;

import java.util.ArrayList;
import java.util.List;

/**
 * The outer product of all slots, each extended by a one, in low rank: Liu et al., "Efficient Low-rank Multimodal
 * Fusion with Modality-Specific Factors", 2018. An absent slot leaves its one, so the product covers the others.
 */
final class TensorFusion extends Fusion {

    private static final int WIDTH = 24;
    private static final int RANK = 4;
    private static final int FUSED = 24;

    TensorFusion(HeadShape shape) {
        super(shape);
    }

    @Override
    void declare(Parameters parameters) {
        declareShortcut(parameters);
        for (int slot = 0; slot < shape.size(); slot++) {
            String name = shape.slots().get(slot);
            linear(parameters, name + ".projection", 1, shape.pooled(slot), WIDTH);
            parameters.add(name + ".factor.weight", 1 / Math.sqrt(WIDTH), WIDTH, RANK * FUSED);
            float[] ones = new float[RANK * FUSED];
            java.util.Arrays.fill(ones, 1);
            parameters.put(name + ".factor.bias", ones, RANK * FUSED);
        }
        linear(parameters, "output", 0.1, FUSED, shape.classes());
    }

    @Override
    <T> Fused<T> fuse(Algebra<T> g, Inputs<T> in) {
        List<T> slots = in.slots();
        List<T> present = in.present();
        T product = null;
        for (int slot = 0; slot < shape.size(); slot++) {
            String name = shape.slots().get(slot);
            T projected = g.mul(g.tanh(linear(g, name + ".projection", slots.get(slot))), present.get(slot));
            T factor = linear(g, name + ".factor", projected);
            product = product == null ? factor : g.mul(product, factor);
        }
        List<T> ranks = new ArrayList<>();
        for (int rank = 0; rank < RANK; rank++) {
            ranks.add(g.slice(product, 1, rank * FUSED, (rank + 1) * FUSED));
        }
        // The product of all the ones is left out, so that the sum starts near zero.
        T fused = g.sub(sum(g, ranks), g.constant(new float[] {RANK}, 1));
        return new Fused<>(g.add(shortcut(g, slots, present), linear(g, "output", g.dropout(g.tanh(fused), 0.3))));
    }
}
