// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.operator.onnx;

import io.sensorium.job.operator.Operator;
import io.sensorium.job.operator.OperatorKeys;
import io.sensorium.job.operator.OperatorPlugin;
import io.sensorium.pipeline.ConfigNode;
import io.sensorium.pipeline.OperatorTopic;
import io.sensorium.pipeline.Suggestions;
import java.util.Map;

/** {@code type: onnx}. */
public final class OnnxPlugin implements OperatorPlugin {

    @Override
    public String type() {
        return "onnx";
    }

    @Override
    public Operator read(String key, ConfigNode section, Scope scope) {
        Map<String, String> inputs = section.properties("inputs");
        inputs.forEach((tensor, modality) -> {
            if (!scope.modalities().contains(modality)) {
                section.problem(
                        "inputs." + tensor,
                        "names \"" + modality + "\", which is not a modality"
                                + Suggestions.suggestion(modality, scope.modalities()));
            }
        });
        return new OnnxOperator(
                key,
                section.required("model", "name the fusion model, name or name@version; ./sensorium models lists them"),
                inputs,
                section.text("mask", ""),
                section.properties("outputs"),
                section.flag("explain", false),
                OperatorKeys.context(section, scope.align()),
                OperatorKeys.optional(section),
                OperatorTopic.of(type(), key, section));
    }
}
