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
import java.nio.ByteBuffer;

/**
 * JSON in UTF-8, of at most two million tokens and, as Jackson limits them, 1,000 levels, texts of 20 million
 * characters and numbers of 1,000 digits. A name that an object has twice is refused: which of the two values counts,
 * producers and readers disagree on. So are bytes that are no UTF-8: ids that differ in them would become the same.
 */
final class JsonTree implements RecordTree {

    /** An empty list in a list is three bytes of a record and a hundred in memory. */
    private static final long MAX_TOKENS = 2_000_000;

    /** Its length in UTF-8. */
    private static final int BYTE_ORDER_MARK = 3;

    private static final ObjectReader READER = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
                    .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                    .disable(JsonFactory.Feature.CHARSET_DETECTION)
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
        if (idBytes == 0 && isFramed(value)) {
            throw new WireFormatException("not JSON: the value begins with byte 0 and what looks like schema id "
                    + ByteBuffer.wrap(value, 1, Integer.BYTES).getInt()
                    + ", the Confluent wire format; set format: json-schema, protobuf or avro, as the producer writes");
        }
        requireUtf8(value, start);
        int json = hasMark(value, start) ? start + BYTE_ORDER_MARK : start;
        try {
            JsonNode tree = READER.readTree(value, json, value.length - json);
            if (tree.isMissingNode()) {
                throw new WireFormatException("the value is empty, expected JSON");
            }
            return tree;
        } catch (JsonProcessingException e) {
            throw new WireFormatException(
                    JsonFaults.message(e, value, json, READER.getFactory().streamReadConstraints()), e);
        } catch (IOException e) {
            throw new IllegalStateException("reading from memory cannot fail", e);
        }
    }

    /** JSON in UTF-16 or UTF-32 begins with zeros too, but at other places. */
    private static boolean isFramed(byte[] value) {
        return value.length > 1 + Integer.BYTES
                && value[0] == 0
                && value[1] == 0
                && !(value[2] == 0 && value[4] == 0 && value[5] == 0);
    }

    private static boolean hasMark(byte[] value, int start) {
        return value.length - start >= BYTE_ORDER_MARK
                && value[start] == (byte) 0xef
                && value[start + 1] == (byte) 0xbb
                && value[start + 2] == (byte) 0xbf;
    }

    private static void requireUtf8(byte[] value, int start) throws WireFormatException {
        int invalid = Utf8.firstInvalid(value, start);
        // JSON in UTF-16 or UTF-32 without a byte order mark may be UTF-8 too, of characters that no JSON begins with.
        for (int i = start; invalid < 0 && i < Math.min(start + 2, value.length); i++) {
            invalid = value[i] == 0 ? i : -1;
        }
        if (invalid >= 0) {
            throw new WireFormatException(
                    "not UTF-8 at byte " + (invalid - start) + " of the JSON, counted from 0; produce JSON in UTF-8");
        }
    }
}
