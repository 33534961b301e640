// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.records;

import io.sensorium.job.alignment.EncodedEvent;

/**
 * An event that came too late for its window.
 *
 * @param subject its alignment key
 * @param watermark at its arrival, in ms
 */
public record LateEventRecord(String subject, EncodedEvent event, long watermark) {}
