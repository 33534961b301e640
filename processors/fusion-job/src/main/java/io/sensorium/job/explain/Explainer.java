// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.explain;

import io.sensorium.job.config.Modality;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.explain.Explanation.Input;
import io.sensorium.job.explain.Explanation.Written;
import io.sensorium.job.ingest.EventDeserializer;
import io.sensorium.job.ingest.EventReader;
import io.sensorium.job.models.PipelineModels;
import io.sensorium.job.records.IngestRecord;
import io.sensorium.job.records.OutputSchemas;
import io.sensorium.job.reference.ReferenceFetcher;
import io.sensorium.operators.pack.PackedModel;
import io.sensorium.pipeline.ConfigurationException;
import io.sensorium.results.InputReference;
import io.sensorium.results.ModerationDecision;
import io.sensorium.results.ResultReference;
import io.sensorium.schemas.RecordDecoder;
import io.sensorium.schemas.RegistryClient;
import io.sensorium.schemas.SchemaRegistry;
import io.sensorium.schemas.WireFormatException;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Collects the evidence of a result: reads it and its inputs from the topics, encodes and fuses them again with the
 * models that the result names. For one thread.
 */
public final class Explainer implements AutoCloseable {

    private final PipelineConfig config;
    private final PipelineModels models;
    private final SchemaRegistry registry;
    private final ReferenceFetcher fetcher;
    private final TopicRecords records;
    private final Recomputer recomputer;

    /** @throws ConfigurationException when the pipeline file's models are unavailable */
    public Explainer(PipelineConfig config) throws ConfigurationException {
        this.config = config.withoutRollout();
        models = PipelineModels.require("models", this.config, new ArrayList<>());
        registry = RegistryClient.of(
                config.registry().type(),
                config.registry().url(),
                config.registry().properties());
        records = new TopicRecords(config.kafka());
        fetcher = new ReferenceFetcher(
                "explain",
                config.references(),
                config.media().maxBytes(),
                config.limits().textChars());
        recomputer = new Recomputer(this.config, fetcher);
    }

    /**
     * Collects the evidence of a result id.
     *
     * @return empty where no output topic has a record of it
     * @throws IOException when Kafka or the registry fails, or a record cannot be decoded
     */
    public Optional<Explanation> explain(String resultId) throws IOException {
        return evidence(resultId, written(Set.of(resultId)));
    }

    /** Every record under the ids, by id and topic, found in one reading of the topics. */
    private Map<String, Map<String, List<Written>>> written(Set<String> resultIds) throws IOException {
        Map<String, Schema> schemas = new LinkedHashMap<>(OutputSchemas.topics(config));
        schemas.remove(config.sideTopics().late());
        schemas.remove(config.sideTopics().deadLetters());
        Map<String, Map<String, List<Written>>> written = new HashMap<>();
        for (ConsumerRecord<byte[], byte[]> found : records.holding(schemas.keySet(), resultIds)) {
            SpecificRecordBase record = decode(schemas.get(found.topic()), found);
            String id = (String) record.get("result_id");
            // A decision also holds the ids of the results that it was made from.
            if (resultIds.contains(id)) {
                written.computeIfAbsent(id, any -> new LinkedHashMap<>())
                        .computeIfAbsent(found.topic(), topic -> new ArrayList<>())
                        .add(new Written(found.partition(), found.offset(), found.timestamp(), record));
            }
        }
        return written;
    }

    private Optional<Explanation> evidence(String resultId, Map<String, Map<String, List<Written>>> written)
            throws IOException {
        if (!written.containsKey(resultId)) {
            return Optional.empty();
        }
        Map.Entry<String, List<Written>> topic =
                written.get(resultId).entrySet().iterator().next();
        topic.getValue().sort(Comparator.comparingLong(Written::offset));
        SpecificRecordBase last =
                topic.getValue().get(topic.getValue().size() - 1).record();
        List<Input> inputs = new ArrayList<>();
        List<IngestRecord.Event> events = new ArrayList<>();
        inputs(last, inputs, events);
        return Optional.of(new Explanation(
                resultId,
                topic.getKey(),
                topic.getValue(),
                inputs,
                recomputer.recompute(last, inputs, events),
                last instanceof ModerationDecision decision ? judged(decision) : List.of()));
    }

    private List<Explanation> judged(ModerationDecision decision) throws IOException {
        List<String> ids =
                decision.getResults().stream().map(ResultReference::getResultId).toList();
        if (ids.isEmpty()) {
            return List.of();
        }
        Map<String, Map<String, List<Written>>> written = written(new HashSet<>(ids));
        List<Explanation> judged = new ArrayList<>();
        for (String id : ids) {
            evidence(id, written).ifPresent(judged::add);
        }
        return judged;
    }

    private SpecificRecordBase decode(Schema schema, ConsumerRecord<byte[], byte[]> found) throws IOException {
        try {
            return RecordDecoder.<SpecificRecordBase>of(schema, registry).decode(found.value());
        } catch (WireFormatException e) {
            throw new IOException(
                    found.topic() + "-" + found.partition() + "@" + found.offset() + ": " + e.getMessage(), e);
        }
    }

    @SuppressWarnings("unchecked") // the shared fields of every result
    static List<InputReference> references(SpecificRecordBase record) {
        return (List<InputReference>) record.get("inputs");
    }

    private void inputs(SpecificRecordBase last, List<Input> inputs, List<IngestRecord.Event> events)
            throws IOException {
        Map<Integer, EventReader> readers = new HashMap<>();
        for (InputReference reference : references(last)) {
            Optional<ConsumerRecord<byte[], byte[]>> found =
                    records.at(reference.getTopic(), reference.getPartition(), reference.getOffset());
            int modality = config.modalityIndex(reference.getModality());
            if (found.isEmpty() || modality < 0) {
                inputs.add(new Input(
                        reference,
                        null,
                        modality < 0 ? "the pipeline has no such modality" : "the topic no longer has it"));
                continue;
            }
            ConsumerRecord<byte[], byte[]> record = found.get();
            String sha256 = record.value() == null ? null : PackedModel.sha256(record.value());
            EventReader reader = readers.computeIfAbsent(modality, this::reader);
            IngestRecord read = reader.read(EventDeserializer.coordinates(record));
            String problem;
            if (read instanceof IngestRecord.Event event) {
                problem = differs(reference, event);
                if (problem == null) {
                    events.add(event);
                }
            } else {
                problem = read instanceof IngestRecord.Rejected rejected
                        ? rejected.code() + ": " + rejected.message()
                        : "it has no event of the modality now; was the mapping changed?";
            }
            inputs.add(new Input(reference, sha256, problem));
        }
    }

    /** Reads what a modality's events are made from: of a derived one the events of the other. */
    private EventReader reader(int index) {
        Modality modality = config.modalities().get(index);
        int source = modality.isDerived()
                ? config.modalityIndex(modality.derivation().from())
                : index;
        return EventReader.of(
                config,
                config.modalities().get(source),
                models.encoders().get(source).manifest().kind(),
                registry);
    }

    private static String differs(InputReference reference, IngestRecord.Event event) {
        if (!event.eventId().equals(reference.getEventId())) {
            return "it is event " + event.eventId() + " now; the topic has been recreated";
        }
        return event.time() == reference.getEventTime().toEpochMilli()
                ? null
                : "its time is " + Instant.ofEpochMilli(event.time()) + " now; was clock_offset changed?";
    }

    @Override
    public void close() {
        fetcher.close();
        records.close();
    }
}
