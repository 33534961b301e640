// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks.latency;

import java.util.Locale;

/** What a contender promises, and its results are read by: committed ones alone where it is exactly once. */
public enum Guarantee {
    AT_LEAST_ONCE,
    EXACTLY_ONCE;

    /** As runs are named. */
    String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    @Override
    public String toString() {
        return label();
    }
}
