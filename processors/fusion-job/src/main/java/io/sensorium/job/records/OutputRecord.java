// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.records;

import java.util.Map;

/**
 * A record to be written, its value encoded already.
 *
 * @param key UTF-8 subject, or null
 * @param readAt wall-clock ms at which the last input was read, or 0
 * @param provisional whether a FINAL record of the same result follows
 * @param trace the W3C trace context that it continues, or empty
 * @param headers further headers, by name
 */
public record OutputRecord(
        String topic,
        byte[] key,
        byte[] value,
        long readAt,
        boolean provisional,
        String trace,
        Map<String, String> headers) {

    /** One that stands, outside any trace. */
    public OutputRecord(String topic, byte[] key, byte[] value, long readAt) {
        this(topic, key, value, readAt, false, "", Map.of());
    }

    /** The same within a trace. */
    public OutputRecord withTrace(String context) {
        return new OutputRecord(topic, key, value, readAt, provisional, context, headers);
    }

    /** The same with further headers. */
    OutputRecord withHeaders(Map<String, String> further) {
        return new OutputRecord(topic, key, value, readAt, provisional, trace, further);
    }
}
