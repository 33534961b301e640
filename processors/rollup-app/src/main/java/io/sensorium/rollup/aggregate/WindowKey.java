// SPDX-License-Identifier: Apache-2.0
package io.sensorium.rollup.aggregate;

import io.sensorium.pipeline.RollupSection.RollupWindow;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.utils.Bytes;

/**
 * One window of one group.
 *
 * @param window index into the configured windows
 * @param start in ms
 * @param group the group's key, as {@link #key(String)} makes it
 */
record WindowKey(int window, long start, String group) {

    /** The key of all results together; a group's begins with an equals sign. */
    static final String ALL = "*";

    /**
     * A group's key.
     *
     * @param group its value; null for all results together
     */
    static String key(String group) {
        return group == null ? ALL : "=" + group;
    }

    /** A key's group; null for all results together. */
    static String group(String key) {
        return key.equals(ALL) ? null : key.substring(1);
    }

    /**
     * The starts of the windows that hold an instant, the earliest first; windows start at multiples of their advance
     * from the epoch.
     */
    static List<Long> starts(RollupWindow window, long instant) {
        long advance = window.advance().toMillis();
        List<Long> starts = new ArrayList<>();
        for (long start = Math.floorDiv(instant, advance) * advance;
                start > instant - window.size().toMillis();
                start -= advance) {
            starts.add(0, start);
        }
        return starts;
    }

    /** Sorts by the end: eight bytes of it, four of the window's index, then the group. */
    static Bytes byEnd(long end, int window, String group) {
        byte[] name = group.getBytes(StandardCharsets.UTF_8);
        return Bytes.wrap(ByteBuffer.allocate(Long.BYTES + Integer.BYTES + name.length)
                .putLong(end ^ Long.MIN_VALUE)
                .putInt(window)
                .put(name)
                .array());
    }

    /** The key whose {@link #byEnd} bytes these are. */
    static WindowKey ofEnd(Bytes bytes, List<RollupWindow> windows) {
        ByteBuffer in = ByteBuffer.wrap(bytes.get());
        long end = in.getLong() ^ Long.MIN_VALUE;
        int window = in.getInt();
        byte[] name = new byte[in.remaining()];
        in.get(name);
        return new WindowKey(
                window, end - windows.get(window).size().toMillis(), new String(name, StandardCharsets.UTF_8));
    }

    /** The part of the windows store's key before the start. */
    String stored() {
        return window + "|" + group;
    }
}
