// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.models;

import io.sensorium.job.config.Modality;
import io.sensorium.job.config.Moderation.Toxicity;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.operators.pack.ModelCatalog;
import io.sensorium.operators.pack.ModelKind;
import io.sensorium.operators.pack.ModelManifest;
import io.sensorium.operators.pack.ModelManifest.Slot;
import io.sensorium.operators.pack.PackedModel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The heads of {@code moderation.toxicity}, found in the packs and checked against the encoders. */
final class SignalHeads {

    private static final String KEY = "moderation.toxicity.heads";

    private final PipelineConfig config;
    private final List<PackedModel> encoders;
    private final List<String> problems;
    private final List<List<SignalHead>> byModality = new ArrayList<>();

    /** Head by signal. */
    private final Map<String, PackedModel> signals = new HashMap<>();

    private SignalHeads(PipelineConfig config, List<PackedModel> encoders, List<String> problems) {
        this.config = config;
        this.encoders = encoders;
        this.problems = problems;
        encoders.forEach(encoder -> byModality.add(new ArrayList<>()));
    }

    /**
     * Finds the heads.
     *
     * @param encoders by modality; null where one was not found
     * @param problems filled with what is wrong
     * @return by modality the heads that rate its events
     */
    static List<List<SignalHead>> find(
            PipelineConfig config, ModelCatalog catalog, List<PackedModel> encoders, List<String> problems) {
        SignalHeads found = new SignalHeads(config, encoders, problems);
        Toxicity toxicity = config.moderation().toxicity();
        List<Integer> rated = found.rated(toxicity);
        for (String name : toxicity.heads()) {
            PipelineModels.model(catalog, KEY, name, ModelKind.FUSION_HEAD::equals, "a head", problems)
                    .flatMap(found::head)
                    .ifPresent(head -> rated.forEach(modality -> found.bind(head, modality)));
        }
        if (!toxicity.heads().isEmpty() && rated.isEmpty() && !encoders.contains(null)) {
            problems.add(KEY + ": no modality has a text encoder; give one text-bge-small-en, or remove the heads");
        }
        return Collections.unmodifiableList(found.byModality);
    }

    private List<Integer> rated(Toxicity toxicity) {
        List<Integer> rated = new ArrayList<>();
        for (int i = 0; i < encoders.size(); i++) {
            Modality modality = config.modalities().get(i);
            boolean isText =
                    encoders.get(i) != null && encoders.get(i).manifest().kind() == ModelKind.TEXT_ENCODER;
            if (toxicity.modalities().isEmpty()
                    ? isText
                    : toxicity.modalities().contains(modality.name()) && encoders.get(i) != null) {
                rated.add(i);
            }
        }
        return rated;
    }

    private Optional<SignalHead> head(PackedModel model) {
        ModelManifest manifest = model.manifest();
        List<String> labels = manifest.labels();
        long[] output = manifest.graphs().containsKey("model")
                ? manifest.graphs().get("model").outputs().get(SignalHead.OUTPUT)
                : null;
        if (manifest.slots().size() != 1 || manifest.context() != null) {
            problems.add(
                    KEY + ": " + model + " rates whole windows; expected a head with one slot and no context, such "
                            + "as text-offensive-early");
            return Optional.empty();
        }
        if (output == null || output.length != 2 || labels.isEmpty() || output[1] != labels.size()) {
            problems.add(KEY + ": " + model + " has no output \"" + SignalHead.OUTPUT
                    + "\" with a number for each of its labels " + labels + "; name a head that has");
            return Optional.empty();
        }
        if (signals.containsValue(model)) {
            problems.add(KEY + ": names " + model + " twice; remove one of them");
            return Optional.empty();
        }
        Map<String, Integer> columns = new LinkedHashMap<>();
        // Of two classes one is the absence of the other.
        for (int column = labels.size() == 2 ? 1 : 0; column < labels.size(); column++) {
            String signal = SignalHead.GROUP + "." + labels.get(column);
            PackedModel before = signals.put(signal, model);
            if (before != null) {
                problems.add(KEY + ": " + before + " and " + model + " both rate \"" + labels.get(column)
                        + "\"; name one of them");
            }
            columns.put(signal, column);
        }
        return Optional.of(new SignalHead(model, columns));
    }

    private void bind(SignalHead head, int modality) {
        PackedModel encoder = encoders.get(modality);
        Slot slot = head.model().manifest().slots().get(0);
        String name = config.modalities().get(modality).name();
        if (!slot.accepts(encoder.manifest()) || !slot.fits(encoder.manifest())) {
            problems.add(KEY + ": " + head.model() + " was trained on " + slot.encoders() + ", but " + name
                    + " is encoded by " + encoder + "; give " + name
                    + " one of these encoders, or list other modalities "
                    + "under moderation.toxicity.modalities");
            return;
        }
        byModality.get(modality).add(head);
    }
}
