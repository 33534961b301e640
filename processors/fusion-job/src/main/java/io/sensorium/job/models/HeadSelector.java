// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.models;

import io.sensorium.job.operator.Operator;
import io.sensorium.operators.pack.ModelCatalog;
import io.sensorium.operators.pack.ModelKind;
import io.sensorium.operators.pack.PackException;
import io.sensorium.operators.pack.PackedModel;
import java.util.List;
import java.util.Optional;

/** Which head an operator runs: the one that it names, or the one that suits the pipeline best. */
final class HeadSelector {

    private HeadSelector() {}

    /**
     * An operator's head.
     *
     * @param encoders of the pipeline by modality; null where one was not found
     * @param problems filled with why there is no head that does
     * @return empty where there is a problem, or a choice that depends on an encoder which was not found
     */
    static Optional<PackedModel> of(
            ModelCatalog catalog, Operator operator, List<PackedModel> encoders, List<String> problems) {
        ModelKind kind = operator.headKind();
        String key = "operators." + operator.key();
        int before = problems.size();
        List<PackedModel> suitable = operator.model().isEmpty() ? suitable(catalog, kind, operator) : List.of();
        // Which of them is the best depends on every encoder.
        if (suitable.size() > 1 && encoders.contains(null)) {
            return Optional.empty();
        }
        Optional<PackedModel> chosen;
        try {
            chosen = operator.model().isEmpty()
                    ? best(suitable, encoders)
                    : catalog.find(operator.model())
                            .filter(model -> model.manifest().kind() == kind);
        } catch (PackException e) {
            problems.add(key + ".model: " + e.getMessage());
            return Optional.empty();
        }
        if (chosen.isEmpty() && catalog.find(operator.model()).isEmpty() && catalog.isLeftOut(operator.model())) {
            return Optional.empty();
        }
        if (chosen.isEmpty() && !operator.model().isEmpty()) {
            problems.add(key + ".model: no " + kind.words() + " \"" + operator.model() + "\" in any pack"
                    + ModelNames.suggestion(operator.model(), catalog.ofKind(kind)));
        } else if (chosen.isEmpty()) {
            problems.add(key + ": no " + kind.words() + " in any pack fits"
                    + (operator.requirement().isEmpty() ? "" : " " + operator.requirement())
                    + (operator.context() != null ? " with a context" : "")
                    + "; train one, or name a pack that holds one under packs");
        }
        chosen.ifPresent(head -> check(catalog, kind, operator, head, key, problems));
        return problems.size() > before ? Optional.empty() : chosen;
    }

    /** What the operator asks for beyond its kind, against what the head gives. */
    private static void check(
            ModelCatalog catalog,
            ModelKind kind,
            Operator operator,
            PackedModel head,
            String key,
            List<String> problems) {
        if (operator.explain() && !head.manifest().explains()) {
            problems.add(key + ".explain: " + head
                    + " outputs no attention; take the fusion attention or single-stream with encoders that "
                    + "give tokens, regions or "
                    + "frames (such as text-bge-tokens, image-objects), or one of "
                    + catalog.ofKind(kind).stream()
                            .filter(model -> model.manifest().explains())
                            .toList());
        }
        if (operator.context() != null && head.manifest().context() == null) {
            problems.add(key + ".context: " + head + " reads no earlier windows; those that do are "
                    + catalog.ofKind(kind).stream()
                            .filter(model -> model.manifest().context() != null)
                            .toList());
        } else if (operator.context() != null
                && operator.context().windows() > head.manifest().context().count()) {
            problems.add(key + ".context.windows: is " + operator.context().windows() + ", " + head + " reads at most "
                    + head.manifest().context().count());
        } else if (operator.context() == null && head.manifest().context() != null) {
            problems.add(key + ": " + head + " reads up to "
                    + head.manifest().context().count() + " earlier windows of its subject; add context: {windows: "
                    + head.manifest().context().count() + ", ttl: 10m}");
        }
    }

    /** The heads that an operator which names none may run. */
    private static List<PackedModel> suitable(ModelCatalog catalog, ModelKind kind, Operator operator) {
        return catalog.ofKind(kind).stream()
                .filter(model -> operator.suits(model.manifest())
                        && (operator.context() != null) == (model.manifest().context() != null))
                .toList();
    }

    /**
     * Of those that take the most of the pipeline's encoders the last: a further pack's goes before the bundled one.
     */
    private static Optional<PackedModel> best(List<PackedModel> suitable, List<PackedModel> encoders) {
        PackedModel best = null;
        for (PackedModel model : suitable) {
            if (best == null || fed(model, encoders) >= fed(best, encoders)) {
                best = model;
            }
        }
        return Optional.ofNullable(best);
    }

    /** How many of a head's slots the pipeline feeds. */
    private static long fed(PackedModel head, List<PackedModel> encoders) {
        return head.manifest().slots().stream()
                .filter(slot ->
                        encoders.stream().anyMatch(encoder -> encoder != null && slot.accepts(encoder.manifest())))
                .count();
    }
}
