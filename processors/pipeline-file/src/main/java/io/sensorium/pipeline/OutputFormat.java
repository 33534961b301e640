// SPDX-License-Identifier: Apache-2.0
package io.sensorium.pipeline;

/** How the values of output topics are written: {@code emit.format}. */
public enum OutputFormat {
    /** Avro in the Confluent wire format. */
    AVRO,
    /** JSON in UTF-8, without a schema in the registry. */
    JSON,
    /** JSON in the Confluent wire format, with a JSON Schema in the registry. */
    JSON_SCHEMA;

    /** Reads {@code format} of the file's {@code emit}. */
    public static OutputFormat read(ConfigNode emit) {
        return emit.hyphenatedChoice("format", OutputFormat.class, AVRO);
    }
}
