// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest.format;

import java.util.Map;

/**
 * Confluent's newer wire format, in which the schema's GUID travels in a record header and the value is bare Avro. It
 * is recognised, so that the dead letter names it, but not read: the registry API it needs is not part of the API this
 * project is built on.
 */
final class SchemaIdHeader {

    /** Source: {@code SchemaId} of Confluent's serializers, 8.0. */
    private static final String NAME = "__value_schema_id";

    private SchemaIdHeader() {}

    /**
     * Why a record cannot be decoded.
     *
     * @param message what the decoder found
     */
    static String explain(Map<String, byte[]> headers, String message) {
        if (!headers.containsKey(NAME)) {
            return message;
        }
        return "the schema's GUID is in the header " + NAME
                + ", this pipeline reads the 4-byte schema id from the value's beginning; set the producer's value.schema.id.serializer to "
                + "io.confluent.kafka.serializers.schema.id.PrefixSchemaIdSerializer, its default";
    }
}
