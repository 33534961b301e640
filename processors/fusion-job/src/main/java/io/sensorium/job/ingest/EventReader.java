// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest;

import io.sensorium.job.config.EventMapping;
import io.sensorium.job.config.Modality;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineConfig.Limits;
import io.sensorium.job.config.PipelineConfig.ValidTime;
import io.sensorium.job.config.SharedTopics;
import io.sensorium.job.ingest.format.AbsentEventException;
import io.sensorium.job.ingest.format.EventFormat;
import io.sensorium.job.ingest.format.EventFormats;
import io.sensorium.job.ingest.format.EventTimes;
import io.sensorium.job.ingest.format.UnmappedRecordException;
import io.sensorium.job.records.Coordinates;
import io.sensorium.job.records.FailureCode;
import io.sensorium.job.records.IngestRecord;
import io.sensorium.operators.encode.Content;
import io.sensorium.operators.onnx.EmbeddingBytes;
import io.sensorium.operators.pack.ModelKind;
import io.sensorium.pipeline.Quantities;
import io.sensorium.schemas.InputEvent;
import io.sensorium.schemas.InputEvent.Payload;
import io.sensorium.schemas.SchemaRegistry;
import io.sensorium.schemas.WireFormatException;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;

/**
 * Decodes and checks one modality's records; every record comes out as an event, as a rejection or, where other
 * modalities read the topic too, as one without an event of this one. Whether an embedding is of a model that runs,
 * encode knows. For one thread.
 */
public final class EventReader {

    /**
     * A hundred years before the end of time: lengths of windows, lateness and the like, each of ten years at most, can
     * be added.
     */
    private static final long MAX_EVENT_TIME =
            Long.MAX_VALUE - Duration.ofDays(36_500).toMillis();

    private final ModelKind kind;
    private final long clockOffset;
    private final ValidTime validTime;
    private final List<String> attributes;
    private final Limits limits;
    private final Clock clock;

    private final EventFormat format;

    /**
     * @param encoder kind of the modality's encoder, which determines what its events are
     * @param attributes those that travel to the results
     * @param limits on the fields, beyond which an event is rejected
     * @param format of the records
     */
    public EventReader(
            ModelKind encoder,
            Duration clockOffset,
            ValidTime validTime,
            List<String> attributes,
            Limits limits,
            EventFormat format,
            Clock clock) {
        this.kind = encoder;
        this.clockOffset = clockOffset.toMillis();
        this.validTime = validTime;
        this.attributes = attributes;
        this.limits = limits;
        this.clock = clock;
        this.format = format;
    }

    /**
     * A reader of a modality's topic, without metrics.
     *
     * @param encoder kind of the modality's encoder
     */
    public static EventReader of(PipelineConfig config, Modality modality, ModelKind encoder, SchemaRegistry registry) {
        return new EventReader(
                encoder,
                modality.clockOffset(),
                config.validTime(),
                config.emitAttributes(),
                config.limits(),
                EventFormats.of(
                        modality,
                        SharedTopics.readers(config.modalities(), modality.topic()),
                        encoder,
                        registry,
                        new UnregisteredMetricsGroup()),
                Clock.systemUTC());
    }

    /**
     * Reads one record.
     *
     * @throws IOException when the registry cannot be reached; the record may be read again
     */
    public IngestRecord read(Coordinates origin) throws IOException {
        try {
            return check(origin, format.read(origin));
        } catch (SchemaRegistry.UnknownSchemaException e) {
            return new IngestRecord.Rejected(origin, FailureCode.UNKNOWN_SCHEMA, e.getMessage());
        } catch (WireFormatException e) {
            return new IngestRecord.Rejected(origin, FailureCode.UNDECODABLE, e.getMessage());
        } catch (UnmappedRecordException e) {
            return new IngestRecord.Rejected(origin, e.code(), e.getMessage());
        } catch (AbsentEventException e) {
            return absent(origin, e.time());
        } catch (RuntimeException | Error e) {
            // What no check foresaw is still this record's alone.
            return new IngestRecord.Rejected(
                    origin,
                    FailureCode.UNDECODABLE,
                    "reading the record failed with " + e + "; report it with the record's bytes");
        }
    }

    /** A time that no event may have must not move the watermark either. */
    private IngestRecord absent(Coordinates origin, OptionalLong time) {
        boolean usable = time.isPresent() && outOfRange(origin, time.getAsLong(), clock.millis()) == null;
        return new IngestRecord.Absent(origin, usable ? time.getAsLong() + clockOffset : IngestRecord.Absent.NO_TIME);
    }

    private IngestRecord check(Coordinates origin, InputEvent event) {
        if (event.subjectId().isEmpty() || event.eventId().isEmpty()) {
            EventMapping mapping = format.mapping();
            String from = mapping == null
                    ? ""
                    : " (" + (event.subjectId().isEmpty() ? mapping.subjectId() : mapping.eventId()) + ")";
            return rejected(
                    origin,
                    FailureCode.INVALID_EVENT,
                    (event.subjectId().isEmpty() ? "subject_id" : "event_id") + from + " is empty; it is needed to "
                            + (event.subjectId().isEmpty()
                                    ? "align the event with others"
                                    : "identify copies of one event"));
        }
        String excess = FieldLimits.excess(event, limits);
        if (excess != null) {
            return rejected(origin, FailureCode.INVALID_EVENT, excess);
        }
        if (event.payload() instanceof Payload.Text text && text.text().length() > limits.textChars()) {
            return rejected(
                    origin,
                    FailureCode.MEDIA_TOO_LARGE,
                    FieldLimits.tooLong(text.text().length(), limits));
        }
        long now = clock.millis();
        String outOfRange = outOfRange(origin, event.eventTime(), now);
        if (outOfRange != null) {
            return rejected(origin, FailureCode.EVENT_TIME_OUT_OF_RANGE, outOfRange);
        }
        Payload payload = event.payload();
        Content content = null;
        IngestRecord.Reference where = null;
        byte[] vector = null;
        String vectorModel = null;
        if (payload instanceof Payload.Embedded embedded) {
            vector = embedded.vector();
            vectorModel = embedded.model();
            int wrong = EmbeddingBytes.firstNotFinite(vector);
            if (wrong >= 0) {
                return rejected(
                        origin,
                        FailureCode.EMBEDDING_NOT_FINITE,
                        "the embedding's number " + wrong + " is " + EmbeddingBytes.toFloat32(vector)[wrong]
                                + ", expected finite numbers");
            }
        } else if (kind == ModelKind.EMBEDDING) {
            return rejected(
                    origin,
                    FailureCode.UNSUPPORTED_MEDIA,
                    "the event carries "
                            + (payload instanceof Payload.Reference
                                    ? "a reference"
                                    : payload instanceof Payload.Text ? "text" : "media")
                            + ", but the modality has no encoder (embedding: in the pipeline file); send an "
                            + "Embedding, or give the modality an encoder");
        } else if (payload instanceof Payload.Reference reference) {
            where = new IngestRecord.Reference(
                    reference.uri(), reference.sizeBytes(), reference.sha256(), kind == ModelKind.TEXT_ENCODER);
        } else {
            content = payload instanceof Payload.Media media
                    ? new Content.Media(media.array(), media.offset(), media.length())
                    : new Content.Text(((Payload.Text) payload).text());
        }
        return new IngestRecord.Event(
                origin,
                event.eventId(),
                event.subjectId(),
                event.eventTime() + clockOffset,
                content,
                where,
                vector,
                vectorModel,
                allowed(event.attributes()),
                now);
    }

    /** Why an event time is not taken, or null. */
    private String outOfRange(Coordinates origin, long eventTime, long now) {
        String why = outOfRange(eventTime, now);
        if (why == null) {
            return null;
        }
        String other = EventTimes.otherUnit(eventTime, origin.timestamp(), now, mappedTime());
        return EventTimes.name(mappedTime()) + " is " + why
                + (other.isEmpty() ? "; check the mapping, and the producer's clock and unit" : other);
    }

    private EventMapping.Time mappedTime() {
        return format.mapping() == null ? null : format.mapping().eventTime();
    }

    private String outOfRange(long eventTime, long now) {
        Instant at = Instant.ofEpochMilli(eventTime);
        if (validTime.earliest() != null && at.isBefore(validTime.earliest())) {
            return at + ", before align.valid_time.earliest " + validTime.earliest();
        }
        if (validTime.maxAhead() != null && at.isAfter(Instant.ofEpochMilli(now).plus(validTime.maxAhead()))) {
            return at + ", further ahead of " + Instant.ofEpochMilli(now) + " than align.valid_time.max_ahead "
                    + Quantities.text(validTime.maxAhead());
        }
        if (eventTime > MAX_EVENT_TIME) {
            return eventTime + ", which leaves no room for its windows in 64 bits of milliseconds, expected at most "
                    + MAX_EVENT_TIME;
        }
        long time = eventTime + clockOffset;
        if (((eventTime ^ time) & (clockOffset ^ time)) < 0) {
            return at + ", which does not fit 64 bits of milliseconds with the clock offset of " + clockOffset + " ms";
        }
        return null;
    }

    private Map<String, String> allowed(Map<String, String> all) {
        if (all.isEmpty() || attributes.isEmpty()) {
            return Map.of();
        }
        Map<String, String> kept = new LinkedHashMap<>();
        attributes.stream().filter(all::containsKey).forEach(key -> kept.put(key, all.get(key)));
        return kept;
    }

    private static IngestRecord rejected(Coordinates origin, FailureCode code, String message) {
        return new IngestRecord.Rejected(origin, code, message);
    }
}
