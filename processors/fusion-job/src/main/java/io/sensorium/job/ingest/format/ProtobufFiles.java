// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest.format;

import com.google.protobuf.AnyProto;
import com.google.protobuf.ApiProto;
import com.google.protobuf.DescriptorProtos;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileOptions;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DurationProto;
import com.google.protobuf.EmptyProto;
import com.google.protobuf.FieldMaskProto;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.SourceContextProto;
import com.google.protobuf.StructProto;
import com.google.protobuf.TimestampProto;
import com.google.protobuf.TypeProto;
import com.google.protobuf.WrappersProto;
import com.squareup.wire.schema.Location;
import com.squareup.wire.schema.internal.parser.ProtoParser;
import io.sensorium.schemas.RegisteredSchema;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Protobuf schemas of a registry as descriptors. A schema's text is a .proto source or, as Confluent's client for
 * Python registers it, a serialized descriptor in base64.
 */
public final class ProtobufFiles {

    /** The registry's name of the type. */
    public static final String TYPE = "PROTOBUF";

    private static final Map<String, FileDescriptor> WELL_KNOWN = Stream.of(
                    AnyProto.getDescriptor(),
                    ApiProto.getDescriptor(),
                    DescriptorProtos.getDescriptor(),
                    DurationProto.getDescriptor(),
                    EmptyProto.getDescriptor(),
                    FieldMaskProto.getDescriptor(),
                    SourceContextProto.getDescriptor(),
                    StructProto.getDescriptor(),
                    TimestampProto.getDescriptor(),
                    TypeProto.getDescriptor(),
                    WrappersProto.getDescriptor())
            .collect(Collectors.toMap(FileDescriptor::getName, Function.identity()));

    private static final Pattern BASE64 = Pattern.compile("[A-Za-z0-9+/=\\s]+");

    private final Map<String, String> references;
    private final Map<String, FileDescriptor> built = new LinkedHashMap<>();
    private final List<String> open = new ArrayList<>();

    private ProtobufFiles(Map<String, String> references) {
        this.references = references;
    }

    /**
     * The file that a schema is. Types of files that are neither Protobuf's own nor among the schema's references have
     * no fields: registries add files of theirs, which only options need.
     *
     * @throws IllegalArgumentException when it is not a Protobuf schema, or not one that can be read
     */
    public static FileDescriptor of(RegisteredSchema schema) {
        if (!schema.type().equals(TYPE)) {
            throw new IllegalArgumentException(
                    "it is of type " + schema.type() + ", expected " + TYPE + "; produce with a Protobuf serializer");
        }
        try {
            String name = "schema.proto";
            while (schema.references().containsKey(name)) {
                name = "_" + name;
            }
            return new ProtobufFiles(schema.references()).build(name, schema.text());
        } catch (StackOverflowError e) {
            throw new IllegalArgumentException("its types are nested too deeply", e);
        }
    }

    /** The field whose value stands for a message of this type in a decoded tree; null where none does. */
    public static FieldDescriptor wrapped(Descriptor type) {
        return ProtobufNodes.wrapped(type);
    }

    /** Whether messages of this type are times in a decoded tree. */
    public static boolean isTime(Descriptor type) {
        return ProtobufNodes.isTime(type);
    }

    private FileDescriptor build(String name, String text) {
        if (open.contains(name)) {
            throw new IllegalArgumentException(name + " imports itself, directly or not");
        }
        open.add(name);
        FileDescriptorProto file = parsed(name, text);
        List<FileDescriptor> imports = new ArrayList<>();
        for (String imported : file.getDependencyList()) {
            FileDescriptor descriptor = imported(imported);
            if (descriptor != null) {
                imports.add(descriptor);
            }
        }
        open.remove(name);
        FileDescriptorProto strict = file.toBuilder()
                // Protobuf 2 takes any bytes for text otherwise.
                .setOptions(FileOptions.newBuilder().setJavaStringCheckUtf8(true))
                .build();
        try {
            return FileDescriptor.buildFrom(strict, imports.toArray(FileDescriptor[]::new), true);
        } catch (DescriptorValidationException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    /** Null where there is no such file. */
    private FileDescriptor imported(String name) {
        FileDescriptor known = WELL_KNOWN.getOrDefault(name, built.get(name));
        if (known == null && references.containsKey(name)) {
            known = build(name, references.get(name));
            built.put(name, known);
        }
        return known;
    }

    private static FileDescriptorProto parsed(String name, String text) {
        if (BASE64.matcher(text).matches()) {
            try {
                return FileDescriptorProto.parseFrom(Base64.getMimeDecoder().decode(text)).toBuilder()
                        .setName(name)
                        .build();
            } catch (InvalidProtocolBufferException e) {
                throw new IllegalArgumentException("neither a .proto source nor a descriptor: " + e.getMessage(), e);
            }
        }
        try {
            return ProtobufSource.file(name, ProtoParser.Companion.parse(Location.get(name), text));
        } catch (IllegalStateException | NumberFormatException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }
}
