// SPDX-License-Identifier: Apache-2.0
package io.sensorium.schemas;

/** The values of a dead letter's {@code fault}: strings on the wire, so that SQL reads them. */
public enum Fault {
    /** The record is wrong. */
    PRODUCER,
    /** The record may be sound; the pipeline could not process it. */
    PLATFORM
}
