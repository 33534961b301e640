// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer.head;

import java.util.ArrayList;
import java.util.List;

/**
 * Two streams and more: each slot's tokens attend to those of all others, then a layer over the streams. After Lu et
 * al., ViLBERT, 2019.
 */
final class CoAttentionFusion extends Fusion {

    CoAttentionFusion(HeadShape shape) {
        super(shape);
    }

    @Override
    void declare(Parameters parameters) {
        declareShortcut(parameters);
        Tokens.declare(parameters, shape);
        shape.slots().forEach(slot -> Tokens.declareAttention(parameters, slot + ".attention"));
        linear(parameters, "output", 0.1, shape.size() * Tokens.WIDTH, shape.classes());
    }

    @Override
    <T> Fused<T> fuse(Algebra<T> g, Inputs<T> in) {
        List<T> present = in.present();
        List<T> tokens = new ArrayList<>();
        List<T> penalties = new ArrayList<>();
        for (int slot = 0; slot < shape.size(); slot++) {
            tokens.add(Tokens.of(g, shape, slot, in));
            penalties.add(Tokens.penalty(g, shape, slot, in));
        }
        List<T> streams = new ArrayList<>();
        List<T> received = new ArrayList<>();
        for (int slot = 0; slot < shape.size(); slot++) {
            List<T> keys = without(tokens, slot);
            T stream = tokens.get(slot);
            if (!keys.isEmpty()) {
                String name = shape.slots().get(slot) + ".attention";
                T all = g.concat(keys, 1);
                // With no other slot present the weights mean nothing.
                T any = g.reshape(g.clip(sum(g, without(present, slot)), 0, 1), -1, 1, 1);
                T weights = Tokens.weights(g, name, stream, all, g.concat(without(penalties, slot), 2));
                stream = g.add(stream, g.mul(Tokens.attend(g, name, weights, all), any));
                if (shape.hasParts()) {
                    received.add(received(g, weights, slot, in, g.reshape(any, -1, 1)));
                }
            }
            T there = shape.parts().get(slot) == null
                    ? stream
                    : g.mul(stream, g.reshape(share(g, in, slot), -1, Tokens.count(shape, slot), 1));
            T pooled = g.reshape(g.sum(there, 1), -1, Tokens.WIDTH);
            streams.add(g.mul(g.tanh(pooled), present.get(slot)));
        }
        T logits = g.add(shortcut(g, in.slots(), present), linear(g, "output", g.dropout(g.concat(streams, 1), 0.3)));
        return new Fused<>(logits, List.of(), List.of(), received.isEmpty() ? null : attention(g, received));
    }

    private static <T> List<T> without(List<T> all, int slot) {
        List<T> others = new ArrayList<>(all);
        others.remove(slot);
        return others;
    }

    /**
     * Each token's share of its stream: of a slot with parts the whole and its filled places count alike.
     * {@code [batch, count]}
     */
    private <T> T share(Algebra<T> g, Inputs<T> in, int slot) {
        T there = g.concat(List.of(in.present().get(slot), in.filled().get(slot)), 1);
        return g.div(
                g.mul(there, g.constant(new float[] {Tokens.COUNT}, 1)),
                g.add(g.sum(there, 1), g.constant(new float[] {1e-6f}, 1)));
    }

    /**
     * What the other slots' tokens get from one stream's queries, on the places of all tokens, {@code [batch, tokens]};
     * zeros where the stream is absent or alone.
     */
    private <T> T received(Algebra<T> g, T weights, int slot, Inputs<T> in, T any) {
        T present = in.present().get(slot);
        int others = 0;
        int before = 0;
        for (int other = 0; other < shape.size(); other++) {
            others += other == slot ? 0 : Tokens.count(shape, other);
            before += other < slot ? Tokens.count(shape, other) : 0;
        }
        T queried = shape.parts().get(slot) == null
                ? weights
                : g.mul(
                        weights,
                        g.reshape(
                                g.concat(List.of(present, in.filled().get(slot)), 1),
                                -1,
                                Tokens.count(shape, slot),
                                1));
        T total = g.mul(g.mul(g.reshape(g.sum(queried, 1), -1, others), present), any);
        T own = g.mul(g.constant(new float[Tokens.count(shape, slot)], 1, Tokens.count(shape, slot)), present);
        List<T> places = new ArrayList<>();
        if (before > 0) {
            places.add(g.slice(total, 1, 0, before));
        }
        places.add(own);
        if (before < others) {
            places.add(g.slice(total, 1, before, others));
        }
        return g.concat(places, 1);
    }

    /** The streams' attention together, {@code [batch, positions]}; zeros where one slot is there alone. */
    private <T> T attention(Algebra<T> g, List<T> received) {
        T total = sum(g, received);
        return Tokens.positions(g, shape, g.div(total, g.add(g.sum(total, 1), g.constant(new float[] {1e-9f}, 1))));
    }
}
