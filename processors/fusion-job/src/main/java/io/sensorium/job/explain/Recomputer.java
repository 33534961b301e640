// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.explain;

import ai.onnxruntime.OrtException;
import io.sensorium.job.alignment.AlignedWindow;
import io.sensorium.job.alignment.Embedding;
import io.sensorium.job.alignment.EmbeddingVector;
import io.sensorium.job.alignment.EmbeddingVector.Precision;
import io.sensorium.job.alignment.EncodedEvent;
import io.sensorium.job.alignment.Evidence;
import io.sensorium.job.config.Modality;
import io.sensorium.job.config.ModelBundle;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.evidence.EventTexts;
import io.sensorium.job.explain.Explanation.Input;
import io.sensorium.job.explain.Explanation.Recomputation;
import io.sensorium.job.fuse.WindowFusion;
import io.sensorium.job.models.PipelineModels;
import io.sensorium.job.models.SignalHead;
import io.sensorium.job.moderation.Condition;
import io.sensorium.job.moderation.ConditionException;
import io.sensorium.job.moderation.TriState;
import io.sensorium.job.operator.Operator;
import io.sensorium.job.records.IngestRecord;
import io.sensorium.job.reference.ReferenceFetcher;
import io.sensorium.operators.encode.Content;
import io.sensorium.operators.encode.Encoder;
import io.sensorium.operators.encode.Outcome;
import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.onnx.EmbeddingBytes;
import io.sensorium.operators.pack.PackedModel;
import io.sensorium.pipeline.ConfigurationException;
import io.sensorium.results.IncompleteWindow;
import io.sensorium.results.InputReference;
import io.sensorium.results.ModelIdentity;
import io.sensorium.results.ModerationDecision;
import io.sensorium.schemas.ResultStatus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import org.apache.avro.specific.SpecificRecord;
import org.apache.avro.specific.SpecificRecordBase;

/** Computes a result again from its inputs, with the models that it names. For one thread. */
final class Recomputer {

    /** The contract's, for the same result. */
    private static final double TOLERANCE = 1e-4;

    private final PipelineConfig config;
    private final ReferenceFetcher fetcher;

    Recomputer(PipelineConfig config, ReferenceFetcher fetcher) {
        this.config = config;
        this.fetcher = fetcher;
    }

    /** @param events those inputs that could be read */
    Recomputation recompute(SpecificRecordBase last, List<Input> inputs, List<IngestRecord.Event> events) {
        if (last instanceof ModerationDecision decision) {
            return evaluateAgain(decision);
        }
        String key = (String) last.get("operator");
        if (last instanceof IncompleteWindow) {
            return new Recomputation.Nothing("nothing is computed of an incomplete window");
        }
        Optional<Operator> operator = config.operators().stream()
                .filter(each -> each.key().equals(key))
                .findFirst();
        if (operator.isEmpty()) {
            return new Recomputation.Impossible(
                    "the pipeline file has no operator \"" + key + "\"; give the file that it was run with");
        }
        if (operator.get().context() != null) {
            return new Recomputation.Impossible(
                    "operator " + key + " reads the subject's earlier windows, which one result does not name");
        }
        if (events.size() < inputs.size()) {
            return new Recomputation.Impossible("not all of its inputs are available");
        }
        try {
            return fuseAgain(last, key, events);
        } catch (ConfigurationException e) {
            return new Recomputation.Impossible(String.join("; ", e.problems()));
        } catch (OrtException e) {
            return new Recomputation.Impossible("the head fails on it: " + e.getMessage());
        }
    }

    /** The values that the condition read are in the decision. */
    private static Recomputation evaluateAgain(ModerationDecision decision) {
        try {
            TriState truth = Condition.parse(decision.getCondition()).evaluate(decision.getValues());
            return truth == TriState.TRUE
                    ? new Recomputation.Same(0)
                    : new Recomputation.Different(0, List.of("the condition is " + truth + " of the values"), Map.of());
        } catch (ConditionException e) {
            return new Recomputation.Impossible("its condition " + e.getMessage());
        }
    }

    private Recomputation fuseAgain(SpecificRecordBase last, String key, List<IngestRecord.Event> events)
            throws ConfigurationException, OrtException {
        Map<String, String> encoders = new HashMap<>();
        Map<String, String> stated = new HashMap<>();
        Explainer.references(last).stream()
                .filter(input -> input.getEncoder() != null)
                .forEach(input -> {
                    encoders.put(input.getModality(), reference(input.getEncoder()));
                    stated.put(reference(input.getEncoder()), input.getEncoder().getSha256());
                });
        ModelIdentity head = (ModelIdentity) last.get("model");
        stated.put(reference(head), head.getSha256());
        ModelBundle asked = new ModelBundle("", false, List.of(), encoders, Map.of(), Map.of(key, reference(head)));
        PipelineConfig own = config.withModels(asked);
        PipelineModels named = PipelineModels.require("models", own, new ArrayList<>());
        List<String> problems = new ArrayList<>();
        List<PackedModel> all = new ArrayList<>(named.encoders());
        named.operators().forEach(bound -> all.add(bound.head()));
        all.stream()
                .filter(model -> stated.containsKey(model.manifest().id())
                        && !stated.get(model.manifest().id()).equals(model.sha256()))
                .forEach(model -> problems.add(model + " has SHA-256 " + model.sha256() + ", the result names "
                        + stated.get(model.manifest().id()) + "; give the pack that it was run with"));
        if (!problems.isEmpty()) {
            throw new ConfigurationException("models", problems);
        }
        try (WindowFusion fusion = WindowFusion.load(own, named.bundle(own, List.of(), false))) {
            SpecificRecord computed = fusion.fuse(key, window(last, named, events));
            RecordComparison.Difference difference = RecordComparison.of(last, computed);
            if (difference.within(TOLERANCE)) {
                return new Recomputation.Same(difference.largest());
            }
            Explainer.references((SpecificRecordBase) computed).forEach(RecordComparison::leaveOut);
            Map<String, Object> values = new LinkedHashMap<>();
            computed.getSchema().getFields().forEach(field -> values.put(field.name(), computed.get(field.pos())));
            return new Recomputation.Different(difference.largest(), difference.others(), values);
        }
    }

    private static String reference(ModelIdentity model) {
        return model.getName() + "@" + model.getVersion();
    }

    private AlignedWindow window(SpecificRecordBase last, PipelineModels named, List<IngestRecord.Event> events)
            throws ConfigurationException {
        long start = ((Instant) last.get("window_start")).toEpochMilli();
        long end = ((Instant) last.get("window_end")).toEpochMilli();
        List<EncodedEvent> aligned = new ArrayList<>();
        String anchor = "";
        List<InputReference> references = Explainer.references(last);
        Map<PackedModel, Encoder> open = new HashMap<>();
        try {
            for (int i = 0; i < events.size(); i++) {
                IngestRecord.Event event = events.get(i);
                int modality = config.modalityIndex(references.get(i).getModality());
                aligned.add(encode(event, config.modalities().get(modality), named, open));
                OptionalLong anchorTime = config.align().strategy().anchorTime(start, modality);
                if (anchorTime.isPresent() && anchorTime.getAsLong() == event.time()) {
                    anchor = event.eventId();
                }
            }
        } finally {
            open.values().forEach(Encoder::close);
        }
        return new AlignedWindow(
                (String) last.get("subject_id"),
                start,
                end,
                anchor,
                aligned,
                List.of(),
                ResultStatus.PROVISIONAL.matches((String) last.get("status"))
                        ? AlignedWindow.Status.PROVISIONAL
                        : AlignedWindow.Status.FINAL,
                false,
                AlignedWindow.ALL_OPERATORS,
                AlignedWindow.FIRST);
    }

    /** @param open encoders and recognizers, opened where they are needed first */
    private EncodedEvent encode(
            IngestRecord.Event event, Modality modality, PipelineModels named, Map<PackedModel, Encoder> open)
            throws ConfigurationException {
        IngestRecord.Event own =
                modality.isDerived() ? derived(event, named.recognizers().get(modality.name()), open) : event;
        int index = config.modalityIndex(modality.name());
        PackedModel model = named.encoders().get(index);
        byte[] vector = own.vector();
        Map<String, Double> signals = Map.of();
        if (vector == null) {
            if (!(run(model, own, open) instanceof Outcome.Encoded encoded)) {
                throw failed(own, model + " outputs no embedding");
            }
            vector = EmbeddingBytes.ofFloat32(encoded.vector());
            signals = encoded.signals();
        }
        Precision precision = config.align().statePrecision();
        byte[] kept = precision == Precision.FLOAT32 ? vector : EmbeddingBytes.toFloat16(vector);
        Embedding embedding = new Embedding(PipelineModels.shortHash(model), new EmbeddingVector(kept, precision));
        EventTexts texts = EventTexts.of(config, modality.name());
        Evidence evidence = own.vector() != null || !texts.isNeeded() ? null : texts.of(own, content(own));
        return own.encoded(index, List.of(embedding), rated(named, index, vector, signals), null, evidence);
    }

    /** The encoder's signals and those of the heads that rate single events. */
    private Map<String, Double> rated(
            PipelineModels named, int modality, byte[] vector, Map<String, Double> encoderSignals) {
        Map<String, Double> signals = new LinkedHashMap<>(encoderSignals);
        for (SignalHead head : named.signalHeads(modality)) {
            try (SignalHead.Loaded loaded =
                    head.open(Device.parse(config.runtime().device()))) {
                signals.putAll(loaded.signals(EmbeddingBytes.toFloat32(vector)));
            } catch (OrtException e) {
                // The event went on without these signals, too.
            }
        }
        return signals;
    }

    private IngestRecord.Event derived(IngestRecord.Event event, PackedModel recognizer, Map<PackedModel, Encoder> open)
            throws ConfigurationException {
        if (!(run(recognizer, event, open) instanceof Outcome.Recognized found)
                || found.text().isBlank()) {
            throw failed(event, recognizer + " finds no text in it");
        }
        return event.derived(found);
    }

    private Outcome run(PackedModel model, IngestRecord.Event event, Map<PackedModel, Encoder> open)
            throws ConfigurationException {
        Encoder encoder = open.computeIfAbsent(
                model,
                any -> Encoder.open(
                        model,
                        config.media(),
                        Device.parse(config.runtime().device()),
                        1,
                        config.bank().on()));
        Outcome outcome = encoder.encode(List.of(content(event))).get(0);
        if (outcome instanceof Outcome.Failed failed) {
            throw failed(event, failed.message());
        }
        return outcome;
    }

    private static ConfigurationException failed(IngestRecord.Event event, String why) {
        return new ConfigurationException("models", List.of(event.eventId() + " cannot be encoded any more: " + why));
    }

    /** What lies elsewhere is read again, and by its hash is what it was. */
    private Content content(IngestRecord.Event event) throws ConfigurationException {
        if (event.content() != null) {
            return event.content();
        }
        try {
            return fetcher.fetch(event.reference()).get();
        } catch (ExecutionException e) {
            throw new ConfigurationException(
                    "references",
                    List.of(event.eventId() + "'s content is no longer available: "
                            + e.getCause().getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ConfigurationException("references", List.of("interrupted"));
        }
    }
}
