// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest.format;

import io.sensorium.job.records.Coordinates;
import io.sensorium.schemas.WireFormatDecoder;

/**
 * The header in which Confluent's serializers put the schema's GUID where their {@code value.schema.id.serializer} is
 * {@code HeaderSchemaIdSerializer}; the value then has no prefix.
 */
final class SchemaIdHeader {

    private SchemaIdHeader() {}

    /** A record's; null where it has none, and so the id is in the value. */
    static byte[] of(Coordinates record) {
        return record.headers().isEmpty() ? null : record.headers().get(WireFormatDecoder.SCHEMA_ID_HEADER);
    }
}
