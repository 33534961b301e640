// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.config;

import io.sensorium.job.alignment.AlignSettings;
import io.sensorium.job.operator.Operator;
import io.sensorium.job.operator.OperatorPlugin;
import io.sensorium.job.operator.OperatorPlugins;
import io.sensorium.pipeline.ConfigNode;
import io.sensorium.pipeline.Suggestions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The {@code operators} section of a pipeline file; each operator's own section is its type's to read. */
final class OperatorSection {

    private OperatorSection() {}

    /**
     * @param names of the modalities
     * @param align what contexts must fit
     */
    static List<Operator> read(ConfigNode root, List<String> names, AlignSettings align) {
        List<Operator> operators = new ArrayList<>();
        if (!root.has("operators")) {
            root.problem("operators", "is missing; declare at least one, such as sentiment: {type: sentiment}");
        }
        List<String> types = OperatorPlugins.types();
        Map<String, ConfigNode> sections = root.child("operators").children();
        String first = sections.keySet().stream().findFirst().orElse("");
        sections.forEach((key, node) -> {
            String type = node.required("type", "expected one of " + types);
            Optional<OperatorPlugin> plugin = OperatorPlugins.find(type);
            if (plugin.isPresent()) {
                operators.add(plugin.get().read(key, node, new OperatorPlugin.Scope(names, align)));
                node.refuseUnknown();
            } else if (!type.isEmpty()) {
                node.problem(
                        "type", "is \"" + type + "\", expected one of " + types + Suggestions.suggestion(type, types));
            }
        });
        operators.stream()
                .filter(operator -> operator.optional() && operator.key().equals(first))
                .forEach(operator -> root.problem(
                        "operators." + first + ".optional",
                        "is true on the first operator, expected false: every complete window leaves a record under "
                                + "the first operator's key, by which roll-ups count windows; "
                                + "list an operator that is not optional first, or remove optional here"));
        return operators;
    }
}
