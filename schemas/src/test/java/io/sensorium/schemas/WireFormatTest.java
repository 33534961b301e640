package io.sensorium.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sensorium.events.Embedding;
import io.sensorium.events.TextEvent;
import java.io.IOException;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.junit.jupiter.api.Test;

class WireFormatTest {

    /** Ids in memory; the genuine client is tested against a real registry in the quickstart module. */
    private static final class Registered implements SchemaRegistry {
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
    private final int id = registry.register("t-value", TextEvent.getClassSchema().toString());
    private final WireFormatEncoder<TextEvent> encoder = new WireFormatEncoder<>(TextEvent.getClassSchema(), id);
    private final WireFormatDecoder<TextEvent> decoder = new WireFormatDecoder<>(TextEvent.getClassSchema(), registry);

    private static TextEvent event(String eventId, Object payload) {
        return new TextEvent(eventId, "subject", Instant.ofEpochMilli(1_000), "text/plain", payload, Map.of("k", "v"));
    }

    @Test
    void aCorruptRecordDoesNotPoisonTheReusedDecoder() throws Exception {
        byte[] corrupt = encoder.encode(event("b", "two"));
        corrupt = Arrays.copyOf(corrupt, corrupt.length - 9);
        byte[] truncated = corrupt;

        assertThat(decoder.decode(encoder.encode(event("a", "one")))).isEqualTo(event("a", "one"));
        assertThatThrownBy(() -> decoder.decode(truncated)).isInstanceOf(WireFormatException.class).hasMessageContaining("TextEvent");
        assertThat(decoder.decode(encoder.encode(event("c", "three")))).isEqualTo(event("c", "three"));
        Embedding embedding = new Embedding("m", List.of(1f, 2f));
        assertThat(decoder.decode(encoder.encode(event("d", embedding)))).isEqualTo(event("d", embedding));
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
                .isInstanceOf(WireFormatException.class).hasMessageContaining("left over");
        assertThatThrownBy(() -> decoder.decode("{\"json\":1}".getBytes()))
                .isInstanceOf(WireFormatException.class).hasMessageContaining("magic byte");
        assertThatThrownBy(() -> decoder.decode(null)).isInstanceOf(WireFormatException.class);
    }

    @Test
    void anUnknownSchemaIdIsToldApart() {
        byte[] whole = encoder.encode(event("a", "one"));
        whole[4] = 99;
        assertThatThrownBy(() -> decoder.decode(whole)).isInstanceOf(SchemaRegistry.UnknownSchemaException.class)
                .hasMessageContaining("99");
    }

    @Test
    void readsAWriterSchemaWithAFurtherField() throws Exception {
        String wider = TextEvent.getClassSchema().toString().replaceFirst("\"fields\":\\[",
                "\"fields\":[{\"name\":\"extra\",\"type\":\"int\",\"default\":0},");
        int wide = registry.register("t-value", wider);
        Schema writer = new Schema.Parser().parse(wider);
        org.apache.avro.generic.GenericData.Record record = new org.apache.avro.generic.GenericData.Record(writer);
        record.put("extra", 7);
        record.put("event_id", "a");
        record.put("subject_id", "s");
        record.put("event_time", 5L);
        record.put("content_type", "text/plain");
        record.put("payload", "hello");
        record.put("attributes", Map.of());
        java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
        out.write(new byte[] {0, 0, 0, 0, (byte) wide});
        var binary = org.apache.avro.io.EncoderFactory.get().directBinaryEncoder(out, null);
        new org.apache.avro.generic.GenericDatumWriter<>(writer).write(record, binary);
        assertThat(decoder.decode(out.toByteArray()).getPayload()).isEqualTo("hello");
    }
}
