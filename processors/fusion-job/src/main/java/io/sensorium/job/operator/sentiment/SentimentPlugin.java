// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.operator.sentiment;

import io.sensorium.job.operator.Operator;
import io.sensorium.job.operator.OperatorKeys;
import io.sensorium.job.operator.OperatorPlugin;
import io.sensorium.pipeline.ConfigNode;
import io.sensorium.pipeline.OperatorTopic;
import io.sensorium.pipeline.Suggestions;
import java.util.List;

/** {@code type: sentiment}. */
public final class SentimentPlugin implements OperatorPlugin {

    private static final List<String> FUSIONS = List.of(
            "early",
            "late",
            "late-concat",
            "late-sum",
            "late-product",
            "late-attention",
            "hierarchical",
            "tensor",
            "attention",
            "single-stream");

    @Override
    public String type() {
        return "sentiment";
    }

    @Override
    public Operator read(String key, ConfigNode section, Scope scope) {
        String fusion = section.text("fusion", "late");
        if (!FUSIONS.contains(fusion)) {
            section.problem(
                    "fusion",
                    "is \"" + fusion + "\", expected one of " + FUSIONS + Suggestions.suggestion(fusion, FUSIONS));
        }
        return new SentimentOperator(
                key,
                fusion.equals("late") ? "late-attention" : fusion,
                section.text("model", ""),
                section.flag("explain", false),
                OperatorKeys.context(section, scope.align()),
                OperatorKeys.inputs(section, scope),
                OperatorKeys.optional(section),
                OperatorTopic.of(type(), key, section));
    }
}
