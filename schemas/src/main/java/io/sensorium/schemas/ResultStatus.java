// SPDX-License-Identifier: Apache-2.0
package io.sensorium.schemas;

/** The values of {@code status} in every result: strings on the wire, so that SQL reads them. */
public enum ResultStatus {
    /** The result may still change. */
    PROVISIONAL,
    /** The result stands until a record with a higher revision. */
    FINAL,
    /** The result no longer holds; nothing stands under its id. */
    RETRACTED;

    /** Whether a record's {@code status} is this one. */
    public boolean matches(String status) {
        return name().equals(status);
    }
}
