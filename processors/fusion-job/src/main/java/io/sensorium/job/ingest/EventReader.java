package io.sensorium.job.ingest;

import io.sensorium.events.AudioEvent;
import io.sensorium.events.Embedding;
import io.sensorium.events.ImageEvent;
import io.sensorium.events.MediaReference;
import io.sensorium.events.TextEvent;
import io.sensorium.job.config.PipelineConfig.ValidTime;
import io.sensorium.job.wire.Coordinates;
import io.sensorium.job.wire.FailureCode;
import io.sensorium.job.wire.IngestRecord;
import io.sensorium.operators.encode.Content;
import io.sensorium.operators.pack.ModelKind;
import io.sensorium.operators.pack.ModelManifest;
import io.sensorium.schemas.SchemaRegistry;
import io.sensorium.schemas.WireFormatDecoder;
import io.sensorium.schemas.WireFormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificRecord;

/** Decodes and checks one modality's records; every record comes out as an event or as a rejection. For one thread. */
final class EventReader {

    private final ModelManifest encoder;
    private final long clockOffset;
    private final ValidTime validTime;
    private final List<String> attributes;
    private final Clock clock;
    private final WireFormatDecoder<SpecificRecord> decoder;

    EventReader(ModelManifest encoder, Duration clockOffset, ValidTime validTime, List<String> attributes, SchemaRegistry registry, Clock clock) {
        this.encoder = encoder;
        this.clockOffset = clockOffset.toMillis();
        this.validTime = validTime;
        this.attributes = attributes;
        this.clock = clock;
        this.decoder = new WireFormatDecoder<>(schema(encoder.kind()), registry);
    }

    /** The event schema that an encoder's modality is written in. */
    static Schema schema(ModelKind kind) {
        return switch (kind) {
            case TEXT_ENCODER -> TextEvent.getClassSchema();
            case IMAGE_ENCODER -> ImageEvent.getClassSchema();
            case AUDIO_ENCODER -> AudioEvent.getClassSchema();
            default -> throw new IllegalArgumentException(kind + " encodes no modality");
        };
    }

    /**
     * Reads one record.
     *
     * @throws IOException when the registry cannot be reached; the record may be read again
     */
    IngestRecord read(Coordinates origin) throws IOException {
        try {
            return check(origin, decoder.decode(origin.value()));
        } catch (SchemaRegistry.UnknownSchemaException e) {
            return new IngestRecord.Rejected(origin, FailureCode.UNKNOWN_SCHEMA, e.getMessage());
        } catch (WireFormatException e) {
            return new IngestRecord.Rejected(origin, FailureCode.UNDECODABLE, e.getMessage());
        }
    }

    private IngestRecord check(Coordinates origin, SpecificRecord event) {
        Schema schema = event.getSchema();
        String eventId = (String) event.get(schema.getField("event_id").pos());
        String subjectId = (String) event.get(schema.getField("subject_id").pos());
        Instant eventTime = (Instant) event.get(schema.getField("event_time").pos());
        Object payload = event.get(schema.getField("payload").pos());
        if (subjectId.isEmpty() || eventId.isEmpty()) {
            return rejected(origin, FailureCode.INVALID_EVENT, (subjectId.isEmpty() ? "subject_id" : "event_id") + " is empty; it is needed to "
                    + (subjectId.isEmpty() ? "align the event with others" : "tell copies of one event apart"));
        }
        Instant now = clock.instant();
        if (validTime.earliest() != null && eventTime.isBefore(validTime.earliest())) {
            return rejected(origin, FailureCode.EVENT_TIME_OUT_OF_RANGE, "event_time " + eventTime + " is before align.valid_time.earliest "
                    + validTime.earliest() + "; send milliseconds since the epoch");
        }
        if (validTime.maxAhead() != null && eventTime.isAfter(now.plus(validTime.maxAhead()))) {
            return rejected(origin, FailureCode.EVENT_TIME_OUT_OF_RANGE, "event_time " + eventTime + " is further ahead of " + now
                    + " than align.valid_time.max_ahead " + validTime.maxAhead() + "; check the producer's clock and unit");
        }
        long time;
        try {
            time = Math.addExact(eventTime.toEpochMilli(), clockOffset);
        } catch (ArithmeticException e) {
            return rejected(origin, FailureCode.EVENT_TIME_OUT_OF_RANGE, "event_time " + eventTime + " does not fit 64 bits of milliseconds");
        }
        Map<String, String> kept = new LinkedHashMap<>();
        Map<?, ?> all = (Map<?, ?>) event.get(schema.getField("attributes").pos());
        attributes.stream().filter(all::containsKey).forEach(key -> kept.put(key, (String) all.get(key)));
        if (payload instanceof MediaReference reference) {
            return rejected(origin, FailureCode.REFERENCE_REFUSED, "the payload refers to " + reference.getUri()
                    + "; this release follows no references, send the media inline or its embedding");
        }
        if (payload instanceof Embedding embedding) {
            return embedded(origin, embedding, eventId, subjectId, time, kept, now.toEpochMilli());
        }
        Content content = payload instanceof ByteBuffer bytes ? new Content.Media(array(bytes)) : new Content.Text(payload.toString());
        return new IngestRecord.Event(origin, eventId, subjectId, time, content, null, kept, now.toEpochMilli());
    }

    private IngestRecord embedded(Coordinates origin, Embedding embedding, String eventId, String subjectId, long time, Map<String, String> kept, long readAt) {
        if (!embedding.getModel().equals(encoder.name()) && !embedding.getModel().equals(encoder.id())) {
            return rejected(origin, FailureCode.EMBEDDING_MISMATCH, "the embedding is of model \"" + embedding.getModel() + "\", this modality's encoder is "
                    + encoder.id() + "; encode with that one, or send the media");
        }
        List<Float> values = embedding.getVector();
        if (values.size() != encoder.dimension()) {
            return rejected(origin, FailureCode.EMBEDDING_MISMATCH, "the embedding has " + values.size() + " numbers, " + encoder.id() + " gives " + encoder.dimension());
        }
        float[] vector = new float[values.size()];
        for (int i = 0; i < vector.length; i++) {
            vector[i] = values.get(i);
            if (!Float.isFinite(vector[i])) {
                return rejected(origin, FailureCode.EMBEDDING_NOT_FINITE, "the embedding's number " + i + " is " + vector[i] + ", expected finite numbers");
            }
        }
        return new IngestRecord.Event(origin, eventId, subjectId, time, null, vector, kept, readAt);
    }

    private static byte[] array(ByteBuffer bytes) {
        if (bytes.hasArray() && bytes.arrayOffset() == 0 && bytes.position() == 0 && bytes.remaining() == bytes.array().length) {
            return bytes.array();
        }
        byte[] copy = new byte[bytes.remaining()];
        bytes.duplicate().get(copy);
        return copy;
    }

    private static IngestRecord rejected(Coordinates origin, FailureCode code, String message) {
        return new IngestRecord.Rejected(origin, code, message);
    }
}
