// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest.format;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto.Label;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto.Type;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.MessageOptions;
import com.squareup.wire.Syntax;
import com.squareup.wire.schema.Field;
import com.squareup.wire.schema.ProtoType;
import com.squareup.wire.schema.internal.parser.EnumElement;
import com.squareup.wire.schema.internal.parser.FieldElement;
import com.squareup.wire.schema.internal.parser.GroupElement;
import com.squareup.wire.schema.internal.parser.MessageElement;
import com.squareup.wire.schema.internal.parser.OneOfElement;
import com.squareup.wire.schema.internal.parser.ProtoFileElement;
import com.squareup.wire.schema.internal.parser.TypeElement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A parsed .proto source as a descriptor, as far as decoding needs it: without options, extensions, services, reserved
 * numbers and default values. Names of types stay as they are written; Protobuf resolves them.
 */
final class ProtobufSource {

    private static final Map<String, Type> SCALARS = Stream.of(Type.values())
            .filter(type -> type != Type.TYPE_MESSAGE && type != Type.TYPE_GROUP && type != Type.TYPE_ENUM)
            .collect(Collectors.toMap(
                    type -> type.name().substring("TYPE_".length()).toLowerCase(Locale.ROOT), Function.identity()));

    private final boolean proto3;

    private ProtobufSource(boolean proto3) {
        this.proto3 = proto3;
    }

    /** @param name under which other files import it */
    static FileDescriptorProto file(String name, ProtoFileElement source) {
        FileDescriptorProto.Builder file =
                FileDescriptorProto.newBuilder().setName(name).addAllDependency(source.getImports());
        if (source.getPackageName() != null) {
            file.setPackage(source.getPackageName());
        }
        for (String imported : source.getPublicImports()) {
            file.addPublicDependency(file.getDependencyCount()).addDependency(imported);
        }
        file.addAllDependency(source.getWeakImports());
        ProtobufSource types = new ProtobufSource(Syntax.PROTO_3.equals(source.getSyntax()));
        if (types.proto3) {
            file.setSyntax("proto3");
        }
        for (TypeElement type : source.getTypes()) {
            if (type instanceof MessageElement message) {
                file.addMessageType(types.message(message));
            } else if (type instanceof EnumElement enumeration) {
                file.addEnumType(enumeration(enumeration));
            }
        }
        return file.build();
    }

    private DescriptorProto message(MessageElement source) {
        DescriptorProto.Builder message = DescriptorProto.newBuilder().setName(source.getName());
        for (TypeElement type : source.getNestedTypes()) {
            if (type instanceof MessageElement nested) {
                message.addNestedType(message(nested));
            } else if (type instanceof EnumElement enumeration) {
                message.addEnumType(enumeration(enumeration));
            }
        }
        // The types that Protobuf adds come after those of the source: message indexes count the source's.
        fields(message, source.getFields(), source.getGroups(), -1);
        for (OneOfElement oneOf : source.getOneOfs()) {
            int index = message.getOneofDeclCount();
            message.addOneofDeclBuilder().setName(oneOf.getName());
            fields(message, oneOf.getFields(), oneOf.getGroups(), index);
        }
        presence(message);
        return message.build();
    }

    /** @param oneOf index of the alternative that they belong to; -1 for none */
    private void fields(
            DescriptorProto.Builder message, List<FieldElement> fields, List<GroupElement> groups, int oneOf) {
        for (FieldElement field : fields) {
            FieldDescriptorProto.Builder added = add(message, field.getName(), field.getTag(), field.getLabel(), oneOf);
            type(added, field.getType(), message);
            added.setProto3Optional(proto3 && field.getLabel() == Field.Label.OPTIONAL);
        }
        for (GroupElement group : groups) {
            add(message, group.getName().toLowerCase(Locale.ROOT), group.getTag(), group.getLabel(), oneOf)
                    .setType(Type.TYPE_GROUP)
                    .setTypeName(group.getName());
            DescriptorProto.Builder nested = DescriptorProto.newBuilder().setName(group.getName());
            fields(nested, group.getFields(), List.of(), -1);
            message.addNestedType(nested);
        }
    }

    private static FieldDescriptorProto.Builder add(
            DescriptorProto.Builder message, String name, int number, Field.Label label, int oneOf) {
        FieldDescriptorProto.Builder field =
                message.addFieldBuilder().setName(name).setNumber(number);
        if (oneOf >= 0) {
            field.setOneofIndex(oneOf);
        }
        return field.setLabel(
                label == Field.Label.REPEATED
                        ? Label.LABEL_REPEATED
                        : label == Field.Label.REQUIRED ? Label.LABEL_REQUIRED : Label.LABEL_OPTIONAL);
    }

    private static void type(FieldDescriptorProto.Builder field, String name, DescriptorProto.Builder message) {
        ProtoType type = ProtoType.get(name);
        if (type.isMap()) {
            DescriptorProto.Builder entry = DescriptorProto.newBuilder()
                    .setName(entryName(field.getName()))
                    .setOptions(MessageOptions.newBuilder().setMapEntry(true));
            type(
                    entry.addFieldBuilder().setName("key").setNumber(1),
                    type.getKeyType().toString(),
                    message);
            type(
                    entry.addFieldBuilder().setName("value").setNumber(2),
                    type.getValueType().toString(),
                    message);
            message.addNestedType(entry);
            field.setLabel(Label.LABEL_REPEATED).setType(Type.TYPE_MESSAGE).setTypeName(entry.getName());
        } else if (SCALARS.containsKey(name)) {
            field.setType(SCALARS.get(name));
        } else {
            // Whether it is a message or an enumeration, Protobuf finds.
            field.setTypeName(name);
        }
    }

    /** As Protobuf's compiler names the entries of a map. */
    private static String entryName(String field) {
        return Stream.of(field.split("_"))
                .filter(part -> !part.isEmpty())
                .map(part -> part.substring(0, 1).toUpperCase(Locale.ROOT) + part.substring(1))
                .collect(Collectors.joining("", "", "Entry"));
    }

    /** An optional field of Protobuf 3 is the only one of an alternative of its own, after the declared ones. */
    private static void presence(DescriptorProto.Builder message) {
        Set<String> names = new HashSet<>();
        message.getFieldList().forEach(field -> names.add(field.getName()));
        message.getOneofDeclList().forEach(oneOf -> names.add(oneOf.getName()));
        for (FieldDescriptorProto.Builder field : new ArrayList<>(message.getFieldBuilderList())) {
            if (field.getProto3Optional()) {
                String name = "_" + field.getName();
                while (!names.add(name)) {
                    name = "X" + name;
                }
                field.setOneofIndex(message.getOneofDeclCount());
                message.addOneofDeclBuilder().setName(name);
            } else {
                field.clearProto3Optional();
            }
        }
    }

    private static EnumDescriptorProto enumeration(EnumElement source) {
        EnumDescriptorProto.Builder enumeration =
                EnumDescriptorProto.newBuilder().setName(source.getName());
        source.getConstants()
                .forEach(constant -> enumeration
                        .addValueBuilder()
                        .setName(constant.getName())
                        .setNumber(constant.getTag()));
        return enumeration.build();
    }
}
