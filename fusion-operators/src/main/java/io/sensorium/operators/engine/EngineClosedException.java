// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.engine;

/** An engine was closed before it ran a record. Says nothing of the record. */
public final class EngineClosedException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    EngineClosedException(String message) {
        super(message);
    }
}
