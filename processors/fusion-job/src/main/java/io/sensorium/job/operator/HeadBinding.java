// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.operator;

import io.sensorium.operators.pack.ModelCatalog;
import io.sensorium.operators.pack.ModelManifest;
import io.sensorium.operators.pack.ModelManifest.Slot;
import io.sensorium.operators.pack.PackedModel;
import io.sensorium.pipeline.Suggestions;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Binds the slots of a head to the pipeline's modalities. A slot that {@code operators.KEY.inputs} names is fed by the
 * modalities listed there, every other slot by the modalities whose encoder it takes. For one thread.
 *
 * @param modalities their names
 * @param catalog of every pack
 * @param encoders by modality
 * @param problems to which everything that is wrong is added
 */
public record HeadBinding(
        List<String> modalities, ModelCatalog catalog, List<PackedModel> encoders, List<String> problems) {

    /**
     * How an operator type feeds slots.
     *
     * @param named modalities by slot, as the file names them
     * @param candidates the modalities that may feed a slot without being named
     * @param ambiguity how to resolve it where several modalities fit one slot; null where several may feed it
     */
    public record Rule(Map<String, List<String>> named, List<String> candidates, Ambiguity ambiguity) {}

    /** What the user can do where several modalities fit one slot. */
    public interface Ambiguity {

        /** The end of the message, such as "name one of them under inputs". */
        String remedy(String slot, List<String> modalities);
    }

    /** The modality's index, or -1. */
    public int modality(String name) {
        return modalities.indexOf(name);
    }

    /** The slots of a head whose manifest declares them. */
    public HeadSlots slots(Operator operator, PackedModel head, Rule rule) {
        String key = "operators." + operator.key();
        List<Slot> slots = head.manifest().slots();
        List<String> names = slots.stream().map(Slot::name).toList();
        rule.named().keySet().stream()
                .filter(name -> !names.contains(name))
                .forEach(name -> problems.add(key + ".inputs." + name + ": " + head + " has no slot \"" + name
                        + "\", only " + names + Suggestions.suggestion(name, names)));
        int[] bound = new int[slots.size()];
        for (int slot = 0; slot < bound.length; slot++) {
            List<String> named = rule.named().get(names.get(slot));
            bound[slot] = named == null
                    ? byEncoder(operator, head, slots.get(slot), rule)
                    : byName(operator, head, slots.get(slot), named);
        }
        return new HeadSlots(head, slots, bound, "mask");
    }

    private int byName(Operator operator, PackedModel head, Slot slot, List<String> names) {
        String key = "operators." + operator.key();
        int bound = 0;
        for (String name : names) {
            int modality = modality(name);
            PackedModel encoder = encoders.get(modality);
            if (!slot.accepts(encoder.manifest())) {
                problems.add(key + ".inputs." + slot.name() + ": the slot takes embeddings of " + slot.encoders() + ", "
                        + name + " is encoded by " + encoder + "; give " + name
                        + " one of these encoders, or take it out of the list");
            }
            checkFit(head, slot, modality, key);
            bound |= 1 << modality;
        }
        if (names.size() > 1 && operator.explain()) {
            problems.add(key + ".explain: " + names + " share the slot \"" + slot.name()
                    + "\", whose attention is not any one modality's; name one of them under " + key + ".inputs."
                    + slot.name() + ", or remove explain");
        }
        return bound;
    }

    private int byEncoder(Operator operator, PackedModel head, Slot slot, Rule rule) {
        String key = "operators." + operator.key();
        List<String> named =
                rule.named().values().stream().flatMap(List::stream).toList();
        List<Integer> fitting = IntStream.range(0, modalities.size())
                .filter(modality -> rule.candidates().contains(modalities.get(modality))
                        && !named.contains(modalities.get(modality))
                        && slot.accepts(encoders.get(modality).manifest()))
                .boxed()
                .toList();
        fitting.forEach(modality -> checkFit(head, slot, modality, key));
        if (fitting.size() > 1 && rule.ambiguity() != null) {
            List<String> names = fitting.stream().map(modalities::get).toList();
            problems.add(key + ": the modalities " + names + " all have an encoder that the slot \"" + slot.name()
                    + "\" of " + head + " takes; " + rule.ambiguity().remedy(slot.name(), names));
        }
        return fitting.stream().reduce(0, (bits, modality) -> bits | 1 << modality);
    }

    private void checkFit(PackedModel head, Slot slot, int modality, String key) {
        ModelManifest encoder = encoders.get(modality).manifest();
        if (slot.accepts(encoder) && !slot.fits(encoder)) {
            problems.add(key + ": slot \"" + slot.name() + "\" of " + head + " takes " + slot.dimension() + " numbers, "
                    + encoder.id() + " gives " + encoder.dimension());
        }
    }

    /** Reports a head that no modality feeds. */
    public void requireSource(Operator operator, HeadSlots slots) {
        if (Arrays.stream(slots.modalities()).anyMatch(fed -> fed != 0)) {
            return;
        }
        String key = "operators." + operator.key();
        PackedModel head = slots.head();
        problems.add(
                head.manifest().slots().isEmpty()
                        ? key + ".inputs: " + head
                                + " declares no slots in its manifest, so the modality of each input of its graph "
                                + "has to be named here, such as {"
                                + head.manifest().graphs().values().stream()
                                        .flatMap(graph -> graph.inputs().keySet().stream())
                                        .findFirst()
                                        .orElse("input")
                                + ": " + modalities.get(0) + "}"
                        : key + ": " + head + " accepts none of the pipeline's encoders; it was trained on "
                                + trainedOn(head));
    }

    /** The encoders that a head was trained on. */
    public static List<String> trainedOn(PackedModel head) {
        return head.manifest().slots().stream()
                .flatMap(slot -> slot.encoders().stream())
                .distinct()
                .toList();
    }
}
