// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest.format;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.job.ingest.EventReader;
import io.sensorium.job.records.Coordinates;
import io.sensorium.job.records.IngestRecord;
import io.sensorium.operators.encode.Content;
import io.sensorium.operators.pack.ModelKind;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** CloudEvents by their Kafka binding 1.0.2. */
class CloudEventTreeTest {

    private static final byte[] JPEG = {(byte) 0xff, (byte) 0xd8, (byte) 0xff, 0, 1, 2, 3};
    private static final String BASE64 = Base64.getEncoder().encodeToString(JPEG);
    private static final byte[] KEY = "the-key".getBytes(StandardCharsets.UTF_8);

    private static IngestRecord read(String event, ModelKind kind, Map<String, String> headers, byte[] value)
            throws Exception {
        PipelineConfig config = PipelineFile.parse("p", """
                modalities: {m: {encoder: e, topic: t, format: cloudevents, event: {%s}}}
                align: {min_modalities: 1}
                operators: {s: {type: sentiment}}
                emit: {attributes: [type, channel]}
                """.formatted(event));
        Map<String, byte[]> bytes = new HashMap<>();
        headers.forEach((name, text) -> bytes.put(name, text.getBytes(StandardCharsets.UTF_8)));
        return EventReader.of(config, config.modalities().get(0), kind, null)
                .read(new Coordinates("t", 0, 7, 1_000, KEY, value, bytes));
    }

    private static IngestRecord.Event event(String event, ModelKind kind, Map<String, String> headers, byte[] value)
            throws Exception {
        IngestRecord read = read(event, kind, headers, value);
        assertThat(read).isInstanceOf(IngestRecord.Event.class);
        return (IngestRecord.Event) read;
    }

    private static Map<String, String> binary(String... more) {
        Map<String, String> headers = new HashMap<>(Map.of(
                "ce_specversion", "1.0", "ce_id", "42", "ce_source", "/cameras/7", "ce_type", "com.example.frame"));
        for (int i = 0; i < more.length; i += 2) {
            headers.put(more[i], more[i + 1]);
        }
        return headers;
    }

    private static IngestRecord structured(String event, ModelKind kind, String members) throws Exception {
        return read(
                event,
                kind,
                Map.of("content-type", "application/cloudevents+json; charset=UTF-8"),
                ("{\"specversion\": \"1.0\", \"id\": \"42\", \"source\": \"/cameras/7\", \"type\": \"com.example.frame\""
                                + members + "}")
                        .getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] media(IngestRecord record) {
        return ((Content.Media) ((IngestRecord.Event) record).content()).bytes();
    }

    private static String outcome(IngestRecord record) {
        return record instanceof IngestRecord.Rejected rejected ? rejected.code() + ": " + rejected.message() : "event";
    }

    @Test
    void aRawImageInBinaryModeNeedsNoMapping() throws Exception {
        IngestRecord.Event event = event(
                "",
                ModelKind.IMAGE_ENCODER,
                binary("content-type", "image/jpeg", "ce_time", "2026-01-31T10:30:00+01:00", "ce_subject", "room-1"),
                JPEG);
        assertThat(event.eventId()).isEqualTo("/cameras/7 42");
        assertThat(event.subjectId()).isEqualTo("room-1");
        assertThat(event.time()).isEqualTo(Instant.parse("2026-01-31T09:30:00Z").toEpochMilli());
        assertThat(media(event)).isEqualTo(JPEG);
    }

    @Test
    void withoutSubjectAndTimeKeyAndTimestampAreTaken() throws Exception {
        IngestRecord.Event event = event("", ModelKind.IMAGE_ENCODER, binary(), JPEG);
        assertThat(event.subjectId()).isEqualTo("the-key");
        assertThat(event.time()).isEqualTo(1_000);
    }

    @Test
    void bothModesLookAlikeToPaths() throws Exception {
        String mapping = """
                subject_id: $.data.room, event_time: {from: $.time, as: iso-8601}, payload: $.data.image, \
                attributes: {type: $.type, channel: $.channel}""";
        String data = "{\"room\": 5, \"image\": \"" + BASE64 + "\"}";
        IngestRecord.Event inBinary = event(
                mapping,
                ModelKind.IMAGE_ENCODER,
                binary("content-type", "application/json", "ce_time", "2026-01-31T09:30:00Z", "ce_channel", "news"),
                data.getBytes(StandardCharsets.UTF_8));
        IngestRecord.Event inStructured = (IngestRecord.Event) structured(
                mapping,
                ModelKind.IMAGE_ENCODER,
                ", \"time\": \"2026-01-31T09:30:00Z\", \"channel\": \"news\", \"data\": " + data);
        for (IngestRecord.Event event : new IngestRecord.Event[] {inBinary, inStructured}) {
            assertThat(event.eventId()).isEqualTo("/cameras/7 42");
            assertThat(event.subjectId()).isEqualTo("5");
            assertThat(event.time())
                    .isEqualTo(Instant.parse("2026-01-31T09:30:00Z").toEpochMilli());
            assertThat(event.attributes()).isEqualTo(Map.of("type", "com.example.frame", "channel", "news"));
            assertThat(media(event)).isEqualTo(JPEG);
        }
    }

    @Test
    void dataInStructuredModeAreBase64OrText() throws Exception {
        assertThat(media(structured("", ModelKind.IMAGE_ENCODER, ", \"data_base64\": \"" + BASE64 + "\"")))
                .isEqualTo(JPEG);
        IngestRecord.Event text = (IngestRecord.Event) structured(
                "", ModelKind.TEXT_ENCODER, ", \"datacontenttype\": \"text/plain\", \"data\": \"What a morning!\"");
        assertThat(text.content()).isEqualTo(new Content.Text("What a morning!"));
        assertThat(((IngestRecord.Event)
                                structured("", ModelKind.TEXT_ENCODER, ", \"data_base64\": \"V2hhdCBhIG1vcm5pbmch\""))
                        .content())
                .isEqualTo(text.content());
        assertThat(event(
                                "",
                                ModelKind.TEXT_ENCODER,
                                binary("content-type", "text/plain"),
                                "What a morning!".getBytes(StandardCharsets.UTF_8))
                        .content())
                .isEqualTo(text.content());
    }

    @Test
    void whatIsNoCloudEventIsOneDeadLetter() throws Exception {
        ModelKind image = ModelKind.IMAGE_ENCODER;
        assertThat(outcome(read("", image, Map.of(), JPEG)))
                .startsWith("UNDECODABLE: not a CloudEvent: expected headers");
        assertThat(outcome(read("", image, binary("ce_id", ""), JPEG)))
                .startsWith("UNDECODABLE: not a CloudEvent: its attribute id is missing");
        assertThat(outcome(read("", image, binary("ce_specversion", "0.3"), JPEG)))
                .isEqualTo("UNDECODABLE: not a CloudEvent of version 1: its specversion is 0.3");
        assertThat(outcome(read("", image, binary("content-type", "application/json"), JPEG)))
                .startsWith("UNDECODABLE: not UTF-8 at byte 0 of the JSON");
        assertThat(outcome(read("", image, Map.of("content-type", "application/cloudevents+avro"), JPEG)))
                .startsWith(
                        "UNDECODABLE: content-type is application/cloudevents+avro, but structured mode supports only");
        assertThat(outcome(read("", image, Map.of("content-type", "application/cloudevents+json"), null)))
                .startsWith("UNDECODABLE: the record has no value (a tombstone)");
        assertThat(outcome(read(
                        "",
                        image,
                        Map.of("content-type", "Application/CloudEvents+JSON"),
                        "[]".getBytes(StandardCharsets.UTF_8))))
                .isEqualTo("UNDECODABLE: not a CloudEvent: the value is JSON, but not an object");
        assertThat(outcome(structured("", image, ", \"data_base64\": \"*\"")))
                .startsWith("UNDECODABLE: not a CloudEvent: data_base64 is not base64");
        assertThat(outcome(structured("", image, ", \"data_base64\": 7")))
                .startsWith("UNDECODABLE: not a CloudEvent: data_base64 is not a text");
        assertThat(outcome(structured("", image, ", \"data\": 1, \"data_base64\": \"AA==\"")))
                .startsWith("UNDECODABLE: not a CloudEvent: it has both");
        assertThat(outcome(structured("", image, ", \"id\": \"43\", \"data\": 1")))
                .as("a name twice")
                .startsWith("UNDECODABLE: not JSON");
        assertThat(outcome(read("", image, binary(), null)))
                .isEqualTo("INVALID_EVENT: payload ($.data) matches nothing in the record; map a field that it has");
        assertThat(outcome(read("", image, binary("content-type", "audio/wav"), JPEG)))
                .startsWith("UNSUPPORTED_MEDIA: content_type ($.datacontenttype) is audio/wav");
        assertThat(outcome(read("", image, binary("ce_time", "yesterday"), JPEG)))
                .startsWith("INVALID_EVENT: event_time ($.time or timestamp) is \"yesterday\"");
    }

    /** By RFC 3339, whatever the mapping states; numbers, which the specification does not have, are no times. */
    @Test
    void aTimeAttributeThatIsNoRfc3339TimeIsADeadLetterWhereItIsTheEventTime() throws Exception {
        String expected = ", expected an RFC 3339 time without leap seconds, such as 2026-01-31T09:30:00Z; correct the "
                + "producer, or map event_time to another field";
        for (String time : new String[] {
            "1700000000000",
            "17.5",
            "true",
            "\"1700000000000\"",
            "\"2016-12-31T23:59:60Z\"",
            "\"0000-00-00T00:00:00Z\"",
            "\"2026-01-31T09:30:00\"",
            "\"\""
        }) {
            assertThat(outcome(structured("", ModelKind.TEXT_ENCODER, ", \"data\": \"x\", \"time\": " + time)))
                    .isEqualTo("INVALID_EVENT: event_time ($.time or timestamp) is " + time + expected);
            assertThat(outcome(structured(
                            "event_time: \"$['time']\"",
                            ModelKind.TEXT_ENCODER,
                            ", \"data\": \"x\", \"time\": " + time)))
                    .isEqualTo("INVALID_EVENT: event_time ($['time']) is " + time + expected);
        }
        assertThat(outcome(structured("", ModelKind.TEXT_ENCODER, ", \"data\": \"x\", \"time\": {\"at\": 1}")))
                .isEqualTo("INVALID_EVENT: event_time ($.time or timestamp) is an object" + expected);
        assertThat(outcome(read("", ModelKind.IMAGE_ENCODER, binary("ce_time", "1700000000000"), JPEG)))
                .isEqualTo("INVALID_EVENT: event_time ($.time or timestamp) is \"1700000000000\"" + expected);
    }

    @Test
    void aTimeAttributeThatIsNotTheEventTimeMayBeAnything() throws Exception {
        IngestRecord.Event event = (IngestRecord.Event) structured(
                "event_time: $.data.at, payload: $.data.text, attributes: {type: $.time, channel: $}",
                ModelKind.TEXT_ENCODER,
                ", \"data\": {\"at\": 5, \"text\": \"x\"}, \"time\": 1700000000000");
        assertThat(event.time()).isEqualTo(5);
        assertThat(event.attributes().get("type")).isEqualTo("1700000000000");
        assertThat(event.attributes().get("channel")).contains("\"time\":1700000000000");
        assertThat(((IngestRecord.Event) structured("", ModelKind.TEXT_ENCODER, ", \"data\": \"x\", \"time\": null"))
                        .time())
                .isEqualTo(1_000);
    }

    @Test
    void headersThatAreNoUtf8AreDeadLetters() throws Exception {
        PipelineConfig config = PipelineFile.parse("p", """
                modalities: {m: {encoder: e, topic: t, format: cloudevents}}
                align: {min_modalities: 1}
                operators: {s: {type: sentiment}}
                """);
        EventReader reader = EventReader.of(config, config.modalities().get(0), ModelKind.IMAGE_ENCODER, null);
        for (String name : new String[] {"ce_id", "content-type"}) {
            Map<String, byte[]> headers = new HashMap<>();
            binary().forEach((header, text) -> headers.put(header, text.getBytes(StandardCharsets.UTF_8)));
            headers.put(name, new byte[] {'a', (byte) 0xc0, (byte) 0x80});
            assertThat(outcome(reader.read(new Coordinates("t", 0, 7, 1_000, KEY, JPEG, headers))))
                    .startsWith("UNDECODABLE: the header " + name + " is not UTF-8");
        }
    }
}
