// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.operator.onnx;

import io.sensorium.job.moderation.ValueKind;
import io.sensorium.job.operator.BoundOperator;
import io.sensorium.job.operator.HeadSlots;
import io.sensorium.job.operator.OperatorRunner;
import io.sensorium.operators.fuse.OnnxHead;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A user's model with its inputs bound. */
record BoundOnnx(OnnxOperator operator, HeadSlots slots) implements BoundOperator {

    /** Outputs of the project's heads that results carry elsewhere, if at all. */
    private static final List<String> INTERNAL = List.of("attention", "fused");

    /** Output of the graph by field of the result: those that the file names, or all under their own names. */
    Map<String, String> outputs() {
        Map<String, String> outputs = new LinkedHashMap<>(operator.outputs());
        if (outputs.isEmpty()) {
            head().manifest().graphs().get("model").outputs().keySet().stream()
                    .filter(tensor -> !INTERNAL.contains(tensor)
                            || head().manifest().slots().isEmpty())
                    .sorted()
                    .forEach(tensor -> outputs.put(tensor, tensor));
        }
        return outputs;
    }

    /**
     * A number of a row of an output: the field alone where the row has one, else with the model's label or the index.
     */
    static String nameInRow(String field, int width, int index, List<String> labels) {
        return width == 1
                ? field
                : field + "." + (labels.size() == width ? labels.get(index) : Integer.toString(index));
    }

    @Override
    public Map<String, ValueKind> values() {
        List<String> labels = head().manifest().labels();
        Map<String, ValueKind> values = new LinkedHashMap<>();
        outputs().forEach((field, tensor) -> {
            int width = OnnxHead.width(head().manifest(), tensor);
            for (int i = 0; i < width; i++) {
                values.put(nameInRow(field, width, i, labels), ValueKind.NUMBER);
            }
            if (!labels.isEmpty() && labels.size() == width) {
                values.put(field + ".label", ValueKind.TEXT);
            }
        });
        return values;
    }

    @Override
    public OperatorRunner open(Setup setup) {
        return new OnnxRunner(this, setup);
    }
}
