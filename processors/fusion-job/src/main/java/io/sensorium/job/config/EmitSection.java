// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.config;

import io.sensorium.job.alignment.AlignSettings;
import io.sensorium.job.config.PipelineConfig.Emit;
import io.sensorium.job.config.PipelineConfig.EmitKey;
import io.sensorium.job.config.PipelineConfig.Provisional;
import io.sensorium.pipeline.ConfigNode;
import io.sensorium.pipeline.OutputFormat;
import io.sensorium.pipeline.Suggestions;
import java.util.List;

/** The {@code emit} section of a pipeline file. */
final class EmitSection {

    private EmitSection() {}

    /** @param modalities the names of all modalities */
    static Emit read(ConfigNode root, AlignSettings align, List<String> modalities) {
        ConfigNode node = root.child("emit");
        Emit emit = new Emit(
                node.texts("attributes"),
                node.choice("key", EmitKey.class, EmitKey.SUBJECT),
                node.choice("provisional", Provisional.class, Provisional.CHECKPOINT),
                OutputFormat.read(node),
                node.texts("texts"));
        if (emit.provisional() == Provisional.IMMEDIATE && !align.firing().early()) {
            node.problem(
                    "provisional",
                    "is immediate, but without align.early there are no PROVISIONAL results; set align.early: true");
        }
        emit.texts().stream()
                .filter(name -> !modalities.contains(name))
                .forEach(name -> node.problem(
                        "texts",
                        "names \"" + name + "\", which is not a modality" + Suggestions.suggestion(name, modalities)));
        node.refuseUnknown();
        return emit;
    }
}
