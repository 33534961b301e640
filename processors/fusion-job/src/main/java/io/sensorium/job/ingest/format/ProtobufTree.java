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

/**
 * Protobuf in the Confluent wire format: magic byte 0, a 4-byte schema id, the place of the message in the schema's
 * file, the message.
 */
final class ProtobufTree implements RecordTree {

    private static final int MAX_SCHEMAS = 1000;

    private final SchemaRegistry registry;
    private final Map<Integer, FileDescriptor> files = new HashMap<>();

    /** Why ids cannot be read; an id's schema never changes. */
    private final Map<Integer, String> unreadable = new HashMap<>();

    ProtobufTree(SchemaRegistry registry) {
        this.registry = registry;
    }

    @Override
    public JsonNode read(Coordinates record) throws IOException, WireFormatException {
        if (SchemaIdHeader.of(record) != null) {
            throw new WireFormatException("the schema's id is in the header " + WireFormatDecoder.SCHEMA_ID_HEADER
                    + ", which is not supported for Protobuf; set the producer's value.schema.id.serializer to "
                    + "io.confluent.kafka.serializers.schema.id.PrefixSchemaIdSerializer, its default");
        }
        byte[] value = record.value();
        int start = WireFormatDecoder.HEADER_BYTES;
        if (value == null || value.length < start || value[0] != 0) {
            throw new WireFormatException("not in the Confluent wire format: expected magic byte 0 and a 4-byte schema "
                    + "id, got " + (value == null ? "no value (a tombstone)" : value.length + " bytes")
                    + "; produce with a Confluent Protobuf serializer");
        }
        int id = ByteBuffer.wrap(value, 1, Integer.BYTES).getInt();
        FileDescriptor file = file(id);
        try {
            CodedInputStream in = UnsafeByteOperations.unsafeWrap(value, start, value.length - start)
                    .newCodedInput();
            // Media are copied once, out of the record into the tree.
            in.enableAliasing(true);
            Descriptor type = type(file, in);
            ProtobufSize.check(value, start + in.getTotalBytesRead(), type);
            DynamicMessage message = DynamicMessage.parseFrom(type, in);
            in.checkLastTagWas(0);
            return ProtobufNodes.of(message);
        } catch (IOException e) {
            throw new WireFormatException(
                    "not a message of schema id " + id + ": " + e.getMessage()
                            + "; the value is truncated, corrupt or was written with a schema other than the one it names",
                    e);
        }
    }

    private FileDescriptor file(int id) throws IOException, WireFormatException {
        FileDescriptor known = files.get(id);
        if (known != null) {
            return known;
        }
        String why = unreadable.get(id);
        if (why != null) {
            throw new WireFormatException(why);
        }
        try {
            FileDescriptor file = ProtobufFiles.of(registry.find(id));
            bounded(files).put(id, file);
            return file;
        } catch (SchemaRegistry.UnreadableSchemaException e) {
            throw new WireFormatException(e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            String message = "schema id " + id + " cannot be read: " + e.getMessage();
            bounded(unreadable).put(id, message);
            throw new WireFormatException(message, e);
        }
    }

    /** Emptied when it is full: a hostile producer may name ids without end. */
    private static <V> Map<Integer, V> bounded(Map<Integer, V> byId) {
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
