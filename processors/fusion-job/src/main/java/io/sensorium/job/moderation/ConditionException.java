// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.moderation;

/** A condition is no condition; the message begins with line and column. */
public final class ConditionException extends Exception {
    private static final long serialVersionUID = 1L;

    ConditionException(String message) {
        super(message);
    }
}
