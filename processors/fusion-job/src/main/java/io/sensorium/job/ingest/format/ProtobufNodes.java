// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest.format;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.BoolValue;
import com.google.protobuf.ByteString;
import com.google.protobuf.BytesValue;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DoubleValue;
import com.google.protobuf.FloatValue;
import com.google.protobuf.Int32Value;
import com.google.protobuf.Int64Value;
import com.google.protobuf.ListValue;
import com.google.protobuf.Message;
import com.google.protobuf.NullValue;
import com.google.protobuf.StringValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Timestamp;
import com.google.protobuf.UInt32Value;
import com.google.protobuf.UInt64Value;
import com.google.protobuf.Value;
import java.io.IOException;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Messages as trees. A field that records whether it was set is there when it was; any other always, with the value
 * that Protobuf says it has. Names are the .proto's.
 */
final class ProtobufNodes {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    /** Messages that stand for the value of their only field. */
    private static final Set<Descriptor> WRAPPERS = Set.of(
            DoubleValue.getDescriptor(),
            FloatValue.getDescriptor(),
            Int64Value.getDescriptor(),
            UInt64Value.getDescriptor(),
            Int32Value.getDescriptor(),
            UInt32Value.getDescriptor(),
            BoolValue.getDescriptor(),
            StringValue.getDescriptor(),
            BytesValue.getDescriptor(),
            Struct.getDescriptor(),
            ListValue.getDescriptor());

    private static final Descriptor VALUE = Value.getDescriptor();
    private static final Descriptor TIMESTAMP = Timestamp.getDescriptor();

    private int values;

    private ProtobufNodes() {}

    /** @throws IOException where the tree would have more values than a record may have */
    static JsonNode of(Message message) throws IOException {
        return new ProtobufNodes().message(message);
    }

    /** The field whose value stands for a message of this type; null where none does. */
    static FieldDescriptor wrapped(Descriptor type) {
        return WRAPPERS.contains(type) ? type.getFields().get(0) : null;
    }

    /** Whether messages of this type are times. */
    static boolean isTime(Descriptor type) {
        return type == TIMESTAMP;
    }

    /** Whether messages of this type are any JSON. */
    static boolean isJson(Descriptor type) {
        return type == VALUE;
    }

    private JsonNode message(Message message) throws IOException {
        Descriptor type = message.getDescriptorForType();
        FieldDescriptor wrapped = wrapped(type);
        if (wrapped != null) {
            return field(wrapped, message);
        }
        if (isTime(type)) {
            return time(message);
        }
        if (isJson(type)) {
            Map<FieldDescriptor, Object> kind = message.getAllFields();
            return kind.isEmpty()
                    ? NODES.nullNode()
                    : field(kind.keySet().iterator().next(), message);
        }
        ObjectNode object = NODES.objectNode();
        for (FieldDescriptor field : type.getFields()) {
            if (!field.hasPresence() || message.hasField(field)) {
                object.set(field.getName(), field(field, message));
            }
        }
        return object;
    }

    private JsonNode field(FieldDescriptor field, Message message) throws IOException {
        Object value = message.getField(field);
        if (!field.isRepeated()) {
            return value(field, value);
        }
        count();
        Collection<?> all = (Collection<?>) value;
        if (field.isMapField()) {
            List<FieldDescriptor> entry = field.getMessageType().getFields();
            ObjectNode object = NODES.objectNode();
            for (Object each : all) {
                Message keyAndValue = (Message) each;
                object.set(
                        value(entry.get(0), keyAndValue.getField(entry.get(0))).asText(),
                        value(entry.get(1), keyAndValue.getField(entry.get(1))));
            }
            return object;
        }
        ArrayNode array = NODES.arrayNode(all.size());
        for (Object each : all) {
            array.add(value(field, each));
        }
        return array;
    }

    private JsonNode value(FieldDescriptor field, Object value) throws IOException {
        count();
        return switch (field.getType()) {
            case MESSAGE, GROUP -> message((Message) value);
            case STRING -> NODES.textNode((String) value);
            case BYTES -> NODES.binaryNode(((ByteString) value).toByteArray());
            case BOOL -> NODES.booleanNode((Boolean) value);
            case FLOAT -> NODES.numberNode((Float) value);
            case DOUBLE -> NODES.numberNode((Double) value);
            case INT32, SINT32, SFIXED32 -> NODES.numberNode((Integer) value);
            case UINT32, FIXED32 -> NODES.numberNode(Integer.toUnsignedLong((Integer) value));
            case INT64, SINT64, SFIXED64 -> NODES.numberNode((Long) value);
            case UINT64, FIXED64 -> unsigned((Long) value);
            case ENUM -> enumeration((EnumValueDescriptor) value);
        };
    }

    private void count() throws IOException {
        if (++values > ProtobufSize.MAX_VALUES) {
            throw new IOException("it has more than " + ProtobufSize.MAX_VALUES + " values, unset fields included");
        }
    }

    private static JsonNode unsigned(long value) {
        return value >= 0 ? NODES.numberNode(value) : NODES.numberNode(new BigInteger(Long.toUnsignedString(value)));
    }

    /** The value's name; its number where the schema has no such value. */
    private static JsonNode enumeration(EnumValueDescriptor value) {
        if (value.getType() == NullValue.getDescriptor()) {
            return NODES.nullNode();
        }
        return value.getIndex() < 0 ? NODES.numberNode(value.getNumber()) : NODES.textNode(value.getName());
    }

    private static JsonNode time(Message timestamp) {
        List<FieldDescriptor> fields = TIMESTAMP.getFields();
        long seconds = (Long) timestamp.getField(fields.get(0));
        try {
            return NODES.pojoNode(Instant.ofEpochSecond(seconds, (Integer) timestamp.getField(fields.get(1))));
        } catch (DateTimeException | ArithmeticException e) {
            // No event time is this far away, and the record may not be mapped to it.
            return NODES.pojoNode(seconds < 0 ? Instant.MIN : Instant.MAX);
        }
    }
}
