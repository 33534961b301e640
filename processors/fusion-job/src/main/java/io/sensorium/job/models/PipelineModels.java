// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.models;

import io.sensorium.job.align.StateDescription;
import io.sensorium.job.align.SubjectElementSerializer;
import io.sensorium.job.alignment.AlignSettings;
import io.sensorium.job.alignment.AlignSettings.OperatorNeed;
import io.sensorium.job.alignment.AlignStrategy;
import io.sensorium.job.config.ModelBundle;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineConfig.Captions;
import io.sensorium.job.config.PipelineConfig.Match;
import io.sensorium.job.config.PipelineConfig.Modality;
import io.sensorium.job.config.PipelineConfig.Onnx;
import io.sensorium.job.config.PipelineConfig.Operator;
import io.sensorium.operators.fuse.MatchHead.SlotPair;
import io.sensorium.operators.pack.ModelCatalog;
import io.sensorium.operators.pack.ModelManifest.Slot;
import io.sensorium.operators.pack.PackException;
import io.sensorium.operators.pack.PackedModel;
import io.sensorium.pipeline.ConfigurationException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The models that a pipeline file names, found in the packs and checked against each other. Immutable. */
public final class PipelineModels {

    /**
     * A head bound to the pipeline's modalities.
     *
     * @param inputs the head's embedding inputs
     * @param modalities for each of them the indices of the modalities that feed it, as bits; 0 where none does
     * @param mask the head's presence input; null where it has none
     * @param pairs for match operators, the configured pairs; for captions the one of the modality and the phrases
     * @param phraseEncoder for captions, what encodes the phrases; else null
     */
    public record BoundHead(
            Operator operator,
            PackedModel head,
            List<Slot> inputs,
            int[] modalities,
            String mask,
            List<BoundPair> pairs,
            PackedModel phraseEncoder) {

        /** A head of this project's, whose manifest says everything. */
        BoundHead(
                Operator operator,
                PackedModel head,
                int[] modalities,
                List<BoundPair> pairs,
                PackedModel phraseEncoder) {
            this(operator, head, head.manifest().slots(), modalities, "mask", pairs, phraseEncoder);
        }

        /** The slot of a name, or -1. */
        public int slot(String name) {
            return inputs.stream().map(Slot::name).toList().indexOf(name);
        }

        /** The slot that a modality feeds, or -1. */
        public int slotOf(int modality) {
            for (int slot = 0; slot < modalities.length; slot++) {
                if ((modalities[slot] & 1 << modality) != 0) {
                    return slot;
                }
            }
            return -1;
        }

        /** Every modality that feeds a slot, slot by slot. */
        public List<Source> sources() {
            List<Source> sources = new ArrayList<>();
            for (int slot = 0; slot < modalities.length; slot++) {
                for (int modality = 0; modality < Integer.SIZE; modality++) {
                    if ((modalities[slot] & 1 << modality) != 0) {
                        sources.add(new Source(slot, modality));
                    }
                }
            }
            return sources;
        }

        /** The modalities that feed any slot, by index. */
        public List<Integer> fed() {
            return sources().stream().map(Source::modality).distinct().sorted().toList();
        }

        /**
         * What the operator can work with: both modalities of any pair of a match head's, all of a head's without a
         * mask, else any.
         */
        public OperatorNeed need() {
            return new OperatorNeed(anyOf(), operator.optional());
        }

        private List<Integer> anyOf() {
            if (operator instanceof Match) {
                return pairs.stream()
                        .map(pair -> 1 << pair.left() | 1 << pair.right())
                        .toList();
            }
            if (operator instanceof Captions) {
                return List.of(1 << pairs.get(0).left());
            }
            if (mask == null) {
                return List.of(Arrays.stream(modalities).reduce(0, (all, one) -> all | one));
            }
            return sources().stream().map(source -> 1 << source.modality()).toList();
        }
    }

    /** A modality, by index, that feeds a slot of a head. */
    public record Source(int slot, int modality) {}

    /**
     * Two modalities that a head compares.
     *
     * @param slots of the head
     * @param left the modality's index
     * @param right the other's, or -1 for the phrases of captions
     */
    public record BoundPair(SlotPair slots, int left, int right) {}

    private final List<PackedModel> encoders;
    private final List<BoundHead> heads;

    private PipelineModels(List<PackedModel> encoders, List<BoundHead> heads) {
        this.encoders = List.copyOf(encoders);
        this.heads = List.copyOf(heads);
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
        ModelCatalog catalog;
        try {
            catalog = ModelCatalog.load(config.packs().stream().map(Path::of).toList());
        } catch (PackException e) {
            problems.addAll(e.problems());
            return Optional.empty();
        }
        int before = problems.size();
        List<PackedModel> encoders = new ArrayList<>();
        for (Modality modality : config.modalities()) {
            encoders.add(encoder(catalog, modality, problems));
        }
        List<BoundHead> heads = new ArrayList<>();
        if (problems.size() == before) {
            for (Operator operator : config.operators()) {
                HeadSelector.of(catalog, operator, encoders, problems)
                        .flatMap(head ->
                                operator instanceof Onnx onnx && !onnx.inputs().isEmpty()
                                        ? OnnxModelBinder.bind(config, onnx, head, encoders, problems)
                                        : new SlotBinding(config, catalog, encoders, problems).bind(operator, head))
                        .ifPresent(heads::add);
            }
        }
        if (problems.size() > before) {
            return Optional.empty();
        }
        Map<String, PackedModel> used = new LinkedHashMap<>();
        encoders.forEach(model -> used.put(model.manifest().id(), model));
        heads.forEach(bound -> used.put(bound.head().manifest().id(), bound.head()));
        heads.stream()
                .filter(bound -> bound.phraseEncoder() != null)
                .forEach(bound -> used.put(bound.phraseEncoder().manifest().id(), bound.phraseEncoder()));
        used.values().forEach(model -> checkTerms(config, model, problems, warnings));
        return problems.size() > before ? Optional.empty() : Optional.of(new PipelineModels(encoders, heads));
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
        for (BoundHead bound : heads) {
            byOperator.put(bound.operator().key(), bound.head().reference());
            all.append(bound.operator().key())
                    .append('=')
                    .append(bound.head())
                    .append(' ')
                    .append(bound.head().sha256())
                    .append('\n');
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
        List<String> problems = new ArrayList<>();
        PipelineConfig own = config.withModels(bundle);
        PipelineModels models = resolve(own, problems, new ArrayList<>())
                .orElseThrow(() -> new ConfigurationException("models " + bundle.id(), problems));
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

    /** Whether any operator reads a subject's past. */
    public boolean readPast() {
        return heads.stream().anyMatch(bound -> bound.operator().context() != null);
    }

    /** In the pipeline file's order. */
    public List<BoundHead> heads() {
        return heads;
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
        String key = "modalities." + modality.name() + ".encoder";
        Optional<PackedModel> found;
        try {
            found = catalog.find(modality.encoder());
        } catch (PackException e) {
            problems.add(key + ": " + e.getMessage());
            return null;
        }
        if (found.isEmpty()) {
            problems.add(key + ": no model \"" + modality.encoder() + "\" in any pack"
                    + ModelNames.suggestion(modality.encoder(), encodersOf(catalog)));
            return null;
        }
        if (!found.get().manifest().kind().isEncoder()) {
            problems.add(key + ": " + found.get() + " is a "
                    + found.get().manifest().kind() + ", expected an encoder of " + encodersOf(catalog));
        }
        return found.get();
    }

    private static List<PackedModel> encodersOf(ModelCatalog catalog) {
        return catalog.models().stream()
                .filter(model -> model.manifest().kind().isEncoder())
                .toList();
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

    /** What state of a pipeline with these models is made with. */
    public StateDescription describe(PipelineConfig config) {
        // A source goes on with the partitions it saved, so another topic would silently not be read.
        TreeMap<String, String> modalities = new TreeMap<>();
        for (int i = 0; i < config.modalities().size(); i++) {
            PipelineConfig.Modality modality = config.modalities().get(i);
            modalities.put(
                    modality.name(),
                    modality.topic() + " " + encoders.get(i).manifest().id() + " "
                            + encoders.get(i).sha256());
        }
        AlignSettings align = config.align();
        LinkedHashMap<String, Object> settings = new LinkedHashMap<>();
        settings.put("state format", SubjectElementSerializer.VERSION);
        settings.put(
                "alignment",
                align.strategy().identity()
                        + (align.strategy() instanceof AlignStrategy.Session session
                                ? " max_length:" + session.maxLength()
                                : ""));
        // What a longer lateness would take again, a shorter one has already forgotten.
        settings.put("allowed_lateness", align.firing().allowedLateness() + "ms");
        settings.put("modalities, topics and encoders", modalities);
        return new StateDescription(
                settings,
                new ArrayList<>(config.operators().stream()
                        .map(PipelineConfig.Operator::key)
                        .toList()));
    }
}
