// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.rollout;

import io.sensorium.job.config.ModelBundle;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.Rollout;
import io.sensorium.job.config.Rollout.Mode;
import io.sensorium.job.config.RolloutFile;
import io.sensorium.job.models.PipelineModels;
import io.sensorium.job.operator.BoundOperator;
import io.sensorium.operators.pack.PackedModel;
import io.sensorium.pipeline.ConfigurationException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A rollout against the pipeline: its models exist, fit each other, and leave alignment as it is. Reads manifests only.
 */
public final class RolloutCheck {

    private RolloutCheck() {}

    /**
     * Looks at the folder that a pipeline watches.
     *
     * @param models the pipeline file's own; empty where they have problems, so that the rollout's cannot be told
     * @param problems filled with what keeps the pipeline from running: a folder that is none
     * @param warnings filled with why the rollout that lies there would be refused
     */
    public static void look(
            PipelineConfig config, Optional<PipelineModels> models, List<String> problems, List<String> warnings) {
        Path folder = Path.of(config.rollout().folder());
        if (!Files.isDirectory(folder)) {
            problems.add("rollout.watch: \"" + folder + "\" is no folder; make it, or leave the key out");
            return;
        }
        Path file = folder.resolve(RolloutFile.NAME);
        try {
            Rollout rollout = RolloutFile.parse(folder, Files.readString(file), config);
            if (models.isPresent()) {
                resolve(config, models.get().fileBundle(config), rollout, file.toString(), new ArrayList<>());
            }
        } catch (NoSuchFileException e) {
            return;
        } catch (ConfigurationException e) {
            e.problems().forEach(problem -> warnings.add(file + " would be refused: " + problem));
        } catch (IOException e) {
            warnings.add(file + " cannot be read: " + e);
        }
    }

    /**
     * Resolves a rollout's models. Whatever it does not name stays as it is, and must fit what it names.
     *
     * @param file the pipeline file's own bundle
     * @param where names the rollout in messages
     * @param warnings filled with what may be meant so
     * @throws ConfigurationException with every problem
     */
    static ModelBundle resolve(
            PipelineConfig config, ModelBundle file, Rollout rollout, String where, List<String> warnings)
            throws ConfigurationException {
        PipelineModels own = PipelineModels.require(where, config.withModels(file), new ArrayList<>());
        Map<String, String> encoders = new TreeMap<>(file.encoders());
        encoders.putAll(rollout.encoders());
        Map<String, String> operators = new TreeMap<>(file.operators());
        operators.putAll(rollout.operators());
        PipelineConfig changed =
                config.withModels(new ModelBundle("", false, rollout.packs(), encoders, Map.of(), operators));
        PipelineModels models = PipelineModels.require(where, changed, warnings);
        List<String> problems = new ArrayList<>();
        for (int i = 0; i < config.modalities().size(); i++) {
            PackedModel before = own.encoders().get(i);
            PackedModel after = models.encoders().get(i);
            if (before.manifest().kind() != after.manifest().kind()) {
                problems.add("encoders." + config.modalities().get(i).name() + ": " + after + " is "
                        + after.manifest().kind().withArticle() + ", the modality's events are for "
                        + before.manifest().kind().withArticle());
            }
        }
        for (int i = 0; i < config.operators().size(); i++) {
            BoundOperator before = own.operators().get(i);
            BoundOperator after = models.operators().get(i);
            String key = "operators." + before.operator().key();
            if (!before.need().equals(after.need())) {
                problems.add(key + ": " + after.head() + " needs other modalities than " + before.head()
                        + ", by which windows are aligned; name a head that was trained on " + models.encoders()
                        + ", or start a new pipeline with it");
            }
            boolean other = !after.head().sha256().equals(before.head().sha256())
                    || !rollout.encoders().isEmpty();
            if (rollout.mode() == Mode.SHADOW && after.operator().context() != null && other) {
                problems.add(key
                        + ": reads a subject's earlier windows, which a shadow does not leave behind; use mode canary");
            }
        }
        if (!problems.isEmpty()) {
            throw new ConfigurationException(where, problems);
        }
        return models.bundle(changed, rollout.packs(), false);
    }
}
