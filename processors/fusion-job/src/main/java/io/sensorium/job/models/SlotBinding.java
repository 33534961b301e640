// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.models;

import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineConfig.Captions;
import io.sensorium.job.config.PipelineConfig.Match;
import io.sensorium.job.config.PipelineConfig.Onnx;
import io.sensorium.job.config.PipelineConfig.Operator;
import io.sensorium.job.config.PipelineConfig.Pair;
import io.sensorium.job.config.PipelineConfig.Sentiment;
import io.sensorium.job.models.PipelineModels.BoundHead;
import io.sensorium.job.models.PipelineModels.BoundPair;
import io.sensorium.operators.fuse.MatchHead;
import io.sensorium.operators.fuse.MatchHead.SlotPair;
import io.sensorium.operators.pack.ModelCatalog;
import io.sensorium.operators.pack.ModelManifest;
import io.sensorium.operators.pack.ModelManifest.Slot;
import io.sensorium.operators.pack.PackException;
import io.sensorium.operators.pack.PackedModel;
import io.sensorium.pipeline.Suggestions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Binds the slots of a head to the pipeline's modalities. A slot that {@code operators.KEY.inputs} names is fed by the
 * modalities listed there, every other slot by the modalities whose encoder it takes.
 *
 * @param encoders by modality
 * @param problems to which everything that is wrong is added
 */
record SlotBinding(PipelineConfig config, ModelCatalog catalog, List<PackedModel> encoders, List<String> problems) {

    Optional<BoundHead> bind(Operator operator, PackedModel head) {
        String key = "operators." + operator.key();
        int before = problems.size();
        int[] modalities = modalities(operator, head, key);
        BoundHead bound = new BoundHead(operator, head, modalities, List.of(), null);
        if (operator instanceof Match match) {
            List<BoundPair> pairs = pairs(match, bound, key);
            return problems.size() > before
                    ? Optional.empty()
                    : Optional.of(new BoundHead(operator, head, modalities, pairs, null));
        }
        if (operator instanceof Captions captions) {
            return captions(captions, bound, key);
        }
        if (Arrays.stream(modalities).allMatch(fed -> fed == 0) && problems.size() == before) {
            problems.add(
                    head.manifest().slots().isEmpty()
                            ? key + ".inputs: " + head
                                    + " states no slots in its manifest, so the modality of each input of its graph "
                                    + "has to be named here, such as {"
                                    + head.manifest().graphs().values().stream()
                                            .flatMap(graph -> graph.inputs().keySet().stream())
                                            .findFirst()
                                            .orElse("input")
                                    + ": " + config.modalities().get(0).name() + "}"
                            : key + ": " + head + " accepts none of the pipeline's encoders; it was trained on "
                                    + trainedOn(head));
        }
        if (operator instanceof Onnx onnx) {
            OnnxModelBinder.checkOutputs(onnx, head, problems);
        }
        return problems.size() > before ? Optional.empty() : Optional.of(bound);
    }

    /** By slot the modalities that feed it, as bits. */
    private int[] modalities(Operator operator, PackedModel head, String key) {
        Map<String, List<String>> inputs = inputs(operator);
        List<Slot> slots = head.manifest().slots();
        List<String> names = slots.stream().map(Slot::name).toList();
        inputs.keySet().stream()
                .filter(name -> !names.contains(name))
                .forEach(name -> problems.add(key + ".inputs." + name + ": " + head + " has no slot \"" + name
                        + "\", only " + names + Suggestions.suggestion(name, names)));
        int[] bound = new int[slots.size()];
        for (int slot = 0; slot < bound.length; slot++) {
            List<String> named = inputs.get(names.get(slot));
            bound[slot] = named == null
                    ? byEncoder(operator, head, slots.get(slot), key)
                    : byName(operator, head, slots.get(slot), named, key);
        }
        return bound;
    }

    private static Map<String, List<String>> inputs(Operator operator) {
        return operator instanceof Sentiment sentiment
                ? sentiment.inputs()
                : operator instanceof Match match ? match.inputs() : Map.of();
    }

    private int byName(Operator operator, PackedModel head, Slot slot, List<String> names, String key) {
        int bound = 0;
        for (String name : names) {
            int modality = config.modalityIndex(name);
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

    private int byEncoder(Operator operator, PackedModel head, Slot slot, String key) {
        List<Integer> fitting = candidates(operator)
                .filter(modality -> slot.accepts(encoders.get(modality).manifest()))
                .boxed()
                .toList();
        fitting.forEach(modality -> checkFit(head, slot, modality, key));
        if (fitting.size() > 1 && !(operator instanceof Match)) {
            List<String> names = fitting.stream()
                    .map(modality -> config.modalities().get(modality).name())
                    .toList();
            problems.add(key + ": the modalities " + names + " all have an encoder that the slot \"" + slot.name()
                    + "\" of " + head + " takes; "
                    + (operator instanceof Sentiment
                            ? "add inputs: {" + slot.name() + ": " + names.get(0)
                                    + "} to read one of them, or inputs: {" + slot.name() + ": " + names
                                    + "} to average their embeddings"
                            : "name the modality of each input of the graph under " + key
                                    + ".inputs, and the graph's presence input under " + key + ".mask"));
        }
        return fitting.stream().reduce(0, (bits, modality) -> bits | 1 << modality);
    }

    /**
     * The modalities that slots may be fed by without being named: those of a match operator's pairs, what captions are
     * for, else all; none that feeds another slot by name.
     */
    private IntStream candidates(Operator operator) {
        List<String> named =
                inputs(operator).values().stream().flatMap(List::stream).toList();
        List<String> all =
                config.modalities().stream().map(PipelineConfig.Modality::name).toList();
        List<String> asked = operator instanceof Match match
                ? match.pairs().stream()
                        .flatMap(pair -> Stream.of(pair.left(), pair.right()))
                        .toList()
                : operator instanceof Captions captions ? List.of(captions.from()) : all;
        return IntStream.range(0, all.size())
                .filter(modality -> asked.contains(all.get(modality)) && !named.contains(all.get(modality)));
    }

    private void checkFit(PackedModel head, Slot slot, int modality, String key) {
        ModelManifest encoder = encoders.get(modality).manifest();
        if (slot.accepts(encoder) && !slot.fits(encoder)) {
            problems.add(key + ": slot \"" + slot.name() + "\" of " + head + " takes " + slot.dimension() + " numbers, "
                    + encoder.id() + " gives " + encoder.dimension());
        }
    }

    private static List<String> trainedOn(PackedModel head) {
        return head.manifest().slots().stream()
                .flatMap(slot -> slot.encoders().stream())
                .distinct()
                .toList();
    }

    private List<BoundPair> pairs(Match match, BoundHead bound, String key) {
        List<BoundPair> pairs = new ArrayList<>();
        for (Pair pair : match.pairs()) {
            int left = config.modalityIndex(pair.left());
            int right = config.modalityIndex(pair.right());
            SlotPair slots = new SlotPair(bound.slotOf(left), bound.slotOf(right));
            if (slots.left() < 0 || slots.right() < 0) {
                problems.add(key + ".pairs: " + lacking(bound.head(), slots.left() < 0 ? left : right, key));
                continue;
            }
            if (slots.left() == slots.right()) {
                problems.add(key + ".pairs: " + pair.left() + " and " + pair.right() + " both feed the slot \""
                        + bound.inputs().get(slots.left()).name() + "\" of " + bound.head()
                        + ", expected modalities of two slots; the head compares "
                        + bound.head().manifest().pairs().keySet());
                continue;
            }
            try {
                MatchHead.calibration(bound.head().manifest(), slots);
                pairs.add(new BoundPair(slots, left, right));
            } catch (PackException e) {
                problems.add(key + ".pairs: " + e.getMessage());
            }
        }
        return pairs;
    }

    private String lacking(PackedModel head, int modality, String key) {
        String name = config.modalities().get(modality).name();
        PackedModel encoder = encoders.get(modality);
        Optional<Slot> taken = head.manifest().slots().stream()
                .filter(slot -> slot.accepts(encoder.manifest()))
                .findFirst();
        return taken.isPresent()
                ? name + " feeds no slot of " + head + "; add it to " + key + ".inputs."
                        + taken.get().name() + ", or take its pairs out"
                : head + " was not trained on the encoder of " + name + ", " + encoder + ", but on " + trainedOn(head)
                        + "; give " + name + " one of these";
    }

    /**
     * The phrases are encoded as the pipeline's texts are where the head takes those, else by the encoder that it was
     * trained on.
     */
    private Optional<BoundHead> captions(Captions captions, BoundHead bound, String key) {
        int modality = config.modalityIndex(captions.from());
        int from = bound.slotOf(modality);
        int text = bound.slot("text");
        if (from < 0 || text < 0 || from == text) {
            problems.add(key + ".from: " + bound.head()
                    + (from < 0
                            ? " was not trained on the encoder of " + captions.from() + ", " + encoders.get(modality)
                                    + ", but on " + trainedOn(bound.head())
                            : text < 0
                                    ? " has no slot \"text\" for the phrases"
                                    : " would compare " + captions.from() + " with itself"));
            return Optional.empty();
        }
        Slot slot = bound.inputs().get(text);
        Optional<PackedModel> encoder = Stream.concat(
                        encoders.stream()
                                .filter(model -> slot.accepts(model.manifest()) && slot.fits(model.manifest())),
                        slot.encoders().stream().flatMap(name -> catalog.find(name).stream()))
                .findFirst();
        if (encoder.isEmpty()) {
            problems.add(
                    key + ": no pack has " + slot.encoders() + ", which " + bound.head() + " needs for the phrases");
            return Optional.empty();
        }
        SlotPair pair = new SlotPair(from, text);
        try {
            MatchHead.calibration(bound.head().manifest(), pair);
        } catch (PackException e) {
            problems.add(key + ".from: " + e.getMessage());
            return Optional.empty();
        }
        return Optional.of(new BoundHead(
                captions, bound.head(), bound.modalities(), List.of(new BoundPair(pair, modality, -1)), encoder.get()));
    }
}
