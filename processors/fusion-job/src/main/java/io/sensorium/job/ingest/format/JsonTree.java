// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest.format;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.sensorium.job.records.Coordinates;
import io.sensorium.schemas.WireFormatException;
import java.io.IOException;

/**
 * JSON in UTF-8, of at most two million tokens and, as Jackson limits them, 1,000 levels, texts of 20 million
 * characters and numbers of 1,000 digits. A name that an object has twice is refused: which of the two values counts,
 * producers and readers disagree on.
 */
final class JsonTree implements RecordTree {

    /** An empty list in a list is three bytes of a record and a hundred in memory. */
    private static final long MAX_TOKENS = 2_000_000;

    private static final ObjectReader READER = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxTokenCount(MAX_TOKENS)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build()
            .reader();

    private final int idBytes;

    /** @param idBytes length of the schema id that precedes the JSON, after a magic byte; 0 where neither does */
    JsonTree(int idBytes) {
        this.idBytes = idBytes;
    }

    @Override
    public JsonNode read(Coordinates record) throws WireFormatException {
        return read(record.value(), idBytes > 0 && SchemaIdHeader.of(record) == null ? idBytes : 0);
    }

    /**
     * Parses JSON.
     *
     * @param idBytes length of the schema id that precedes it, after a magic byte; 0 where neither does
     */
    static JsonNode read(byte[] value, int idBytes) throws WireFormatException {
        if (value == null) {
            throw new WireFormatException("the record has no value (a tombstone), expected JSON");
        }
        int start = idBytes == 0 ? 0 : 1 + idBytes;
        if (idBytes > 0 && (value.length < start || value[0] != 0)) {
            throw new WireFormatException("not in the Confluent wire format: expected magic byte 0 and a " + idBytes
                    + "-byte schema id before the JSON; set format: json if the producer writes plain JSON");
        }
        try {
            JsonNode tree = READER.readTree(value, start, value.length - start);
            if (tree.isMissingNode()) {
                throw new WireFormatException("the value is empty, expected JSON");
            }
            return tree;
        } catch (JsonProcessingException e) {
            String where = e.getLocation() == null
                    ? ""
                    : " at line " + e.getLocation().getLineNr() + ", column "
                            + e.getLocation().getColumnNr();
            throw new WireFormatException("not JSON" + where + ": " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new WireFormatException("not JSON: " + e.getMessage(), e);
        }
    }
}
