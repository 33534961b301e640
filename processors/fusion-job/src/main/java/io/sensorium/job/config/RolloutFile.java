// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.config;

import io.sensorium.job.config.Rollout.Mode;
import io.sensorium.job.operator.Operator;
import io.sensorium.pipeline.ConfigNode;
import io.sensorium.pipeline.ConfigurationException;
import io.sensorium.pipeline.Suggestions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Reads {@code rollout.yaml}. */
public final class RolloutFile {

    /** The file's name within the watched folder. */
    public static final String NAME = "rollout.yaml";

    private RolloutFile() {}

    /**
     * Parses and checks the text of a rollout file.
     *
     * @param folder the watched one, to which its packs are relative
     * @throws ConfigurationException with every problem
     */
    public static Rollout parse(Path folder, String text, PipelineConfig config) throws ConfigurationException {
        String name = folder.resolve(NAME).toString();
        List<String> problems = new ArrayList<>();
        ConfigNode root = ConfigNode.parse(name, text, problems);
        List<String> packs = root.texts("packs").stream()
                .map(pack -> folder.resolve(pack).toAbsolutePath().normalize().toString())
                .toList();
        Map<String, String> encoders = named(
                root,
                "encoders",
                config.modalities().stream().map(Modality::name).toList(),
                "modality");
        config.modalities().stream()
                .filter(modality -> modality.embedding() != null && encoders.containsKey(modality.name()))
                .forEach(modality -> root.problem(
                        "encoders." + modality.name(),
                        "names an encoder for a modality whose events bring their embeddings; leave it out"));
        Map<String, String> operators = named(
                root,
                "operators",
                config.operators().stream().map(Operator::key).toList(),
                "operator");
        Mode mode = root.choice("mode", Mode.class, Mode.LIVE);
        double share = root.parsed("share", 1.0, "a number above 0, at most 1", Double::parseDouble);
        if (!(share > 0 && share <= 1)) {
            root.problem("share", "is " + share + ", expected a number above 0, at most 1");
        }
        if (root.has("share") && mode == Mode.LIVE) {
            root.problem("share", "goes with mode canary or shadow; mode live takes every subject");
        }
        if (encoders.isEmpty() && operators.isEmpty()) {
            root.problem(
                    "operators",
                    "and encoders are both empty; name what is to run instead, such as operators: {sentiment: "
                            + "my-head@2.0.0}, or remove the file");
        }
        root.refuseUnknown();
        if (!problems.isEmpty()) {
            throw new ConfigurationException(name, problems);
        }
        return new Rollout(packs, encoders, operators, mode, share);
    }

    private static Map<String, String> named(ConfigNode root, String key, List<String> known, String what) {
        Map<String, String> models = root.properties(key);
        models.keySet().stream()
                .filter(name -> !known.contains(name))
                .forEach(name -> root.problem(
                        key + "." + name, "is no " + what + " of the pipeline" + Suggestions.suggestion(name, known)));
        return models;
    }
}
