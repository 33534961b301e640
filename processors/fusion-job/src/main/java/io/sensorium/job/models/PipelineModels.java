// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.models;

import io.sensorium.job.align.StateDescription;
import io.sensorium.job.align.SubjectElementSerializer;
import io.sensorium.job.alignment.AlignSettings;
import io.sensorium.job.config.Modality;
import io.sensorium.job.config.ModelBundle;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.operator.BoundOperator;
import io.sensorium.job.operator.HeadBinding;
import io.sensorium.job.operator.Operator;
import io.sensorium.operators.pack.ModelCatalog;
import io.sensorium.operators.pack.ModelKind;
import io.sensorium.operators.pack.PackException;
import io.sensorium.operators.pack.PackedModel;
import io.sensorium.pipeline.ConfigNode;
import io.sensorium.pipeline.ConfigurationException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;

/** The models that a pipeline file names, found in the packs and checked against each other. Immutable. */
public final class PipelineModels {

    private final List<PackedModel> encoders;
    private final Map<String, PackedModel> recognizers;
    private final List<BoundOperator> operators;
    private final List<List<SignalHead>> signalHeads;

    /** @param signalHeads by modality; empty for none */
    private PipelineModels(
            List<PackedModel> encoders,
            Map<String, PackedModel> recognizers,
            List<BoundOperator> operators,
            List<List<SignalHead>> signalHeads) {
        this.encoders = List.copyOf(encoders);
        this.recognizers = Map.copyOf(recognizers);
        this.operators = List.copyOf(operators);
        this.signalHeads = List.copyOf(signalHeads);
    }

    /**
     * What was found of a pipeline's models, so that it can be tried even where others are missing.
     *
     * @param encoders by modality; null where none was found
     * @param recognizers by the name of the modality that is derived with it; without those that were not found
     * @param bound the encoders with the heads that fit them; empty where an encoder is missing
     * @param trials the heads that can be tried: those that fit the encoders, together, and each other by itself, with
     *     encoders that it takes in place of the pipeline's
     */
    public record Found(
            List<PackedModel> encoders,
            Map<String, PackedModel> recognizers,
            Optional<PipelineModels> bound,
            List<PipelineModels> trials) {

        /** The operators whose heads can be tried. */
        public List<BoundOperator> operators() {
            return trials.stream().flatMap(trial -> trial.operators().stream()).toList();
        }
    }

    /**
     * Finds and checks every model of a pipeline.
     *
     * @param problems filled with everything that is wrong
     * @param warnings filled with what may be meant so, such as terms that forbid commercial use
     * @return the models, or empty where there are problems
     */
    public static Optional<PipelineModels> resolve(
            PipelineConfig config, List<String> problems, List<String> warnings) {
        int before = problems.size();
        Found found = find(config, problems, warnings);
        return problems.size() > before ? Optional.empty() : found.bound();
    }

    /**
     * {@link #resolve} for what cannot go on without the models.
     *
     * @param where names the file, or what else chose the models, in the message
     * @param warnings filled with what may be meant so
     * @throws ConfigurationException with every problem
     */
    public static PipelineModels require(String where, PipelineConfig config, List<String> warnings)
            throws ConfigurationException {
        List<String> problems = new ArrayList<>();
        return resolve(config, problems, warnings).orElseThrow(() -> new ConfigurationException(where, problems));
    }

    /** {@link #resolve}, which also returns what is right where something else is wrong. */
    public static Found find(PipelineConfig config, List<String> problems, List<String> warnings) {
        ModelCatalog catalog =
                ModelCatalog.load(config.packs().stream().map(Path::of).toList(), problems);
        List<PackedModel> encoders = new ArrayList<>();
        Map<String, PackedModel> recognizers = new LinkedHashMap<>();
        for (Modality modality : config.modalities()) {
            encoders.add(encoder(catalog, modality, problems));
            if (modality.isDerived()) {
                recognizer(catalog, modality, problems).ifPresent(model -> recognizers.put(modality.name(), model));
            }
        }
        requireSources(config, encoders, problems);
        TextModalities.requireTexts(config, encoders, problems);
        List<List<SignalHead>> signalHeads = SignalHeads.find(config, catalog, encoders, problems);
        boolean complete = !encoders.contains(null);
        List<BoundOperator> operators = new ArrayList<>();
        List<PipelineModels> trials = new ArrayList<>();
        HeadBinding binding = new HeadBinding(config.modalityNames(), catalog, encoders, problems);
        for (Operator operator : config.operators()) {
            HeadSelector.of(catalog, operator, encoders, problems).ifPresent(head -> {
                Optional<BoundOperator> bound = complete ? operator.bind(head, binding) : Optional.empty();
                bound.ifPresentOrElse(
                        operators::add,
                        () -> AssumedEncoders.bind(operator, head, config.modalityNames(), catalog, encoders)
                                .map(assumed -> new PipelineModels(
                                        assumed.encoders(), Map.of(), List.of(assumed.operator()), List.of()))
                                .ifPresent(trials::add));
            });
        }
        Optional<PipelineModels> bound = complete
                ? Optional.of(new PipelineModels(encoders, recognizers, operators, signalHeads))
                : Optional.empty();
        bound.ifPresent(models -> trials.add(0, models));
        Found found =
                new Found(Collections.unmodifiableList(encoders), Map.copyOf(recognizers), bound, List.copyOf(trials));
        Map<String, PackedModel> used = new LinkedHashMap<>();
        encoders.stream()
                .filter(Objects::nonNull)
                .forEach(model -> used.put(model.manifest().id(), model));
        recognizers.values().forEach(model -> used.put(model.manifest().id(), model));
        signalHeads.stream()
                .flatMap(List::stream)
                .map(SignalHead::model)
                .forEach(model -> used.put(model.manifest().id(), model));
        found.operators()
                .forEach(each ->
                        each.models().forEach(model -> used.put(model.manifest().id(), model)));
        used.values().forEach(model -> checkTerms(config, model, problems, warnings));
        return found;
    }

    /** The pipeline file's own models as a bundle. */
    public ModelBundle fileBundle(PipelineConfig config) {
        return bundle(config, List.of(), true);
    }

    /**
     * These models by name and version, as what the pipeline runs together.
     *
     * @param packs besides the pipeline file's
     * @param fromFile whether the file itself names them
     */
    public ModelBundle bundle(PipelineConfig config, List<String> packs, boolean fromFile) {
        Map<String, String> byModality = new LinkedHashMap<>();
        Map<String, String> hashes = new LinkedHashMap<>();
        Map<String, String> byOperator = new LinkedHashMap<>();
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < encoders.size(); i++) {
            String name = config.modalities().get(i).name();
            byModality.put(name, encoders.get(i).reference());
            hashes.put(name, encoders.get(i).sha256());
            all.append(name)
                    .append('=')
                    .append(encoders.get(i))
                    .append(' ')
                    .append(encoders.get(i).sha256())
                    .append('\n');
        }
        new TreeMap<>(recognizers)
                .forEach((name, model) -> all.append(name)
                        .append("<-")
                        .append(model)
                        .append(' ')
                        .append(model.sha256())
                        .append('\n'));
        signalHeads()
                .forEach(head -> all.append(SignalHead.GROUP)
                        .append('=')
                        .append(head.model())
                        .append(' ')
                        .append(head.model().sha256())
                        .append('\n'));
        for (BoundOperator bound : operators) {
            byOperator.put(bound.operator().key(), bound.head().reference());
            bound.models().stream()
                    .filter(model -> model == bound.head() || !encoders.contains(model))
                    .forEach(model -> all.append(bound.operator().key())
                            .append('=')
                            .append(model)
                            .append(' ')
                            .append(model.sha256())
                            .append('\n'));
        }
        String id = PackedModel.sha256(all.toString().getBytes(StandardCharsets.UTF_8))
                .substring(0, 16);
        return new ModelBundle(id, fromFile, packs, byModality, hashes, byOperator);
    }

    /**
     * The models of a bundle.
     *
     * @throws ConfigurationException when they are unavailable, or are no longer those that the bundle was made of
     */
    public static PipelineModels of(PipelineConfig config, ModelBundle bundle) throws ConfigurationException {
        PipelineConfig own = config.withModels(bundle);
        PipelineModels models = require("models " + bundle.id(), own, new ArrayList<>());
        if (!models.bundle(own, bundle.packs(), bundle.fromFile()).id().equals(bundle.id())) {
            throw new ConfigurationException(
                    "models " + bundle.id(),
                    List.of("the files of " + bundle.packs() + " are no longer those that were announced; "
                            + "give what changed another version"));
        }
        return models;
    }

    /** By modality index. */
    public List<PackedModel> encoders() {
        return encoders;
    }

    /** By the name of the modality that is derived with it. */
    public Map<String, PackedModel> recognizers() {
        return recognizers;
    }

    /** The heads that rate single events of a modality, by its index. */
    public List<SignalHead> signalHeads(int modality) {
        return signalHeads.isEmpty() ? List.of() : signalHeads.get(modality);
    }

    /** All heads that rate single events. */
    public List<SignalHead> signalHeads() {
        return signalHeads.stream().flatMap(List::stream).distinct().toList();
    }

    /** Whether any operator reads a subject's past. */
    public boolean readPast() {
        return operators.stream().anyMatch(bound -> bound.operator().context() != null);
    }

    /** The operators with their heads, in the pipeline file's order. */
    public List<BoundOperator> operators() {
        return operators;
    }

    /** First eight bytes of a model's SHA-256: what keyed state keeps beside a vector. */
    public static long shortHash(PackedModel model) {
        return Long.parseUnsignedLong(model.sha256().substring(0, 16), 16);
    }

    private static PackedModel encoder(ModelCatalog catalog, Modality modality, List<String> problems) {
        if (modality.embedding() != null) {
            return PackedModel.ofEmbeddings(
                    modality.embedding().dimension(), modality.embedding().model());
        }
        String key =
                modality.isDerived() ? derive(modality) + ".encoder" : "modalities." + modality.name() + ".encoder";
        return model(catalog, key, modality.encoder(), ModelKind::isEncoder, "an encoder", problems)
                .filter(model -> !modality.isDerived() || requireTextEncoder(key, model, problems))
                .orElse(null);
    }

    private static boolean requireTextEncoder(String key, PackedModel model, List<String> problems) {
        if (model.manifest().kind() == ModelKind.TEXT_ENCODER) {
            return true;
        }
        problems.add(key + ": " + model + " is " + model.manifest().kind().withArticle()
                + ", but what is derived is text; name a text encoder");
        return false;
    }

    /** What is derived must be in content of the kind that its source has. */
    private static void requireSources(PipelineConfig config, List<PackedModel> encoders, List<String> problems) {
        for (Modality modality : config.modalities()) {
            if (!modality.isDerived()) {
                continue;
            }
            PackedModel source =
                    encoders.get(config.modalityIndex(modality.derivation().from()));
            if (source != null
                    && source.manifest().kind() != ModelKind.EMBEDDING
                    && source.manifest().kind() != modality.derivation().as().source()) {
                problems.add(derive(modality) + ": is "
                        + ConfigNode.hyphenated(modality.derivation().as())
                        + ", which is derived from a modality with "
                        + modality.derivation().as().source().withArticle() + ", but " + source + " is "
                        + source.manifest().kind().withArticle() + "; move it to such a modality");
            }
        }
    }

    private static Optional<PackedModel> recognizer(ModelCatalog catalog, Modality modality, List<String> problems) {
        return model(
                catalog,
                derive(modality) + ".recognizer",
                modality.derivation().recognizer(),
                kind -> kind == modality.derivation().as().recognizer(),
                modality.derivation().as().recognizer().withArticle(),
                problems);
    }

    private static String derive(Modality modality) {
        return "modalities." + modality.derivation().from() + ".derive." + modality.name();
    }

    static Optional<PackedModel> model(
            ModelCatalog catalog,
            String key,
            String name,
            Predicate<ModelKind> expected,
            String words,
            List<String> problems) {
        List<PackedModel> candidates = catalog.models().stream()
                .filter(model -> expected.test(model.manifest().kind()))
                .toList();
        Optional<PackedModel> found;
        try {
            found = catalog.find(name);
        } catch (PackException e) {
            problems.add(key + ": " + e.getMessage());
            return Optional.empty();
        }
        if (found.isEmpty()) {
            if (!catalog.isLeftOut(name)) {
                problems.add(key + ": no model \"" + name + "\" in any pack" + ModelNames.suggestion(name, candidates));
            }
            return Optional.empty();
        }
        if (!expected.test(found.get().manifest().kind())) {
            problems.add(key + ": " + found.get() + " is "
                    + found.get().manifest().kind().withArticle() + ", expected " + words + " of " + candidates);
            return Optional.empty();
        }
        return found;
    }

    private static void checkTerms(
            PipelineConfig config, PackedModel model, List<String> problems, List<String> warnings) {
        if (model.manifest().terms().commercial().equals("yes")) {
            return;
        }
        String message = model + ": commercial use: " + model.manifest().terms().commercial() + " ("
                + String.join("; ", model.manifest().terms().data()) + ")";
        if (config.runtime().allowNoncommercial()) {
            warnings.add(message);
        } else {
            problems.add(message + "; runtime.allow_noncommercial is false");
        }
    }

    private String recognized(Modality modality) {
        PackedModel recognizer = recognizers.get(modality.name());
        return recognizer.manifest().id() + " " + recognizer.sha256();
    }

    /** What state of a pipeline with these models is made with. */
    public StateDescription describe(PipelineConfig config) {
        // A source goes on with the partitions it saved, so another topic would silently not be read.
        TreeMap<String, String> modalities = new TreeMap<>();
        for (int i = 0; i < config.modalities().size(); i++) {
            Modality modality = config.modalities().get(i);
            modalities.put(
                    modality.name(),
                    modality.topic() + " " + encoders.get(i).manifest().id() + " "
                            + encoders.get(i).sha256()
                            + (modality.isDerived() ? " of " + recognized(modality) : ""));
        }
        AlignSettings align = config.align();
        LinkedHashMap<String, Object> settings = new LinkedHashMap<>();
        settings.put(StateDescription.FORMAT, SubjectElementSerializer.VERSION);
        settings.put("alignment", align.strategy().stateIdentity());
        // What a longer lateness would take again, a shorter one has already forgotten.
        settings.put("allowed_lateness", align.firing().allowedLateness() + "ms");
        settings.put("modalities, topics and encoders", modalities);
        return new StateDescription(
                settings,
                new ArrayList<>(config.operators().stream().map(Operator::key).toList()));
    }
}
