// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.sensorium.job.config.Modality;
import io.sensorium.job.config.PipelineConfig.Limits;
import io.sensorium.job.config.PipelineConfig.ValidTime;
import io.sensorium.job.ingest.format.EventFormats;
import io.sensorium.job.ingest.format.EventTimes;
import io.sensorium.job.records.Coordinates;
import io.sensorium.job.records.IngestRecord;
import io.sensorium.job.records.Stage;
import io.sensorium.job.serde.RecordType;
import io.sensorium.job.trace.StageTracer;
import io.sensorium.operators.pack.ModelCatalog;
import io.sensorium.operators.pack.ModelKind;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@link EventReader} as the Kafka source's deserializer. Tries the registry again for a while before it fails the
 * task.
 */
public final class EventDeserializer implements KafkaRecordDeserializationSchema<IngestRecord> {
    private static final long serialVersionUID = 1L;

    private static final Logger LOG = LoggerFactory.getLogger(EventDeserializer.class);

    private final Modality modality;
    private final List<Modality> readers;
    private final List<String> packs;
    private final ValidTime validTime;
    private final List<String> attributes;
    private final Limits limits;
    private final RegistryAddress registry;
    private final boolean tracing;

    private transient EventReader reader;
    private transient StageTracer tracer;
    private transient boolean doubted;

    /** @param readers every modality that reads the topic, this one among them */
    public EventDeserializer(
            Modality modality,
            List<Modality> readers,
            List<String> packs,
            ValidTime validTime,
            List<String> attributes,
            Limits limits,
            RegistryAddress registry,
            boolean tracing) {
        this.modality = modality;
        this.readers = new ArrayList<>(readers);
        this.packs = packs;
        this.validTime = validTime;
        this.attributes = attributes;
        this.limits = limits;
        this.registry = registry;
        this.tracing = tracing;
    }

    @Override
    public void open(DeserializationSchema.InitializationContext context) {
        ModelKind kind = kind();
        reader = new EventReader(
                kind,
                modality.clockOffset(),
                validTime,
                attributes,
                limits,
                EventFormats.of(modality, readers, kind, registry.open(), context.getMetricGroup()),
                Clock.systemUTC());
        tracer = StageTracer.of(tracing);
    }

    private ModelKind kind() {
        return modality.embedding() != null
                ? ModelKind.EMBEDDING
                : ModelCatalog.load(packs.stream().map(Path::of).toList())
                        .find(modality.encoder())
                        .orElseThrow()
                        .manifest()
                        .kind();
    }

    @Override
    public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<IngestRecord> out) throws IOException {
        Coordinates origin = coordinates(record);
        String parent = tracer.parent(origin.headers());
        if (parent == null) {
            out.collect(read(origin));
            return;
        }
        Span span = tracer.start(Stage.INGEST, List.of(parent), Instant.now())
                .setAttribute("messaging.source.name", origin.topic())
                .setAttribute("messaging.kafka.source.partition", origin.partition())
                .setAttribute("messaging.kafka.message.offset", origin.offset());
        try {
            IngestRecord read = read(origin);
            if (read instanceof IngestRecord.Rejected rejected) {
                span.setStatus(StatusCode.ERROR, rejected.code().name());
            }
            out.collect(read);
        } finally {
            StageTracer.end(span);
        }
    }

    /** A record as readers of events take it. */
    public static Coordinates coordinates(ConsumerRecord<byte[], byte[]> record) {
        return new Coordinates(
                record.topic(),
                record.partition(),
                record.offset(),
                record.timestamp(),
                record.key(),
                record.value(),
                headers(record.headers().iterator()));
    }

    private static Map<String, byte[]> headers(Iterator<Header> all) {
        if (!all.hasNext()) {
            return Map.of();
        }
        Map<String, byte[]> headers = new LinkedHashMap<>();
        all.forEachRemaining(
                header -> headers.put(header.key(), header.value() == null ? new byte[0] : header.value()));
        return headers;
    }

    private IngestRecord read(Coordinates origin) throws IOException {
        IngestRecord read = RegistryPatience.tried(() -> reader.read(origin));
        if (!doubted && read instanceof IngestRecord.Event event) {
            doubt(event);
        }
        return read;
    }

    /** Warns once: seconds that are read as milliseconds give events that no check finds wrong. */
    private void doubt(IngestRecord.Event event) {
        EventTimes.doubt(
                        event.time() - modality.clockOffset().toMillis(),
                        event.origin().timestamp(),
                        event.readAt(),
                        modality.events() == null ? null : modality.events().eventTime())
                .ifPresent(what -> {
                    doubted = true;
                    LOG.warn(
                            "modality {}: {} offset {}: {}; ./sensorium inspect shows what records become, and "
                                    + "align.valid_time.earliest makes such records dead letters",
                            modality.name(),
                            event.origin().topic() + "-" + event.origin().partition(),
                            event.origin().offset(),
                            what);
                });
    }

    @Override
    public TypeInformation<IngestRecord> getProducedType() {
        return RecordType.INGEST;
    }
}
