// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.config;

import io.sensorium.pipeline.OutputFormat;
import java.io.Serializable;
import java.time.Duration;

/**
 * The bank of known content that events are compared with.
 *
 * @param topic compacted, of its entries; empty for none
 * @param format in which {@code bank add} writes entries; every format is read
 * @param threshold bits of an image's hash that may differ where an entry sets no threshold of its own
 * @param minQuality quality below which an image is not compared, 0 to 100
 * @param loadTimeout longest wait for the topic's end at a start
 */
public record BankSettings(String topic, OutputFormat format, int threshold, int minQuality, Duration loadTimeout)
        implements Serializable {

    /** Whether there is a bank. */
    public boolean on() {
        return !topic.isEmpty();
    }
}
