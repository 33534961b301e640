// SPDX-License-Identifier: Apache-2.0
package io.sensorium.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificRecord;
import org.apache.avro.util.RandomData;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Consumers upgrade first or last as they like: every schema reads what the released one wrote. */
class SchemaEvolutionTest {

    @ParameterizedTest
    @MethodSource(SchemaNames.ALL)
    void readsWhatTheReleasedSchemaWrote(String name) throws IOException {
        Schema now = parse("/avro/" + name + ".avsc");
        Schema released = parse("/golden/" + name + ".avsc");
        assertThat(SchemaCompatibility.checkReaderWriterCompatibility(now, released)
                        .getType())
                .isEqualTo(SchemaCompatibilityType.COMPATIBLE);
    }

    /** Avro's own rules do not take an enumeration where a string is expected; the decoder does. */
    @ParameterizedTest
    @MethodSource(SchemaNames.ONCE_WITH_ENUMERATIONS)
    void readsRecordsFromBeforeEnumerationsBecameStrings(String name) throws Exception {
        Schema now = parse("/avro/" + name + ".avsc");
        Schema before = parse("/golden/enumerations/" + name + ".avsc");
        GenericRecord written =
                (GenericRecord) new RandomData(before, 1, 7).iterator().next();
        ByteArrayOutputStream value = new ByteArrayOutputStream();
        value.write(new byte[] {0, 0, 0, 0, 1});
        BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(value, null);
        new GenericDatumWriter<GenericRecord>(before).write(written, encoder);
        encoder.flush();

        SpecificRecord read = WireFormatDecoder.of(now, oneSchema(before)).decode(value.toByteArray());

        assertThat(read.getSchema().getFullName()).isEqualTo(now.getFullName());
        for (Schema.Field field : before.getFields()) {
            if (field.schema().getType() == Schema.Type.ENUM || field.schema().getType() == Schema.Type.STRING) {
                assertThat(read.get(now.getField(field.name()).pos()))
                        .as(field.name())
                        .isEqualTo(written.get(field.name()).toString());
            }
        }
    }

    @ParameterizedTest
    @MethodSource(SchemaNames.RESULTS)
    void enumerationsAreStringsWithDocumentedValues(String name) throws IOException {
        Schema schema = parse("/avro/" + name + ".avsc");
        assertThat(schema.toString()).doesNotContain("\"enum\"");
        Map<String, List<String>> values = Map.of(
                "status",
                names(ResultStatus.values()),
                "label",
                names(SentimentLabel.values()),
                "fault",
                names(Fault.values()),
                "mode",
                List.of("ENFORCE", "SHADOW"),
                "severity",
                List.of("LOW", "MEDIUM", "HIGH", "CRITICAL"));
        for (Schema.Field field : schema.getFields()) {
            if (field.schema().getType() == Schema.Type.STRING && values.containsKey(field.name())) {
                assertThat(field.doc()).as(name + "." + field.name()).contains(values.get(field.name()));
            }
        }
    }

    private static List<String> names(Enum<?>[] values) {
        return Arrays.stream(values).map(Enum::name).toList();
    }

    private static SchemaRegistry oneSchema(Schema schema) {
        return new SchemaRegistry() {
            @Override
            public int register(String subject, String avroSchema) {
                throw new UnsupportedOperationException("only reads");
            }

            @Override
            public String schemaOf(int id) {
                return schema.toString();
            }
        };
    }

    @ParameterizedTest
    @MethodSource(SchemaNames.ALL)
    void documentsEveryField(String name) throws IOException {
        List<String> bare = new ArrayList<>();
        collectUndocumented(parse("/avro/" + name + ".avsc"), bare);
        assertThat(bare).isEmpty();
    }

    private static void collectUndocumented(Schema schema, List<String> bare) {
        switch (schema.getType()) {
            case RECORD ->
                schema.getFields().forEach(field -> {
                    if (field.doc() == null || field.doc().isBlank()) {
                        bare.add(schema.getName() + "." + field.name());
                    }
                    collectUndocumented(field.schema(), bare);
                });
            case ARRAY -> collectUndocumented(schema.getElementType(), bare);
            case UNION -> schema.getTypes().forEach(type -> collectUndocumented(type, bare));
            default -> {}
        }
    }

    private static Schema parse(String resource) throws IOException {
        try (InputStream in = SchemaEvolutionTest.class.getResourceAsStream(resource)) {
            return new Schema.Parser().parse(in);
        }
    }
}
