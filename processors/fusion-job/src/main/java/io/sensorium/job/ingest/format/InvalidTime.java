// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest.format;

import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.databind.JsonNode;

/** What a record has where its format demands an RFC 3339 time. */
record InvalidTime(JsonNode value) {

    @Override
    @JsonValue
    public JsonNode value() {
        return value;
    }

    @Override
    public String toString() {
        return value.isContainerNode() ? value.toString() : value.asText();
    }
}
