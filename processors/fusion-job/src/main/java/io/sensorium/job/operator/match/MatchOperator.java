// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.operator.match;

import io.sensorium.job.operator.BoundOperator;
import io.sensorium.job.operator.HeadBinding;
import io.sensorium.job.operator.HeadSlots;
import io.sensorium.job.operator.Operator;
import io.sensorium.job.operator.OperatorKeys;
import io.sensorium.job.operator.match.BoundMatch.BoundPair;
import io.sensorium.operators.fuse.MatchHead;
import io.sensorium.operators.fuse.MatchHead.SlotPair;
import io.sensorium.operators.pack.ModelKind;
import io.sensorium.operators.pack.ModelManifest.Slot;
import io.sensorium.operators.pack.PackException;
import io.sensorium.operators.pack.PackedModel;
import io.sensorium.results.MatchResult;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.avro.Schema;

/**
 * Cross-modal matching of a window's events.
 *
 * @param pairs of modality names, left and right
 * @param model a head by name, or empty for the bundled one
 * @param inputs modalities by slot of the head; empty to feed each slot by the modalities of the pairs whose encoders
 *     it takes
 */
public record MatchOperator(
        String key, List<Pair> pairs, String model, Map<String, List<String>> inputs, boolean optional, String output)
        implements Operator {

    /** Two modalities, by name. */
    public record Pair(String left, String right) implements Serializable {}

    /** Collections that Flink can send with the job, in the file's order. */
    public MatchOperator {
        pairs = new ArrayList<>(pairs);
        inputs = OperatorKeys.serializable(inputs);
    }

    @Override
    public Operator withModel(String other) {
        return new MatchOperator(key, pairs, other, inputs, optional, output);
    }

    @Override
    public Schema resultSchema() {
        return MatchResult.getClassSchema();
    }

    @Override
    public ModelKind headKind() {
        return ModelKind.MATCH_HEAD;
    }

    @Override
    public Optional<BoundOperator> bind(PackedModel head, HeadBinding binding) {
        int before = binding.problems().size();
        List<String> candidates = pairs.stream()
                .flatMap(pair -> Stream.of(pair.left(), pair.right()))
                .toList();
        HeadSlots slots = binding.slots(this, head, new HeadBinding.Rule(inputs, candidates, null));
        List<BoundPair> bound = pairs(slots, binding);
        return binding.problems().size() > before ? Optional.empty() : Optional.of(new BoundMatch(this, slots, bound));
    }

    private List<BoundPair> pairs(HeadSlots bound, HeadBinding binding) {
        String place = "operators." + key + ".pairs: ";
        List<BoundPair> found = new ArrayList<>();
        for (Pair pair : pairs) {
            int left = binding.modality(pair.left());
            int right = binding.modality(pair.right());
            SlotPair slots = new SlotPair(bound.slotOf(left), bound.slotOf(right));
            if (slots.left() < 0 || slots.right() < 0) {
                binding.problems().add(place + lacking(bound.head(), slots.left() < 0 ? left : right, binding));
                continue;
            }
            if (slots.left() == slots.right()) {
                binding.problems()
                        .add(place + pair.left() + " and " + pair.right() + " both feed the slot \""
                                + bound.inputs().get(slots.left()).name() + "\" of " + bound.head()
                                + ", expected modalities of two slots; the head compares "
                                + bound.head().manifest().pairs().keySet());
                continue;
            }
            try {
                MatchHead.calibration(bound.head().manifest(), slots);
                found.add(new BoundPair(slots, left, right));
            } catch (PackException e) {
                binding.problems().add(place + e.getMessage());
            }
        }
        return found;
    }

    private String lacking(PackedModel head, int modality, HeadBinding binding) {
        String name = binding.modalities().get(modality);
        PackedModel encoder = binding.encoders().get(modality);
        Optional<Slot> taken = head.manifest().slots().stream()
                .filter(slot -> slot.accepts(encoder.manifest()))
                .findFirst();
        return taken.isPresent()
                ? name + " feeds no slot of " + head + "; add it to operators." + key + ".inputs."
                        + taken.get().name() + ", or take its pairs out"
                : head + " was not trained on the encoder of " + name + ", " + encoder + ", but on "
                        + HeadBinding.trainedOn(head) + "; give " + name + " one of these";
    }
}
