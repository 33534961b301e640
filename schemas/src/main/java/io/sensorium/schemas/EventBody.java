// SPDX-License-Identifier: Apache-2.0
package io.sensorium.schemas;

import io.sensorium.events.Embedding;
import io.sensorium.events.MediaReference;
import io.sensorium.schemas.InputEvent.Payload;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.specific.SpecificRecordBase;

/**
 * An event's fields from Avro's bytes. Where the writer's schema lays out the bytes as the reader's does, which is the
 * rule, they are read in place: a vector of 384 floats is one copy, not 384 boxed numbers. Else Avro resolves the two.
 */
final class EventBody {

    private EventBody() {}

    /**
     * How events of a writer's schema are read.
     *
     * @param reader the schema of one of the three event records
     */
    static WireFormatDecoder.Body<InputEvent> of(Schema writer, Schema reader) {
        if (SchemaNormalization.toParsingForm(writer).equals(SchemaNormalization.toParsingForm(reader))) {
            boolean text = reader.getField("payload").schema().getTypes().get(0).getType() == Schema.Type.STRING;
            return in -> inPlace(in, text);
        }
        WireFormatDecoder.Body<SpecificRecordBase> resolved = WireFormatDecoder.specific(writer, reader);
        return in -> convert(resolved.read(in));
    }

    private static InputEvent inPlace(AvroBytes in, boolean text) throws IOException {
        String eventId = in.readString();
        String subjectId = in.readString();
        long eventTime = in.readLong();
        in.readString();
        return new InputEvent(eventId, subjectId, eventTime, payload(in, text), attributes(in));
    }

    private static Payload payload(AvroBytes in, boolean text) throws IOException {
        long branch = in.readLong();
        if (branch == 0) {
            return text ? new Payload.Text(in.readString()) : in.readMedia();
        }
        if (branch == 1) {
            String uri = in.readString();
            long size = isThere(in) ? in.readLong() : -1;
            return new Payload.Reference(uri, size, isThere(in) ? in.readString() : null);
        }
        if (branch == 2) {
            return new Payload.Embedded(in.readString(), in.readFloats());
        }
        throw new IOException("a payload of kind " + branch + ", expected 0 to 2");
    }

    /** Reads the branch of a union of null and another type. */
    private static boolean isThere(AvroBytes in) throws IOException {
        long branch = in.readLong();
        if (branch != 0 && branch != 1) {
            throw new IOException("a branch " + branch + " of a union of two");
        }
        return branch == 1;
    }

    private static Map<String, String> attributes(AvroBytes in) throws IOException {
        int count = in.readBlock();
        if (count == 0) {
            return Map.of();
        }
        Map<String, String> attributes = new HashMap<>();
        for (; count > 0; count = in.readBlock()) {
            for (int i = 0; i < count; i++) {
                attributes.put(in.readString(), in.readString());
            }
        }
        return attributes;
    }

    @SuppressWarnings("unchecked") // the generated records have this type
    private static InputEvent convert(SpecificRecordBase event) {
        return new InputEvent(
                (String) event.get("event_id"),
                (String) event.get("subject_id"),
                ((Instant) event.get("event_time")).toEpochMilli(),
                payload(event.get("payload")),
                (Map<String, String>) event.get("attributes"));
    }

    private static Payload payload(Object payload) {
        if (payload instanceof Embedding embedding) {
            List<Float> numbers = embedding.getVector();
            ByteBuffer vector =
                    ByteBuffer.allocate(numbers.size() * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            numbers.forEach(vector::putFloat);
            return new Payload.Embedded(embedding.getModel(), vector.array());
        }
        if (payload instanceof MediaReference reference) {
            return new Payload.Reference(
                    reference.getUri(),
                    reference.getSizeBytes() == null ? -1 : reference.getSizeBytes(),
                    reference.getSha256());
        }
        if (payload instanceof ByteBuffer media) {
            byte[] bytes = new byte[media.remaining()];
            media.get(bytes);
            return new Payload.Media(bytes, 0, bytes.length);
        }
        return new Payload.Text((String) payload);
    }
}
