package io.sensorium.trainer.head;

import java.util.ArrayList;
import java.util.List;

/** Two streams and more: each slot's tokens attend to those of all others, then a layer over the streams. After Lu et al., ViLBERT, 2019. */
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
    <T> Fused<T> fuse(Algebra<T> g, List<T> slots, List<T> present) {
        List<T> tokens = new ArrayList<>();
        for (int slot = 0; slot < shape.size(); slot++) {
            tokens.add(Tokens.of(g, shape.slots().get(slot), slots.get(slot)));
        }
        List<T> streams = new ArrayList<>();
        for (int slot = 0; slot < shape.size(); slot++) {
            List<T> keys = new ArrayList<>(tokens);
            List<T> others = new ArrayList<>(present);
            keys.remove(slot);
            others.remove(slot);
            T stream = tokens.get(slot);
            if (!keys.isEmpty()) {
                String name = shape.slots().get(slot) + ".attention";
                T penalties = g.concat(others.stream().map(other -> Tokens.penalty(g, other)).toList(), 2);
                T all = g.concat(keys, 1);
                // With no other slot present the weights mean nothing.
                T any = g.reshape(g.clip(sum(g, others), 0, 1), -1, 1, 1);
                stream = g.add(stream, g.mul(Tokens.attend(g, name, Tokens.weights(g, name, stream, all, penalties), all), any));
            }
            T pooled = g.reshape(g.sum(stream, 1), -1, Tokens.WIDTH);
            streams.add(g.mul(g.tanh(pooled), present.get(slot)));
        }
        return new Fused<>(g.add(shortcut(g, slots, present), linear(g, "output", g.dropout(g.concat(streams, 1), 0.3))));
    }
}
