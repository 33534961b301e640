// SPDX-License-Identifier: Apache-2.0
package io.sensorium.schemas;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificRecord;

/**
 * Decodes values in the Confluent wire format: magic byte 0, a 4-byte big-endian schema id (8 bytes where the registry
 * has such), Avro binary; or Avro binary alone, with the schema's id or GUID in a record header. Reads any writer's
 * schema that resolves to the reader's. For one thread.
 *
 * @param <T> what a value becomes
 */
public final class WireFormatDecoder<T> {

    static final byte MAGIC = 0;

    /** Length of the magic byte and Confluent's schema id, before the record. */
    public static final int HEADER_BYTES = 5;

    /** Record header in which serializers put the schema's id or GUID where it is not in the value. */
    public static final String SCHEMA_ID_HEADER = "__value_schema_id";

    private static final byte GUID_MAGIC = 1;
    private static final int GUID_HEADER_BYTES = 17;

    private static final int MAX_SCHEMAS = 1000;

    /**
     * Reads what follows the header, all of it.
     *
     * @param <T> what it becomes
     */
    interface Body<T> {
        T read(AvroBytes in) throws IOException;
    }

    private final String name;
    private final SchemaRegistry registry;
    private final int headerBytes;
    private final Function<Schema, Body<T>> bodies;
    private final Map<Object, Body<T>> byId = new HashMap<>();
    private final Map<Object, Schema> writers = new HashMap<>();

    /** Why ids cannot be read; an id's schema never changes. */
    private final Map<Object, String> unreadable = new HashMap<>();

    /** @param name of what a value becomes, for messages */
    private WireFormatDecoder(String name, SchemaRegistry registry, Function<Schema, Body<T>> bodies) {
        this.name = name;
        this.registry = registry;
        this.headerBytes = 1 + registry.idBytes();
        this.bodies = bodies;
    }

    /**
     * A decoder of generated records.
     *
     * @param readerSchema the schema of {@code T}
     * @param registry where writers' schemas are looked up, once an id
     * @param <T> the generated record class
     */
    public static <T extends SpecificRecord> WireFormatDecoder<T> of(Schema readerSchema, SchemaRegistry registry) {
        return new WireFormatDecoder<>(readerSchema.getName(), registry, writer -> specific(writer, readerSchema));
    }

    /**
     * A decoder of input events.
     *
     * @param readerSchema the schema of an image, text or audio event
     * @param registry where writers' schemas are looked up, once an id
     */
    public static WireFormatDecoder<InputEvent> ofEvents(Schema readerSchema, SchemaRegistry registry) {
        return new WireFormatDecoder<>(readerSchema.getName(), registry, writer -> EventBody.of(writer, readerSchema));
    }

    /**
     * A decoder of values of any schema, as Avro's generic objects.
     *
     * @param registry where writers' schemas are looked up, once an id
     */
    public static WireFormatDecoder<Object> ofAny(SchemaRegistry registry) {
        return ofAny(registry, (value, schema) -> value);
    }

    /**
     * A decoder of values of any schema.
     *
     * @param registry where writers' schemas are looked up, once an id
     * @param becomes makes something of a value as Avro's generic objects, and its schema
     * @param <T> what a value becomes
     */
    public static <T> WireFormatDecoder<T> ofAny(SchemaRegistry registry, BiFunction<Object, Schema, T> becomes) {
        return new WireFormatDecoder<>("value", registry, writer -> {
            GenericDatumReader<Object> reader = new GenericDatumReader<>(writer);
            return in -> {
                BinaryDecoder decoder = in.decoder();
                in.skip(writer);
                return becomes.apply(reader.read(null, decoder), writer);
            };
        });
    }

    /** By Avro's own resolution. */
    static <T extends SpecificRecord> Body<T> specific(Schema writer, Schema readerSchema) {
        SpecificDatumReader<T> reader = RecordResolution.reader(writer, readerSchema);
        return in -> {
            // Avro allocates the declared length before it checks whether the bytes are there.
            BinaryDecoder decoder = in.decoder();
            in.skip(writer);
            return reader.read(null, decoder);
        };
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
        if (value == null || value.length < headerBytes || value[0] != MAGIC) {
            throw new WireFormatException(
                    "not in the Confluent wire format: expected magic byte 0 and a " + (headerBytes - 1)
                            + "-byte schema id, got " + describeStart(value)
                            + "; produce with a Confluent Avro serializer");
        }
        return decode(id(value), value, headerBytes);
    }

    /**
     * Decodes one value whose schema's id or GUID may be in a record header instead of before it.
     *
     * @param schemaId the header's value: 0 and a 4-byte id, or 1 and a 16-byte GUID, big-endian; null where there is
     *     no such header
     * @throws WireFormatException as {@link #decode(byte[])}
     * @throws SchemaRegistry.UnknownSchemaException when the registry has no such schema
     * @throws IOException when the registry cannot be reached; the record may be tried again
     */
    public T decode(byte[] value, byte[] schemaId) throws IOException, WireFormatException {
        if (schemaId == null) {
            return decode(value);
        }
        if (value == null) {
            throw new WireFormatException("no value (a tombstone), expected a " + name);
        }
        ByteBuffer header = ByteBuffer.wrap(schemaId);
        if (schemaId.length == HEADER_BYTES && header.get() == MAGIC) {
            return decode(header.getInt(), value, 0);
        }
        if (schemaId.length == GUID_HEADER_BYTES && header.get(0) == GUID_MAGIC) {
            return decode(new UUID(header.getLong(1), header.getLong(1 + Long.BYTES)), value, 0);
        }
        throw new WireFormatException("the header " + SCHEMA_ID_HEADER + " has " + describeStart(schemaId)
                + ", expected 0 and a 4-byte id, or 1 and a 16-byte GUID");
    }

    /** @param id an Integer or a UUID */
    private T decode(Object id, byte[] value, int start) throws IOException, WireFormatException {
        Body<T> body = byId.get(id);
        if (body == null) {
            body = newBody(id);
            bounded(byId).put(id, body);
        }
        T decoded;
        boolean whole;
        try {
            AvroBytes in = new AvroBytes(value, start);
            decoded = body.read(in);
            whole = in.isEnd();
        } catch (IOException | RuntimeException | StackOverflowError e) {
            // A failed read leaves half a record on the reader's resolving stack; the next record must not see it.
            byId.remove(id);
            throw new WireFormatException(
                    "not a " + name + " of " + named(id) + ": "
                            + (e instanceof IOException ? e.getMessage() : e.toString())
                            + "; the value is truncated, corrupt or was written with a schema other than the one "
                            + "it names",
                    e);
        }
        if (!whole) {
            throw new WireFormatException("bytes are left over after a " + name + " of " + named(id)
                    + "; the value was written with a schema other than the one it names");
        }
        return decoded;
    }

    private int id(byte[] value) throws WireFormatException {
        int at = headerBytes - Integer.BYTES;
        for (int i = 1; i < at; i++) {
            if (value[i] != 0) {
                throw new WireFormatException("the 8-byte schema id is larger than any that a registry assigns; if "
                        + "producers write 4-byte ids, set apicurio.registry.id-handler: Default4ByteIdHandler in "
                        + "registry.properties");
            }
        }
        return (value[at] & 0xff) << 24
                | (value[at + 1] & 0xff) << 16
                | (value[at + 2] & 0xff) << 8
                | (value[at + 3] & 0xff);
    }

    private Body<T> newBody(Object id) throws IOException, WireFormatException {
        String why = unreadable.get(id);
        if (why != null) {
            throw new WireFormatException(why);
        }
        Schema writer = writers.get(id);
        String json = null;
        if (writer == null) {
            try {
                json = id instanceof UUID guid ? registry.schemaOf(guid) : registry.schemaOf((int) id);
            } catch (SchemaRegistry.UnreadableSchemaException e) {
                throw new WireFormatException(e.getMessage(), e);
            }
        }
        try {
            if (writer == null) {
                writer = new Schema.Parser().parse(json);
                bounded(writers).put(id, writer);
            }
            return bodies.apply(writer);
        } catch (RuntimeException | StackOverflowError e) {
            String message = named(id) + " is not an Avro schema that this release can read as a " + name + ": " + e;
            bounded(unreadable).put(id, message);
            throw new WireFormatException(message, e);
        }
    }

    private static String named(Object id) {
        return (id instanceof UUID ? "schema GUID " : "schema id ") + id;
    }

    /** Emptied when it is full: a hostile producer may name ids without end. */
    private static <V> Map<Object, V> bounded(Map<Object, V> byId) {
        if (byId.size() >= MAX_SCHEMAS) {
            byId.clear();
        }
        return byId;
    }

    private static String describeStart(byte[] value) {
        if (value == null) {
            return "no value (a tombstone)";
        }
        return value.length + " bytes" + (value.length == 0 ? "" : " that start with " + (value[0] & 0xff));
    }
}
