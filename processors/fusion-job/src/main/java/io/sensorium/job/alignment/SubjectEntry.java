// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.alignment;

/** A subject with state: in memory, in the keyed state, or in both. For one thread. */
public final class SubjectEntry {

    public final String name;

    /** Null while it is in the keyed state only. */
    public SubjectState events;

    /** Whether the keyed state holds something of it. */
    public boolean saved;

    /** The watermark up to which its windows were closed when it left the memory. */
    public long closedUpTo = Long.MIN_VALUE;

    /**
     * When its events arrived, in their order, while it is in the keyed state only; null where deadlines do not run on
     * the wall clock.
     */
    public long[] arrivals;

    /** What it counts in the operator's metrics. */
    public int open;

    public long bytes;

    public final Deadlines.Place watermark = new Deadlines.Place(this);
    public final Deadlines.Place wallClock = new Deadlines.Place(this);

    public SubjectEntry(String name) {
        this.name = name;
    }
}
