// SPDX-License-Identifier: Apache-2.0
package io.sensorium.schemas;

/**
 * The values of a sentiment result's {@code label}: strings on the wire, so that SQL reads them. In the order of the
 * head's classes.
 */
public enum SentimentLabel {
    NEGATIVE,
    NEUTRAL,
    POSITIVE
}
