// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.operator.match;

import io.sensorium.job.operator.Operator;
import io.sensorium.job.operator.OperatorKeys;
import io.sensorium.job.operator.OperatorPlugin;
import io.sensorium.job.operator.match.MatchOperator.Pair;
import io.sensorium.pipeline.ConfigNode;
import io.sensorium.pipeline.OperatorTopic;
import io.sensorium.pipeline.Suggestions;
import java.util.ArrayList;
import java.util.List;

/** {@code type: match}. */
public final class MatchPlugin implements OperatorPlugin {

    @Override
    public String type() {
        return "match";
    }

    @Override
    public Operator read(String key, ConfigNode section, Scope scope) {
        return new MatchOperator(
                key,
                pairs(section, scope.modalities()),
                section.text("model", ""),
                OperatorKeys.inputs(section, scope),
                OperatorKeys.optional(section),
                OperatorTopic.of(type(), key, section));
    }

    private static List<Pair> pairs(ConfigNode section, List<String> names) {
        List<Pair> pairs = new ArrayList<>();
        for (List<String> pair : section.textLists("pairs")) {
            if (pair.size() != 2 || pair.get(0).equals(pair.get(1))) {
                section.problem("pairs", "has " + pair + ", expected two different modalities");
                continue;
            }
            pair.stream()
                    .filter(name -> !names.contains(name))
                    .forEach(name -> section.problem(
                            "pairs",
                            "names \"" + name + "\", which is not a modality" + Suggestions.suggestion(name, names)));
            pairs.add(new Pair(pair.get(0), pair.get(1)));
        }
        if (pairs.isEmpty()) {
            section.problem("pairs", "is empty, expected pairs of modalities such as [[image, text]]");
        }
        return pairs;
    }
}
