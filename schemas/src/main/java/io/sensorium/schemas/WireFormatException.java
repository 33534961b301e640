// SPDX-License-Identifier: Apache-2.0
package io.sensorium.schemas;

/** A record's bytes do not match the wire format or its schema. The record is at fault, not the registry. */
public final class WireFormatException extends Exception {
    private static final long serialVersionUID = 1L;

    public WireFormatException(String message) {
        super(message);
    }

    public WireFormatException(String message, Throwable cause) {
        super(message, cause);
    }
}
