// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest.format;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.StructProto;
import com.google.protobuf.TimestampProto;
import com.google.protobuf.WrappersProto;
import io.sensorium.schemas.RegisteredSchema;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Messages as producers write them. Their types are not read from the .proto sources by the code under test, but are
 * what Protobuf's compiler made of them: {@code protoc -I. --include_imports --descriptor_set_out=chat.desc
 * chat.proto}, version 36.2, and likewise {@code legacy.desc}.
 */
final class ProtobufRecords {

    /** Every kind of field. */
    static final Descriptor CHAT = compiled("chat").findMessageTypeByName("ChatMessage");

    /** The second message of its file. */
    static final Descriptor SECOND = CHAT.getFile().findMessageTypeByName("Second");

    /** Protobuf 2. */
    static final Descriptor OLD = compiled("legacy").findMessageTypeByName("Old");

    private ProtobufRecords() {}

    /** The schema as a registry has it. */
    static RegisteredSchema registered(String name) {
        return new RegisteredSchema(
                ProtobufFiles.TYPE,
                source(name + ".proto"),
                name.equals("chat") ? Map.of("acme/shared/money.proto", source("acme/shared/money.proto")) : Map.of());
    }

    static String source(String name) {
        return new String(resource(name), StandardCharsets.UTF_8);
    }

    private static byte[] resource(String name) {
        try (InputStream in = ProtobufRecords.class.getResourceAsStream("/protobuf/" + name)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static FileDescriptor compiled(String name) {
        try {
            Map<String, FileDescriptor> files = new LinkedHashMap<>();
            for (FileDescriptor known : List.of(
                    TimestampProto.getDescriptor(), StructProto.getDescriptor(), WrappersProto.getDescriptor())) {
                files.put(known.getName(), known);
            }
            FileDescriptor last = null;
            for (FileDescriptorProto file :
                    FileDescriptorSet.parseFrom(resource(name + ".desc")).getFileList()) {
                if (!files.containsKey(file.getName())) {
                    List<FileDescriptor> imports = new ArrayList<>();
                    file.getDependencyList().forEach(imported -> imports.add(files.get(imported)));
                    last = FileDescriptor.buildFrom(file, imports.toArray(FileDescriptor[]::new));
                    files.put(file.getName(), last);
                }
            }
            return last;
        } catch (IOException | DescriptorValidationException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A record's value: magic byte, schema id, message indexes, message. */
    static byte[] framed(int id, int[] indexes, byte[] message) {
        try {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            out.write(ByteBuffer.allocate(5).put((byte) 0).putInt(id).array());
            CodedOutputStream coded = CodedOutputStream.newInstance(out);
            coded.writeSInt32NoTag(indexes.length);
            for (int index : indexes) {
                coded.writeSInt32NoTag(index);
            }
            coded.flush();
            out.write(message);
            return out.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A message of the first type of its file. */
    static byte[] framed(int id, Message message) {
        return framed(id, new int[0], message.toByteArray());
    }
}
