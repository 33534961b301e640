// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.operator.onnx;

import io.sensorium.job.operator.BoundOperator;
import io.sensorium.job.operator.Context;
import io.sensorium.job.operator.HeadBinding;
import io.sensorium.job.operator.HeadSlots;
import io.sensorium.job.operator.Operator;
import io.sensorium.job.records.OutputSchemas;
import io.sensorium.operators.pack.ModelKind;
import io.sensorium.operators.pack.PackedModel;
import io.sensorium.results.FusionResult;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.Schema;

/**
 * Any multi-input model.
 *
 * @param inputs modality by embedding input of the graph, in the order of the mask's columns; empty for the manifest's
 *     slots
 * @param mask the graph's presence input; empty where it has none
 * @param outputs output of the graph by field of the result; empty for all, under their own names
 * @param explain whether results carry the head's attention
 * @param context the earlier windows that the head reads; null for none
 */
public record OnnxOperator(
        String key,
        String model,
        Map<String, String> inputs,
        String mask,
        Map<String, String> outputs,
        boolean explain,
        Context context,
        boolean optional,
        String output)
        implements Operator {

    /** Maps that Flink can send with the job, in the file's order. */
    public OnnxOperator {
        inputs = new LinkedHashMap<>(inputs);
        outputs = new LinkedHashMap<>(outputs);
    }

    @Override
    public Operator withModel(String other) {
        return new OnnxOperator(key, other, inputs, mask, outputs, explain, context, optional, output);
    }

    @Override
    public Schema resultSchema() {
        return FusionResult.getClassSchema();
    }

    @Override
    public ModelKind headKind() {
        return ModelKind.FUSION_HEAD;
    }

    @Override
    public Optional<BoundOperator> bind(PackedModel head, HeadBinding binding) {
        int before = binding.problems().size();
        HeadSlots slots = inputs.isEmpty() || mask.isEmpty() && isMaskedByManifest(head)
                ? byManifest(head, binding)
                : OnnxInputBinder.bind(this, head, binding);
        if (slots != null) {
            checkOutputs(head, binding.problems());
        }
        return binding.problems().size() > before ? Optional.empty() : Optional.of(new BoundOnnx(this, slots));
    }

    /** Whether a head's manifest has all that is to be known of its inputs: its slots, with this project's mask. */
    private static boolean isMaskedByManifest(PackedModel head) {
        return !head.manifest().slots().isEmpty()
                && head.manifest().graphs().containsKey("model")
                && head.manifest().graphs().get("model").inputs().containsKey("mask");
    }

    private HeadSlots byManifest(PackedModel head, HeadBinding binding) {
        int before = binding.problems().size();
        Map<String, List<String>> named = new LinkedHashMap<>();
        inputs.forEach((slot, modality) -> named.put(slot, List.of(modality)));
        HeadSlots slots = binding.slots(
                this,
                head,
                new HeadBinding.Rule(
                        named,
                        binding.modalities(),
                        (slot, names) ->
                                "name the modality of each input of the graph under operators." + key + ".inputs"));
        if (binding.problems().size() == before) {
            binding.requireSource(this, slots);
        }
        return slots;
    }

    /** The outputs that the file names, or all of them where it names none, must be rows of numbers. */
    private void checkOutputs(PackedModel head, List<String> problems) {
        Map<String, long[]> all = head.manifest().graphs().get("model").outputs();
        outputs.forEach((field, tensor) -> {
            if (!all.containsKey(tensor)) {
                problems.add("operators." + key + ".outputs." + field + ": " + head + " has no output \"" + tensor
                        + "\"; it has " + all.keySet());
            }
        });
        all.forEach((tensor, shape) -> {
            boolean used = outputs.isEmpty() || outputs.containsValue(tensor);
            boolean rows = shape.length == 1 || shape.length == 2 && shape[1] >= 1;
            if (used && (!rows || shape[0] != -1 && shape[0] != 1)) {
                problems.add("operators." + key + ": output \"" + tensor + "\" of " + head + " is "
                        + Arrays.toString(shape)
                        + ", expected [-1, n], a row of n numbers a window; reshape it in the graph, or choose other "
                        + "outputs under operators."
                        + key + ".outputs");
            }
        });
        long numbers = outputs.isEmpty()
                ? all.values().stream().mapToLong(OnnxOperator::width).sum()
                : outputs.values().stream()
                        .filter(all::containsKey)
                        .mapToLong(tensor -> width(all.get(tensor)))
                        .sum();
        if (numbers * Double.BYTES >= OutputSchemas.MAX_RECORD_BYTES) {
            problems.add("operators." + key + ": the outputs of " + head + " are " + numbers
                    + " numbers a window, more than a result record of " + OutputSchemas.MAX_RECORD_BYTES
                    + " bytes holds; reduce the row in the graph, or choose other outputs under operators." + key
                    + ".outputs");
        }
    }

    /** The numbers of a row, as far as they can be added up. */
    private static long width(long[] shape) {
        return shape.length < 2 ? 1 : Math.min(Math.max(shape[1], 0), Integer.MAX_VALUE);
    }
}
