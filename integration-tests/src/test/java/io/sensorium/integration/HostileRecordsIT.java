// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.sensorium.quickstart.stack.EmbeddedStack;
import io.sensorium.results.DeadLetter;
import io.sensorium.results.MatchResult;
import io.sensorium.results.SentimentResult;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;

/** Schemas, fields and topics that used to fail the job at every restart; all in one run, which ends as usual. */
class HostileRecordsIT {

    private static final long T = 1_700_000_000_000L;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient http = HttpClient.newHttpClient();

    /**
     * Registers a schema as a producer's client would.
     *
     * @return its id
     */
    private int register(EmbeddedStack stack, String subject, Map<String, Object> body) throws Exception {
        HttpResponse<String> answer = http.send(
                HttpRequest.newBuilder(URI.create(stack.registryUrl() + "/subjects/" + subject + "/versions"))
                        .header("Content-Type", "application/vnd.schemaregistry.v1+json")
                        .POST(HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(body)))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body()).get("id").asInt();
    }

    private static byte[] value(int id, byte[] body) {
        return ByteBuffer.allocate(5 + body.length)
                .put((byte) 0)
                .putInt(id)
                .put(body)
                .array();
    }

    @Test
    void everyHostileRecordIsOneDeadLetterAndTheGoodOnesAreFused() throws Exception {
        EmbeddedStack stack = SharedStack.get();
        Map<String, String> expected = new TreeMap<>();
        try (TestTopics topics = new TestTopics(stack, 1)) {
            try (Admin admin = Admin.create(stack.broker().clientProperties())) {
                // A dead-letter topic that takes less than a letter, and one of incomplete windows that takes less than
                // some window.
                admin.createTopics(List.of(
                                new NewTopic(topics.prefix + "media.dead-letters", Optional.of(1), Optional.empty())
                                        .configs(Map.of("max.message.bytes", "8000")),
                                new NewTopic(topics.prefix + "results.incomplete", Optional.of(1), Optional.empty())
                                        .configs(Map.of("max.message.bytes", "8000"))))
                        .all()
                        .get();
            }
            class Sender {
                void bad(String code, byte[] value, Map<String, byte[]> headers) {
                    expected.put(topics.topic("text") + "@" + expected.size(), code);
                    topics.sendRaw("text", "k", value, headers);
                }

                void bad(String code, String eventId, String subject, String text, Map<String, String> attributes) {
                    var event = topics.event("text", subject, eventId, T, text);
                    event.put(event.getSchema().getField("attributes").pos(), attributes);
                    bad(code, topics.encode("text", event), Map.of());
                }
            }
            Sender send = new Sender();
            send.bad("INVALID_EVENT", "e".repeat(5 << 20), "s".repeat(6 << 20), "both ids", Map.of());
            send.bad("INVALID_EVENT", "e".repeat(1025), "s", "an id one byte too long", Map.of());
            send.bad("INVALID_EVENT", "e", "s".repeat(1025), "a subject one byte too long", Map.of());
            send.bad("INVALID_EVENT", "e", "s", "attributes too long", Map.of("group", "g".repeat(66_000)));
            send.bad("MEDIA_TOO_LARGE", "e", "s", "t".repeat(1_000_001), Map.of());
            byte[] body = "\u0002e\u0002s".getBytes(StandardCharsets.UTF_8);
            int json = register(
                    stack,
                    topics.prefix + "json",
                    Map.of(
                            "schemaType",
                            "JSON",
                            "schema",
                            "{\"$schema\": \"http://json-schema.org/draft-07/schema#\", \"type\": \"object\"}"));
            int protobuf = register(
                    stack,
                    topics.prefix + "protobuf",
                    Map.of("schemaType", "PROTOBUF", "schema", "syntax = \"proto3\"; message A { string a = 1; }"));
            int other = register(
                    stack,
                    topics.prefix + "other",
                    Map.of("schema", "{\"type\": \"record\", \"name\": \"Other\", \"fields\": []}"));
            send.bad("UNDECODABLE", value(json, body), Map.of());
            send.bad("UNDECODABLE", value(json, body), Map.of());
            send.bad("UNDECODABLE", value(protobuf, body), Map.of());
            send.bad("UNDECODABLE", value(other, body), Map.of());
            send.bad("UNKNOWN_SCHEMA", value(-7, body), Map.of());
            send.bad("UNKNOWN_SCHEMA", value(Integer.MAX_VALUE - 1, body), Map.of());
            send.bad("UNDECODABLE", body, Map.of("__value_schema_id", new byte[17], "big", new byte[100_000]));
            // Alone in its window, and more than results.incomplete takes.
            send.bad("MODEL_FAILED", "e", "alone", "a window that is too large", Map.of("group", "g".repeat(9000)));
            sendReferencing(stack, topics);
            topics.send("image", topics.embedded("image", "good", "good-image", T + 100, 1));
            topics.flush();

            topics.runBounded(
                    topics.config("strategy: tumbling, size: 10s", "parallelism: 2, checkpoint_interval: 1s"));

            Map<String, String> codes = new TreeMap<>();
            List<String> messages = new ArrayList<>();
            for (DeadLetter letter : topics.read("media.dead-letters", new DeadLetter())) {
                assertThat(codes.put(letter.getTopic() + "@" + letter.getOffset(), letter.getCode()))
                        .as("once each")
                        .isNull();
                messages.add(letter.getMessage());
            }
            assertThat(codes).isEqualTo(expected);
            assertThat(messages)
                    .anyMatch(message -> message.contains("JSON"))
                    .anyMatch(message -> message.contains("PROTOBUF"))
                    .anyMatch(message -> message.contains("__value_schema_id"));
            List<SentimentResult> sentiments = topics.read("results.sentiment", new SentimentResult());
            assertThat(sentiments)
                    .singleElement()
                    .satisfies(result -> assertThat(result.getInputs())
                            .extracting(input -> input.getEventId())
                            .containsExactly("good-image", "good-text"));
            assertThat(topics.read("results.match", new MatchResult())).hasSize(1);
        }
    }

    /** A text event of a schema that refers to another one, as Confluent's serializers register nested types. */
    private void sendReferencing(EmbeddedStack stack, TestTopics topics) throws Exception {
        String embedding = io.sensorium.events.Embedding.getClassSchema().toString();
        String reference = io.sensorium.events.MediaReference.getClassSchema().toString();
        register(stack, topics.prefix + "embedding", Map.of("schema", embedding));
        register(stack, topics.prefix + "reference", Map.of("schema", reference));
        String event = """
                {"type": "record", "name": "TextEvent", "namespace": "io.sensorium.events", "fields": [
                 {"name": "event_id", "type": "string"}, {"name": "subject_id", "type": "string"},
                 {"name": "event_time", "type": {"type": "long", "logicalType": "timestamp-millis"}}, \
                 {"name": "content_type", "type": "string"},
                 {"name": "payload", "type": ["string", "io.sensorium.events.MediaReference", "io.sensorium.events.Embedding"]},
                 {"name": "attributes", "type": {"type": "map", "values": "string"}, "default": {}}]}""";
        int id = register(
                stack,
                topics.prefix + "with-references",
                Map.of(
                        "schema",
                        event,
                        "references",
                        List.of(
                                Map.of(
                                        "name",
                                        "io.sensorium.events.MediaReference",
                                        "subject",
                                        topics.prefix + "reference",
                                        "version",
                                        1),
                                Map.of(
                                        "name",
                                        "io.sensorium.events.Embedding",
                                        "subject",
                                        topics.prefix + "embedding",
                                        "version",
                                        1))));
        Schema.Parser parser = new Schema.Parser();
        parser.parse(reference);
        parser.parse(embedding);
        Schema schema = parser.parse(event);
        GenericData.Record record = new GenericData.Record(schema);
        record.put("event_id", "good-text");
        record.put("subject_id", "good");
        record.put("event_time", T);
        record.put("content_type", "text/plain");
        record.put("payload", "What a wonderful day at the beach!");
        record.put("attributes", Map.of());
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(bytes, null);
        new GenericDatumWriter<GenericData.Record>(schema).write(record, encoder);
        topics.sendRaw("text", "good", value(id, bytes.toByteArray()), Map.of());
    }
}
