// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static io.sensorium.integration.CommandProcess.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.results.DeadLetter;
import io.sensorium.results.IncompleteWindow;
import io.sensorium.results.SentimentResult;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

/** {@link BadInputIT}'s records, and those that only JSON and Protobuf can hold: each is one dead letter. */
class BadFormatsIT {

    private static final long T = 1_700_000_000_000L;
    private static final String SOURCE = """
            syntax = "proto3";
            import "acme/body.proto";
            message Post { string id = 1; string post = 2; int64 at = 3; acme.Body body = 4; repeated Post replies = 5; }
            """;
    private static final String IMPORTED = """
            syntax = "proto3";
            package acme;
            message Body { bytes media = 1; string text = 2; }
            """;

    /** Records of one format, their codes and where they go. */
    private abstract static class Sender {
        final TestTopics topics;
        final Map<String, String> expected = new TreeMap<>();

        Sender(TestTopics topics) {
            this.topics = topics;
        }

        /** A record's value. */
        abstract byte[] value(String id, String subject, long time, Object payload) throws IOException;

        void good(String modality, String id, long time, Object payload) throws IOException {
            topics.sendRaw(modality, id, value(id, "good", time, payload));
        }

        void bad(String code, String modality, String key, byte[] value) {
            expected.put(key, code);
            topics.sendRaw(modality, key, value);
        }

        void bad(String code, String modality, String key, long time, Object payload) throws IOException {
            bad(code, modality, key, value(key, "bad", time, payload));
        }

        /** What any format can hold. */
        void everyKind() throws Exception {
            byte[] beach = TestTopics.sample("beach.jpg");
            byte[] speech = TestTopics.sample("beach.wav");
            good("image", "good-image", T, beach);
            good("text", "good-text", T + 100, "What a wonderful day at the beach!");
            good("audio", "good-audio", T + 200, speech);
            bad("EMPTY_PAYLOAD", "image", "empty-image", T, new byte[0]);
            bad("EMPTY_PAYLOAD", "text", "blank-text", T, "  ");
            bad("EMPTY_PAYLOAD", "audio", "empty-audio", T, new byte[0]);
            bad("CORRUPT_MEDIA", "image", "cut-jpeg", T, Arrays.copyOf(beach, beach.length / 2));
            bad("UNSUPPORTED_MEDIA", "image", "text-as-image", T, "I am a text".getBytes(StandardCharsets.UTF_8));
            bad("CORRUPT_MEDIA", "audio", "cut-wav", T, Arrays.copyOf(speech, speech.length / 2));
            bad("INVALID_EVENT", "text", "no-subject", value("no-subject", "", T, "hello"));
            bad("INVALID_EVENT", "text", "no-id", value("", "bad", T, "hello"));
            bad("INVALID_EVENT", "text", "long-id", value("i".repeat(2_000), "bad", T, "hello"));
            bad("EVENT_TIME_OUT_OF_RANGE", "text", "time-zero", 0, "hello");
            bad(
                    "EVENT_TIME_OUT_OF_RANGE",
                    "text",
                    "year-9999",
                    Instant.parse("9999-12-31T00:00:00Z").toEpochMilli(),
                    "hello");
            bad("MEDIA_TOO_LARGE", "text", "long-text", T, "x".repeat(2_000_000));
            bad("UNDECODABLE", "audio", "tombstone", null);
            bad("UNDECODABLE", "text", "empty", new byte[0]);
            byte[] whole = value("half", "bad", T, beach);
            bad("UNDECODABLE", "image", "half", Arrays.copyOf(whole, whole.length / 2));
            good("text", "good-text-2", T + 300, "And the sea was calm.");
        }

        void assertOneDeadLetterEach() throws Exception {
            // The broker may mark a transaction as committed a moment after the job was told so.
            await("results and dead letters")
                    .atMost(PATIENCE)
                    .until(() -> !topics.read("results.sentiment", new SentimentResult())
                                    .isEmpty()
                            && topics.read("media.dead-letters", new DeadLetter())
                                            .size()
                                    >= expected.size());
            Map<String, String> codes = new TreeMap<>();
            for (DeadLetter letter : topics.read("media.dead-letters", new DeadLetter())) {
                String key = new String(letter.getKey().array(), StandardCharsets.UTF_8);
                assertThat(codes.put(key, letter.getCode())).as("once: " + key).isNull();
                assertThat(letter.getFault()).isEqualTo("PRODUCER");
                assertThat(letter.getMessage()).isNotBlank().hasSizeLessThan(2_000);
            }
            assertThat(codes).isEqualTo(expected);
            assertThat(topics.read("results.incomplete", new IncompleteWindow()))
                    .isEmpty();
            assertThat(topics.read("results.sentiment", new SentimentResult()))
                    .singleElement()
                    .satisfies(result -> assertThat(result.getInputs())
                            .extracting(input -> input.getEventId())
                            .containsExactly("good-audio", "good-image", "good-text", "good-text-2"));
        }
    }

    private static final class Json extends Sender {
        private static final ObjectMapper MAPPER = new ObjectMapper();

        Json(TestTopics topics) {
            super(topics);
        }

        @Override
        byte[] value(String id, String subject, long time, Object payload) throws IOException {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("id", id);
            fields.put("post", subject);
            fields.put("at", time);
            // Jackson writes bytes as base64.
            fields.put("body", payload instanceof String ? Map.of("text", payload) : Map.of("media", payload));
            return MAPPER.writeValueAsBytes(fields);
        }

        void text(String code, String modality, String key, String json) {
            bad(code, modality, key, json.getBytes(StandardCharsets.UTF_8));
        }

        void onlyJson() {
            text("UNDECODABLE", "text", "deep", "[".repeat(2_000_000));
            text("UNDECODABLE", "text", "twice", "{\"id\": 1, \"id\": 2}");
            text("UNDECODABLE", "text", "trailing", "{} {}");
            text("UNDECODABLE", "text", "long-number", "{\"at\": " + "9".repeat(100_000) + "}");
            text("UNDECODABLE", "text", "many-values", "[" + "[],".repeat(2_000_000) + "0]");
            text("INVALID_EVENT", "text", "no-object", "17");
            text("INVALID_EVENT", "text", "null", "null");
            String event = "{\"id\": \"x\", \"post\": \"bad\", \"at\": %s, \"body\": %s}";
            text("EVENT_TIME_OUT_OF_RANGE", "text", "huge-number", String.format(event, "1e300", "{}"));
            text("INVALID_EVENT", "text", "infinite-number", String.format(event, "1e999999999", "{}"));
            text("INVALID_EVENT", "text", "no-number", String.format(event, "\"soon\"", "{}"));
            text("INVALID_EVENT", "text", "object", String.format(event, T, "{\"text\": {\"a\": 1}}"));
            text("CORRUPT_MEDIA", "image", "wrong-base64", String.format(event, T, "{\"media\": \"no base64!\"}"));
            text("INVALID_EVENT", "image", "number-as-media", String.format(event, T, "{\"media\": 17}"));
            byte[] invalid = String.format(event, T, "{\"text\": \"?\"}").getBytes(StandardCharsets.UTF_8);
            invalid[new String(invalid, StandardCharsets.UTF_8).indexOf('?')] = (byte) 0xc0;
            bad("UNDECODABLE", "text", "utf-8", invalid);
        }
    }

    private static final class Protobuf extends Sender {
        private final int id;

        Protobuf(TestTopics topics, int id) {
            super(topics);
            this.id = id;
        }

        @Override
        byte[] value(String eventId, String subject, long time, Object payload) throws IOException {
            byte[] body = ProtobufProducer.message(out -> {
                if (payload instanceof String text) {
                    out.writeString(2, text);
                } else {
                    out.writeByteArray(1, (byte[]) payload);
                }
            });
            return framed(ProtobufProducer.message(out -> {
                out.writeString(1, eventId);
                out.writeString(2, subject);
                out.writeInt64(3, time);
                out.writeByteArray(4, body);
            }));
        }

        byte[] framed(byte[] message) {
            return ProtobufProducer.framed(id, message);
        }

        void onlyProtobuf(int avroId) throws IOException {
            byte[] unknown = value("x", "bad", T, "x");
            ByteBuffer.wrap(unknown).putInt(1, 999_999);
            bad("UNKNOWN_SCHEMA", "text", "unknown-schema", unknown);
            byte[] avro = value("x", "bad", T, "x");
            ByteBuffer.wrap(avro).putInt(1, avroId);
            bad("UNDECODABLE", "text", "avro-schema", avro);
            bad("UNDECODABLE", "text", "json", "{\"id\": \"x\"}".getBytes(StandardCharsets.UTF_8));
            byte[] otherMessage = value("x", "bad", T, "x");
            // Of one index, the second message.
            bad(
                    "UNDECODABLE",
                    "text",
                    "index",
                    ByteBuffer.allocate(otherMessage.length + 1)
                            .put(otherMessage, 0, 5)
                            .put(new byte[] {2, 2})
                            .put(otherMessage, 6, otherMessage.length - 6)
                            .array());
            bad("UNDECODABLE", "text", "utf-8", framed(new byte[] {10, 1, (byte) 0xc0}));
            bad("INVALID_EVENT", "text", "no-fields", framed(new byte[0]));
            byte[] deep = new byte[0];
            for (int level = 0; level < 200; level++) {
                byte[] inner = deep;
                deep = ProtobufProducer.message(out -> out.writeByteArray(5, inner));
            }
            bad("UNDECODABLE", "text", "deep", framed(deep));
            byte[] many = new byte[4_000_000];
            for (int i = 0; i < many.length; i += 2) {
                many[i] = 5 << 3 | 2;
            }
            bad("UNDECODABLE", "text", "many-values", framed(many));
            byte[] noText = ProtobufProducer.message(out -> {
                out.writeString(1, "x");
                out.writeString(2, "bad");
                out.writeInt64(3, T);
            });
            bad("INVALID_EVENT", "text", "no-body", framed(noText));
        }
    }

    private static String yaml(TestTopics topics, String format) {
        String yaml = topics.yaml("strategy: tumbling, size: 10s", "parallelism: 1, checkpoint_interval: 1s");
        for (String modality : new String[] {"image", "text", "audio"}) {
            yaml = yaml.replace(
                    "media." + modality + ",",
                    "media." + modality + ", format: " + format
                            + ", event: {event_id: $.id, subject_id: $.post, event_time: $.at, payload: $.body."
                            + (modality.equals("text") ? "text" : "media") + "},");
        }
        return yaml;
    }

    @Test
    void everyBadJsonIsOneDeadLetter() throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 1)) {
            Json sender = new Json(topics);
            sender.everyKind();
            sender.onlyJson();
            topics.flush();
            hugeText(topics, "{\"id\": \"x\", \"post\": \"", "\"}");
            sender.expected.put("huge-text", "UNDECODABLE");
            topics.runBounded(PipelineFile.parse("json.yaml", yaml(topics, "json")));
            sender.assertOneDeadLetterEach();
        }
    }

    @Test
    void everyBadProtobufIsOneDeadLetter() throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 1)) {
            String url = SharedStack.get().registryUrl();
            ProtobufProducer.register(url, topics.prefix + "body", IMPORTED, Map.of());
            int id = ProtobufProducer.register(
                    url, topics.topic("text") + "-value", SOURCE, Map.of("acme/body.proto", topics.prefix + "body"));
            byte[] avro = topics.encode("other", topics.event("audio", "x", "x", T, new byte[0]));
            Protobuf sender = new Protobuf(topics, id);
            sender.everyKind();
            sender.onlyProtobuf(ByteBuffer.wrap(avro).getInt(1));
            topics.flush();
            topics.runBounded(PipelineFile.parse("protobuf.yaml", yaml(topics, "protobuf")));
            sender.assertOneDeadLetterEach();
        }
    }

    /** A text of 20 MB, which the broker takes because it is compressed. */
    private static void hugeText(TestTopics topics, String before, String after) throws Exception {
        ByteArrayOutputStream value = new ByteArrayOutputStream();
        value.write(before.getBytes(StandardCharsets.UTF_8));
        byte[] text = new byte[20_000_001];
        Arrays.fill(text, (byte) 'x');
        value.write(text);
        value.write(after.getBytes(StandardCharsets.UTF_8));
        Map<String, Object> properties =
                new HashMap<>(SharedStack.get().broker().clientProperties());
        properties.putAll(Map.of("max.request.size", 64 << 20, "buffer.memory", 64L << 20, "compression.type", "gzip"));
        try (var producer = new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(
                            topics.topic("text"), "huge-text".getBytes(StandardCharsets.UTF_8), value.toByteArray()))
                    .get();
        }
    }
}
