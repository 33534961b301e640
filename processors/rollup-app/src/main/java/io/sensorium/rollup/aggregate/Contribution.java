// SPDX-License-Identifier: Apache-2.0
package io.sensorium.rollup.aggregate;

import io.sensorium.rollup.result.Totals;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * What one result counts for.
 *
 * @param group the group's value; null where the pipeline forms no groups
 * @param instant the last one of the result's window, in ms
 */
record Contribution(String group, long instant, Totals totals) {

    void write(DataOutput out) throws IOException {
        out.writeBoolean(group != null);
        if (group != null) {
            out.writeUTF(group);
        }
        out.writeLong(instant);
        totals.write(out);
    }

    static Contribution read(DataInput in) throws IOException {
        return new Contribution(in.readBoolean() ? in.readUTF() : null, in.readLong(), Totals.read(in));
    }
}
