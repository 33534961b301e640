// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest.format;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.config.Modality;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineConfig.Limits;
import io.sensorium.job.config.PipelineConfig.ValidTime;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.job.ingest.EventReader;
import io.sensorium.job.records.Coordinates;
import io.sensorium.job.records.IngestRecord;
import io.sensorium.operators.encode.Content;
import io.sensorium.operators.pack.ModelKind;
import io.sensorium.schemas.SchemaRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Records of schemas that are not this project's, as events or as one dead letter each. */
class MappedEventsTest {

    private static final byte[] JPEG = {(byte) 0xff, (byte) 0xd8, (byte) 0xff, 0, 1, 2, 3};
    private static final String UPLOADS = """
            format: json
            event:
              event_id: $.upload.id
              subject_id: $.post_id
              event_time: {from: $.created, as: iso-8601}
              payload: {from: $.image, as: base64}
              content_type: image/jpeg
              attributes: {channel: $.channel, lang: header.lang, source: app}
            """;

    private static final UUID GUID = UUID.fromString("89791762-2336-4186-9674-299b90a802e2");

    private static final class OneSchema implements SchemaRegistry {
        String schema;

        @Override
        public int register(String subject, String avroSchema) {
            throw new UnsupportedOperationException();
        }

        @Override
        public String schemaOf(int id) throws IOException {
            if (id != 7) {
                throw new UnknownSchemaException(id, null);
            }
            return schema;
        }

        @Override
        public String schemaOf(UUID guid) throws IOException {
            if (!guid.equals(GUID)) {
                throw new UnknownSchemaException(guid, null);
            }
            return schema;
        }
    }

    private final OneSchema registry = new OneSchema();

    private IngestRecord read(String modality, ModelKind kind, byte[] key, byte[] value, Map<String, byte[]> headers)
            throws Exception {
        PipelineConfig config = PipelineFile.parse(
                "p", "modalities:\n  m:\n    encoder: e\n    topic: uploads\n" + modality.indent(4) + """
                        align: {size: 10s, min_modalities: 1}
                        operators: {s: {type: sentiment}}
                        emit: {attributes: [channel, lang, source]}
                        """);
        Modality only = config.modalities().get(0);
        return new EventReader(
                        kind,
                        Duration.ZERO,
                        new ValidTime(null, null),
                        config.emitAttributes(),
                        new Limits(64, 256, 1000),
                        EventFormats.of(only, List.of(only), kind, registry, new UnregisteredMetricsGroup()),
                        Clock.systemUTC())
                .read(new Coordinates("uploads", 3, 17, 1_000, key, value, headers));
    }

    private IngestRecord image(String mapping, String json) throws Exception {
        return read(
                mapping,
                ModelKind.IMAGE_ENCODER,
                "k".getBytes(StandardCharsets.UTF_8),
                json.getBytes(StandardCharsets.UTF_8),
                Map.of("lang", "en".getBytes(StandardCharsets.UTF_8)));
    }

    private String outcome(String json) throws Exception {
        return outcome(image(UPLOADS, json));
    }

    private static String outcome(IngestRecord record) {
        return record instanceof IngestRecord.Rejected rejected ? rejected.code() + ": " + rejected.message() : "event";
    }

    private static String upload(String image) {
        return """
                {"upload": {"id": "u1"}, "post_id": 42, "created": "2026-01-31T10:30:00+01:00", "image": %s,
                 "channel": "news"}""".formatted(image);
    }

    private static String quoted(byte[] bytes) {
        return '"' + Base64.getEncoder().encodeToString(bytes) + '"';
    }

    private static byte[] media(IngestRecord record) {
        Content.Media media = (Content.Media) ((IngestRecord.Event) record).content();
        return java.util.Arrays.copyOfRange(media.array(), media.offset(), media.offset() + media.length());
    }

    @Test
    void aJsonUploadIsAnEvent() throws Exception {
        IngestRecord.Event event = (IngestRecord.Event) image(UPLOADS, upload(quoted(JPEG)));
        assertThat(event.eventId()).isEqualTo("u1");
        assertThat(event.subjectId()).as("a number is an id too").isEqualTo("42");
        assertThat(event.time()).isEqualTo(Instant.parse("2026-01-31T09:30:00Z").toEpochMilli());
        assertThat(event.attributes()).isEqualTo(Map.of("channel", "news", "lang", "en", "source", "app"));
        assertThat(media(event)).isEqualTo(JPEG);
    }

    @Test
    void withoutAMappingOfAFieldTheRecordsOwnIsTaken() throws Exception {
        IngestRecord.Event event =
                (IngestRecord.Event) image("format: json\nevent: {payload: $.image}", upload(quoted(JPEG)));
        assertThat(event.eventId()).isEqualTo("uploads-3-17");
        assertThat(event.subjectId()).isEqualTo("k");
        assertThat(event.time()).isEqualTo(1_000);
        assertThat(media(event)).isEqualTo(JPEG);
    }

    @Test
    void rawBytesAreTheMedia() throws Exception {
        byte[] key = "post-1".getBytes(StandardCharsets.UTF_8);
        IngestRecord image = read("format: bytes", ModelKind.IMAGE_ENCODER, key, JPEG, Map.of());
        assertThat(media(image)).isEqualTo(JPEG);
        assertThat(((IngestRecord.Event) image).subjectId()).isEqualTo("post-1");
        IngestRecord text =
                read("format: bytes", ModelKind.TEXT_ENCODER, key, "Grüße".getBytes(StandardCharsets.UTF_8), Map.of());
        assertThat(((IngestRecord.Event) text).content()).isEqualTo(new Content.Text("Grüße"));
        assertThat(outcome(read("format: bytes", ModelKind.TEXT_ENCODER, key, JPEG, Map.of())))
                .isEqualTo("INVALID_EVENT: payload (value) is not text in UTF-8");
        assertThat(outcome(read("format: bytes", ModelKind.IMAGE_ENCODER, null, JPEG, Map.of())))
                .isEqualTo(
                        "INVALID_EVENT: subject_id (key) is missing: the record has no key; map a field that it has");
        assertThat(outcome(read("format: bytes", ModelKind.IMAGE_ENCODER, key, null, Map.of())))
                .startsWith("INVALID_EVENT: payload (value) matches nothing");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1700000000123 | epoch-millis | 1700000000123",
                "\"1700000000123\" | epoch-millis | 1700000000123",
                "1700000000 | epoch-seconds | 1700000000000",
                "1700000000.5 | epoch-seconds | 1700000000500",
                "1700000000123456 | epoch-micros | 1700000000123",
                "-1 | epoch-micros | -1",
                "\"2023-11-14T22:13:20.123Z\" | iso-8601 | 1700000000123"
            })
    void timesAreRead(String json, String as, long expected) throws Exception {
        IngestRecord record = image(
                "format: json\nevent: {event_time: {from: $.t, as: " + as + "}, payload: $.image}",
                "{\"t\": " + json + ", \"image\": \"\"}");
        assertThat(((IngestRecord.Event) record).time()).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"yesterday\" | epoch-millis | INVALID_EVENT: event_time ($.t) is \"yesterday\", expected a number",
                "1e300 | epoch-millis | EVENT_TIME_OUT_OF_RANGE: event_time ($.t, as: epoch-millis) is 1.0E300, which does not fit 64 bits",
                "1e999 | epoch-millis | INVALID_EVENT: event_time ($.t) is",
                "\"1e999999999\" | epoch-seconds | EVENT_TIME_OUT_OF_RANGE",
                "\"1e-999999999\" | epoch-seconds | event",
                "123456789012345678901234567890 | epoch-micros | EVENT_TIME_OUT_OF_RANGE",
                "\"2023-11-14 22:13\" | iso-8601 | INVALID_EVENT: event_time ($.t) is \"2023-11-14 22:13\", expected a time",
                "\"+999999999-01-01T00:00:00Z\" | iso-8601 | EVENT_TIME_OUT_OF_RANGE",
                "{\"a\": 1} | epoch-millis | INVALID_EVENT: event_time ($.t) is an object",
                "null | epoch-millis | INVALID_EVENT: event_time ($.t) matches nothing in the record"
            })
    void timesThatAreNoneAreDeadLetters(String json, String as, String expected) throws Exception {
        assertThat(outcome(image(
                        "format: json\nevent: {event_time: {from: $.t, as: " + as + "}, payload: $.image}",
                        "{\"t\": " + json + ", \"image\": \"\"}")))
                .startsWith(expected);
    }

    @Test
    void aTextOfTooManyDigitsIsNoTime() throws Exception {
        // Read as a number it would hold the stream up for minutes.
        assertThat(outcome(image(
                        "format: json\nevent: {event_time: {from: $.t, as: epoch-millis}, payload: $.image}",
                        "{\"t\": \"" + "9".repeat(900_000) + "\", \"image\": \"\"}")))
                .startsWith("INVALID_EVENT: event_time ($.t) is \"999")
                .contains("expected a number");
    }

    @Test
    void aTimeInAHeaderIsRead() throws Exception {
        String mapping = "format: bytes\nevent: {event_time: {from: header.at, as: iso-8601}}";
        byte[] key = "k".getBytes(StandardCharsets.UTF_8);
        byte[] time = "2023-11-14T22:13:20.123Z".getBytes(StandardCharsets.UTF_8);
        IngestRecord record = read(mapping, ModelKind.IMAGE_ENCODER, key, JPEG, Map.of("at", time));
        assertThat(outcome(record)).isEqualTo("event");
        assertThat(((IngestRecord.Event) record).time()).isEqualTo(1_700_000_000_123L);
    }

    @Test
    void mediaComeInEveryEncoding() throws Exception {
        String urlSafe = '"' + Base64.getUrlEncoder().withoutPadding().encodeToString(JPEG) + '"';
        assertThat(media(image(UPLOADS, upload(urlSafe)))).isEqualTo(JPEG);
        assertThat(media(image(UPLOADS, upload("\"/9j/\\nAAEC\\r\\nAw==\"")))).isEqualTo(JPEG);
        String dataUrl = UPLOADS.replace("as: base64", "as: data-url");
        assertThat(media(image(dataUrl, upload("\"data:image/jpeg;base64,/9j/AAECAw==\""))))
                .isEqualTo(JPEG);
        assertThat(media(image(dataUrl, upload("\"data:image/jpeg,%FF%D8%FF%00%01%02%03\""))))
                .isEqualTo(JPEG);
        assertThat(outcome(image(dataUrl, upload("\"https://example.org/a.jpg\""))))
                .startsWith("CORRUPT_MEDIA: payload ($.image) is not a data URL");
        IngestRecord.Event reference =
                (IngestRecord.Event) image(UPLOADS.replace("as: base64", "as: uri"), upload("\"s3://bucket/a.jpg\""));
        assertThat(reference.reference().uri()).isEqualTo("s3://bucket/a.jpg");
        IngestRecord.Event embedding =
                (IngestRecord.Event) image(UPLOADS.replace("as: base64", "as: embedding"), upload("[0.5, 1, -2]"));
        assertThat(embedding.vectorModel()).as("the modality's").isEqualTo("e");
        assertThat(ByteBuffer.wrap(embedding.vector())
                        .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                        .getFloat(8))
                .isEqualTo(-2f);
    }

    @Test
    void eachBadRecordIsOneDeadLetterWithItsCode() throws Exception {
        assertThat(outcome("{\"upload\": ")).startsWith("UNDECODABLE: not JSON at line 1");
        assertThat(outcome("")).isEqualTo("UNDECODABLE: the value is empty, expected JSON");
        assertThat(outcome(upload(quoted(JPEG)) + " {}")).startsWith("UNDECODABLE: not JSON");
        assertThat(outcome(image(UPLOADS, "\"\u0000\"".replace("\u0000", "x")))).startsWith("INVALID_EVENT: event_id");
        byte[] invalidUtf8 = upload("\"??\"").getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < invalidUtf8.length; i++) {
            invalidUtf8[i] = invalidUtf8[i] == '?' ? (byte) 0xc0 : invalidUtf8[i];
        }
        assertThat(outcome(read(UPLOADS, ModelKind.IMAGE_ENCODER, null, invalidUtf8, Map.of())))
                .startsWith("UNDECODABLE: not UTF-8 at byte ");
        assertThat(outcome(read(UPLOADS, ModelKind.IMAGE_ENCODER, null, null, Map.of())))
                .isEqualTo("UNDECODABLE: the record has no value (a tombstone), expected JSON");
        assertThat(outcome(upload("\"no base64!\"")))
                .startsWith(
                        "CORRUPT_MEDIA: payload ($.image) is not base64: it has the character U+0020 at character 2");
        assertThat(outcome(upload("12")))
                .isEqualTo("INVALID_EVENT: payload ($.image) is 12, expected text; check payload.as");
        assertThat(outcome(upload("null"))).startsWith("INVALID_EVENT: payload ($.image) matches nothing");
        assertThat(outcome(upload(quoted(JPEG)).replace("42", "{\"a\": 1}")))
                .isEqualTo("INVALID_EVENT: subject_id ($.post_id) is an object, expected one value; map a path to a "
                        + "value in it");
        assertThat(outcome(image(
                        UPLOADS.replace("image/jpeg", "$.channel"),
                        upload(quoted(JPEG)).replace("news", "audio/wav"))))
                .isEqualTo("UNSUPPORTED_MEDIA: content_type ($.channel) is audio/wav, but the modality's encoder needs "
                        + "image content; map the payload of that type, or name another encoder");
        assertThat(outcome(image(UPLOADS.replace("$.upload.id", "$..id"), upload("{\"id\": 1}"))))
                .startsWith("INVALID_EVENT: event_id ($..id) matches 2 values, expected one");
    }

    private static byte[] guidHeader(UUID guid) {
        return ByteBuffer.allocate(17)
                .put((byte) 1)
                .putLong(guid.getMostSignificantBits())
                .putLong(guid.getLeastSignificantBits())
                .array();
    }

    @Test
    void jsonInTheConfluentWireFormat() throws Exception {
        byte[] json = upload(quoted(JPEG)).getBytes(StandardCharsets.UTF_8);
        byte[] framed = ByteBuffer.allocate(json.length + 5)
                .put((byte) 0)
                .putInt(9)
                .put(json)
                .array();
        String mapping = UPLOADS.replace("format: json", "format: json-schema");
        assertThat(media(read(mapping, ModelKind.IMAGE_ENCODER, null, framed, Map.of())))
                .isEqualTo(JPEG);
        assertThat(outcome(read(mapping, ModelKind.IMAGE_ENCODER, null, json, Map.of())))
                .startsWith("UNDECODABLE: not in the Confluent wire format")
                .endsWith("set format: json if the producer writes plain JSON");
        assertThat(media(read(
                        mapping, ModelKind.IMAGE_ENCODER, null, json, Map.of("__value_schema_id", guidHeader(GUID)))))
                .as("the schema's GUID in a header")
                .isEqualTo(JPEG);
    }

    @Test
    void avroOfAnySchema() throws Exception {
        registry.schema = """
                {"type": "record", "name": "Upload", "fields": [
                  {"name": "meta", "type": ["null", {"type": "record", "name": "Meta", "fields": [
                    {"name": "id", "type": "string"},
                    {"name": "at", "type": {"type": "long", "logicalType": "timestamp-micros"}},
                    {"name": "tags", "type": {"type": "map", "values": "string"}}]}]},
                  {"name": "parts", "type": {"type": "array", "items": ["string", "bytes"]}}]}""";
        Schema schema = new Schema.Parser().parse(registry.schema);
        GenericRecord meta = new GenericData.Record(
                schema.getField("meta").schema().getTypes().get(1));
        meta.put("id", "u1");
        meta.put("at", 1_700_000_000_123_456L);
        meta.put("tags", Map.of("channel", "news"));
        GenericRecord upload = new GenericData.Record(schema);
        upload.put("meta", meta);
        upload.put("parts", List.of("first", ByteBuffer.wrap(JPEG)));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(new byte[] {0, 0, 0, 0, 7});
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
        new GenericDatumWriter<GenericRecord>(schema).write(upload, encoder);
        encoder.flush();
        String mapping = """
                event:
                  event_id: $.meta.id
                  event_time: $.meta.at
                  payload: {from: '$.parts[1]', as: bytes}
                  attributes: {channel: $.meta.tags.channel}
                """;
        byte[] key = "post".getBytes(StandardCharsets.UTF_8);
        IngestRecord record = read(mapping, ModelKind.IMAGE_ENCODER, key, out.toByteArray(), Map.of());
        assertThat(outcome(record)).isEqualTo("event");
        IngestRecord.Event event = (IngestRecord.Event) record;
        assertThat(event.eventId()).isEqualTo("u1");
        assertThat(event.time()).isEqualTo(1_700_000_000_123L);
        assertThat(event.attributes()).isEqualTo(Map.of("channel", "news"));
        assertThat(media(event)).isEqualTo(JPEG);
        String whole = mapping.replace("$.meta.tags.channel", "$.meta");
        record = read(whole, ModelKind.IMAGE_ENCODER, key, out.toByteArray(), Map.of());
        assertThat(((IngestRecord.Event) record).attributes())
                .isEqualTo(Map.of(
                        "channel",
                        "{\"id\":\"u1\",\"at\":\"2023-11-14T22:13:20.123456Z\",\"tags\":{\"channel\":\"news\"}}"));
        String time = mapping.replace("'$.parts[1]'", "$.meta.at");
        assertThat(outcome(read(time, ModelKind.IMAGE_ENCODER, key, out.toByteArray(), Map.of())))
                .startsWith("INVALID_EVENT: payload ($.meta.at) is 2023-11-14T22:13:20.123456Z, expected bytes");
        byte[] cut = java.util.Arrays.copyOf(out.toByteArray(), out.size() - 3);
        assertThat(outcome(read(mapping, ModelKind.IMAGE_ENCODER, key, cut, Map.of())))
                .startsWith("UNDECODABLE: not a value of schema id 7");
        byte[] unknown = out.toByteArray();
        unknown[4] = 8;
        assertThat(outcome(read(mapping, ModelKind.IMAGE_ENCODER, key, unknown, Map.of())))
                .startsWith("UNKNOWN_SCHEMA: schema id 8");

        byte[] bare = java.util.Arrays.copyOfRange(out.toByteArray(), 5, out.size());
        assertThat(media(read(
                        mapping, ModelKind.IMAGE_ENCODER, key, bare, Map.of("__value_schema_id", guidHeader(GUID)))))
                .isEqualTo(JPEG);
        UUID other = new UUID(1, 2);
        assertThat(outcome(read(
                        mapping, ModelKind.IMAGE_ENCODER, key, bare, Map.of("__value_schema_id", guidHeader(other)))))
                .startsWith("UNKNOWN_SCHEMA: schema GUID " + other);
        assertThat(outcome(read(
                        mapping, ModelKind.IMAGE_ENCODER, key, bare, Map.of("__value_schema_id", new byte[] {1, 2}))))
                .startsWith("UNDECODABLE: the header __value_schema_id has 2 bytes that start with 1, expected 0");
        assertThat(outcome(read(
                        mapping, ModelKind.IMAGE_ENCODER, key, null, Map.of("__value_schema_id", guidHeader(GUID)))))
                .startsWith("UNDECODABLE: no value (a tombstone)");
    }
}
