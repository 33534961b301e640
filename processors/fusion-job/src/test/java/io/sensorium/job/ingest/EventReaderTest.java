// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sensorium.events.TextEvent;
import io.sensorium.job.config.PipelineConfig.Limits;
import io.sensorium.job.config.PipelineConfig.ValidTime;
import io.sensorium.job.ingest.format.EventFormats;
import io.sensorium.job.records.Coordinates;
import io.sensorium.job.records.FailureCode;
import io.sensorium.job.records.IngestRecord;
import io.sensorium.operators.pack.ModelKind;
import io.sensorium.schemas.SchemaRegistry;
import io.sensorium.schemas.WireFormatEncoder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.junit.jupiter.api.Test;

/** Whatever a record's bytes are, it is an event or one rejection, in bounded time and memory. */
class EventReaderTest {

    private static final Limits LIMITS = new Limits(64, 256, 1000);

    /** Ids in memory, and failures that tests ask for. */
    private static final class Registered implements SchemaRegistry {
        final Map<Integer, String> schemas =
                new HashMap<>(Map.of(1, TextEvent.getClassSchema().toString()));
        Throwable failure;

        @Override
        public int register(String subject, String avroSchema) {
            schemas.put(schemas.size() + 1, avroSchema);
            return schemas.size();
        }

        @Override
        public String schemaOf(int id) throws IOException {
            if (failure instanceof IOException outage) {
                throw outage;
            }
            if (failure instanceof Error error) {
                throw error;
            }
            if (!schemas.containsKey(id)) {
                throw new UnknownSchemaException(id, null);
            }
            return schemas.get(id);
        }
    }

    private final Registered registry = new Registered();
    private final EventReader reader = new EventReader(
            ModelKind.TEXT_ENCODER,
            Duration.ZERO,
            new ValidTime(null, null),
            List.of(),
            LIMITS,
            EventFormats.own(ModelKind.TEXT_ENCODER, registry),
            Clock.systemUTC());

    private static byte[] encoded(String eventId, String subject, String text, Map<String, String> attributes) {
        return new WireFormatEncoder<TextEvent>(TextEvent.getClassSchema(), 1)
                .encode(new TextEvent(eventId, subject, Instant.ofEpochMilli(1000), "text/plain", text, attributes));
    }

    private static byte[] at(long time) {
        return new WireFormatEncoder<TextEvent>(TextEvent.getClassSchema(), 1)
                .encode(new TextEvent("e", "s", Instant.ofEpochMilli(time), "text/plain", "t", Map.of()));
    }

    private IngestRecord read(byte[] value, Map<String, byte[]> headers) throws IOException {
        return reader.read(new Coordinates("media.text", 0, 1, 2, null, value, headers));
    }

    private String outcome(byte[] value) throws IOException {
        return read(value, Map.of()) instanceof IngestRecord.Rejected rejected
                ? rejected.code() + ": " + rejected.message()
                : "event";
    }

    @Test
    void fieldsUpToTheirLimitsAreTaken() throws IOException {
        assertThat(outcome(encoded("e".repeat(64), "s".repeat(64), "t".repeat(1000), Map.of("k", "v".repeat(255)))))
                .isEqualTo("event");
        assertThat(outcome(encoded("\u20ac".repeat(21), "s", "t", Map.of()))).isEqualTo("event");
    }

    /** With valid_time off: what windows add to a time must fit 64 bits. */
    @Test
    void timesWhoseWindowsDoNotFitAreRejected() throws IOException {
        for (long time : new long[] {Long.MAX_VALUE, Long.MAX_VALUE - 1000, Long.MAX_VALUE - 3_650L * 86_400_000}) {
            assertThat(outcome(at(time)))
                    .startsWith("EVENT_TIME_OUT_OF_RANGE: event_time is " + time
                            + ", which leaves no room for its windows");
        }
        for (long time : new long[] {Long.MIN_VALUE, 0, Long.MAX_VALUE / 2}) {
            assertThat(outcome(at(time))).isEqualTo("event");
        }
    }

    @Test
    void fieldsBeyondTheirLimitsAreRejectedByName() throws IOException {
        assertThat(outcome(encoded("e".repeat(65), "s", "t", Map.of())))
                .startsWith("INVALID_EVENT: event_id has 65 bytes");
        assertThat(outcome(encoded("\u20ac".repeat(22), "s", "t", Map.of())))
                .startsWith("INVALID_EVENT: event_id has 66 bytes");
        assertThat(outcome(encoded("e", "s".repeat(6 << 20), "t", Map.of())))
                .startsWith("INVALID_EVENT: subject_id has 6291456 bytes");
        assertThat(outcome(encoded("e", "s", "t", Map.of("k", "v".repeat(256)))))
                .startsWith("INVALID_EVENT: the attributes have 257 bytes");
        assertThat(outcome(encoded("e", "s", "t", Map.of("\u20ac".repeat(50), "\u20ac".repeat(50)))))
                .startsWith("INVALID_EVENT: the attributes have 300 bytes");
        assertThat(outcome(encoded("e", "s", "t".repeat(1001), Map.of())))
                .startsWith("MEDIA_TOO_LARGE: the text has 1001 characters");
    }

    @Test
    void theSchemasIdMayBeInAHeader() throws IOException {
        byte[] prefixed = encoded("e", "s", "t", Map.of());
        byte[] bare = Arrays.copyOfRange(prefixed, 5, prefixed.length);
        assertThat(read(bare, Map.of("__value_schema_id", Arrays.copyOf(prefixed, 5))))
                .isInstanceOf(IngestRecord.Event.class);
        IngestRecord.Rejected rejected = (IngestRecord.Rejected) read(bare, Map.of("__value_schema_id", new byte[17]));
        assertThat(rejected.code()).isEqualTo(FailureCode.UNDECODABLE);
        assertThat(rejected.message()).contains("__value_schema_id has 17 bytes that start with 0");
    }

    @Test
    void anOutageOfTheRegistryIsNoRejection() {
        registry.failure = new IOException("away");
        assertThatThrownBy(() -> outcome(encoded("e", "s", "t", Map.of()))).isInstanceOf(IOException.class);
    }

    @Test
    void anErrorThatNothingForesawIsThisRecordsRejection() throws IOException {
        registry.failure = new StackOverflowError();
        assertThat(outcome(encoded("e", "s", "t", Map.of()))).startsWith("UNDECODABLE");
        registry.failure = new AssertionError("unforeseen");
        assertThat(outcome(encoded("e", "s", "t", Map.of())))
                .startsWith("UNDECODABLE")
                .contains("unforeseen");
        registry.failure = null;
        assertThat(outcome(encoded("e", "s", "t", Map.of()))).isEqualTo("event");
    }

    @Test
    void schemasThatCannotBeReadAreRejections() throws IOException {
        for (String schema : List.of(
                "{",
                "\"int\"",
                "{\"type\": \"record\", \"name\": \"X\", \"fields\": []}",
                "[]",
                "",
                "{\"type\":\"array\",\"items\":".repeat(3000))) {
            int id = registry.register("x", schema);
            assertThat(outcome(new byte[] {0, 0, 0, 0, (byte) id, 2, 2, 2, 2}))
                    .as(schema)
                    .startsWith("UNDECODABLE");
        }
    }

    /** A field that the reader does not have, whose elements take no bytes: a count alone would make it loop. */
    @Test
    void countsOfElementsThatTakeNoBytesAreBounded() throws Exception {
        for (String element : List.of(
                "\"null\"",
                "{\"type\":\"record\",\"name\":\"Empty\",\"fields\":[]}",
                "{\"type\":\"fixed\",\"name\":\"Zero\",\"size\":0}")) {
            String schema = TextEvent.getClassSchema()
                    .toString()
                    .replaceFirst(
                            "\"fields\":\\[",
                            "\"fields\":[{\"name\":\"extra\",\"type\":{\"type\":\"array\",\"items\":" + element
                                    + "},\"default\":[]},");
            int id = registry.register("x", new Schema.Parser().parse(schema).toString());
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            bytes.write(new byte[] {0, 0, 0, 0, (byte) id});
            BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(bytes, null);
            for (int block = 0; block < 200_000; block++) {
                encoder.writeLong(500_000);
            }
            encoder.writeLong(0);
            byte[] value = bytes.toByteArray();
            long start = System.nanoTime();
            assertThat(outcome(value)).as(element).startsWith("UNDECODABLE").contains("entries");
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
        }
    }

    /** Numbers of one byte that become boxed floats. */
    @Test
    void aVectorOfMillionsOfSmallNumbersIsBounded() throws Exception {
        String schema = TextEvent.getClassSchema()
                .toString()
                .replace("{\"type\":\"array\",\"items\":\"float\"}", "{\"type\":\"array\",\"items\":\"int\"}");
        assertThat(schema).contains("\"items\":\"int\"");
        int id = registry.register("x", schema);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(new byte[] {0, 0, 0, 0, (byte) id});
        BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(bytes, null);
        encoder.writeString("e");
        encoder.writeString("s");
        encoder.writeLong(1000);
        encoder.writeString("text/plain");
        encoder.writeIndex(2);
        encoder.writeString("model");
        encoder.writeLong(12 << 20);
        encoder.writeFixed(new byte[12 << 20]);
        encoder.writeLong(0);
        encoder.writeLong(0);
        assertThat(outcome(bytes.toByteArray())).startsWith("UNDECODABLE").contains("entries");
    }
}
