// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer.head;

import java.util.ArrayList;
import java.util.List;

/**
 * An expert a slot, then a rule over the present experts. Sum and product of probabilities: Kittler et al., "On
 * Combining Classifiers", 1998; concatenation: a linear layer over all experts' logits, Wolpert, "Stacked
 * Generalization", 1992; attention: the mean of probabilities weighted by the softmax of learned energies. Energies are
 * trained on the fused loss and, because some sets have one modality only, as the log-odds that their expert is right,
 * which makes them comparable between modalities never seen together.
 */
final class LateFusion extends Fusion {

    enum Rule {
        CONCAT,
        SUM,
        PRODUCT,
        ATTENTION
    }

    private static final float LEAST = 1e-7f;

    private final Rule rule;

    LateFusion(HeadShape shape, Rule rule) {
        super(shape);
        this.rule = rule;
    }

    @Override
    void declare(Parameters parameters) {
        declareExperts(parameters);
        int classes = shape.classes();
        if (rule == Rule.ATTENTION) {
            for (String slot : shape.slots()) {
                linear(parameters, slot + ".energy", 0.05, parameters.width(slot + ".hidden.bias"), 1);
            }
        } else if (rule == Rule.CONCAT) {
            // It starts as the sum of the experts' logits.
            int inputs = shape.size() * (classes + 1);
            float[] weights = new float[inputs * classes];
            for (int row = 0; row < shape.size() * classes; row++) {
                weights[row * classes + row % classes] = 1;
            }
            parameters.put("stack.weight", weights, inputs, classes);
            parameters.put("stack.bias", new float[classes], classes);
        }
    }

    @Override
    <T> Fused<T> fuse(Algebra<T> g, Inputs<T> in) {
        List<T> slots = in.slots();
        List<T> present = in.present();
        List<T> experts = new ArrayList<>();
        List<T> energies = new ArrayList<>();
        for (int slot = 0; slot < shape.size(); slot++) {
            T hidden = hidden(g, slot, slots.get(slot));
            experts.add(expert(g, slot, slots.get(slot), hidden));
            if (rule == Rule.ATTENTION) {
                energies.add(linear(g, shape.slots().get(slot) + ".energy", hidden));
            }
        }
        T logits = switch (rule) {
            case CONCAT -> linear(g, "stack", g.concat(append(masked(g, experts, present), present), 1));
            case SUM -> log(g, g.div(sum(g, masked(g, probabilities(g, experts), present)), sum(g, present)));
            case PRODUCT ->
                sum(
                        g,
                        masked(
                                g,
                                probabilities(g, experts).stream()
                                        .map(p -> log(g, p))
                                        .toList(),
                                present));
            case ATTENTION -> log(g, weighted(g, probabilities(g, experts), energies, present));
        };
        return new Fused<>(logits, experts, energies);
    }

    private static <T> T weighted(Algebra<T> g, List<T> probabilities, List<T> energies, List<T> present) {
        List<T> penalized = new ArrayList<>();
        for (int slot = 0; slot < energies.size(); slot++) {
            penalized.add(g.add(energies.get(slot), penalty(g, present.get(slot))));
        }
        T weights = g.softmax(g.concat(penalized, 1), 1);
        List<T> parts = new ArrayList<>();
        for (int slot = 0; slot < energies.size(); slot++) {
            parts.add(g.mul(probabilities.get(slot), g.slice(weights, 1, slot, slot + 1)));
        }
        return sum(g, parts);
    }

    private static <T> List<T> probabilities(Algebra<T> g, List<T> logits) {
        return logits.stream().map(own -> g.softmax(own, 1)).toList();
    }

    private static <T> T log(Algebra<T> g, T probabilities) {
        return g.log(g.add(probabilities, g.constant(new float[] {LEAST}, 1)));
    }

    private static <T> List<T> masked(Algebra<T> g, List<T> values, List<T> present) {
        List<T> masked = new ArrayList<>();
        for (int slot = 0; slot < values.size(); slot++) {
            masked.add(g.mul(values.get(slot), present.get(slot)));
        }
        return masked;
    }
}
