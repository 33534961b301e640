// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.moderation;

/**
 * Whether a condition holds: Kleene's logic, 1938, in which what a missing value says is unknown. A rule fires on
 * {@link #TRUE} alone.
 */
public enum Truth {
    FALSE,
    UNKNOWN,
    TRUE;

    static Truth of(boolean value) {
        return value ? TRUE : FALSE;
    }

    Truth and(Truth other) {
        return compareTo(other) < 0 ? this : other;
    }

    Truth or(Truth other) {
        return compareTo(other) > 0 ? this : other;
    }

    Truth not() {
        return values()[2 - ordinal()];
    }
}
