package io.sensorium.trainer.head;

import java.util.List;

/** Embeddings as a few tokens each, and scaled dot-product attention over them: Vaswani et al., 2017. */
final class Tokens {

    /** Tokens of a slot, and numbers of a token. */
    static final int COUNT = 4;
    static final int WIDTH = 32;

    private Tokens() {}

    static void declare(Parameters parameters, HeadShape shape) {
        for (int slot = 0; slot < shape.size(); slot++) {
            // The bias is the slot's and the token's own, which tells tokens apart as a type embedding does.
            parameters.add(shape.slots().get(slot) + ".tokens.weight", 1 / Math.sqrt(shape.dimensions()[slot]), shape.dimensions()[slot], COUNT * WIDTH);
            parameters.add(shape.slots().get(slot) + ".tokens.bias", 0.1, 1, COUNT * WIDTH);
        }
    }

    /** A slot's tokens, {@code [batch, COUNT, WIDTH]}. */
    static <T> T of(Algebra<T> g, String slot, T embedding) {
        return g.reshape(g.tanh(Fusion.linear(g, slot + ".tokens", embedding)), -1, COUNT, WIDTH);
    }

    static void declareAttention(Parameters parameters, String name) {
        for (String part : List.of(".query", ".key", ".value")) {
            parameters.add(name + part, 1 / Math.sqrt(WIDTH), WIDTH, WIDTH);
        }
    }

    /** Attention weights, {@code [batch, queries, keys]}. @param penalty of the keys, {@code [batch, 1, keys]} */
    static <T> T weights(Algebra<T> g, String name, T queries, T keys, T penalty) {
        T scores = g.matMul(g.matMul(queries, g.weight(name + ".query")), g.transpose(g.matMul(keys, g.weight(name + ".key")), 0, 2, 1));
        return g.softmax(g.add(g.mul(scores, g.constant(new float[] {(float) (1 / Math.sqrt(WIDTH))}, 1)), penalty), 2);
    }

    static <T> T attend(Algebra<T> g, String name, T weights, T keys) {
        return g.matMul(weights, g.matMul(keys, g.weight(name + ".value")));
    }

    /** A slot's penalty once a token, {@code [batch, 1, COUNT]}. */
    static <T> T penalty(Algebra<T> g, T present) {
        T one = g.reshape(Fusion.penalty(g, present), -1, 1, 1);
        return g.add(one, g.constant(new float[COUNT], 1, 1, COUNT));
    }
}
