// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.align;

import io.sensorium.job.alignment.Deadlines;
import io.sensorium.job.alignment.SubjectState;

/** A subject with state: in memory, in the keyed state, or in both. For one thread. */
final class SubjectEntry {

    final String name;

    /** Null while it is in the keyed state only. */
    SubjectState events;

    /** Whether the keyed state holds something of it. */
    boolean saved;

    /** The watermark up to which its windows were closed when it left the memory. */
    long closedUpTo = Long.MIN_VALUE;

    /**
     * When its events arrived, in their order, while it is in the keyed state only; null where deadlines do not run on
     * the wall clock.
     */
    long[] arrivals;

    /** What it counts in the operator's metrics. */
    int open;

    long bytes;

    final Deadlines.Place<SubjectEntry> watermark = new Deadlines.Place<>(this);
    final Deadlines.Place<SubjectEntry> wallClock = new Deadlines.Place<>(this);

    SubjectEntry(String name) {
        this.name = name;
    }
}
