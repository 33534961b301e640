// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer.head;

import io.sensorium.operators.fuse.SentimentHead;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A way to fuse one embedding a slot into class logits. Every fusion works on any subset of slots: absent ones come in
 * as zeros with presence 0, and must not count. Stateless: its weights are in {@link Parameters}.
 */
abstract class Fusion {

    /** Added to the energies and attention scores of what is absent. */
    static final float ABSENT = -1e9f;

    private static final int HIDDEN = 48;

    final HeadShape shape;

    Fusion(HeadShape shape) {
        this.shape = shape;
    }

    /**
     * What a fusion gives.
     *
     * @param logits {@code [batch, classes]}
     * @param experts a slot's own logits, by slot; empty where the fusion has none. Trained on the label too
     * @param energies a slot's log-odds of being right, {@code [batch, 1]}, by slot; empty where there are none
     * @param attention where the shape has parts and the fusion attends, {@code [batch, positions]}, summing to 1; else
     *     null
     */
    record Fused<T>(T logits, List<T> experts, List<T> energies, T attention) {
        Fused(T logits) {
            this(logits, List.of(), List.of(), null);
        }

        Fused(T logits, List<T> experts, List<T> energies) {
            this(logits, experts, energies, null);
        }
    }

    /**
     * What a fusion reads.
     *
     * @param slots by slot the standardized embedding without its parts, {@code [batch, pooled]}, zeros where absent
     * @param present by slot 1 or 0, {@code [batch, 1]}
     * @param parts by slot the standardized parts, {@code [batch, count, width]}, zeros in empty places; null where it
     *     has none
     * @param filled by slot 1 for a place that holds a part, else 0, {@code [batch, count]}; null where it has none
     */
    record Inputs<T>(List<T> slots, List<T> present, List<T> parts, List<T> filled) {}

    /** Adds the weights. */
    abstract void declare(Parameters parameters);

    /** The head itself. */
    abstract <T> Fused<T> fuse(Algebra<T> g, Inputs<T> in);

    static Fusion of(String name, HeadShape shape) {
        return switch (name) {
            case "early" -> new EarlyFusion(shape);
            case "late-concat" -> new LateFusion(shape, LateFusion.Rule.CONCAT);
            case "late-sum" -> new LateFusion(shape, LateFusion.Rule.SUM);
            case "late-product" -> new LateFusion(shape, LateFusion.Rule.PRODUCT);
            case "late-attention" -> new LateFusion(shape, LateFusion.Rule.ATTENTION);
            case "hierarchical" -> new HierarchicalFusion(shape);
            case "tensor" -> new TensorFusion(shape);
            case "attention" -> new CoAttentionFusion(shape);
            case "single-stream" -> new SingleStreamFusion(shape);
            default ->
                throw new IllegalArgumentException(
                        "no fusion \"" + name + "\"; expected one of " + SentimentHead.FUSIONS);
        };
    }

    /** A linear layer's weights, its bias at zero. */
    static void linear(Parameters parameters, String name, double gain, int from, int to) {
        parameters.add(name + ".weight", gain / Math.sqrt(from), from, to);
        parameters.put(name + ".bias", new float[to], to);
    }

    static <T> T linear(Algebra<T> g, String name, T x) {
        return g.add(g.matMul(x, g.weight(name + ".weight")), g.weight(name + ".bias"));
    }

    /** A slot's own logits: the sum of a linear layer and a small hidden one. */
    final void declareExpert(Parameters parameters, int slot) {
        String name = shape.slots().get(slot);
        linear(parameters, name + ".linear", 0.01, shape.pooled(slot), shape.classes());
        linear(parameters, name + ".hidden", 1, shape.pooled(slot), HIDDEN);
        linear(parameters, name + ".output", 0.1, HIDDEN, shape.classes());
    }

    final <T> T hidden(Algebra<T> g, int slot, T z) {
        return g.tanh(linear(g, shape.slots().get(slot) + ".hidden", z));
    }

    final <T> T expert(Algebra<T> g, int slot, T z, T hidden) {
        return g.add(
                linear(g, shape.slots().get(slot) + ".linear", z),
                linear(g, shape.slots().get(slot) + ".output", hidden));
    }

    final void declareExperts(Parameters parameters) {
        for (int slot = 0; slot < shape.size(); slot++) {
            declareExpert(parameters, slot);
        }
    }

    /** The sum of the present slots' linear logits; a joint fusion adds what no slot shows alone. */
    final void declareShortcut(Parameters parameters) {
        for (int slot = 0; slot < shape.size(); slot++) {
            linear(parameters, shape.slots().get(slot) + ".shortcut", 0.01, shape.pooled(slot), shape.classes());
        }
    }

    final <T> T shortcut(Algebra<T> g, List<T> slots, List<T> present) {
        List<T> parts = new ArrayList<>();
        for (int slot = 0; slot < shape.size(); slot++) {
            parts.add(g.mul(linear(g, shape.slots().get(slot) + ".shortcut", slots.get(slot)), present.get(slot)));
        }
        return sum(g, parts);
    }

    static <T> T sum(Algebra<T> g, List<T> parts) {
        T sum = parts.get(0);
        for (T part : parts.subList(1, parts.size())) {
            sum = g.add(sum, part);
        }
        return sum;
    }

    /** 0 where present, {@link #ABSENT} where not. */
    static <T> T penalty(Algebra<T> g, T present) {
        return g.mul(g.sub(present, g.constant(new float[] {1}, 1)), g.constant(new float[] {-ABSENT}, 1));
    }

    static <T> List<T> append(List<T> list, List<T> more) {
        return Stream.concat(list.stream(), more.stream()).toList();
    }
}
