// SPDX-License-Identifier: Apache-2.0
package io.sensorium.schemas;

import java.io.IOException;
import org.apache.avro.Schema;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificRecord;

/**
 * Decodes records of this project's own topics, in whichever {@code emit.format} each was written: Avro in the
 * Confluent wire format, JSON, or JSON in the Confluent wire format. A topic may have records of several formats. For
 * one thread.
 *
 * @param <T> the generated record class
 */
public final class RecordDecoder<T extends SpecificRecord> {

    /**
     * Reads Avro in the wire format.
     *
     * @param <T> the generated record class
     */
    private interface Avro<T> {
        T decode(byte[] value) throws IOException, WireFormatException;
    }

    private final Avro<T> avro;
    private final JsonRecordDecoder<T> json;

    /** Length of the magic byte and the schema id. */
    private final int header;

    private RecordDecoder(Schema schema, int header, Avro<T> avro) {
        this.avro = avro;
        this.header = header;
        this.json = new JsonRecordDecoder<>(schema);
    }

    /**
     * A decoder of generated records, whose first field is a text.
     *
     * @param schema the schema of {@code T}
     * @param registry where the schemas of Avro's writers are looked up, once an id
     * @param <T> the generated record class
     */
    public static <T extends SpecificRecord> RecordDecoder<T> of(Schema schema, SchemaRegistry registry) {
        return new RecordDecoder<>(schema, 1 + registry.idBytes(), WireFormatDecoder.<T>of(schema, registry)::decode);
    }

    /**
     * A decoder of what an encoder of the same schema wrote, which needs no registry.
     *
     * @param schema the schema of {@code T}
     * @param idBytes length of an id in a record, as {@link SchemaRegistry#idBytes()} gives it
     * @param <T> the generated record class
     */
    public static <T extends SpecificRecord> RecordDecoder<T> of(Schema schema, int idBytes) {
        SpecificDatumReader<T> reader = new SpecificDatumReader<>(schema);
        int body = 1 + idBytes;
        return new RecordDecoder<>(
                schema,
                body,
                value -> reader.read(null, DecoderFactory.get().binaryDecoder(value, body, value.length - body, null)));
    }

    /**
     * Decodes one value.
     *
     * @throws WireFormatException when the bytes are not a record of the schema they name, or that schema cannot be
     *     read
     * @throws SchemaRegistry.UnknownSchemaException when the registry has no such schema
     * @throws IOException when the registry cannot be reached; the record may be tried again
     */
    public T decode(byte[] value) throws IOException, WireFormatException {
        int start = jsonStart(value);
        return start < 0 ? avro.decode(value) : json.decode(value, start);
    }

    /**
     * Where a JSON object begins, or -1. In Avro the byte after the header is the length of a text, which would be
     * negative.
     */
    private int jsonStart(byte[] value) {
        if (value != null && value.length > 0 && value[0] == '{') {
            return 0;
        }
        return value != null && value.length > header && value[0] == WireFormatDecoder.MAGIC && value[header] == '{'
                ? header
                : -1;
    }
}
