// SPDX-License-Identifier: Apache-2.0
package io.sensorium.rollup.aggregate;

import io.sensorium.rollup.result.Totals;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import org.apache.kafka.common.serialization.Serde;

/** Messages from the first half of the topology to the second, which holds the groups. */
sealed interface AggregatorMessage {

    /**
     * A change of a group's totals at an instant.
     *
     * @param instant in ms
     */
    record Change(long instant, Totals totals) implements AggregatorMessage {}

    /**
     * How far a partition of the results has come. Sent to all partitions of the groups.
     *
     * @param partition of the results
     * @param instant the latest that it has seen, in ms; the smallest long before any
     * @param idle whether it had nothing for a while, so that windows do not wait for it
     */
    record Progress(int partition, long instant, boolean idle) implements AggregatorMessage {}

    /** The serialized form, whose first byte identifies the type. */
    static Serde<AggregatorMessage> serde() {
        return StateFormat.of(AggregatorMessage::write, AggregatorMessage::read);
    }

    private static void write(AggregatorMessage message, DataOutput out) throws IOException {
        if (message instanceof Change change) {
            out.writeByte(1);
            out.writeLong(change.instant());
            change.totals().write(out);
        } else if (message instanceof Progress progress) {
            out.writeByte(2);
            out.writeInt(progress.partition());
            out.writeLong(progress.instant());
            out.writeBoolean(progress.idle());
        }
    }

    private static AggregatorMessage read(DataInput in) throws IOException {
        byte kind = in.readByte();
        return switch (kind) {
            case 1 -> new Change(in.readLong(), Totals.read(in));
            case 2 -> new Progress(in.readInt(), in.readLong(), in.readBoolean());
            default ->
                throw new IllegalStateException(
                        "a message of kind " + kind + " between the halves of the topology; another release wrote it");
        };
    }
}
