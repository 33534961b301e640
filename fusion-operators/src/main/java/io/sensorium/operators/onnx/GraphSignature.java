// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.onnx;

import ai.onnxruntime.MapInfo;
import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.SequenceInfo;
import ai.onnxruntime.TensorInfo;
import ai.onnxruntime.ValueInfo;
import io.sensorium.operators.pack.ModelManifest.GraphSpec;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The inputs and outputs that a graph declares, against those of its manifest. Immutable.
 *
 * @param inputs by name
 * @param outputs by name
 */
record GraphSignature(Map<String, NodeInfo> inputs, Map<String, NodeInfo> outputs) {

    /**
     * What differs or cannot be fed or read.
     *
     * @param where names the graph in messages
     */
    void compare(String where, GraphSpec spec, List<String> problems) {
        if (!spec.inputs().keySet().equals(inputs.keySet())) {
            problems.add(where + " inputs: the manifest has "
                    + new TreeSet<>(spec.inputs().keySet()) + ", the graph has " + new TreeSet<>(inputs.keySet()));
        }
        new TreeMap<>(spec.inputs()).forEach((name, shape) -> {
            if (inputs.containsKey(name)) {
                compare(where + " input " + name, shape, inputs.get(name).getInfo(), "numbers", problems);
            }
        });
        new TreeMap<>(spec.outputs()).forEach((name, shape) -> {
            if (outputs.containsKey(name)) {
                compare(
                        where + " output " + name,
                        shape,
                        outputs.get(name).getInfo(),
                        "numbers, or leave it out of the manifest's outputs and use another",
                        problems);
            } else {
                problems.add(where + " output " + name + ": the manifest has it, the graph has "
                        + new TreeSet<>(outputs.keySet()));
            }
        });
    }

    private static void compare(String what, long[] stated, ValueInfo actual, String expected, List<String> problems) {
        if (!(actual instanceof TensorInfo tensor)) {
            problems.add(what + ": is a " + kind(actual) + ", expected a tensor of " + expected
                    + "; export the model without it (scikit-learn, LightGBM and XGBoost converters: "
                    + "options={'zipmap': False}, or zipmap=False), so that a classifier's probabilities are "
                    + "one tensor [-1, classes]");
            return;
        }
        if (!ElementTypes.NUMERIC.contains(tensor.type)) {
            problems.add(what + ": has elements of type "
                    + (tensor.type == OnnxJavaType.UNKNOWN ? tensor.onnxType : tensor.type) + ", expected " + expected
                    + (tensor.type == OnnxJavaType.STRING
                            ? "; a classifier's string labels are not read: list its probabilities"
                            : ""));
        }
        if (!Arrays.equals(stated, tensor.getShape())) {
            problems.add(what + ": the manifest has " + Arrays.toString(stated) + ", the graph has "
                    + Arrays.toString(tensor.getShape()));
        }
    }

    private static String kind(ValueInfo info) {
        if (info instanceof SequenceInfo sequence) {
            return "sequence" + (sequence.sequenceOfMaps ? " of maps" : "");
        }
        return info instanceof MapInfo ? "map" : "value that is no tensor";
    }

    /** The element type of an input; null where there is no such tensor. */
    OnnxJavaType inputType(String name) {
        return type(inputs.get(name));
    }

    /** The element type of an output; null where there is no such tensor. */
    OnnxJavaType outputType(String name) {
        return type(outputs.get(name));
    }

    private static OnnxJavaType type(NodeInfo node) {
        return node != null && node.getInfo() instanceof TensorInfo tensor ? tensor.type : null;
    }
}
