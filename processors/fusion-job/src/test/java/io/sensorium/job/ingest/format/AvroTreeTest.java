// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest.format;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sensorium.job.records.Coordinates;
import io.sensorium.schemas.SchemaRegistry;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.junit.jupiter.api.Test;

/** A value may be of any Avro schema, not only of a record's. */
class AvroTreeTest {

    private static JsonNode read(String schema, Object value) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(new byte[] {0, 0, 0, 0, 7});
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
        new GenericDatumWriter<>(new Schema.Parser().parse(schema)).write(value, encoder);
        encoder.flush();
        SchemaRegistry registry = new SchemaRegistry() {
            @Override
            public int register(String subject, String avroSchema) {
                throw new UnsupportedOperationException();
            }

            @Override
            public String schemaOf(int id) {
                return schema;
            }
        };
        return new AvroTree(registry).read(new Coordinates("t", 0, 0, 0, null, out.toByteArray(), Map.of()));
    }

    @Test
    void aMapIsAnObject() throws Exception {
        JsonNode tree = read("{\"type\": \"map\", \"values\": [\"null\", \"string\"]}", Map.of("id", "p1"));
        assertThat(tree.path("id").textValue()).isEqualTo("p1");
        JsonNode nested = read(
                "{\"type\": \"map\", \"values\": {\"type\": \"map\", \"values\": \"int\"}}",
                Map.of("a", Map.of("b", 5)));
        assertThat(nested.at("/a/b").intValue()).isEqualTo(5);
    }

    @Test
    void aListIsAList() throws Exception {
        Schema items = new Schema.Parser().parse("{\"type\": \"array\", \"items\": \"string\"}");
        assertThat(read(items.toString(), new GenericData.Array<>(items, List.of("a", "b")))
                        .at("/1")
                        .textValue())
                .isEqualTo("b");
    }

    @Test
    void aUnionIsWhatItHolds() throws Exception {
        String schema = """
                ["null", {"type": "map", "values": "string"},
                 {"type": "record", "name": "Post", "fields": [{"name": "id", "type": "string"}]}]""";
        GenericRecord post = new GenericData.Record(
                new Schema.Parser().parse(schema).getTypes().get(2));
        post.put("id", "p1");
        assertThat(read(schema, post).path("id").textValue()).isEqualTo("p1");
        assertThat(read(schema, Map.of("id", "p2")).path("id").textValue()).isEqualTo("p2");
        assertThat(read(schema, null).isNull()).isTrue();
    }

    @Test
    void aSingleValueIsItself() throws Exception {
        assertThat(read("\"string\"", "x").textValue()).isEqualTo("x");
        assertThat(read("\"long\"", 5L).longValue()).isEqualTo(5);
        JsonNode time = read("{\"type\": \"long\", \"logicalType\": \"timestamp-micros\"}", 1_500_000L);
        assertThat(time)
                .isEqualTo(com.fasterxml.jackson.databind.node.JsonNodeFactory.instance.pojoNode(
                        Instant.parse("1970-01-01T00:00:01.500Z")));
    }
}
