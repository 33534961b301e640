// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.models;

import io.sensorium.operators.pack.PackedModel;
import io.sensorium.pipeline.Suggestions;
import java.util.Collection;
import java.util.List;

/** How models are named in messages about a name that no pack has. */
public final class ModelNames {

    private ModelNames() {}

    /**
     * The nearest name, or all of them.
     *
     * @param reference {@code name}, or {@code name@version}, with or without a slash and a precision
     * @param models that could have been meant
     */
    public static String suggestion(String reference, Collection<PackedModel> models) {
        int slash = reference.indexOf('/');
        String name = slash < 0 ? reference : reference.substring(0, slash);
        List<String> known = models.stream()
                .map(model -> name.indexOf('@') < 0
                        ? model.manifest().name()
                        : model.manifest().id())
                .distinct()
                .toList();
        return Suggestions.suggestion(name, known);
    }
}
