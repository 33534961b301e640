// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.events.Embedding;
import io.sensorium.events.MediaReference;
import io.sensorium.results.DeadLetter;
import io.sensorium.results.IncompleteWindow;
import io.sensorium.results.LateEvent;
import io.sensorium.results.MatchResult;
import io.sensorium.results.SentimentResult;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

/**
 * Whatever a producer sends, the job goes on and the record is in the dead letters with its bytes and whose fault it
 * is.
 */
class BadInputIT {

    private static final long T = 1_700_000_000_000L;

    @Test
    void everyBadRecordIsADeadLetterAndTheGoodOnesAreFused() throws Exception {
        byte[] beach = resource("beach.jpg");
        byte[] speech = resource("beach.wav");
        Map<String, String> expected = new TreeMap<>();
        Map<String, byte[]> sent = new TreeMap<>();
        try (TestTopics topics = new TestTopics(SharedStack.get(), 2)) {
            class Sender {
                void bad(String code, String modality, String key, byte[] value) {
                    expected.put(key, code);
                    if (value != null) {
                        sent.put(key, value);
                    }
                    topics.sendRaw(modality, key, value);
                }

                void bad(String code, String modality, String key, String subject, long time, Object payload) {
                    bad(
                            code,
                            modality,
                            key,
                            topics.encode(modality, topics.event(modality, subject, key, time, payload)));
                }
            }
            Sender send = new Sender();
            topics.send("image", topics.event("image", "good", "good-image", T, beach));
            topics.send(
                    "text", topics.event("text", "good", "good-text", T + 100, "What a wonderful day at the beach!"));
            topics.send("audio", topics.event("audio", "good", "good-audio", T + 200, speech));
            send.bad("EMPTY_PAYLOAD", "image", "empty-image", "bad", T, new byte[0]);
            send.bad("EMPTY_PAYLOAD", "text", "blank-text", "bad", T, "  ");
            send.bad("EMPTY_PAYLOAD", "audio", "empty-audio", "bad", T, new byte[0]);
            send.bad("CORRUPT_MEDIA", "image", "cut-jpeg", "bad", T, Arrays.copyOf(beach, beach.length / 2));
            send.bad("MEDIA_TOO_LARGE", "image", "huge-png", "bad", T, pngThatDeclares(50_000, 50_000));
            send.bad(
                    "UNSUPPORTED_MEDIA",
                    "image",
                    "text-as-image",
                    "bad",
                    T,
                    "I am a text".getBytes(StandardCharsets.UTF_8));
            send.bad("CORRUPT_MEDIA", "audio", "cut-wav", "bad", T, Arrays.copyOf(speech, speech.length / 2));
            send.bad("CORRUPT_MEDIA", "audio", "cut-flac", "bad", T, cut("dog-ball.flac"));
            send.bad("CORRUPT_MEDIA", "audio", "cut-mp3", "bad", T, cut("storm.mp3"));
            send.bad("CORRUPT_MEDIA", "audio", "cut-ogg", "bad", T, cut("birthday.ogg"));
            List<Float> notFinite = new ArrayList<>(Collections.nCopies(384, 0.1f));
            notFinite.set(7, Float.NaN);
            send.bad("EMBEDDING_NOT_FINITE", "text", "nan", "bad", T, new Embedding("text-bge-small-en", notFinite));
            send.bad(
                    "EMBEDDING_MISMATCH",
                    "text",
                    "dimension",
                    "bad",
                    T,
                    new Embedding("text-bge-small-en", Collections.nCopies(383, 0.1f)));
            send.bad(
                    "EMBEDDING_MISMATCH",
                    "text",
                    "model",
                    "bad",
                    T,
                    new Embedding("some-other", Collections.nCopies(384, 0.1f)));
            send.bad(
                    "REFERENCE_REFUSED",
                    "image",
                    "reference",
                    "bad",
                    T,
                    new MediaReference("file:/etc/passwd", null, null));
            send.bad("INVALID_EVENT", "text", "no-subject", "", T, "hello");
            send.bad("EVENT_TIME_OUT_OF_RANGE", "text", "time-zero", "bad", 0, "hello");
            send.bad(
                    "EVENT_TIME_OUT_OF_RANGE",
                    "text",
                    "year-9999",
                    "bad",
                    Instant.parse("9999-12-31T00:00:00Z").toEpochMilli(),
                    "hello");
            byte[] unknown = topics.encode("text", topics.event("text", "bad", "x", T, "x"));
            ByteBuffer.wrap(unknown).putInt(1, 999_999);
            send.bad("UNKNOWN_SCHEMA", "text", "unknown-schema", unknown);
            send.bad("UNDECODABLE", "text", "no-avro", "{\"json\": true}".getBytes(StandardCharsets.UTF_8));
            send.bad("UNDECODABLE", "audio", "tombstone", null);
            send.bad(
                    "UNDECODABLE",
                    "image",
                    "half-avro",
                    Arrays.copyOf(topics.encode("image", topics.event("image", "bad", "x", T, beach)), 40));
            // Had year 9999 moved the watermark, this would be late.
            topics.send("text", topics.event("text", "good", "good-text-2", T + 300, "And the sea was calm."));
            topics.flush();

            topics.runBounded(
                    topics.config("strategy: tumbling, size: 10s", "parallelism: 2, checkpoint_interval: 1s"));

            Map<String, DeadLetter> letters = new TreeMap<>();
            for (DeadLetter letter : topics.read("media.dead-letters", new DeadLetter())) {
                assertThat(letters.put(new String(letter.getKey().array(), StandardCharsets.UTF_8), letter))
                        .as("once each")
                        .isNull();
            }
            Map<String, String> codes = new TreeMap<>();
            letters.forEach((key, letter) -> codes.put(key, letter.getCode()));
            assertThat(codes).isEqualTo(expected);
            letters.forEach((key, letter) -> {
                assertThat(letter.getFault()).isEqualTo("PRODUCER");
                assertThat(letter.getMessage()).isNotBlank();
                assertThat(letter.getTopic()).startsWith(topics.prefix);
                assertThat(letter.getValue() == null ? null : letter.getValue().array())
                        .isEqualTo(sent.get(key));
            });
            assertThat(topics.read("media.late", new LateEvent())).isEmpty();
            assertThat(topics.read("results.incomplete", new IncompleteWindow()))
                    .isEmpty();
            List<SentimentResult> sentiments = topics.read("results.sentiment", new SentimentResult());
            assertThat(sentiments).hasSize(1);
            SentimentResult sentiment = sentiments.get(0);
            assertThat(sentiment.getInputs())
                    .extracting(input -> input.getEventId())
                    .containsExactly("good-audio", "good-image", "good-text", "good-text-2");
            assertThat(sentiment.getModalities()).containsExactly("audio", "image", "text");
            assertThat(sentiment.getAttributes()).containsExactly(Map.entry("group", "g-image"));
            assertThat(sentiment.getSignals()).containsKeys("image.porn", "image.neutral", "audio.speech");
            assertThat(sentiment.getSignals().get("audio.speech")).isGreaterThan(0.5);
            assertThat(sentiment.getProbabilities().values().stream()
                            .mapToDouble(Double::doubleValue)
                            .sum())
                    .isBetween(0.9999, 1.0001);
            assertThat(sentiment.getScore()).isPositive();
            List<MatchResult> matches = topics.read("results.match", new MatchResult());
            assertThat(matches).hasSize(1);
            assertThat(matches.get(0).getPairs()).hasSize(4);
        }
    }

    private static byte[] resource(String name) throws Exception {
        try (var in = BadInputIT.class.getResourceAsStream("/sample/" + name)) {
            return in.readAllBytes();
        }
    }

    private static byte[] cut(String name) throws Exception {
        byte[] whole = resource(name);
        return Arrays.copyOf(whole, whole.length / 2);
    }

    private static byte[] pngThatDeclares(int width, int height) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeLong(0x89504e470d0a1a0aL);
        byte[] header = ByteBuffer.allocate(17)
                .put("IHDR".getBytes(StandardCharsets.US_ASCII))
                .putInt(width)
                .putInt(height)
                .put(new byte[] {8, 2, 0, 0, 0})
                .array();
        CRC32 crc = new CRC32();
        crc.update(header);
        out.writeInt(13);
        out.write(header);
        out.writeInt((int) crc.getValue());
        out.write(new byte[] {0, 0, 0, 10, 'I', 'D', 'A', 'T', 1, 2, 3, 4, 5, 6, 7, 8, 9, 0});
        return bytes.toByteArray();
    }
}
