// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer.head;

import java.util.ArrayList;
import java.util.List;

/**
 * First every pair of slots, by a layer over both and their product, then all pairs and slots together: Majumder et
 * al., 2018.
 */
final class HierarchicalFusion extends Fusion {

    private static final int WIDTH = 32;
    private static final int TOP = 48;

    HierarchicalFusion(HeadShape shape) {
        super(shape);
    }

    private int pairs() {
        return shape.size() * (shape.size() - 1) / 2;
    }

    @Override
    void declare(Parameters parameters) {
        declareShortcut(parameters);
        for (int slot = 0; slot < shape.size(); slot++) {
            linear(parameters, shape.slots().get(slot) + ".projection", 1, shape.pooled(slot), WIDTH);
            for (int other = slot + 1; other < shape.size(); other++) {
                linear(parameters, pair(slot, other), 1, 3 * WIDTH, WIDTH);
            }
        }
        linear(parameters, "top", 1, (shape.size() + pairs()) * WIDTH, TOP);
        linear(parameters, "output", 0.1, TOP, shape.classes());
    }

    private String pair(int slot, int other) {
        return shape.slots().get(slot) + "+" + shape.slots().get(other);
    }

    @Override
    <T> Fused<T> fuse(Algebra<T> g, Inputs<T> in) {
        List<T> slots = in.slots();
        List<T> present = in.present();
        List<T> low = new ArrayList<>();
        for (int slot = 0; slot < shape.size(); slot++) {
            low.add(g.mul(
                    g.tanh(linear(g, shape.slots().get(slot) + ".projection", slots.get(slot))), present.get(slot)));
        }
        List<T> all = new ArrayList<>(low);
        for (int slot = 0; slot < shape.size(); slot++) {
            for (int other = slot + 1; other < shape.size(); other++) {
                T both = g.concat(List.of(low.get(slot), low.get(other), g.mul(low.get(slot), low.get(other))), 1);
                all.add(g.mul(
                        g.tanh(linear(g, pair(slot, other), both)), g.mul(present.get(slot), present.get(other))));
            }
        }
        T top = g.dropout(g.tanh(linear(g, "top", g.concat(all, 1))), 0.3);
        return new Fused<>(g.add(shortcut(g, slots, present), linear(g, "output", top)));
    }
}
