package io.sensorium.job.align;

/** A subject with state: in memory, in the keyed state, or in both. For one thread. */
final class LiveSubject {

    final String name;

    /** Null while it is in the keyed state only. */
    SubjectEvents events;

    /** Whether the keyed state holds something of it. */
    boolean saved;

    /** The watermark up to which its windows were closed when it left the memory. */
    long closedUpTo = Long.MIN_VALUE;

    /** When its events arrived, in their order, while it is in the keyed state only; null where deadlines do not run on the wall clock. */
    long[] arrivals;

    /** What it counts in the operator's metrics. */
    int open;
    long bytes;

    final Deadlines.Place watermark = new Deadlines.Place(this);
    final Deadlines.Place wallClock = new Deadlines.Place(this);

    LiveSubject(String name) {
        this.name = name;
    }
}
