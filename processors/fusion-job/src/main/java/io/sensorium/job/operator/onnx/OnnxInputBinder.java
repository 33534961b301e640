// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.operator.onnx;

import io.sensorium.job.operator.HeadBinding;
import io.sensorium.job.operator.HeadSlots;
import io.sensorium.operators.pack.ModelManifest.GraphSpec;
import io.sensorium.operators.pack.ModelManifest.Slot;
import io.sensorium.operators.pack.PackedModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The inputs of a user's own multi-input model, each fed by the modality that the pipeline file names. */
final class OnnxInputBinder {

    private OnnxInputBinder() {}

    /** Null where the model has no graph to bind. */
    static HeadSlots bind(OnnxOperator operator, PackedModel head, HeadBinding binding) {
        String key = "operators." + operator.key();
        List<String> problems = binding.problems();
        GraphSpec graph = head.manifest().graphs().get("model");
        if (graph == null) {
            problems.add(key + ": " + head + " has no graph \"model\", only "
                    + head.manifest().graphs().keySet());
            return null;
        }
        List<Slot> inputs = new ArrayList<>();
        int[] modalities = new int[operator.inputs().size()];
        for (Map.Entry<String, String> input : operator.inputs().entrySet()) {
            int modality = binding.modality(input.getValue());
            PackedModel encoder = binding.encoders().get(modality);
            int dimension = encoder.manifest().dimension();
            long[] shape = graph.inputs().get(input.getKey());
            if (shape == null) {
                problems.add(key + ".inputs." + input.getKey() + ": " + head + " has no such input; it has "
                        + graph.inputs().keySet());
            } else if (shape.length != 2 || shape[0] != -1 && shape[0] != 1 || shape[1] != dimension) {
                problems.add(key + ".inputs." + input.getKey() + ": " + head + " takes " + Arrays.toString(shape)
                        + ", the encoder of " + input.getValue() + ", " + encoder + ", gives [-1, " + dimension + "]");
            }
            head.manifest().slots().stream()
                    .filter(slot -> slot.name().equals(input.getKey())
                            && !slot.encoders().isEmpty()
                            && !slot.encoders().contains(encoder.manifest().id()))
                    .forEach(slot -> problems.add(key + ".inputs." + input.getKey() + ": " + head + " was trained on "
                            + slot.encoders() + ", " + input.getValue() + " is encoded by " + encoder));
            modalities[inputs.size()] = 1 << modality;
            inputs.add(new Slot(
                    input.getKey(), dimension, List.of(encoder.manifest().id())));
        }
        checkOtherInputs(operator, head, graph, problems);
        return new HeadSlots(head, inputs, modalities, operator.mask().isEmpty() ? null : operator.mask());
    }

    /** The presence input fits, and nothing is left without a value. */
    private static void checkOtherInputs(
            OnnxOperator operator, PackedModel head, GraphSpec graph, List<String> problems) {
        String key = "operators." + operator.key();
        int inputs = operator.inputs().size();
        Set<String> fed = new HashSet<>(operator.inputs().keySet());
        fed.addAll(graph.constants().keySet());
        if (!operator.mask().isEmpty()) {
            fed.add(operator.mask());
            long[] shape = graph.inputs().get(operator.mask());
            if (shape == null || shape.length != 2 || shape[0] != -1 && shape[0] != 1 || shape[1] != inputs) {
                problems.add(key + ".mask: " + head
                        + (shape == null
                                ? " has no input \"" + operator.mask() + "\"; it has "
                                        + graph.inputs().keySet()
                                : " takes " + Arrays.toString(shape) + " there, expected [-1, " + inputs
                                        + "], a column an input"));
            }
        }
        graph.inputs().keySet().stream()
                .filter(tensor -> !fed.contains(tensor))
                .sorted()
                .forEach(tensor -> problems.add(key + ".inputs: nothing feeds the input \"" + tensor + "\" of " + head
                        + "; name a modality for it, call it the mask, or give it a number under "
                        + "graphs.model.constants of the manifest"));
    }
}
