// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.operator.onnx;

import ai.onnxruntime.OrtException;
import io.sensorium.job.alignment.AlignedWindow;
import io.sensorium.job.operator.BoundOperator.Setup;
import io.sensorium.job.operator.FusedWindow;
import io.sensorium.job.operator.HeadSlots;
import io.sensorium.job.operator.OperatorRunner;
import io.sensorium.job.operator.Outcome;
import io.sensorium.operators.fuse.OnnxHead;
import io.sensorium.results.FusionResult;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Runs a user's multi-input model; its outputs as they are. */
final class OnnxRunner implements OperatorRunner {

    private final BoundOnnx bound;
    private final Setup setup;
    private final boolean past;
    private final Map<String, String> outputs;
    private final OnnxHead head;

    OnnxRunner(BoundOnnx bound, Setup setup) {
        this.bound = bound;
        this.setup = setup;
        this.past = bound.head().manifest().context() != null;
        this.outputs = bound.outputs();
        this.head =
                new OnnxHead(bound.head(), bound.slots().inputs(), bound.slots().mask(), computed(), setup.device(), 1);
    }

    /** The outputs that results carry, and those that are read in addition. */
    private Set<String> computed() {
        Set<String> computed = new HashSet<>(outputs.values());
        if (past) {
            computed.add("fused");
        }
        if (bound.operator().explain()) {
            computed.add("attention");
        }
        return computed;
    }

    @Override
    public List<FusedWindow> fuse(List<AlignedWindow> windows, List<float[]> pasts) throws OrtException {
        List<Map<String, float[]>> rows =
                head.run(HeadSlots.inputs(bound.slots().modalities(), setup.embeddings(), windows, pasts));
        List<FusedWindow> fused = new ArrayList<>(windows.size());
        for (int i = 0; i < rows.size(); i++) {
            AlignedWindow window = windows.get(i);
            Map<String, float[]> row = rows.get(i);
            fused.add(new FusedWindow(
                    result(window, row),
                    window.eventsOf(modality -> bound.slots().slotOf(modality) >= 0),
                    past ? row.get("fused") : null,
                    () -> outcome(row),
                    () -> values(row)));
        }
        return fused;
    }

    private FusionResult result(AlignedWindow window, Map<String, float[]> row) {
        Map<String, List<Double>> values = new LinkedHashMap<>();
        outputs.forEach((field, tensor) -> {
            List<Double> numbers = new ArrayList<>();
            for (float value : row.get(tensor)) {
                numbers.add((double) value);
            }
            values.put(field, numbers);
        });
        FusionResult result = new FusionResult();
        result.setValues(values);
        result.setLabels(labels(row));
        result.setAttention(
                bound.operator().explain()
                        ? bound.slots().attention(setup.modalities(), window, row.get("attention"))
                        : Map.of());
        return result;
    }

    private Map<String, Object> values(Map<String, float[]> row) {
        List<String> names = bound.head().manifest().labels();
        Map<String, Object> values = new LinkedHashMap<>();
        outputs.forEach((field, tensor) -> {
            float[] numbers = row.get(tensor);
            for (int i = 0; i < numbers.length; i++) {
                values.put(BoundOnnx.nameInRow(field, numbers.length, i, names), (double) numbers[i]);
            }
        });
        labels(row).forEach((field, label) -> values.put(field + ".label", label));
        return values;
    }

    private Outcome outcome(Map<String, float[]> row) {
        Map<String, Double> values = new LinkedHashMap<>();
        outputs.forEach((field, tensor) -> {
            float[] numbers = row.get(tensor);
            for (int i = 0; i < numbers.length; i++) {
                values.put(field + "." + i, (double) numbers[i]);
            }
        });
        Map<String, String> labels = labels(row);
        return new Outcome(null, labels.isEmpty() ? null : String.join(" ", labels.values()), values);
    }

    /**
     * The label of the largest number, the first of equal ones, for each field whose row has a number for each label of
     * the model.
     */
    private Map<String, String> labels(Map<String, float[]> row) {
        List<String> names = bound.head().manifest().labels();
        Map<String, String> labels = new LinkedHashMap<>();
        outputs.forEach((field, tensor) -> {
            float[] numbers = row.get(tensor);
            if (!names.isEmpty() && numbers.length == names.size()) {
                int best = 0;
                for (int i = 1; i < numbers.length; i++) {
                    best = numbers[i] > numbers[best] ? i : best;
                }
                labels.put(field, names.get(best));
            }
        });
        return labels;
    }

    @Override
    public void close() {
        head.close();
    }
}
