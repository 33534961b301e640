// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer.head;

import io.sensorium.operators.pack.ModelManifest.Parts;
import io.sensorium.trainer.head.Fusion.Inputs;
import java.util.ArrayList;
import java.util.List;

/**
 * Slots as tokens, and scaled dot-product attention over them: Vaswani et al., 2017. A slot with parts gives one token
 * for the whole and one a part, each with a type and a place of its own; one without gives a few tokens that are
 * learned.
 */
final class Tokens {

    /** Tokens of a slot without parts, and numbers of a token. */
    static final int COUNT = 4;

    static final int WIDTH = 32;

    private Tokens() {}

    /** Tokens of a slot. */
    static int count(HeadShape shape, int slot) {
        Parts parts = shape.parts().get(slot);
        return parts == null ? COUNT : 1 + parts.count();
    }

    static void declare(Parameters parameters, HeadShape shape) {
        for (int slot = 0; slot < shape.size(); slot++) {
            String name = shape.slots().get(slot);
            Parts parts = shape.parts().get(slot);
            int tokens = parts == null ? COUNT : 1;
            // The bias is the slot's and the token's own, which distinguishes tokens as a type embedding does.
            parameters.add(
                    name + ".tokens.weight",
                    1 / Math.sqrt(shape.pooled(slot)),
                    shape.pooled(slot),
                    (long) tokens * WIDTH);
            parameters.add(name + ".tokens.bias", 0.1, 1, (long) tokens * WIDTH);
            if (parts != null) {
                parameters.add(name + ".parts.weight", 1 / Math.sqrt(parts.width()), parts.width(), WIDTH);
                parameters.add(name + ".parts.place", 0.1, 1, parts.count(), WIDTH);
            }
        }
    }

    /** A slot's tokens, {@code [batch, count, WIDTH]}. */
    static <T> T of(Algebra<T> g, HeadShape shape, int slot, Inputs<T> in) {
        String name = shape.slots().get(slot);
        T whole = g.reshape(
                g.tanh(Fusion.linear(g, name + ".tokens", in.slots().get(slot))),
                -1,
                shape.parts().get(slot) == null ? COUNT : 1,
                WIDTH);
        return shape.parts().get(slot) == null
                ? whole
                : g.concat(List.of(whole, parts(g, name, in.parts().get(slot))), 1);
    }

    /** A slot's parts as tokens, {@code [batch, count, WIDTH]}. */
    static <T> T parts(Algebra<T> g, String slot, T parts) {
        return g.tanh(g.add(g.matMul(parts, g.weight(slot + ".parts.weight")), g.weight(slot + ".parts.place")));
    }

    static void declareAttention(Parameters parameters, String name) {
        for (String part : List.of(".query", ".key", ".value")) {
            parameters.add(name + part, 1 / Math.sqrt(WIDTH), WIDTH, WIDTH);
        }
    }

    /**
     * Attention weights, {@code [batch, queries, keys]}.
     *
     * @param penalty of the keys, {@code [batch, 1, keys]}
     */
    static <T> T weights(Algebra<T> g, String name, T queries, T keys, T penalty) {
        T scores = g.matMul(
                g.matMul(queries, g.weight(name + ".query")),
                g.transpose(g.matMul(keys, g.weight(name + ".key")), 0, 2, 1));
        return g.softmax(g.add(g.mul(scores, g.constant(new float[] {(float) (1 / Math.sqrt(WIDTH))}, 1)), penalty), 2);
    }

    static <T> T attend(Algebra<T> g, String name, T weights, T keys) {
        return g.matMul(weights, g.matMul(keys, g.weight(name + ".value")));
    }

    /**
     * Layer normalization of the last axis, without weights: Ba et al., 2016.
     *
     * @param axis the last
     */
    static <T> T normalized(Algebra<T> g, T x, int axis) {
        T share = g.constant(new float[] {1f / WIDTH}, 1);
        T centred = g.sub(x, g.mul(g.sum(x, axis), share));
        T variance = g.mul(g.sum(g.mul(centred, centred), axis), share);
        return g.div(centred, g.sqrt(g.add(variance, g.constant(new float[] {1e-5f}, 1))));
    }

    /** 0 for each token that is there and {@link Fusion#ABSENT} for the others, {@code [batch, 1, count]}. */
    static <T> T penalty(Algebra<T> g, HeadShape shape, int slot, Inputs<T> in) {
        T one = g.reshape(Fusion.penalty(g, in.present().get(slot)), -1, 1, 1);
        if (shape.parts().get(slot) == null) {
            return g.add(one, g.constant(new float[COUNT], 1, 1, COUNT));
        }
        return g.concat(
                List.of(
                        one,
                        g.reshape(
                                Fusion.penalty(g, in.filled().get(slot)),
                                -1,
                                1,
                                shape.parts().get(slot).count())),
                2);
    }

    /**
     * Weights of tokens as weights of positions: those of a slot without parts are summed.
     *
     * @param weights of each slot in the order given, {@code [batch, tokens]}
     * @return {@code [batch, positions]}
     */
    static <T> T positions(Algebra<T> g, HeadShape shape, T weights) {
        List<T> positions = new ArrayList<>();
        int from = 0;
        for (int slot = 0; slot < shape.size(); slot++) {
            T own = g.slice(weights, 1, from, from + count(shape, slot));
            positions.add(shape.parts().get(slot) == null ? g.sum(own, 1) : own);
            from += count(shape, slot);
        }
        return g.concat(positions, 1);
    }
}
