// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.operator.sentiment;

import io.sensorium.job.operator.Operator;
import io.sensorium.job.operator.OperatorKeys;
import io.sensorium.job.operator.OperatorPlugin;
import io.sensorium.operators.fuse.SentimentHead;
import io.sensorium.pipeline.ConfigNode;
import io.sensorium.pipeline.OperatorTopic;
import io.sensorium.pipeline.Suggestions;
import java.util.List;
import java.util.stream.Stream;

/** {@code type: sentiment}. */
public final class SentimentPlugin implements OperatorPlugin {

    /** Short for {@code late-attention}. */
    private static final String LATE = "late";

    /** Those of the heads, and a short name of one. */
    private static final List<String> FUSIONS =
            Stream.concat(Stream.of(LATE), SentimentHead.FUSIONS.stream()).toList();

    @Override
    public String type() {
        return "sentiment";
    }

    @Override
    public Operator read(String key, ConfigNode section, Scope scope) {
        String fusion = section.text("fusion", LATE);
        if (!FUSIONS.contains(fusion)) {
            section.problem(
                    "fusion",
                    "is \"" + fusion + "\", expected one of " + FUSIONS + Suggestions.suggestion(fusion, FUSIONS));
        }
        return new SentimentOperator(
                key,
                fusion.equals(LATE) ? "late-attention" : fusion,
                section.text("model", ""),
                section.flag("explain", false),
                OperatorKeys.context(section, scope.align()),
                OperatorKeys.inputs(section, scope),
                OperatorKeys.optional(section),
                OperatorTopic.of(type(), key, section));
    }
}
