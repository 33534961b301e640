// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.records;

import io.sensorium.job.alignment.EncodedEvent;

/**
 * An event on which alignment failed.
 *
 * @param subject its alignment key
 * @param message what went wrong
 */
public record FailedEvent(String subject, EncodedEvent event, FailureCode code, String message) {}
