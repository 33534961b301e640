// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.models;

import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineConfig.Onnx;
import io.sensorium.job.models.PipelineModels.BoundHead;
import io.sensorium.operators.pack.ModelManifest.GraphSpec;
import io.sensorium.operators.pack.ModelManifest.Slot;
import io.sensorium.operators.pack.PackedModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A user's own multi-input model against the pipeline: every input fed by what fits it, every output there. */
final class OnnxModelBinder {

    private OnnxModelBinder() {}

    /** Binds the inputs that the pipeline file names. */
    static Optional<BoundHead> bind(
            PipelineConfig config, Onnx operator, PackedModel head, List<PackedModel> encoders, List<String> problems) {
        String key = "operators." + operator.key();
        int before = problems.size();
        GraphSpec graph = head.manifest().graphs().get("model");
        if (graph == null) {
            problems.add(key + ": " + head + " has no graph \"model\", only "
                    + head.manifest().graphs().keySet());
            return Optional.empty();
        }
        List<Slot> inputs = new ArrayList<>();
        int[] modalities = new int[operator.inputs().size()];
        for (Map.Entry<String, String> input : operator.inputs().entrySet()) {
            int modality = config.modalityIndex(input.getValue());
            PackedModel encoder = encoders.get(modality);
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
        Set<String> fed = new HashSet<>(operator.inputs().keySet());
        fed.addAll(graph.constants().keySet());
        if (!operator.mask().isEmpty()) {
            fed.add(operator.mask());
            long[] shape = graph.inputs().get(operator.mask());
            if (shape == null || shape.length != 2 || shape[0] != -1 && shape[0] != 1 || shape[1] != inputs.size()) {
                problems.add(key + ".mask: " + head
                        + (shape == null
                                ? " has no input \"" + operator.mask() + "\"; it has "
                                        + graph.inputs().keySet()
                                : " takes " + Arrays.toString(shape) + " there, expected [-1, " + inputs.size()
                                        + "], a column an input"));
            }
        }
        graph.inputs().keySet().stream()
                .filter(tensor -> !fed.contains(tensor))
                .sorted()
                .forEach(tensor -> problems.add(key + ".inputs: nothing feeds the input \"" + tensor + "\" of " + head
                        + "; name a modality for it, call it the mask, or give it a number under "
                        + "graphs.model.constants of the manifest"));
        checkOutputs(operator, head, problems);
        return problems.size() > before
                ? Optional.empty()
                : Optional.of(new BoundHead(
                        operator,
                        head,
                        inputs,
                        modalities,
                        operator.mask().isEmpty() ? null : operator.mask(),
                        List.of(),
                        null));
    }

    /** The outputs that the file names, or all of them where it names none, must be rows of numbers. */
    static void checkOutputs(Onnx operator, PackedModel head, List<String> problems) {
        Map<String, long[]> outputs = head.manifest().graphs().get("model").outputs();
        operator.outputs().forEach((field, tensor) -> {
            if (!outputs.containsKey(tensor)) {
                problems.add("operators." + operator.key() + ".outputs." + field + ": " + head + " has no output \""
                        + tensor + "\"; it has " + outputs.keySet());
            }
        });
        outputs.forEach((tensor, shape) -> {
            boolean used = operator.outputs().isEmpty() || operator.outputs().containsValue(tensor);
            boolean rows = shape.length == 1 || shape.length == 2 && shape[1] >= 1;
            if (used && (!rows || shape[0] != -1 && shape[0] != 1)) {
                problems.add("operators." + operator.key() + ": output \"" + tensor + "\" of " + head + " is "
                        + Arrays.toString(shape)
                        + ", expected [-1, n], a row of n numbers a window; reshape it in the graph, or choose other "
                        + "outputs under operators."
                        + operator.key() + ".outputs");
            }
        });
    }
}
