// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.moderation;

/**
 * Whether a condition holds: Kleene's logic, 1938, in which a comparison with a missing value is unknown. A rule fires
 * on {@link #TRUE} alone.
 */
public enum TriState {
    FALSE,
    UNKNOWN,
    TRUE;

    static TriState of(boolean value) {
        return value ? TRUE : FALSE;
    }

    TriState and(TriState other) {
        return compareTo(other) < 0 ? this : other;
    }

    TriState or(TriState other) {
        return compareTo(other) > 0 ? this : other;
    }

    TriState not() {
        return values()[2 - ordinal()];
    }
}
