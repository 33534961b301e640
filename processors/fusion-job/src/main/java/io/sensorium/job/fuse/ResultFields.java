// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.fuse;

import io.sensorium.job.alignment.AlignedWindow;
import io.sensorium.job.alignment.Embedding;
import io.sensorium.job.alignment.EmbeddingVector;
import io.sensorium.job.alignment.EmbeddingVector.Precision;
import io.sensorium.job.alignment.EncodedEvent;
import io.sensorium.job.config.Modality;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.models.PipelineModels;
import io.sensorium.job.operator.Embeddings;
import io.sensorium.job.serde.FormatTwoEmbedding;
import io.sensorium.operators.onnx.EmbeddingBytes;
import io.sensorium.operators.pack.PackedModel;
import io.sensorium.results.InputReference;
import io.sensorium.results.ModelIdentity;
import io.sensorium.schemas.ResultStatus;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificRecordBase;

/** The fields that all results share. For one thread. */
final class ResultFields implements Embeddings {

    /** In the order of the schemas. */
    static final List<String> NAMES = List.of(
            "result_id",
            "subject_id",
            "window_start",
            "window_end",
            "status",
            "revision",
            "forced",
            "modalities",
            "inputs",
            "attributes",
            "signals",
            "operator",
            "model",
            "emitted_at");

    private final PipelineConfig config;
    private final ModelIdentity[] encoders;
    private final long[] hashes;
    private final int[] dimensions;
    private final MessageDigest sha256;

    /** By schema, of which each output topic has one object. */
    private final Map<Schema, int[]> positions = new IdentityHashMap<>();

    /** @param models the encoders by modality */
    ResultFields(PipelineConfig config, List<PackedModel> models) {
        this.config = config;
        encoders = models.stream().map(ResultFields::identity).toArray(ModelIdentity[]::new);
        hashes = models.stream().mapToLong(PipelineModels::shortHash).toArray();
        dimensions =
                models.stream().mapToInt(model -> model.manifest().dimension()).toArray();
        try {
            sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    static ModelIdentity identity(PackedModel model) {
        return new ModelIdentity(model.manifest().name(), model.manifest().version(), model.sha256());
    }

    /** Pipeline, operator key, alignment, subject, start and anchor, joined by U+0000, hashed. */
    String resultId(String operator, AlignedWindow window) {
        String joined = String.join(
                "\u0000",
                config.pipeline(),
                operator,
                config.align().strategy().identity(),
                window.subject(),
                Long.toString(window.start()),
                window.anchorId());
        return HexFormat.of().formatHex(sha256.digest(joined.getBytes(StandardCharsets.UTF_8)));
    }

    /**
     * Fills in the fields that all results share.
     *
     * @param operator key of the operator or rule; empty for none
     * @param model the operator's head; null for none
     * @param revision records written before under the result's id
     * @param inputs the events that the result was computed from
     */
    void fill(
            SpecificRecordBase result,
            String operator,
            ModelIdentity model,
            AlignedWindow window,
            int revision,
            List<EncodedEvent> inputs) {
        int[] at = positions.computeIfAbsent(result.getSchema(), ResultFields::positions);
        int field = 0;
        result.put(at[field++], resultId(operator, window));
        result.put(at[field++], window.subject());
        result.put(at[field++], Instant.ofEpochMilli(window.start()));
        result.put(at[field++], Instant.ofEpochMilli(window.end()));
        result.put(at[field++], status(window));
        result.put(at[field++], revision);
        result.put(at[field++], window.forced());
        result.put(at[field++], modalities(window));
        result.put(at[field++], inputs(inputs));
        result.put(at[field++], attributes(inputs));
        result.put(at[field++], signals(inputs));
        result.put(at[field++], operator);
        result.put(at[field++], model);
        result.put(at[field], now());
    }

    /** Where a schema has the shared fields, in the order of {@link #NAMES}. */
    private static int[] positions(Schema schema) {
        return NAMES.stream().mapToInt(name -> schema.getField(name).pos()).toArray();
    }

    List<String> modalities(AlignedWindow window) {
        List<String> names = new ArrayList<>(config.modalities().size());
        int before = -1;
        for (EncodedEvent event : window.events()) {
            if (event.modality() != before) {
                names.add(modality(event).name());
                before = event.modality();
            }
        }
        return names;
    }

    List<InputReference> inputs(List<EncodedEvent> events) {
        List<InputReference> inputs = new ArrayList<>(events.size());
        EmittedTexts texts = new EmittedTexts(config.emit().texts());
        for (EncodedEvent event : events) {
            Modality modality = modality(event);
            InputReference input = new InputReference(
                    modality.name(),
                    event.eventId(),
                    Instant.ofEpochMilli(event.time()),
                    modality.topic(),
                    event.partition(),
                    event.offset(),
                    has(event) ? encoders[event.modality()] : null,
                    modality.isDerived() ? modality.derivation().from() : null,
                    null,
                    null,
                    List.of(),
                    List.of(),
                    KnownValues.result(KnownValues.of(event)));
            texts.fill(input, event.evidence());
            inputs.add(input);
        }
        return inputs;
    }

    /** Whether an event has the embedding of its modality's encoder, beside another's or alone. */
    boolean has(EncodedEvent event) {
        return find(event) != null;
    }

    @Override
    public float[] vector(EncodedEvent event) {
        EmbeddingVector vector = find(event);
        if (vector == null) {
            throw new IllegalStateException("event " + event.eventId() + " has no embedding of the encoder "
                    + encoders[event.modality()].getName());
        }
        return vector.precision() == Precision.FLOAT16
                ? EmbeddingBytes.fromFloat16(vector.bytes())
                : EmbeddingBytes.toFloat32(vector.bytes());
    }

    /** The embedding by the modality's encoder; null where the event has none. */
    private EmbeddingVector find(EncodedEvent event) {
        long encoder = hashes[event.modality()];
        int dimension = dimensions[event.modality()];
        for (Embedding embedding : event.embeddings()) {
            EmbeddingVector vector = embedding.vector();
            if (embedding.encoder() == encoder
                    && vector.bytes().length == dimension * vector.precision().bytes()) {
                return vector;
            }
            Optional<EmbeddingVector> part = FormatTwoEmbedding.part(embedding, encoder, dimension);
            if (part.isPresent()) {
                return part.get();
            }
        }
        return null;
    }

    /** The union of the events' attributes; on conflict the earliest event's. */
    Map<String, String> attributes(List<EncodedEvent> events) {
        if (events.stream().allMatch(event -> event.attributes().isEmpty())) {
            return Map.of();
        }
        Map<String, String> attributes = new LinkedHashMap<>();
        events.stream()
                .filter(event -> !event.attributes().isEmpty())
                .sorted(Comparator.comparingLong(EncodedEvent::time))
                .forEach(event -> event.attributes().forEach(attributes::putIfAbsent));
        return attributes;
    }

    /** Side outputs as {@code modality.signal}; of several events the maximum. */
    Map<String, Double> signals(List<EncodedEvent> events) {
        Map<String, Double> signals = new LinkedHashMap<>();
        events.forEach(event -> event.signals()
                .forEach((name, value) -> signals.merge(modality(event).name() + "." + name, value, Math::max)));
        return signals;
    }

    Modality modality(EncodedEvent event) {
        return config.modalities().get(event.modality());
    }

    String name(int modality) {
        return config.modalities().get(modality).name();
    }

    List<String> names(List<Integer> modalities) {
        return modalities.stream().map(this::name).toList();
    }

    /** When the last of the events was read, in wall-clock ms. */
    static long readAt(List<EncodedEvent> events) {
        return events.stream().mapToLong(EncodedEvent::readAt).max().orElse(0);
    }

    /** A result's {@code status}. */
    static String status(AlignedWindow window) {
        return switch (window.status()) {
            case PROVISIONAL -> ResultStatus.PROVISIONAL.name();
            case FINAL -> ResultStatus.FINAL.name();
            case RETRACTED -> ResultStatus.RETRACTED.name();
        };
    }

    static Instant now() {
        return Instant.ofEpochMilli(System.currentTimeMillis());
    }
}
