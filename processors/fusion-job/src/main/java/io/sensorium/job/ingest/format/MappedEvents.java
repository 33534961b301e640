// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest.format;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BinaryNode;
import com.fasterxml.jackson.databind.node.POJONode;
import io.sensorium.job.config.EventMapping;
import io.sensorium.job.config.EventMapping.Encoding;
import io.sensorium.job.config.EventMapping.Field;
import io.sensorium.job.config.EventMapping.Format;
import io.sensorium.job.config.EventMapping.TimeUnit;
import io.sensorium.job.config.Modality;
import io.sensorium.job.records.Coordinates;
import io.sensorium.job.records.FailureCode;
import io.sensorium.operators.pack.ModelKind;
import io.sensorium.pipeline.ConfigNode;
import io.sensorium.schemas.InputEvent;
import io.sensorium.schemas.InputEvent.Payload;
import io.sensorium.schemas.WireFormatException;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Map;

/** Events whose fields a mapping finds in records of another's schema. */
final class MappedEvents implements EventFormat {

    /** Of a number written as a text, as Jackson limits others: the time to read one grows with their square. */
    private static final int MAX_DIGITS = 1000;

    private final EventMapping mapping;
    private final ModelKind encoder;
    private final Encoding encoding;
    private final String model;
    private final RecordTree trees;
    private final FieldMisses misses;
    private final FieldValues values = new FieldValues();

    /** @param encoder kind of the modality's encoder, which determines what its events are */
    MappedEvents(Modality modality, ModelKind encoder, RecordTree trees, FieldMisses misses) {
        this.misses = misses;
        this.mapping = modality.events();
        this.encoder = encoder;
        this.encoding = mapping.payload().as() == null
                ? encoding(mapping, encoder)
                : mapping.payload().as();
        this.model = modality.embedding() == null
                ? modality.encoder()
                : modality.embedding().model();
        this.trees = trees;
    }

    /** How media are written where the mapping does not state it. */
    private static Encoding encoding(EventMapping mapping, ModelKind encoder) {
        return switch (encoder) {
            case TEXT_ENCODER -> Encoding.TEXT;
            case EMBEDDING -> Encoding.EMBEDDING;
            default ->
                switch (mapping.format()) {
                    case JSON, JSON_SCHEMA, CLOUDEVENTS -> Encoding.BASE64;
                    case AVRO, PROTOBUF, BYTES -> Encoding.BYTES;
                };
        };
    }

    @Override
    public InputEvent read(Coordinates record) throws IOException, WireFormatException, UnmappedRecordException {
        return read(record, trees.read(record));
    }

    /**
     * The event of a record whose value has been decoded.
     *
     * @param tree of the value; null where the format has no fields
     */
    InputEvent read(Coordinates record, JsonNode tree) throws UnmappedRecordException {
        return new InputEvent(
                values.text("event_id", mapping.eventId(), record, tree),
                values.text("subject_id", mapping.subjectId(), record, tree),
                time(record, tree),
                payload(record, tree),
                attributes(record, tree));
    }

    private Map<String, String> attributes(Coordinates record, JsonNode tree) throws UnmappedRecordException {
        if (mapping.attributes().isEmpty()) {
            return Map.of();
        }
        Map<String, String> attributes = new LinkedHashMap<>();
        for (Map.Entry<String, Field> attribute : mapping.attributes().entrySet()) {
            String key = "attributes." + attribute.getKey();
            JsonNode value = values.find(key, attribute.getValue(), record, tree);
            misses.looked(key, value != null);
            if (value != null) {
                attributes.put(
                        attribute.getKey(),
                        value.isContainerNode()
                                ? FieldValues.whole(key, attribute.getValue(), FieldValues.json(value))
                                : FieldValues.text(key, attribute.getValue(), value));
            }
        }
        return attributes;
    }

    /** A record's event time, in ms. */
    long time(Coordinates record, JsonNode tree) throws UnmappedRecordException {
        Field from = mapping.eventTime().from();
        JsonNode value = values.find("event_time", from, record, tree);
        if (value == null) {
            throw FieldValues.missing("event_time", from);
        }
        if (value instanceof POJONode time && time.getPojo() instanceof Instant instant) {
            return millis(instant);
        }
        if (value instanceof POJONode time && time.getPojo() instanceof InvalidTime invalid) {
            throw invalid("event_time (" + from + ") is " + brief(invalid.value())
                    + ", expected an RFC 3339 time without leap seconds, such as 2026-01-31T09:30:00Z; correct the "
                    + "producer, or map event_time to another field");
        }
        String text = FieldValues.text("event_time", from, value);
        if (mapping.eventTime().as() != TimeUnit.ISO_8601) {
            return millis(record, value, text);
        }
        try {
            return millis(Instant.from(DateTimeFormatter.ISO_OFFSET_DATE_TIME.parse(text)));
        } catch (DateTimeException e) {
            throw invalidTime(value, "a time with its offset, such as 2026-01-31T09:30:00Z");
        }
    }

    private long millis(Coordinates record, JsonNode value, String text) throws UnmappedRecordException {
        int shift = EventTimes.shift(mapping.eventTime().as());
        if (value.isIntegralNumber() && value.canConvertToLong() && shift <= 0) {
            return shift == 0 ? value.longValue() : Math.floorDiv(value.longValue(), 1000L);
        }
        if (!value.isNumber() && text.length() > MAX_DIGITS) {
            throw invalidTime(value, "a number");
        }
        BigDecimal number;
        try {
            // Not a number or infinite, which a text may claim, is none either.
            number = value.isNumber() ? value.decimalValue() : new BigDecimal(text);
        } catch (NumberFormatException e) {
            throw invalidTime(value, "a number");
        }
        // A huge exponent would be written out digit by digit below.
        double magnitude = Math.abs(number.doubleValue()) * Math.pow(10, shift);
        if (!(magnitude < 9.2e18)) {
            throw outOfRange(brief(value) + ", which does not fit 64 bits of milliseconds"
                    + EventTimes.otherUnit(
                            number, record.timestamp(), System.currentTimeMillis(), mapping.eventTime()));
        }
        return number.precision() - (long) number.scale() < -20
                ? 0
                : number.movePointRight(shift).setScale(0, RoundingMode.FLOOR).longValue();
    }

    private long millis(Instant instant) throws UnmappedRecordException {
        try {
            return instant.toEpochMilli();
        } catch (ArithmeticException e) {
            throw outOfRange(instant + ", which does not fit 64 bits of milliseconds");
        }
    }

    private UnmappedRecordException outOfRange(String what) {
        return new UnmappedRecordException(
                FailureCode.EVENT_TIME_OUT_OF_RANGE,
                EventTimes.name(mapping.eventTime()) + " is " + what + "; check the mapping and the producer");
    }

    private UnmappedRecordException invalidTime(JsonNode value, String expected) {
        return invalid("event_time (" + mapping.eventTime().from() + ") is " + brief(value) + ", expected " + expected
                + "; check event_time.as, which is "
                + ConfigNode.hyphenated(mapping.eventTime().as()));
    }

    @Override
    public EventMapping mapping() {
        return mapping;
    }

    private Payload payload(Coordinates record, JsonNode tree) throws UnmappedRecordException {
        Field from = mapping.payload().from();
        JsonNode value = values.find("payload", from, record, tree);
        if (value == null) {
            throw FieldValues.missing("payload", from);
        }
        refuseOtherType(record, tree);
        switch (encoding(value)) {
            case TEXT:
                return new Payload.Text(FieldValues.whole("payload", from, text(from, value)));
            case URI:
                return new Payload.Reference(FieldValues.whole("payload", from, text(from, value)), -1, null);
            case EMBEDDING:
                return embedding(from, value, record, tree);
            case BASE64:
                return media(PayloadBytes.base64(from, text(from, value)));
            case DATA_URL:
                return media(PayloadBytes.dataUrl(from, text(from, value)));
            case BYTES:
                if (value instanceof BinaryNode binary) {
                    return media(binary.binaryValue());
                }
                throw invalid("payload (" + from + ") is " + brief(value) + ", expected bytes; check payload.as");
            default:
                throw new IllegalStateException(encoding.name());
        }
    }

    /** The data of one CloudEvent are bytes, in JSON's of the next the media are base64. */
    private Encoding encoding(JsonNode value) {
        return mapping.payload().as() == null
                        && encoding == Encoding.BASE64
                        && value instanceof BinaryNode
                        && mapping.format() == Format.CLOUDEVENTS
                ? Encoding.BYTES
                : encoding;
    }

    private static String text(Field from, JsonNode value) throws UnmappedRecordException {
        if (value.isTextual()) {
            return value.textValue();
        }
        if (value instanceof BinaryNode) {
            return FieldValues.text("payload", from, value);
        }
        throw invalid("payload (" + from + ") is " + brief(value) + ", expected text; check payload.as");
    }

    /** Bytes as the encoder takes them: those of a text are text. */
    private Payload media(byte[] bytes) throws UnmappedRecordException {
        return encoder == ModelKind.TEXT_ENCODER
                ? new Payload.Text(FieldValues.text("payload", mapping.payload().from(), BinaryNode.valueOf(bytes)))
                : new Payload.Media(bytes, 0, bytes.length);
    }

    private Payload embedding(Field from, JsonNode value, Coordinates record, JsonNode tree)
            throws UnmappedRecordException {
        if (!value.isArray()) {
            throw invalid(
                    "payload (" + from + ") is " + brief(value) + ", expected a list of numbers; check payload.as");
        }
        ByteBuffer vector = ByteBuffer.allocate(value.size() * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (JsonNode number : value) {
            if (!number.isNumber()) {
                throw invalid("payload (" + from + ")'s number " + vector.position() / Float.BYTES + " is "
                        + brief(number) + ", expected a number");
            }
            vector.putFloat(number.floatValue());
        }
        String stated = mapping.payload().model() == null
                ? model
                : values.text("payload.model", mapping.payload().model(), record, tree);
        return new Payload.Embedded(stated, vector.array());
    }

    /** A content type of another kind of media than the modality's: it would only fail later, and less clearly. */
    private void refuseOtherType(Coordinates record, JsonNode tree) throws UnmappedRecordException {
        if (mapping.contentType() == null || encoding == Encoding.EMBEDDING) {
            return;
        }
        JsonNode value = values.find("content_type", mapping.contentType(), record, tree);
        misses.looked("content_type", value != null);
        String expected = switch (encoder) {
            case IMAGE_ENCODER -> "image";
            case AUDIO_ENCODER -> "audio";
            case TEXT_ENCODER -> "text";
            default -> null;
        };
        if (value == null || expected == null) {
            return;
        }
        String type = FieldValues.text("content_type", mapping.contentType(), value);
        String family = type.contains("/") ? type.substring(0, type.indexOf('/')) : "";
        if (!family.equals(expected) && family.matches("image|audio|video|text")) {
            throw new UnmappedRecordException(
                    FailureCode.UNSUPPORTED_MEDIA,
                    "content_type (" + mapping.contentType() + ") is " + type + ", but the modality's encoder needs "
                            + expected + " content; map the payload of that type, or name another encoder");
        }
    }

    private static UnmappedRecordException invalid(String message) {
        return new UnmappedRecordException(FailureCode.INVALID_EVENT, message);
    }

    /** A value in a message. */
    private static String brief(JsonNode value) {
        if (value instanceof BinaryNode) {
            return "bytes";
        }
        if (value.isContainerNode()) {
            return value.isObject() ? "an object" : "a list";
        }
        // A time of a schema's own type is no JSON.
        String text = value.isPojo() ? value.asText() : value.toString();
        return text.length() <= 60 ? text : text.substring(0, 60) + "...";
    }
}
