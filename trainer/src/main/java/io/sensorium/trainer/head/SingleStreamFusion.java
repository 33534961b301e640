package io.sensorium.trainer.head;

import java.util.ArrayList;
import java.util.List;

/** One transformer layer over the tokens of all slots and a class token: after Chen et al., UNITER, 2020. */
final class SingleStreamFusion extends Fusion {

    private static final int INNER = 64;

    SingleStreamFusion(HeadShape shape) {
        super(shape);
    }

    @Override
    void declare(Parameters parameters) {
        declareShortcut(parameters);
        Tokens.declare(parameters, shape);
        parameters.add("class", 0.5, 1, 1, Tokens.WIDTH);
        Tokens.declareAttention(parameters, "attention");
        linear(parameters, "inner", 1, Tokens.WIDTH, INNER);
        linear(parameters, "outer", 1, INNER, Tokens.WIDTH);
        linear(parameters, "output", 0.1, Tokens.WIDTH, shape.classes());
    }

    @Override
    <T> Fused<T> fuse(Algebra<T> g, List<T> slots, List<T> present) {
        List<T> keys = new ArrayList<>();
        List<T> penalties = new ArrayList<>();
        // The class token, once a row: shaped like the first slot's tokens.
        T first = Tokens.of(g, shape.slots().get(0), slots.get(0));
        T classToken = g.add(g.mul(g.slice(first, 1, 0, 1), g.constant(new float[] {0}, 1)), g.weight("class"));
        keys.add(classToken);
        penalties.add(g.mul(g.reshape(present.get(0), -1, 1, 1), g.constant(new float[] {0}, 1)));
        for (int slot = 0; slot < shape.size(); slot++) {
            keys.add(slot == 0 ? first : Tokens.of(g, shape.slots().get(slot), slots.get(slot)));
            penalties.add(Tokens.penalty(g, present.get(slot)));
        }
        T all = g.concat(keys, 1);
        T weights = Tokens.weights(g, "attention", classToken, all, g.concat(penalties, 2));
        T read = normalized(g, g.reshape(g.add(classToken, Tokens.attend(g, "attention", weights, all)), -1, Tokens.WIDTH));
        T fused = normalized(g, g.add(read, linear(g, "outer", g.relu(linear(g, "inner", read)))));
        return new Fused<>(g.add(shortcut(g, slots, present), linear(g, "output", g.dropout(fused, 0.3))));
    }

    /** Layer normalization without weights: Ba et al., 2016. */
    private static <T> T normalized(Algebra<T> g, T x) {
        T share = g.constant(new float[] {1f / Tokens.WIDTH}, 1);
        T centred = g.sub(x, g.mul(g.sum(x, 1), share));
        T variance = g.mul(g.sum(g.mul(centred, centred), 1), share);
        return g.div(centred, g.sqrt(g.add(variance, g.constant(new float[] {1e-5f}, 1))));
    }
}
