// SPDX-License-Identifier: Apache-2.0
package io.sensorium.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sensorium.events.Embedding;
import io.sensorium.events.ImageEvent;
import io.sensorium.events.MediaReference;
import io.sensorium.events.TextEvent;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class WireFormatTest {

    /** Ids in memory; the genuine client is tested against a real registry in the quickstart module. */
    private static class Registered implements SchemaRegistry {
        final Map<Integer, String> schemas = new HashMap<>();

        @Override
        public int register(String subject, String avroSchema) {
            schemas.put(schemas.size() + 1, avroSchema);
            return schemas.size();
        }

        @Override
        public String schemaOf(int id) throws IOException {
            if (!schemas.containsKey(id)) {
                throw new UnknownSchemaException(id, null);
            }
            return schemas.get(id);
        }
    }

    private final Registered registry = new Registered();
    private final int id =
            registry.register("t-value", TextEvent.getClassSchema().toString());
    private final WireFormatEncoder<TextEvent> encoder = new WireFormatEncoder<>(TextEvent.getClassSchema(), id);
    private final WireFormatDecoder<TextEvent> decoder = WireFormatDecoder.of(TextEvent.getClassSchema(), registry);
    private final WireFormatDecoder<InputEvent> events =
            WireFormatDecoder.ofEvents(TextEvent.getClassSchema(), registry);

    private static TextEvent event(String eventId, Object payload) {
        return new TextEvent(eventId, "subject", Instant.ofEpochMilli(1_000), "text/plain", payload, Map.of("k", "v"));
    }

    @Test
    void aCorruptRecordDoesNotPoisonTheReusedDecoder() throws Exception {
        byte[] corrupt = encoder.encode(event("b", "two"));
        corrupt = Arrays.copyOf(corrupt, corrupt.length - 9);
        byte[] truncated = corrupt;

        assertThat(decoder.decode(encoder.encode(event("a", "one")))).isEqualTo(event("a", "one"));
        assertThatThrownBy(() -> decoder.decode(truncated))
                .isInstanceOf(WireFormatException.class)
                .hasMessageContaining("TextEvent");
        assertThat(decoder.decode(encoder.encode(event("c", "three")))).isEqualTo(event("c", "three"));
        Embedding embedding = new Embedding("m", List.of(1f, 2f));
        assertThat(decoder.decode(encoder.encode(event("d", embedding)))).isEqualTo(event("d", embedding));
    }

    @Test
    void anIdMayHaveEightBytes() throws Exception {
        Registered longer = new Registered() {
            @Override
            public int idBytes() {
                return 8;
            }
        };
        longer.schemas.putAll(registry.schemas);
        byte[] record = new WireFormatEncoder<TextEvent>(TextEvent.getClassSchema(), id, 8).encode(event("a", "one"));
        assertThat(record).hasSize(encoder.encode(event("a", "one")).length + 4).startsWith(0, 0, 0, 0, 0, 0, 0, 0, id);
        WireFormatDecoder<TextEvent> wide = WireFormatDecoder.of(TextEvent.getClassSchema(), longer);
        assertThat(wide.decode(record)).isEqualTo(event("a", "one"));
        assertThatThrownBy(() -> wide.decode(encoder.encode(event("a", "one"))))
                .isInstanceOf(WireFormatException.class)
                .hasMessageContaining("Default4ByteIdHandler");
        assertThatThrownBy(() -> decoder.decode(record))
                .as("read with four bytes, the id is 0")
                .isInstanceOf(SchemaRegistry.UnknownSchemaException.class);
    }

    @Test
    void mediaStayInTheRecordThatTheyCameIn() throws Exception {
        int images = registry.register("i-value", ImageEvent.getClassSchema().toString());
        byte[] media = {(byte) 0xff, (byte) 0xd8, 1, 2, 3};
        byte[] record = new WireFormatEncoder<ImageEvent>(ImageEvent.getClassSchema(), images)
                .encode(new ImageEvent(
                        "a", "subject", Instant.ofEpochMilli(1_000), "image/jpeg", ByteBuffer.wrap(media), Map.of()));
        InputEvent event = WireFormatDecoder.ofEvents(ImageEvent.getClassSchema(), registry)
                .decode(record);
        InputEvent.Payload.Media payload = (InputEvent.Payload.Media) event.payload();
        assertThat(payload.array()).isSameAs(record);
        assertThat(payload.bytes()).isEqualTo(media);
    }

    @Test
    void everyTruncationFailsAndTheNextRecordDecodes() throws Exception {
        byte[] whole = encoder.encode(event("a", "one"));
        for (int length = 0; length < whole.length; length++) {
            byte[] part = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> decoder.decode(part)).isInstanceOf(WireFormatException.class);
            assertThat(decoder.decode(whole).getEventId()).isEqualTo("a");
        }
    }

    @Test
    void leftOverBytesAndForeignBytesAreRefused() {
        byte[] whole = encoder.encode(event("a", "one"));
        assertThatThrownBy(() -> decoder.decode(Arrays.copyOf(whole, whole.length + 1)))
                .isInstanceOf(WireFormatException.class)
                .hasMessageContaining("left over");
        assertThatThrownBy(() -> decoder.decode("{\"json\":1}".getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(WireFormatException.class)
                .hasMessageContaining("magic byte");
        assertThatThrownBy(() -> decoder.decode(null)).isInstanceOf(WireFormatException.class);
    }

    @Test
    void anUnknownSchemaIdIsToldApart() {
        byte[] whole = encoder.encode(event("a", "one"));
        whole[4] = 99;
        assertThatThrownBy(() -> decoder.decode(whole))
                .isInstanceOf(SchemaRegistry.UnknownSchemaException.class)
                .hasMessageContaining("99");
    }

    @Test
    void readsAWriterSchemaWithAFurtherField() throws Exception {
        assertThat(decoder.decode(wider("a", "hello", Map.of())).getPayload()).isEqualTo("hello");
    }

    @Test
    void noLengthIsBelievedBeyondTheBytesThatAreThere() throws Exception {
        // Magic byte, id, then an event id that declares two billion bytes: reading it must not allocate them.
        byte[] huge = {0, 0, 0, 0, (byte) id, (byte) 0xfc, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x0f, 'a'};
        assertThatThrownBy(() -> decoder.decode(huge))
                .isInstanceOf(WireFormatException.class)
                .hasMessageContaining("1 bytes are left");
        assertThatThrownBy(() -> events.decode(huge))
                .isInstanceOf(WireFormatException.class)
                .hasMessageContaining("1 bytes are left");
    }

    @Test
    void eventsAreTheSameInPlaceAndByAvrosResolution() throws Exception {
        SplittableRandom random = new SplittableRandom(11);
        for (int i = 0; i < 300; i++) {
            List<Float> numbers = random.doubles(random.nextInt(40))
                    .mapToObj(number -> (float) number)
                    .toList();
            Object payload = switch (random.nextInt(3)) {
                case 0 -> "text \u00e9\ud83d\ude00 " + i;
                case 1 ->
                    new MediaReference(
                            "file:///a/" + i, random.nextBoolean() ? 5L : null, random.nextBoolean() ? "ab" : null);
                default -> new Embedding("m", numbers);
            };
            Map<String, String> attributes = random.nextBoolean() ? Map.of() : Map.of("lang", "en", "n", "" + i);
            byte[] same = encoder.encode(new TextEvent(
                    "e" + i, "s", Instant.ofEpochMilli(random.nextLong() >> 8), "text/plain", payload, attributes));
            TextEvent written = decoder.decode(same);
            InputEvent inPlace = events.decode(same);
            InputEvent resolved = events.decode(
                    wider("e" + i, payload, attributes, written.getEventTime().toEpochMilli()));

            assertThat(inPlace).usingRecursiveComparison().isEqualTo(resolved);
            assertThat(inPlace.eventId()).isEqualTo(written.getEventId());
            assertThat(inPlace.eventTime()).isEqualTo(written.getEventTime().toEpochMilli());
            assertThat(inPlace.attributes()).isEqualTo(written.getAttributes());
            if (payload instanceof Embedding && inPlace.payload() instanceof InputEvent.Payload.Embedded embedded) {
                FloatBuffer vector = ByteBuffer.wrap(embedded.vector())
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .asFloatBuffer();
                assertThat(IntStream.range(0, vector.remaining())
                                .mapToObj(vector::get)
                                .toList())
                        .isEqualTo(numbers);
            }
        }
    }

    /** One float a block, 3 million of them: what is read must not be copied with each. */
    @Test
    @Timeout(10)
    void anArrayOfVeryManyBlocksIsReadInLinearTime() throws Exception {
        int floats = 3_000_000;
        ByteArrayOutputStream vector = new ByteArrayOutputStream();
        for (int i = 0; i < floats; i++) {
            vector.write(2);
            vector.write(ByteBuffer.allocate(4)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putFloat(i)
                    .array());
        }
        vector.write(0);
        byte[] read = new AvroBytes(vector.toByteArray(), 0).readFloats();
        assertThat(read).hasSize(4 * floats);
        assertThat(ByteBuffer.wrap(read).order(ByteOrder.LITTLE_ENDIAN).getFloat(4 * (floats - 1)))
                .isEqualTo(floats - 1);
    }

    @Test
    void textsThatAreNotUtf8AreRefusedBecauseTwoOfThemWouldBecomeOne() throws Exception {
        for (byte[] text : new byte[][] {{(byte) 0xff}, {(byte) 0xed, (byte) 0xa0, (byte) 0x80}, {'a', (byte) 0xc3}}) {
            byte[] encoded = new byte[1 + text.length];
            encoded[0] = (byte) (2 * text.length);
            System.arraycopy(text, 0, encoded, 1, text.length);
            assertThatThrownBy(() -> new AvroBytes(encoded, 0).readString()).hasMessageContaining("UTF-8");
        }
        byte[] replacement = {6, (byte) 0xef, (byte) 0xbf, (byte) 0xbd};
        assertThat(new AvroBytes(replacement, 0).readString())
                .as("the character itself may be sent")
                .isEqualTo("\uFFFD");
    }

    @Test
    void anArrayInSeveralBlocksIsReadWhole() throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(new byte[] {0, 0, 0, 0, (byte) id});
        // Blocks of 64 bytes, each with its size before it.
        BinaryEncoder blocks = new EncoderFactory().configureBlockSize(64).blockingBinaryEncoder(out, null);
        List<Float> numbers = IntStream.range(0, 100).mapToObj(i -> (float) i).toList();
        new SpecificDatumWriter<>(TextEvent.class).write(event("a", new Embedding("m", numbers)), blocks);
        blocks.flush();
        InputEvent.Payload.Embedded embedded =
                (InputEvent.Payload.Embedded) events.decode(out.toByteArray()).payload();
        FloatBuffer vector = ByteBuffer.wrap(embedded.vector())
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer();
        assertThat(IntStream.range(0, vector.remaining()).mapToObj(vector::get).toList())
                .isEqualTo(numbers);
    }

    @Test
    void everyTruncationOfAnEventFails() throws Exception {
        byte[] whole = encoder.encode(event("a", new Embedding("m", List.of(1f, 2f))));
        for (int length = 0; length < whole.length; length++) {
            byte[] part = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> events.decode(part)).isInstanceOf(WireFormatException.class);
        }
        assertThat(events.decode(whole).eventId()).isEqualTo("a");
    }

    private byte[] wider(String eventId, Object payload, Map<String, String> attributes) throws IOException {
        return wider(eventId, payload, attributes, 5);
    }

    /** An event of a schema with one field more, which therefore Avro resolves. */
    private byte[] wider(String eventId, Object payload, Map<String, String> attributes, long time) throws IOException {
        String wider = TextEvent.getClassSchema()
                .toString()
                .replaceFirst("\"fields\":\\[", "\"fields\":[{\"name\":\"extra\",\"type\":\"int\",\"default\":0},");
        Schema writer = new Schema.Parser().parse(wider);
        GenericData.Record record = new GenericData.Record(writer);
        record.put("extra", 7);
        record.put("event_id", eventId);
        record.put("subject_id", "s");
        record.put("event_time", time);
        record.put("content_type", "text/plain");
        record.put("payload", payload);
        record.put("attributes", attributes);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(new byte[] {0, 0, 0, 0, (byte) widerId(wider)});
        BinaryEncoder binary = EncoderFactory.get().directBinaryEncoder(out, null);
        new SpecificDatumWriter<>(writer).write(record, binary);
        return out.toByteArray();
    }

    private int widerId(String wider) {
        return registry.schemas.entrySet().stream()
                .filter(entry -> entry.getValue().equals(wider))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseGet(() -> registry.register("t-value", wider));
    }
}
