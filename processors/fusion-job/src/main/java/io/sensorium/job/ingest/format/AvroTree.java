// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest.format;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sensorium.job.records.Coordinates;
import io.sensorium.schemas.SchemaRegistry;
import io.sensorium.schemas.WireFormatDecoder;
import io.sensorium.schemas.WireFormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.Map;
import org.apache.avro.LogicalType;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericFixed;
import org.apache.avro.generic.IndexedRecord;

/** Avro of any schema in the Confluent wire format. A timestamp of a logical type is a time whatever its unit. */
final class AvroTree implements RecordTree {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final WireFormatDecoder<JsonNode> decoder;

    AvroTree(SchemaRegistry registry) {
        this.decoder = WireFormatDecoder.ofAny(registry, AvroTree::node);
    }

    @Override
    public JsonNode read(Coordinates record) throws IOException, WireFormatException {
        return decoder.decode(record.value(), SchemaIdHeader.of(record));
    }

    private static JsonNode node(Object value, Schema schema) {
        if (schema.getType() == Schema.Type.UNION) {
            return node(value, schema.getTypes().get(GenericData.get().resolveUnion(schema, value)));
        }
        if (value == null) {
            return NODES.nullNode();
        }
        if (value instanceof IndexedRecord record) {
            ObjectNode object = NODES.objectNode();
            for (Schema.Field field : record.getSchema().getFields()) {
                object.set(field.name(), node(record.get(field.pos()), field.schema()));
            }
            return object;
        }
        if (value instanceof Map<?, ?> map) {
            ObjectNode object = NODES.objectNode();
            map.forEach((key, each) -> object.set(key.toString(), node(each, schema.getValueType())));
            return object;
        }
        if (value instanceof Collection<?> list) {
            ArrayNode array = NODES.arrayNode(list.size());
            list.forEach(each -> array.add(node(each, schema.getElementType())));
            return array;
        }
        if (value instanceof Long number) {
            ChronoUnit unit = unit(schema);
            return unit == null ? NODES.numberNode(number) : NODES.pojoNode(Instant.EPOCH.plus(number, unit));
        }
        if (value instanceof ByteBuffer buffer) {
            byte[] bytes = new byte[buffer.remaining()];
            buffer.duplicate().get(bytes);
            return NODES.binaryNode(bytes);
        }
        if (value instanceof GenericFixed fixed) {
            return NODES.binaryNode(fixed.bytes());
        }
        if (value instanceof Boolean flag) {
            return NODES.booleanNode(flag);
        }
        if (value instanceof Integer number) {
            return NODES.numberNode(number);
        }
        if (value instanceof Float number) {
            return NODES.numberNode(number);
        }
        if (value instanceof Double number) {
            return NODES.numberNode(number);
        }
        return NODES.textNode(value.toString());
    }

    /** The unit of a timestamp's logical type; null where it is none. */
    private static ChronoUnit unit(Schema schema) {
        LogicalType type = schema.getLogicalType();
        if (type instanceof LogicalTypes.TimestampMillis) {
            return ChronoUnit.MILLIS;
        }
        if (type instanceof LogicalTypes.TimestampMicros) {
            return ChronoUnit.MICROS;
        }
        return type instanceof LogicalTypes.TimestampNanos ? ChronoUnit.NANOS : null;
    }
}
