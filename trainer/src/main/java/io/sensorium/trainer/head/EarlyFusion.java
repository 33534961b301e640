// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer.head;

import java.util.List;

/** Concatenation of the embeddings and the presence of each, then one network. */
final class EarlyFusion extends Fusion {

    private static final int HIDDEN = 64;

    EarlyFusion(HeadShape shape) {
        super(shape);
    }

    @Override
    void declare(Parameters parameters) {
        int width = shape.size();
        for (int slot = 0; slot < shape.size(); slot++) {
            width += shape.pooled(slot);
        }
        linear(parameters, "linear", 0.01, width, shape.classes());
        linear(parameters, "hidden", 1, width, HIDDEN);
        linear(parameters, "output", 0.1, HIDDEN, shape.classes());
    }

    @Override
    <T> Fused<T> fuse(Algebra<T> g, Inputs<T> in) {
        List<T> slots = in.slots();
        List<T> present = in.present();
        T all = g.concat(append(slots, present), 1);
        T hidden = g.dropout(g.tanh(linear(g, "hidden", all)), 0.3);
        return new Fused<>(g.add(linear(g, "linear", all), linear(g, "output", hidden)));
    }
}
