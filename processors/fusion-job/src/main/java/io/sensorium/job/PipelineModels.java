package io.sensorium.job;

import io.sensorium.job.align.AlignSettings.OperatorNeed;
import io.sensorium.pipeline.ConfigurationException;
import io.sensorium.job.config.ModelBundle;
import io.sensorium.job.align.AlignSettings;
import io.sensorium.job.align.AlignStrategy;
import io.sensorium.job.align.StateDescription;
import io.sensorium.job.align.SubjectElementSerializer;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineConfig.Captions;
import io.sensorium.job.config.PipelineConfig.Match;
import io.sensorium.job.config.PipelineConfig.Modality;
import io.sensorium.job.config.PipelineConfig.Onnx;
import io.sensorium.job.config.PipelineConfig.Operator;
import io.sensorium.job.config.PipelineConfig.Pair;
import io.sensorium.operators.fuse.MatchOperator;
import io.sensorium.operators.fuse.MatchOperator.SlotPair;
import io.sensorium.operators.pack.ModelCatalog;
import io.sensorium.operators.pack.ModelManifest.Slot;
import io.sensorium.operators.pack.PackException;
import io.sensorium.operators.pack.PackedModel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.TreeMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The models that a pipeline file names, found in the packs and checked against each other. Immutable. */
public final class PipelineModels {

    /**
     * A head bound to the pipeline's modalities.
     *
     * @param inputs the head's embedding inputs
     * @param slots for each of them the modality's index, or -1 where none feeds it
     * @param mask the head's presence input; null where it has none
     * @param pairs for match operators, the configured pairs as slots
     * @param phraseEncoder for captions, what encodes the phrases; else null
     */
    public record BoundHead(Operator operator, PackedModel head, List<Slot> inputs, int[] slots, String mask, List<SlotPair> pairs, PackedModel phraseEncoder) {

        /** A head of this project's, whose manifest says everything. */
        BoundHead(Operator operator, PackedModel head, int[] slots, List<SlotPair> pairs, PackedModel phraseEncoder) {
            this(operator, head, head.manifest().slots(), slots, "mask", pairs, phraseEncoder);
        }

        /** The slot of a name, or -1. */
        public int slot(String name) {
            return inputs.stream().map(Slot::name).toList().indexOf(name);
        }

        /** The slot that a modality feeds, or -1. */
        public int slotOf(int modality) {
            for (int slot = 0; slot < slots.length; slot++) {
                if (slots[slot] == modality) {
                    return slot;
                }
            }
            return -1;
        }

        /** What the operator can work with: both modalities of any pair of a match head's, all of a head's without a mask, else any. */
        public OperatorNeed need() {
            if (operator instanceof Match) {
                return new OperatorNeed(pairs.stream().map(pair -> 1 << slots[pair.left()] | 1 << slots[pair.right()]).toList());
            }
            if (operator instanceof Captions) {
                return new OperatorNeed(List.of(1 << slots[pairs.get(0).left()]));
            }
            if (mask == null) {
                return new OperatorNeed(List.of(Arrays.stream(slots).map(modality -> 1 << modality).reduce(0, (all, one) -> all | one)));
            }
            return new OperatorNeed(Arrays.stream(slots).filter(modality -> modality >= 0).mapToObj(modality -> 1 << modality).toList());
        }
    }

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
    public static Optional<PipelineModels> resolve(PipelineConfig config, List<String> problems, List<String> warnings) {
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
                HeadChoice.of(catalog, operator, encoders, problems).flatMap(head -> bind(config, catalog, operator, head, encoders, problems)).ifPresent(heads::add);
            }
        }
        if (problems.size() > before) {
            return Optional.empty();
        }
        Map<String, PackedModel> used = new LinkedHashMap<>();
        encoders.forEach(model -> used.put(model.manifest().id(), model));
        heads.forEach(bound -> used.put(bound.head().manifest().id(), bound.head()));
        heads.stream().filter(bound -> bound.phraseEncoder() != null).forEach(bound -> used.put(bound.phraseEncoder().manifest().id(), bound.phraseEncoder()));
        used.values().forEach(model -> checkTerms(config, model, problems, warnings));
        return problems.size() > before ? Optional.empty() : Optional.of(new PipelineModels(encoders, heads));
    }

    /** The pipeline file's own models as a bundle. */
    public ModelBundle fileBundle(PipelineConfig config) {
        return bundle(config, List.of(), true);
    }

    /** These models by name and version, as what the pipeline runs together. @param packs besides the pipeline file's; @param fromFile whether the file itself names them */
    public ModelBundle bundle(PipelineConfig config, List<String> packs, boolean fromFile) {
        Map<String, String> byModality = new LinkedHashMap<>();
        Map<String, String> hashes = new LinkedHashMap<>();
        Map<String, String> byOperator = new LinkedHashMap<>();
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < encoders.size(); i++) {
            String name = config.modalities().get(i).name();
            byModality.put(name, encoders.get(i).reference());
            hashes.put(name, encoders.get(i).sha256());
            all.append(name).append('=').append(encoders.get(i)).append(' ').append(encoders.get(i).sha256()).append('\n');
        }
        for (BoundHead bound : heads) {
            byOperator.put(bound.operator().key(), bound.head().reference());
            all.append(bound.operator().key()).append('=').append(bound.head()).append(' ').append(bound.head().sha256()).append('\n');
        }
        String id = PackedModel.sha256(all.toString().getBytes(StandardCharsets.UTF_8)).substring(0, 16);
        return new ModelBundle(id, fromFile, packs, byModality, hashes, byOperator);
    }

    /**
     * The models of a bundle.
     *
     * @throws ConfigurationException when they are not to be had, or are no longer those that the bundle was made of
     */
    public static PipelineModels of(PipelineConfig config, ModelBundle bundle) throws ConfigurationException {
        List<String> problems = new ArrayList<>();
        PipelineConfig own = config.withModels(bundle);
        PipelineModels models = resolve(own, problems, new ArrayList<>()).orElseThrow(() -> new ConfigurationException("models " + bundle.id(), problems));
        if (!models.bundle(own, bundle.packs(), bundle.fromFile()).id().equals(bundle.id())) {
            throw new ConfigurationException("models " + bundle.id(), List.of("the files of " + bundle.packs() + " are no longer those that were announced; "
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
            return PackedModel.ofEmbeddings(modality.embedding().dimension(), modality.embedding().model());
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
            problems.add(key + ": no model \"" + modality.encoder() + "\" in any pack; there are " + encoderNames(catalog));
            return null;
        }
        if (!found.get().manifest().kind().isEncoder()) {
            problems.add(key + ": " + found.get() + " is a " + found.get().manifest().kind() + ", expected an encoder of " + encoderNames(catalog));
        }
        return found.get();
    }

    private static List<String> encoderNames(ModelCatalog catalog) {
        return catalog.models().stream().filter(model -> model.manifest().kind().isEncoder()).map(PackedModel::toString).toList();
    }

    private static Optional<BoundHead> bind(PipelineConfig config, ModelCatalog catalog, Operator operator, PackedModel head, List<PackedModel> encoders, List<String> problems) {
        if (operator instanceof Onnx onnx && !onnx.inputs().isEmpty()) {
            return ModelBinding.bind(config, onnx, head, encoders, problems);
        }
        List<Slot> slots = head.manifest().slots();
        int[] bound = new int[slots.size()];
        Arrays.fill(bound, -1);
        String key = "operators." + operator.key();
        for (int modality = 0; modality < encoders.size(); modality++) {
            String encoder = encoders.get(modality).manifest().id();
            for (int slot = 0; slot < bound.length; slot++) {
                if (!slots.get(slot).accepts(encoders.get(modality).manifest())) {
                    continue;
                }
                String name = config.modalities().get(modality).name();
                if (bound[slot] >= 0) {
                    problems.add(key + ": modalities " + config.modalities().get(bound[slot]).name() + " and " + name + " both fit the slot \""
                            + slots.get(slot).name() + "\" of " + head + "; the head takes one, so give one of them another encoder");
                } else if (!slots.get(slot).fits(encoders.get(modality).manifest())) {
                    problems.add(key + ": slot \"" + slots.get(slot).name() + "\" of " + head + " takes " + slots.get(slot).dimension() + " numbers, "
                            + encoder + " gives " + encoders.get(modality).manifest().dimension());
                }
                bound[slot] = modality;
            }
        }
        BoundHead result = new BoundHead(operator, head, bound, List.of(), null);
        if (Arrays.stream(bound).allMatch(modality -> modality < 0)) {
            problems.add(key + ": " + head + " accepts none of the pipeline's encoders; it was trained on "
                    + slots.stream().flatMap(slot -> slot.encoders().stream()).toList());
            return Optional.empty();
        }
        if (operator instanceof Onnx onnx) {
            ModelBinding.checkOutputs(onnx, head, problems);
        }
        if (operator instanceof Captions captions) {
            return captions(config, catalog, captions, result, encoders, problems);
        }
        if (!(operator instanceof Match match)) {
            return Optional.of(result);
        }
        List<SlotPair> pairs = new ArrayList<>();
        for (Pair pair : match.pairs()) {
            SlotPair slotPair = new SlotPair(result.slotOf(config.modalityIndex(pair.left())), result.slotOf(config.modalityIndex(pair.right())));
            if (slotPair.left() < 0 || slotPair.right() < 0) {
                String lacking = slotPair.left() < 0 ? pair.left() : pair.right();
                problems.add(key + ".pairs: " + head + " was not trained on the encoder of " + lacking);
                continue;
            }
            try {
                MatchOperator.calibration(head.manifest(), slotPair);
                pairs.add(slotPair);
            } catch (PackException e) {
                problems.add(key + ".pairs: " + e.getMessage());
            }
        }
        return Optional.of(new BoundHead(operator, head, bound, pairs, null));
    }

    /** The phrases are encoded as the pipeline's texts are where the head takes those, else by the encoder that it was trained on. */
    private static Optional<BoundHead> captions(PipelineConfig config, ModelCatalog catalog, Captions captions, BoundHead bound, List<PackedModel> encoders,
            List<String> problems) {
        String key = "operators." + captions.key();
        int from = bound.slotOf(config.modalityIndex(captions.from()));
        int text = bound.slot("text");
        if (from < 0 || text < 0 || from == text) {
            problems.add(key + ".from: " + bound.head() + (from < 0 ? " was not trained on the encoder of " + captions.from()
                    : text < 0 ? " has no slot \"text\" for the phrases" : " would compare " + captions.from() + " with itself"));
            return Optional.empty();
        }
        Slot slot = bound.inputs().get(text);
        Optional<PackedModel> encoder = Stream.concat(encoders.stream().filter(model -> slot.accepts(model.manifest()) && slot.fits(model.manifest())),
                slot.encoders().stream().flatMap(name -> catalog.find(name).stream())).findFirst();
        if (encoder.isEmpty()) {
            problems.add(key + ": no pack has " + slot.encoders() + ", which " + bound.head() + " needs for the phrases");
            return Optional.empty();
        }
        SlotPair pair = new SlotPair(from, text);
        try {
            MatchOperator.calibration(bound.head().manifest(), pair);
        } catch (PackException e) {
            problems.add(key + ".from: " + e.getMessage());
            return Optional.empty();
        }
        return Optional.of(new BoundHead(captions, bound.head(), bound.slots(), List.of(pair), encoder.get()));
    }

    private static void checkTerms(PipelineConfig config, PackedModel model, List<String> problems, List<String> warnings) {
        if (model.manifest().terms().commercial().equals("yes")) {
            return;
        }
        String message = model + ": commercial use: " + model.manifest().terms().commercial() + " (" + String.join("; ", model.manifest().terms().data()) + ")";
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
            modalities.put(modality.name(), modality.topic() + " " + encoders.get(i).manifest().id() + " " + encoders.get(i).sha256());
        }
        AlignSettings align = config.align();
        LinkedHashMap<String, Object> settings = new LinkedHashMap<>();
        settings.put("state format", SubjectElementSerializer.VERSION);
        settings.put("alignment", align.strategy().identity() + (align.strategy() instanceof AlignStrategy.Session session ? " max_length:" + session.maxLength() : ""));
        // What a longer lateness would take again, a shorter one has already forgotten.
        settings.put("allowed_lateness", align.firing().allowedLateness() + "ms");
        settings.put("modalities, topics and encoders", modalities);
        return new StateDescription(settings, new ArrayList<>(config.operators().stream().map(PipelineConfig.Operator::key).toList()));
    }
}
