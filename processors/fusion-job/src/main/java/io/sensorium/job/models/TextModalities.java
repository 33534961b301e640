// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.models;

import io.sensorium.job.config.PipelineConfig;
import io.sensorium.operators.pack.ModelKind;
import io.sensorium.operators.pack.PackedModel;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Which modalities' events have text: those that a text encoder reads. */
public final class TextModalities {

    private TextModalities() {}

    /**
     * The names of those that have.
     *
     * @param encoders by modality; null where one was not found
     */
    public static Set<String> withText(PipelineConfig config, List<PackedModel> encoders) {
        Set<String> names = new LinkedHashSet<>();
        for (int i = 0; i < encoders.size(); i++) {
            if (encoders.get(i) != null && encoders.get(i).manifest().kind() == ModelKind.TEXT_ENCODER) {
                names.add(config.modalities().get(i).name());
            }
        }
        return names;
    }

    /** The names of those of which it is not known, since their encoders were not found. */
    public static Set<String> open(PipelineConfig config, List<PackedModel> encoders) {
        Set<String> names = new LinkedHashSet<>();
        for (int i = 0; i < encoders.size(); i++) {
            if (encoders.get(i) == null) {
                names.add(config.modalities().get(i).name());
            }
        }
        return names;
    }

    /** Texts can leave only of modalities that have them. */
    static void requireTexts(PipelineConfig config, List<PackedModel> encoders, List<String> problems) {
        for (String name : config.emit().texts()) {
            int modality = config.modalityIndex(name);
            PackedModel encoder = modality < 0 ? null : encoders.get(modality);
            if (encoder != null && encoder.manifest().kind() != ModelKind.TEXT_ENCODER) {
                problems.add("emit.texts: names \"" + name + "\", whose events have no text: " + encoder + " is "
                        + encoder.manifest().kind().withArticle()
                        + "; name modalities with a text encoder, derived ones included");
            }
        }
    }
}
