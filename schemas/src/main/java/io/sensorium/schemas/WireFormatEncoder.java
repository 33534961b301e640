// SPDX-License-Identifier: Apache-2.0
package io.sensorium.schemas;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecord;

/**
 * Encodes records of one schema in the Confluent wire format. For one thread.
 *
 * @param <T> the generated record class
 */
public final class WireFormatEncoder<T extends SpecificRecord> implements RecordEncoder<T> {

    private final int id;
    private final int idBytes;
    private final SpecificDatumWriter<T> writer;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(1024);
    private BinaryEncoder encoder;

    /**
     * @param schema the schema of {@code T}
     * @param id the schema's id in the registry, as {@link SchemaRegistry#register} gave it
     */
    public WireFormatEncoder(Schema schema, int id) {
        this(schema, id, Integer.BYTES);
    }

    /**
     * For a registry whose ids may have another length.
     *
     * @param idBytes as {@link SchemaRegistry#idBytes()} gives it
     */
    public WireFormatEncoder(Schema schema, int id, int idBytes) {
        this.id = id;
        this.idBytes = idBytes;
        this.writer = new SpecificDatumWriter<>(schema);
    }

    @Override
    public byte[] encode(T value) {
        try {
            bytes.reset();
            bytes.write(WireFormatDecoder.MAGIC);
            for (int i = Integer.BYTES; i < idBytes; i++) {
                bytes.write(0);
            }
            bytes.write(id >>> 24);
            bytes.write(id >>> 16);
            bytes.write(id >>> 8);
            bytes.write(id);
            encoder = EncoderFactory.get().binaryEncoder(bytes, encoder);
            writer.write(value, encoder);
            encoder.flush();
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory cannot fail", e);
        }
    }
}
