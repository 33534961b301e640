package io.sensorium.schemas;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificRecord;

/**
 * Decodes values in the Confluent wire format: magic byte 0, a 4-byte big-endian schema id, Avro binary. Reads any
 * writer's schema that resolves to the reader's. For one thread.
 *
 * @param <T> the generated record class
 */
public final class WireFormatDecoder<T extends SpecificRecord> {

    static final byte MAGIC = 0;
    static final int HEADER_BYTES = 5;

    private final Schema readerSchema;
    private final SchemaRegistry registry;
    private final Map<Integer, SpecificDatumReader<T>> readers = new HashMap<>();
    private BinaryDecoder decoder;

    /**
     * @param readerSchema the schema of {@code T}
     * @param registry where writers' schemas are looked up, once an id
     */
    public WireFormatDecoder(Schema readerSchema, SchemaRegistry registry) {
        this.readerSchema = readerSchema;
        this.registry = registry;
    }

    /**
     * Decodes one value.
     *
     * @throws WireFormatException when the bytes are not a record of the schema they name
     * @throws SchemaRegistry.UnknownSchemaException when the registry has no such schema
     * @throws IOException when the registry cannot be reached; the record may be tried again
     */
    public T decode(byte[] value) throws IOException, WireFormatException {
        if (value == null || value.length < HEADER_BYTES || value[0] != MAGIC) {
            throw new WireFormatException("not in the Confluent wire format: expected magic byte 0 and a 4-byte schema id, got "
                    + describeStart(value) + "; produce with a Confluent Avro serializer");
        }
        int id = (value[1] & 0xff) << 24 | (value[2] & 0xff) << 16 | (value[3] & 0xff) << 8 | (value[4] & 0xff);
        SpecificDatumReader<T> reader = readers.get(id);
        if (reader == null) {
            reader = newReader(id);
            readers.put(id, reader);
        }
        try {
            decoder = DecoderFactory.get().binaryDecoder(value, HEADER_BYTES, value.length - HEADER_BYTES, decoder);
            T decoded = reader.read(null, decoder);
            if (!decoder.isEnd()) {
                throw new WireFormatException("bytes are left over after a " + readerSchema.getName() + " of schema id " + id
                        + "; the value was written with another schema than it names");
            }
            return decoded;
        } catch (IOException | RuntimeException e) {
            // A failed read leaves half a record on the reader's resolving stack; the next record must not see it.
            readers.remove(id);
            decoder = null;
            throw new WireFormatException("not a " + readerSchema.getName() + " of schema id " + id + ": " + e
                    + "; the value is truncated, corrupt or was written with another schema than it names", e);
        }
    }

    private SpecificDatumReader<T> newReader(int id) throws IOException, WireFormatException {
        String json = registry.schemaOf(id);
        try {
            return new SpecificDatumReader<>(new Schema.Parser().parse(json), readerSchema);
        } catch (RuntimeException e) {
            throw new WireFormatException("schema id " + id + " is not an Avro schema that this release can read: " + e, e);
        }
    }

    private static String describeStart(byte[] value) {
        if (value == null) {
            return "no value (a tombstone)";
        }
        return value.length + " bytes" + (value.length == 0 ? "" : " that start with " + (value[0] & 0xff));
    }
}
