// SPDX-License-Identifier: Apache-2.0
package io.sensorium.schemas;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import org.apache.avro.Conversion;
import org.apache.avro.Conversions;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericFixed;
import org.apache.avro.generic.IndexedRecord;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;

/**
 * Encodes records of one Avro schema as JSON in UTF-8: records and maps as objects, arrays as arrays, an optional value
 * as itself or null, bytes in base64, and values of logical types as Avro has them, so a time in milliseconds since the
 * epoch. Numbers that are not finite, which JSON does not have and no operator here gives, are null.
 * {@link JsonSchemas} describes it. For one thread.
 *
 * @param <T> the generated record class
 */
public final class JsonRecordEncoder<T extends SpecificRecord> implements RecordEncoder<T> {

    private static final JsonFactory JSON = new JsonFactory();

    private final Schema schema;
    private final SpecificData data;
    private final byte[] header;

    private JsonRecordEncoder(Schema schema, byte[] header) {
        this.schema = schema;
        this.data = SpecificData.getForSchema(schema);
        this.header = header;
    }

    /**
     * Plain JSON.
     *
     * @param schema the schema of {@code T}
     */
    public static <T extends SpecificRecord> JsonRecordEncoder<T> plain(Schema schema) {
        return new JsonRecordEncoder<>(schema, new byte[0]);
    }

    /**
     * JSON in the Confluent wire format, as consumers with a registry read it.
     *
     * @param schema the schema of {@code T}
     * @param id of its JSON Schema in the registry, as {@link SchemaRegistry#registerJson} gave it
     * @param idBytes length of an id in a record, as {@link SchemaRegistry#idBytes()} gives it
     */
    public static <T extends SpecificRecord> JsonRecordEncoder<T> wireFormat(Schema schema, int id, int idBytes) {
        return new JsonRecordEncoder<>(
                schema,
                ByteBuffer.allocate(1 + idBytes)
                        .put(0, WireFormatDecoder.MAGIC)
                        .putInt(1 + idBytes - Integer.BYTES, id)
                        .array());
    }

    @Override
    public byte[] encode(T value) {
        // By way of a text: like Avro's encoder, and unlike Jackson's for UTF-8, that takes half a surrogate pair.
        StringWriter text = new StringWriter(1024);
        try (JsonGenerator out = JSON.createGenerator(text)) {
            write(schema, value, out);
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory cannot fail", e);
        }
        byte[] body = text.toString().getBytes(StandardCharsets.UTF_8);
        return header.length == 0
                ? body
                : ByteBuffer.allocate(header.length + body.length)
                        .put(header)
                        .put(body)
                        .array();
    }

    private void write(Schema type, Object value, JsonGenerator out) throws IOException {
        Conversion<?> conversion = type.getLogicalType() == null ? null : data.getConversionFor(type.getLogicalType());
        Object raw = conversion == null || !conversion.getConvertedType().isInstance(value)
                ? value
                : Conversions.convertToRawType(value, type, type.getLogicalType(), conversion);
        switch (type.getType()) {
            case RECORD -> {
                IndexedRecord record = (IndexedRecord) raw;
                out.writeStartObject();
                for (Schema.Field field : type.getFields()) {
                    out.writeFieldName(field.name());
                    write(field.schema(), record.get(field.pos()), out);
                }
                out.writeEndObject();
            }
            case MAP -> {
                out.writeStartObject();
                for (Map.Entry<?, ?> entry : ((Map<?, ?>) raw).entrySet()) {
                    out.writeFieldName(entry.getKey().toString());
                    write(type.getValueType(), entry.getValue(), out);
                }
                out.writeEndObject();
            }
            case ARRAY -> {
                out.writeStartArray();
                for (Object item : (Iterable<?>) raw) {
                    write(type.getElementType(), item, out);
                }
                out.writeEndArray();
            }
            case UNION -> write(type.getTypes().get(data.resolveUnion(type, raw)), raw, out);
            case BYTES -> out.writeString(base64((ByteBuffer) raw));
            case FIXED -> out.writeString(base64(ByteBuffer.wrap(((GenericFixed) raw).bytes())));
            case STRING, ENUM -> out.writeString(raw.toString());
            case INT -> out.writeNumber((int) raw);
            case LONG -> out.writeNumber((long) raw);
            case FLOAT -> {
                if (Float.isFinite((float) raw)) {
                    out.writeNumber((float) raw);
                } else {
                    out.writeNull();
                }
            }
            case DOUBLE -> {
                if (Double.isFinite((double) raw)) {
                    out.writeNumber((double) raw);
                } else {
                    out.writeNull();
                }
            }
            case BOOLEAN -> out.writeBoolean((boolean) raw);
            case NULL -> out.writeNull();
        }
    }

    private static String base64(ByteBuffer bytes) {
        return StandardCharsets.ISO_8859_1
                .decode(Base64.getEncoder().encode(bytes.duplicate()))
                .toString();
    }
}
