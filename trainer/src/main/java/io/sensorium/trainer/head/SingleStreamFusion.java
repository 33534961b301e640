// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer.head;

import java.util.ArrayList;
import java.util.List;

/**
 * One transformer over the tokens of all slots and a class token: after Chen et al., UNITER, 2020. Where slots have
 * parts, all tokens attend to all before the class token reads them; learned tokens it reads at once.
 */
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
        if (shape.hasParts()) {
            Tokens.declareAttention(parameters, "among");
            linear(parameters, "among.inner", 1, Tokens.WIDTH, INNER);
            linear(parameters, "among.outer", 1, INNER, Tokens.WIDTH);
        }
        Tokens.declareAttention(parameters, "attention");
        linear(parameters, "inner", 1, Tokens.WIDTH, INNER);
        linear(parameters, "outer", 1, INNER, Tokens.WIDTH);
        linear(parameters, "output", 0.1, Tokens.WIDTH, shape.classes());
    }

    @Override
    <T> Fused<T> fuse(Algebra<T> g, Inputs<T> in) {
        List<T> keys = new ArrayList<>();
        List<T> penalties = new ArrayList<>();
        for (int slot = 0; slot < shape.size(); slot++) {
            keys.add(Tokens.of(g, shape, slot, in));
            penalties.add(Tokens.penalty(g, shape, slot, in));
        }
        // The class token, once a row: shaped like the first slot's tokens.
        T classToken = g.add(g.mul(g.slice(keys.get(0), 1, 0, 1), g.constant(new float[] {0}, 1)), g.weight("class"));
        keys.add(0, classToken);
        penalties.add(0, g.mul(g.reshape(in.present().get(0), -1, 1, 1), g.constant(new float[] {0}, 1)));
        T all = g.concat(keys, 1);
        T penalty = g.concat(penalties, 2);
        if (shape.hasParts()) {
            all = among(g, all, penalty);
            classToken = g.slice(all, 1, 0, 1);
        }
        T weights = Tokens.weights(g, "attention", classToken, all, penalty);
        T read = Tokens.normalized(
                g, g.reshape(g.add(classToken, Tokens.attend(g, "attention", weights, all)), -1, Tokens.WIDTH), 1);
        T fused = Tokens.normalized(g, g.add(read, linear(g, "outer", g.relu(linear(g, "inner", read)))), 1);
        T logits = g.add(shortcut(g, in.slots(), in.present()), linear(g, "output", g.dropout(fused, 0.3)));
        return new Fused<>(logits, List.of(), List.of(), shape.hasParts() ? attention(g, weights) : null);
    }

    /**
     * All tokens attend to all, {@code [batch, tokens, WIDTH]}.
     *
     * @param penalty {@code [batch, 1, tokens]}
     */
    static <T> T among(Algebra<T> g, T all, T penalty) {
        T read = Tokens.normalized(
                g, g.add(all, Tokens.attend(g, "among", Tokens.weights(g, "among", all, all, penalty), all)), 2);
        return Tokens.normalized(g, g.add(read, linear(g, "among.outer", g.relu(linear(g, "among.inner", read)))), 2);
    }

    /** What the class token read, its own share left out, {@code [batch, positions]}. */
    private <T> T attention(Algebra<T> g, T weights) {
        int tokens = 1;
        for (int slot = 0; slot < shape.size(); slot++) {
            tokens += Tokens.count(shape, slot);
        }
        T others = g.slice(g.reshape(weights, -1, tokens), 1, 1, tokens);
        return Tokens.positions(g, shape, g.div(others, g.add(g.sum(others, 1), g.constant(new float[] {1e-9f}, 1))));
    }
}
