// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer.head;

import io.sensorium.trainer.head.Fusion.Inputs;
import java.util.List;

/**
 * Lets a head read the subject's earlier fused vectors, so that a conversation or clip is read as one: each is a token,
 * to which the present one attends (after Poria et al., "Context-Dependent Sentiment Analysis in User-Generated
 * Videos", 2017, here past only). A fused vector does not depend on the context itself, so that any of them is known
 * from its own window alone.
 */
final class ContextReader {

    private static final int HIDDEN = 13;

    private final HeadShape shape;

    ContextReader(HeadShape shape) {
        this.shape = shape;
    }

    /** Numbers of a fused vector: the probabilities, and a projection of the slots. */
    static int width(HeadShape shape) {
        return shape.classes() + HIDDEN;
    }

    void declare(Parameters parameters) {
        int pooled = 0;
        for (int slot = 0; slot < shape.size(); slot++) {
            pooled += shape.pooled(slot);
        }
        int width = width(shape);
        Fusion.linear(parameters, "context.vector", 1, pooled, HIDDEN);
        parameters.add("context.query", 1 / Math.sqrt(shape.classes()), shape.classes(), width);
        // What makes the newest ones weigh more, or not: a number a place.
        parameters.put("context.place", new float[shape.context()], 1, 1, shape.context());
        Fusion.linear(parameters, "context.output", 0.1, width, shape.classes());
    }

    /**
     * A row's fused vector, {@code [batch, width]}.
     *
     * @param logits of the fusion itself
     */
    <T> T vector(Algebra<T> g, Inputs<T> in, T logits) {
        T projected = g.tanh(Fusion.linear(g, "context.vector", g.concat(in.slots(), 1)));
        return g.concat(List.of(g.softmax(logits, 1), projected), 1);
    }

    /**
     * Logits that take the context into account.
     *
     * @param past {@code [batch, windows * width]}, zeros where there is none
     */
    <T> T read(Algebra<T> g, T logits, T past) {
        int width = width(shape);
        T tokens = g.reshape(past, -1, shape.context(), width);
        T known = g.clip(g.mul(g.sum(g.mul(tokens, tokens), 2), g.constant(new float[] {1e9f}, 1)), 0, 1);
        T places = g.transpose(known, 0, 2, 1);
        T query = g.reshape(g.matMul(g.softmax(logits, 1), g.weight("context.query")), -1, 1, width);
        T scores = g.add(g.matMul(query, g.transpose(tokens, 0, 2, 1)), g.weight("context.place"));
        T weights = g.softmax(g.add(scores, Fusion.penalty(g, places)), 2);
        T read = g.reshape(g.matMul(weights, tokens), -1, width);
        // Without a past nothing is added, not even the bias.
        T any = g.clip(g.reshape(g.sum(places, 2), -1, 1), 0, 1);
        return g.add(logits, g.mul(Fusion.linear(g, "context.output", g.dropout(read, 0.3)), any));
    }
}
