// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.POJONode;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.TextFormat;
import io.sensorium.job.records.Coordinates;
import io.sensorium.schemas.RegisteredSchema;
import io.sensorium.schemas.SchemaRegistry;
import io.sensorium.schemas.WireFormatException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProtobufTreeTest {

    private static final int CHAT = 1;
    private static final int LEGACY = 2;
    private static final int OTHER = 3;

    private final Map<Integer, RegisteredSchema> schemas = new HashMap<>(Map.of(
            CHAT, ProtobufRecords.registered("chat"),
            LEGACY, ProtobufRecords.registered("legacy")));

    private final ProtobufTree tree = new ProtobufTree(new SchemaRegistry() {
        @Override
        public int register(String subject, String avroSchema) {
            throw new UnsupportedOperationException();
        }

        @Override
        public String schemaOf(int id) {
            throw new UnsupportedOperationException();
        }

        @Override
        public RegisteredSchema find(int id) throws IOException {
            if (!schemas.containsKey(id)) {
                throw new UnknownSchemaException(id, null);
            }
            return schemas.get(id);
        }
    });

    private static DynamicMessage message(Descriptor type, String text) throws Exception {
        DynamicMessage.Builder message = DynamicMessage.newBuilder(type);
        TextFormat.merge(text, message);
        return message.build();
    }

    private JsonNode decoded(byte[] value) throws Exception {
        return tree.read(new Coordinates("t", 0, 1, 0, null, value, Map.of()));
    }

    private JsonNode read(int id, Descriptor type, String text) throws Exception {
        return decoded(ProtobufRecords.framed(id, message(type, text)));
    }

    private void other(String source) {
        schemas.put(
                OTHER,
                new RegisteredSchema(
                        "PROTOBUF", source, Map.of("circle.proto", "syntax = 'proto3'; import 'circle.proto';")));
    }

    private void assertUndecodable(byte[] value, String... parts) {
        assertUndecodable(() -> decoded(value), parts);
    }

    private static void assertUndecodable(ThrowingCallable read, String... parts) {
        assertThatThrownBy(read).isInstanceOf(WireFormatException.class).hasMessageContainingAll(parts);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "id: 'm1' roomId: 'r' kind: PICTURE picture { data: '\\377\\330' mime: 'image/jpeg' }",
                "sent_at { seconds: 1700000000 nanos: 123456789 } took { seconds: 3 nanos: 500000000 }",
                "labels { key: 'a' value: 'b' } labels { key: 'c' } by_number { key: -7 value { mime: 'x' } }",
                "vector: [0.1, -2, 3e30, inf, nan] tags: ['a', ''] unpacked: [1, 2, -3] history: [TEXT, KIND_UNSPECIFIED]",
                "stars: 0 text: '' nick { value: '' } wrapped_bytes { value: '\\001' } wrapped_number { value: 18446744073709551615 }",
                "price { currency: 'EUR' units: -9223372036854775808 nanos: -1 } level: HIGH",
                "picture { deep { children { v: 1 children { v: 2 } } children { } } }",
                "big: 18446744073709551615 fixed_long: 9223372036854775808 signed_long: -9223372036854775808",
                "unsigned: 4294967295 fixed_int: 4294967295 signed_fixed_int: -1 signed_fixed_long: -1",
                "ratio: 0.1 flag: true blob: 'b' kinds { key: 'k' value: TEXT } maybe { } _by__flag { key: true value: 2 }",
                "extra { fields { key: 'a' value { list_value { values { number_value: 1.5 } values { bool_value: true } } } } "
                        + "fields { key: 'n' value { null_value: NULL_VALUE } } }",
                "list { values { string_value: 'x' } } any_json { struct_value { } } _stars: 'x'"
            })
    void aMessageIsWhatProtobufsJsonSaysItIs(String text) throws Exception {
        DynamicMessage message = message(ProtobufRecords.CHAT, text);
        assertThat(ProtobufJson.difference(decoded(ProtobufRecords.framed(CHAT, message)), message))
                .isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "id: 'x'",
                "id: 'x' n: 0 s: '' b: '' e: NEGATIVE flag: false packed: [1, -2] plain: [3] h: 18446744073709551615",
                "id: 'x' Part { x: 'y' y: 3 } Item { x: 'a' } Item { } c: 7 m { key: 'k' value: '\\377' } child { id: 'z' }"
            })
    void aMessageOfProtobuf2IsToo(String text) throws Exception {
        DynamicMessage message = message(ProtobufRecords.OLD, text);
        assertThat(ProtobufJson.difference(decoded(ProtobufRecords.framed(LEGACY, message)), message))
                .isNull();
    }

    @Test
    void everyMessageHasItsIndexes() throws Exception {
        byte[] second =
                message(ProtobufRecords.SECOND, "a: 3 picture { mime: 'm' }").toByteArray();
        assertThat(decoded(ProtobufRecords.framed(CHAT, new int[] {1}, second)))
                .hasToString("{\"a\":3,\"picture\":{\"data\":\"\",\"mime\":\"m\"}}");
        assertThat(decoded(ProtobufRecords.framed(CHAT, new int[] {0, 0, 0}, new byte[] {16, 5})))
                .hasToString("{\"children\":[],\"v\":5}");
        byte[] first = message(ProtobufRecords.CHAT, "id: 'x'").toByteArray();
        assertThat(decoded(ProtobufRecords.framed(CHAT, new int[] {0}, first)))
                .as("the first one's without the shortcut")
                .isEqualTo(decoded(ProtobufRecords.framed(CHAT, new int[0], first)));
    }

    @Test
    void anIndexOfNoMessageIsUndecodable() {
        for (int[] indexes : new int[][] {{2}, {-1}, {0, 7}, {0, 0, 0, 0}, {Integer.MAX_VALUE}}) {
            assertUndecodable(
                    ProtobufRecords.framed(CHAT, indexes, new byte[0]),
                    "schema id 1",
                    "message index " + indexes[indexes.length - 1],
                    "[ChatMessage, Second]");
        }
        // What Protobuf adds for a map is no message of the source.
        assertUndecodable(ProtobufRecords.framed(CHAT, new int[] {0, 1}, new byte[0]), "message index 1");
        byte[] header = ProtobufRecords.framed(CHAT, new int[0], new byte[0]);
        header[5] = 1;
        assertUndecodable(header, "-1 message indexes");
        assertUndecodable(new byte[] {0, 0, 0, 0, CHAT}, "schema id 1", "truncated");
        assertUndecodable(
                new byte[] {0, 0, 0, 0, CHAT, (byte) 0xfe, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0xf}, "truncated");
    }

    @Test
    void aTimestampIsATimeAndTheFarthestStayFar() throws Exception {
        assertThat(((POJONode) read(CHAT, ProtobufRecords.CHAT, "sent_at { seconds: -1 nanos: 999000000 }")
                                .get("sent_at"))
                        .getPojo())
                .isEqualTo(Instant.ofEpochMilli(-1));
        assertThat(((POJONode) read(CHAT, ProtobufRecords.CHAT, "sent_at { seconds: 9223372036854775807 }")
                                .get("sent_at"))
                        .getPojo())
                .isEqualTo(Instant.MAX);
    }

    @Test
    void whatTheSchemaDoesNotHaveIsIgnored() throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        out.writeString(1, "x");
        out.writeString(77, "unknown");
        out.writeEnum(4, 9);
        // Of another type than the schema's.
        out.writeInt32(2, 5);
        out.flush();
        JsonNode read = decoded(ProtobufRecords.framed(CHAT, new int[0], bytes.toByteArray()));
        assertThat(read.get("id").asText()).isEqualTo("x");
        assertThat(read.get("roomId").asText()).isEmpty();
        assertThat(read.get("kind").isInt()).isTrue();
        assertThat(read.get("kind").intValue()).isEqualTo(9);
    }

    @Test
    void bytesAreBytes() throws Exception {
        JsonNode read = read(CHAT, ProtobufRecords.CHAT, "picture { data: '\\377\\330\\377' }");
        assertThat(read.at("/picture/data").binaryValue())
                .isEqualTo(new byte[] {(byte) 0xff, (byte) 0xd8, (byte) 0xff});
    }

    @Test
    void damagedMessagesAreUndecodable() throws Exception {
        DynamicMessage sound =
                message(ProtobufRecords.CHAT, "id: 'x' picture { mime: 'a text of some length' } vector: [1, 2]");
        byte[] value = ProtobufRecords.framed(CHAT, sound);
        for (int cut : new int[] {1, 5, 9}) {
            assertUndecodable(Arrays.copyOf(value, value.length - cut), "schema id 1", "truncated");
        }
        byte[] longer = Arrays.copyOf(value, value.length + 1);
        assertUndecodable(longer, "invalid tag");
        byte[] endOfGroup = Arrays.copyOf(value, value.length + 1);
        endOfGroup[value.length] = 12;
        assertUndecodable(endOfGroup, "end-group");
        assertUndecodable(ProtobufRecords.framed(LEGACY, new int[0], new byte[0]), "missing required fields: id");
    }

    @Test
    void textThatIsNotUtf8IsUndecodable() {
        byte[] latin1 = {10, 2, (byte) 0xe4, 'x'};
        assertUndecodable(ProtobufRecords.framed(CHAT, new int[0], latin1), "invalid UTF-8");
        assertUndecodable(ProtobufRecords.framed(LEGACY, new int[0], latin1), "invalid UTF-8");
    }

    @Test
    void levelsAndValuesAreLimited() throws Exception {
        Descriptor deep = ProtobufRecords.CHAT.findNestedTypeByName("Picture").findNestedTypeByName("Deep");
        FieldDescriptor children = deep.findFieldByName("children");
        DynamicMessage message = DynamicMessage.getDefaultInstance(deep);
        for (int level = 1; level < 100; level++) {
            message = DynamicMessage.newBuilder(deep)
                    .addRepeatedField(children, message)
                    .build();
        }
        int[] indexes = {0, 0, 0};
        assertThat(decoded(ProtobufRecords.framed(CHAT, indexes, message.toByteArray())))
                .isNotNull();
        DynamicMessage tooDeep = DynamicMessage.newBuilder(deep)
                .addRepeatedField(children, message)
                .addRepeatedField(children, message)
                .build();
        assertUndecodable(ProtobufRecords.framed(CHAT, indexes, tooDeep.toByteArray()), "more than 100 deep");
        byte[] groups = new byte[1_000_000];
        Arrays.fill(groups, (byte) 83);
        assertUndecodable(ProtobufRecords.framed(LEGACY, new int[0], groups), "deep");
        byte[] empty = new byte[2_000_002];
        for (int i = 0; i < empty.length; i += 2) {
            empty[i] = 10;
        }
        assertUndecodable(ProtobufRecords.framed(CHAT, indexes, empty), "more than 1000000 values");
        assertUndecodable(
                ProtobufRecords.framed(CHAT, indexes, Arrays.copyOf(empty, 1_200_000)),
                "more than 1000000 values, unset fields included");
        byte[] packed = message(ProtobufRecords.OLD, "id: 'x'").toBuilder()
                .setUnknownFields(com.google.protobuf.UnknownFieldSet.newBuilder()
                        .addField(
                                8,
                                com.google.protobuf.UnknownFieldSet.Field.newBuilder()
                                        .addLengthDelimited(ByteString.copyFrom(new byte[1_000_001]))
                                        .build())
                        .build())
                .build()
                .toByteArray();
        assertUndecodable(ProtobufRecords.framed(LEGACY, new int[0], packed), "more than 1000000 values");
    }

    @Test
    void whatIsNoProtobufIsNamed() throws Exception {
        assertUndecodable(() -> decoded(null), "no value (a tombstone)");
        assertUndecodable(
                "{\"a\": 1}".getBytes(StandardCharsets.UTF_8),
                "Confluent wire format",
                "8 bytes",
                "Protobuf serializer");
        schemas.put(OTHER, new RegisteredSchema("AVRO", "\"string\"", Map.of()));
        byte[] record = ProtobufRecords.framed(OTHER, new int[0], new byte[0]);
        assertUndecodable(record, "schema id 3", "of type AVRO, expected PROTOBUF");
        assertThatThrownBy(() -> decoded(ProtobufRecords.framed(99, new int[0], new byte[0])))
                .isInstanceOf(SchemaRegistry.UnknownSchemaException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "syntax = 'proto3'; message M { Nothing a = 1",
                "edition = '2023'; message M { string a = 1; }",
                "syntax = 'proto3'; message M { string a = 1; string b = 1; }",
                "syntax = 'proto3'; message M { string a = 99999999999; }",
                "syntax = 'proto3'; import 'circle.proto'; message M { string a = 1; }",
                "abcd",
                ""
            })
    void aSchemaThatCannotBeReadIsUndecodable(String source) {
        other(source);
        byte[] record = ProtobufRecords.framed(OTHER, new int[0], new byte[0]);
        assertUndecodable(record, "schema id 3");
        assertUndecodable(record, "schema id 3");
    }

    @Test
    void aSchemaOfManyLevelsIsUndecodable() {
        other("syntax = 'proto3'; " + "message M { ".repeat(100_000) + "}".repeat(100_000));
        assertUndecodable(ProtobufRecords.framed(OTHER, new int[0], new byte[0]), "nested too deeply");
    }

    @Test
    void importsOfOptionsNeedNotBeThere() throws Exception {
        other("""
                syntax = "proto3";
                package p;
                import "confluent/meta.proto";
                import "google/type/date.proto";
                option (confluent.file_meta).doc = "x";
                message M {
                  option (confluent.message_meta) = {doc: "y"};
                  string a = 1 [(confluent.field_meta) = {tags: ["PII"], params: [{key: "k", value: "v"}]}];
                  google.type.Date on = 2;
                }""");
        JsonNode read = decoded(ProtobufRecords.framed(OTHER, new int[0], new byte[] {10, 1, 'x', 18, 2, 8, 7}));
        assertThat(read).hasToString("{\"a\":\"x\",\"on\":{}}");
    }

    @Test
    void aDescriptorInBase64IsASchemaToo() throws Exception {
        schemas.put(
                OTHER,
                new RegisteredSchema(
                        "PROTOBUF",
                        Base64.getEncoder()
                                .encodeToString(
                                        ProtobufRecords.OLD.getFile().toProto().toByteArray()),
                        Map.of()));
        assertThat(read(OTHER, ProtobufRecords.OLD, "id: 'x'").get("id").asText())
                .isEqualTo("x");
    }

    @Test
    void referencesAreResolvedThroughOthers() throws Exception {
        schemas.put(
                OTHER,
                new RegisteredSchema(
                        "PROTOBUF",
                        "syntax = 'proto3'; package a; import 'b.proto'; message A { b.B b = 1; c.C c = 2; }",
                        Map.of(
                                "c.proto", "syntax = 'proto3'; package c; message C { string v = 1; }",
                                "b.proto",
                                        "syntax = 'proto3'; package b; import public 'c.proto'; message B { .c.C c = 1; }")));
        assertThat(decoded(ProtobufRecords.framed(
                        OTHER, new int[0], new byte[] {10, 5, 10, 3, 10, 1, 'x', 18, 3, 10, 1, 'y'})))
                .hasToString("{\"b\":{\"c\":{\"v\":\"x\"}},\"c\":{\"v\":\"y\"}}");
    }

    @Test
    void aReferenceMayHaveAnyName() throws Exception {
        schemas.put(
                OTHER,
                new RegisteredSchema(
                        "PROTOBUF",
                        "syntax = 'proto3'; import 'schema.proto'; message Outer { Inner inner = 1; }",
                        Map.of("schema.proto", "syntax = 'proto3'; message Inner { string text = 1; }")));
        byte[] value = {0, 0, 0, 0, (byte) OTHER, 0, 10, 3, 10, 1, 'x'};
        assertThat(decoded(value).at("/inner/text").asText()).isEqualTo("x");
    }
}
