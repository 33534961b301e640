// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.DynamicMessage;
import io.sensorium.job.records.Coordinates;
import io.sensorium.schemas.RegisteredSchema;
import io.sensorium.schemas.SchemaRegistry;
import io.sensorium.schemas.WireFormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class ProtobufHeaderTest {

    private static final int CHAT = 1;
    private static final UUID GUID = UUID.fromString("89791762-2336-4186-9674-299b90a802e2");

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
        public RegisteredSchema find(int id) {
            return ProtobufRecords.registered("chat");
        }

        @Override
        public RegisteredSchema find(UUID guid) throws IOException {
            if (!guid.equals(GUID)) {
                throw new UnknownSchemaException(guid, null);
            }
            return ProtobufRecords.registered("chat");
        }
    });

    private static void assertUndecodable(ThrowingCallable read, String part) {
        assertThatThrownBy(read).isInstanceOf(WireFormatException.class).hasMessageContaining(part);
    }

    private JsonNode decoded(byte[] value, byte[] header) throws Exception {
        return tree.read(new Coordinates(
                "t", 0, 1, 0, null, value, header == null ? Map.of() : Map.of("__value_schema_id", header)));
    }

    /** As Confluent's HeaderSchemaIdSerializer writes it: the message indexes are in the header too. */
    @Test
    void theSchemasIdOrGuidMayBeInAHeader() throws Exception {
        byte[] first = DynamicMessage.newBuilder(ProtobufRecords.CHAT)
                .setField(ProtobufRecords.CHAT.findFieldByName("id"), "m1")
                .build()
                .toByteArray();
        byte[] id = {0, 0, 0, 0, CHAT, 0};
        byte[] guid = ByteBuffer.allocate(18)
                .put((byte) 1)
                .putLong(GUID.getMostSignificantBits())
                .putLong(GUID.getLeastSignificantBits())
                .put((byte) 0)
                .array();
        assertThat(decoded(first, id).path("id").textValue()).isEqualTo("m1");
        assertThat(decoded(first, guid).path("id").textValue()).isEqualTo("m1");
        byte[] second = new byte[0];
        int place = ProtobufRecords.SECOND.getIndex();
        byte[] framed = ProtobufRecords.framed(CHAT, new int[] {place}, new byte[0]);
        assertThat(decoded(second, framed))
                .isEqualTo(decoded(ProtobufRecords.framed(CHAT, new int[] {place}, second), null));
        assertThat(decoded(new byte[0], id).path("id").textValue()).isEmpty();

        assertUndecodable(() -> decoded(null, id), "no value (a tombstone)");
        assertUndecodable(
                () -> decoded(first, Arrays.copyOf(id, 5)), "__value_schema_id has 5 bytes that start with 0");
        assertUndecodable(() -> decoded(first, Arrays.copyOf(guid, 17)), "has 17 bytes that start with 1");
        assertUndecodable(() -> decoded(first, new byte[0]), "has 0 bytes, expected 0 and a 4-byte id");
        assertUndecodable(() -> decoded(first, Arrays.copyOf(id, 7)), "more than its message indexes");
        assertUndecodable(() -> decoded(first, new byte[] {0, 0, 0, 0, CHAT, 4, 0}), "not a message of schema id 1");
        assertUndecodable(() -> decoded(Arrays.copyOf(first, first.length - 1), guid), "schema GUID " + GUID);
        guid[16]++;
        assertThatThrownBy(() -> decoded(first, guid)).isInstanceOf(SchemaRegistry.UnknownSchemaException.class);
    }
}
