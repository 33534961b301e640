// SPDX-License-Identifier: Apache-2.0
package io.sensorium.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import io.sensorium.results.DeadLetter;
import io.sensorium.results.LateEvent;
import io.sensorium.results.ModerationDecision;
import io.sensorium.results.SentimentResult;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.avro.util.RandomData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Records in JSON hold what they hold in Avro, and are what their JSON Schema promises. */
class JsonRecordTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    private static JsonSchema schemaOf(Schema schema) {
        return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V7).getSchema(JsonSchemas.of(schema));
    }

    @ParameterizedTest
    @MethodSource(SchemaNames.ALL)
    void holdWhatAvroHoldsAndAreOfTheirSchema(String name) throws Exception {
        Schema schema = SpecificData.get().getSchema(Class.forName(SchemaNames.className(name)));
        RecordDecoder<SpecificRecord> decoder = RecordDecoder.of(schema, Integer.BYTES);
        JsonSchema promised = schemaOf(schema);
        for (Object made : new RandomData(schema, 50, 5)) {
            ByteArrayOutputStream avro = new ByteArrayOutputStream();
            avro.write(new byte[] {0, 0, 0, 0, 9});
            BinaryEncoder binary = EncoderFactory.get().directBinaryEncoder(avro, null);
            new GenericDatumWriter<>(schema).write(made, binary);
            binary.flush();
            SpecificRecord record = decoder.decode(avro.toByteArray());

            byte[] plain = JsonRecordEncoder.plain(schema).encode(record);
            byte[] framed = JsonRecordEncoder.wireFormat(schema, 0x01020304, Integer.BYTES)
                    .encode(record);

            assertThat(decoder.decode(plain)).isEqualTo(record);
            assertThat(decoder.decode(framed)).isEqualTo(record);
            assertThat(Arrays.copyOf(framed, 5)).containsExactly(0, 1, 2, 3, 4);
            JsonNode tree = JSON.readTree(plain);
            assertThat(promised.validate(tree)).isEmpty();
            String required = schema.getFields().get(0).name();
            assertThat(promised.validate(((ObjectNode) tree.deepCopy()).without(required)))
                    .as("without " + required)
                    .isNotEmpty();
            assertThat(promised.validate(((ObjectNode) tree.deepCopy()).put("more", 1)))
                    .as("with a further field")
                    .isNotEmpty();
        }
    }

    @Test
    void bytesAreBase64TimesAreMillisecondsAndUnionsAreBare() throws Exception {
        DeadLetter letter = DeadLetter.newBuilder()
                .setTopic("media.text")
                .setPartition(1)
                .setOffset(1L << 60)
                .setTimestamp(Instant.ofEpochMilli(1_700_000_000_123L))
                .setKey(ByteBuffer.wrap("s".getBytes(StandardCharsets.UTF_8)))
                .setValueSize(3)
                .setHeaders(Map.of("h", ByteBuffer.wrap(new byte[] {-1})))
                .setStage("ingest")
                .setCode("UNDECODABLE")
                .setFault("PRODUCER")
                .setMessage("half a \ud83d pair")
                .setFailedAt(Instant.EPOCH)
                .build();
        byte[] written = JsonRecordEncoder.plain(DeadLetter.getClassSchema()).encode(letter);
        JsonNode tree = JSON.readTree(written);
        assertThat(tree.get("key").textValue()).isEqualTo("cw==");
        assertThat(tree.get("value").isNull()).isTrue();
        assertThat(tree.at("/headers/h").textValue()).isEqualTo("/w==");
        assertThat(tree.get("timestamp").longValue()).isEqualTo(1_700_000_000_123L);
        assertThat(tree.get("offset").longValue()).isEqualTo(1L << 60);
        assertThat(tree.get("message").textValue()).as("as Avro writes it").isEqualTo("half a ? pair");

        JsonSchema values = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V7)
                .getSchema(JsonSchemas.of(ModerationDecision.getClassSchema())
                        .at("/properties/values")
                        .deepCopy());
        assertThat(values.validate(JSON.readTree("{\"a\": 1.5, \"b\": \"x\", \"c\": true}")))
                .isEmpty();
        assertThat(values.validate(JSON.readTree("{\"a\": {\"double\": 1.5}}"))).isNotEmpty();
    }

    /** JSON has no such numbers, and the promised schema no texts in their place. */
    @Test
    void numbersThatAreNotFiniteAreNull() throws Exception {
        Schema schema = new Schema.Parser().parse("""
                {"type": "record", "name": "Numbers", "fields": [
                  {"name": "f", "type": "float"}, {"name": "d", "type": {"type": "array", "items": "double"}},
                  {"name": "n", "type": ["null", "double"]}, {"name": "u", "type": ["double", "string"]}]}""");
        SpecificRecord numbers = new SpecificRecordBase() {
            @Override
            public Schema getSchema() {
                return schema;
            }

            @Override
            public Object get(int field) {
                return switch (field) {
                    case 0 -> Float.NEGATIVE_INFINITY;
                    case 1 -> List.of(Double.NaN, 0.5, Double.POSITIVE_INFINITY);
                    default -> Double.NaN;
                };
            }

            @Override
            public void put(int field, Object value) {
                throw new UnsupportedOperationException();
            }
        };
        assertThat(new String(JsonRecordEncoder.plain(schema).encode(numbers), StandardCharsets.UTF_8))
                .isEqualTo("{\"f\":null,\"d\":[null,0.5,null],\"n\":null,\"u\":null}");
        Schema sentiment = SentimentResult.getClassSchema();
        RecordDecoder<SentimentResult> decoder = RecordDecoder.of(sentiment, Integer.BYTES);
        ByteArrayOutputStream avro = new ByteArrayOutputStream();
        avro.write(new byte[] {0, 0, 0, 0, 9});
        BinaryEncoder binary = EncoderFactory.get().directBinaryEncoder(avro, null);
        new GenericDatumWriter<>(sentiment)
                .write(new RandomData(sentiment, 1, 5).iterator().next(), binary);
        SentimentResult result = decoder.decode(avro.toByteArray());
        result.setScore(Double.NaN);
        byte[] written = JsonRecordEncoder.plain(sentiment).encode(result);
        assertThat(JSON.readTree(written).get("score").isNull()).isTrue();
        assertThat(decoder.decode(written).getScore()).isNaN();
    }

    /** A newer release has more fields, an older one fewer; both are read. */
    @Test
    void furtherFieldsArePassedOverAndMissingOnesHaveTheirDefaults() throws Exception {
        String late = """
                {"modality": "text", "event_id": "e", "subject_id": "s", "event_time": 5, "watermark": 9,
                 "lateness_ms": 4, "topic": "t", "partition": 0, "offset": 7, "since": "0.9"}""";
        LateEvent read = RecordDecoder.<LateEvent>of(LateEvent.getClassSchema(), Integer.BYTES)
                .decode(late.getBytes(StandardCharsets.UTF_8));
        assertThat(read.getEventTime()).isEqualTo(Instant.ofEpochMilli(5));
        assertThat(read.getAttributes()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{",
                "{} {}",
                "{\"result_id\": 5}",
                "{\"modality\": \"text\", \"event_id\": \"e\", \"subject_id\": \"s\", \"event_time\": \"now\"}",
                "{\"modality\": \"text\", \"event_id\": \"e\", \"subject_id\": \"s\", \"event_time\": 1e99}"
            })
    void anInvalidRecordIsRefused(String value) {
        assertThatThrownBy(() -> RecordDecoder.<LateEvent>of(LateEvent.getClassSchema(), Integer.BYTES)
                        .decode(value.getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(WireFormatException.class)
                .hasMessageContaining("LateEvent");
        assertThatThrownBy(() -> RecordDecoder.<SentimentResult>of(SentimentResult.getClassSchema(), id())
                        .decode("plain text".getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(WireFormatException.class);
    }

    private static SchemaRegistry id() {
        return new ConfluentSchemaRegistry("http://127.0.0.1:1", Map.of());
    }
}
