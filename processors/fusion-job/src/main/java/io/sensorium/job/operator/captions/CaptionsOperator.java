// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.operator.captions;

import io.sensorium.job.operator.BoundOperator;
import io.sensorium.job.operator.HeadBinding;
import io.sensorium.job.operator.HeadSlots;
import io.sensorium.job.operator.Operator;
import io.sensorium.operators.fuse.MatchHead;
import io.sensorium.operators.fuse.MatchHead.SlotPair;
import io.sensorium.operators.pack.ModelKind;
import io.sensorium.operators.pack.ModelManifest.Slot;
import io.sensorium.operators.pack.PackException;
import io.sensorium.operators.pack.PackedModel;
import io.sensorium.results.CaptionResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.avro.Schema;

/**
 * The best phrases of a list for each event of a modality.
 *
 * @param from the modality
 * @param phrases without blank lines and repetitions
 * @param top how many an event gets
 * @param model a match head by name, or empty for the bundled one
 */
public record CaptionsOperator(
        String key, String from, List<String> phrases, int top, String model, boolean optional, String output)
        implements Operator {

    /** A list that Flink can send with the job. */
    public CaptionsOperator {
        phrases = new ArrayList<>(phrases);
    }

    @Override
    public Operator withModel(String other) {
        return new CaptionsOperator(key, from, phrases, top, other, optional, output);
    }

    @Override
    public Schema resultSchema() {
        return CaptionResult.getClassSchema();
    }

    @Override
    public ModelKind headKind() {
        return ModelKind.MATCH_HEAD;
    }

    /**
     * The phrases are encoded as the pipeline's texts are where the head takes those, else by the encoder that it was
     * trained on.
     */
    @Override
    public Optional<BoundOperator> bind(PackedModel head, HeadBinding binding) {
        String place = "operators." + key;
        int before = binding.problems().size();
        HeadSlots bound = binding.slots(this, head, new HeadBinding.Rule(Map.of(), List.of(from), null));
        int modality = binding.modality(from);
        int slot = bound.slotOf(modality);
        int text = bound.slot("text");
        if (slot < 0 || text < 0 || slot == text) {
            binding.problems()
                    .add(place + ".from: " + head
                            + (slot < 0
                                    ? " was not trained on the encoder of " + from + ", "
                                            + binding.encoders().get(modality) + ", but on "
                                            + HeadBinding.trainedOn(head)
                                    : text < 0
                                            ? " has no slot \"text\" for the phrases"
                                            : " would compare " + from + " with itself"));
            return Optional.empty();
        }
        Slot phraseSlot = bound.inputs().get(text);
        Optional<PackedModel> encoder = Stream.concat(
                        binding.encoders().stream()
                                .filter(model -> model.manifest().kind().isEncoder()
                                        && phraseSlot.accepts(model.manifest())
                                        && phraseSlot.fits(model.manifest())),
                        phraseSlot.encoders().stream().flatMap(name -> binding.catalog().find(name).stream()))
                .findFirst();
        if (encoder.isEmpty()) {
            binding.problems()
                    .add(place + ": no pack has " + phraseSlot.encoders() + ", which " + head
                            + " needs for the phrases");
            return Optional.empty();
        }
        SlotPair pair = new SlotPair(slot, text);
        try {
            MatchHead.calibration(head.manifest(), pair);
        } catch (PackException e) {
            binding.problems().add(place + ".from: " + e.getMessage());
        }
        return binding.problems().size() > before
                ? Optional.empty()
                : Optional.of(new BoundCaptions(this, bound, pair, modality, encoder.get()));
    }
}
