// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest.format;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.UnsafeByteOperations;
import io.sensorium.job.records.Coordinates;
import io.sensorium.schemas.SchemaRegistry;
import io.sensorium.schemas.WireFormatDecoder;
import io.sensorium.schemas.WireFormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Protobuf in the Confluent wire format: magic byte 0, a 4-byte schema id, the place of the message in the schema's
 * file, the message; or the message alone, with what comes before it, or the schema's GUID in place of its id, in a
 * record header.
 */
final class ProtobufTree implements RecordTree {

    private static final int MAX_SCHEMAS = 1000;
    private static final int GUID_BYTES = 16;

    private final SchemaRegistry registry;
    private final Map<Object, FileDescriptor> files = new HashMap<>();

    /** Why ids cannot be read; an id's schema never changes. */
    private final Map<Object, String> unreadable = new HashMap<>();

    ProtobufTree(SchemaRegistry registry) {
        this.registry = registry;
    }

    @Override
    public JsonNode read(Coordinates record) throws IOException, WireFormatException {
        byte[] header = SchemaIdHeader.of(record);
        byte[] value = record.value();
        if (header != null) {
            if (value == null) {
                throw new WireFormatException("no value (a tombstone), expected a Protobuf message");
            }
            Object id = id(header);
            int indexes = id instanceof UUID ? 1 + GUID_BYTES : WireFormatDecoder.HEADER_BYTES;
            CodedInputStream rest = CodedInputStream.newInstance(header, indexes, header.length - indexes);
            return read(
                    id, rest, value, 0, UnsafeByteOperations.unsafeWrap(value).newCodedInput());
        }
        int start = WireFormatDecoder.HEADER_BYTES;
        if (value == null || value.length < start || value[0] != 0) {
            throw new WireFormatException("not in the Confluent wire format: expected magic byte 0 and a 4-byte schema "
                    + "id, got " + (value == null ? "no value (a tombstone)" : value.length + " bytes")
                    + "; produce with a Confluent Protobuf serializer");
        }
        CodedInputStream in = UnsafeByteOperations.unsafeWrap(value, start, value.length - start)
                .newCodedInput();
        return read(ByteBuffer.wrap(value, 1, Integer.BYTES).getInt(), in, value, start, in);
    }

    /** An Integer or a UUID, as {@link WireFormatDecoder} has them, with message indexes behind it. */
    private static Object id(byte[] header) throws WireFormatException {
        ByteBuffer bytes = ByteBuffer.wrap(header);
        if (header.length > WireFormatDecoder.HEADER_BYTES && header[0] == 0) {
            return bytes.getInt(1);
        }
        if (header.length > 1 + GUID_BYTES && header[0] == 1) {
            return new UUID(bytes.getLong(1), bytes.getLong(1 + Long.BYTES));
        }
        throw new WireFormatException("the header " + WireFormatDecoder.SCHEMA_ID_HEADER + " has " + header.length
                + " bytes" + (header.length == 0 ? "" : " that start with " + (header[0] & 0xff))
                + ", expected 0 and a 4-byte id, or 1 and a 16-byte GUID, and message indexes");
    }

    /**
     * @param indexes begins with the place of the message's type
     * @param in from {@code start} on in the value; begins with the message, once the indexes have been read
     */
    private JsonNode read(Object id, CodedInputStream indexes, byte[] value, int start, CodedInputStream in)
            throws IOException, WireFormatException {
        FileDescriptor file = file(id);
        try {
            // Media are copied once, out of the record into the tree.
            in.enableAliasing(true);
            Descriptor type = type(file, indexes);
            if (in != indexes && !indexes.isAtEnd()) {
                throw new IOException("the header has more than its message indexes");
            }
            ProtobufSize.check(value, start + in.getTotalBytesRead(), type);
            DynamicMessage message = DynamicMessage.parseFrom(type, in);
            in.checkLastTagWas(0);
            return ProtobufNodes.of(message);
        } catch (IOException e) {
            throw new WireFormatException(
                    "not a message of " + named(id) + ": " + e.getMessage()
                            + "; the value is truncated, corrupt or was written with a schema other than the one it names",
                    e);
        }
    }

    private static String named(Object id) {
        return (id instanceof UUID ? "schema GUID " : "schema id ") + id;
    }

    private FileDescriptor file(Object id) throws IOException, WireFormatException {
        FileDescriptor known = files.get(id);
        if (known != null) {
            return known;
        }
        String why = unreadable.get(id);
        if (why != null) {
            throw new WireFormatException(why);
        }
        try {
            FileDescriptor file =
                    ProtobufFiles.of(id instanceof UUID guid ? registry.find(guid) : registry.find((int) id));
            bounded(files).put(id, file);
            return file;
        } catch (SchemaRegistry.UnreadableSchemaException e) {
            throw new WireFormatException(e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            String message = named(id) + " cannot be read: " + e.getMessage();
            bounded(unreadable).put(id, message);
            throw new WireFormatException(message, e);
        }
    }

    /** Emptied when it is full: a hostile producer may name ids without end. */
    private static <V> Map<Object, V> bounded(Map<Object, V> byId) {
        if (byId.size() >= MAX_SCHEMAS) {
            byId.clear();
        }
        return byId;
    }

    /** The message type whose indexes come next, from the file's own types inwards; none stands for the first. */
    private static Descriptor type(FileDescriptor file, CodedInputStream in) throws IOException {
        int depth = in.readSInt32();
        if (depth == 0) {
            return type(file.getMessageTypes(), 0, file);
        }
        if (depth < 0) {
            throw new IOException("it has " + depth + " message indexes");
        }
        List<Descriptor> types = file.getMessageTypes();
        for (int i = 1; ; i++) {
            Descriptor type = type(types, in.readSInt32(), file);
            if (i == depth) {
                return type;
            }
            types = type.getNestedTypes();
        }
    }

    private static Descriptor type(List<Descriptor> types, int index, FileDescriptor file) throws IOException {
        if (index < 0
                || index >= types.size()
                || types.get(index).toProto().getOptions().getMapEntry()) {
            throw new IOException("its message index " + index + " does not exist in the schema, which has "
                    + types.size() + " messages at that level; the file has "
                    + file.getMessageTypes().stream().map(Descriptor::getName).toList());
        }
        return types.get(index);
    }
}
