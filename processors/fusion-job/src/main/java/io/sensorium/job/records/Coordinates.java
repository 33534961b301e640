// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.records;

import java.util.Map;

/**
 * A Kafka record as it was read.
 *
 * @param timestamp the record's own, in ms
 * @param key null where it had none
 * @param value null where it had none
 */
public record Coordinates(
        String topic,
        int partition,
        long offset,
        long timestamp,
        byte[] key,
        byte[] value,
        Map<String, byte[]> headers) {

    /** Topic, partition and offset in one text, by which the record is known from one start of the job to the next. */
    public String item() {
        return topic + "-" + partition + " offset " + offset;
    }
}
