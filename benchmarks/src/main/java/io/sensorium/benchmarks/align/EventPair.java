// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks.align;

/** What the first of two chained joins gives to the second. */
public class EventPair {

    public EmbeddedEvent left;
    public EmbeddedEvent right;

    /** For Flink. */
    public EventPair() {}

    EventPair(EmbeddedEvent left, EmbeddedEvent right) {
        this.left = left;
        this.right = right;
    }

    /** The triple with a third event, as it is written. */
    byte[] with(EmbeddedEvent third) {
        return Triple.write(
                left.id,
                right.id,
                third.id,
                left.vector[0] + right.vector[0] + third.vector[0],
                Math.min(left.readAt, Math.min(right.readAt, third.readAt)));
    }
}
