// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest.format;

import com.fasterxml.jackson.databind.JsonNode;
import io.sensorium.job.records.Coordinates;
import io.sensorium.schemas.WireFormatException;
import java.io.IOException;

/** A record's value as a tree, which JSONPaths can be applied to. For one thread. */
interface RecordTree {

    /**
     * Decodes a record's value, by the record's headers where the format has something in them.
     *
     * @return objects, arrays, texts and numbers; bytes are binary nodes, times that the schema or format has are POJO
     *     nodes with an {@link java.time.Instant}; null where the format has no fields
     * @throws WireFormatException when the record is not of the format
     * @throws IOException when the registry cannot be reached or does not have the schema
     */
    JsonNode read(Coordinates record) throws IOException, WireFormatException;
}
