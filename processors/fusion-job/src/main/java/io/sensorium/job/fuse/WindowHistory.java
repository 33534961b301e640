// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.fuse;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The fused vectors of one subject's last windows for one operator. What a window reads depends on window times alone,
 * not on the order in which windows of the same end come. For one thread.
 */
final class WindowHistory {

    /** First byte of the written form. */
    private static final int VERSION = 1;

    /** The form where an anchor's id is too long for the first one, whose texts have 65,535 bytes at most. */
    private static final int VERSION_WITH_LONG_ANCHORS = 2;

    /** UTF-16 units that fit the first form, whatever they are. */
    private static final int MAX_SHORT_ANCHOR = 65_535 / 3;

    /**
     * @param end of the window, in ms
     * @param anchor its anchor's event id, or empty
     * @param vector its fused vector
     */
    private record Past(long end, String anchor, float[] vector) {}

    /** The newest first. */
    private static final Comparator<Past> ORDER =
            Comparator.comparingLong(Past::end).reversed().thenComparing(Past::anchor);

    private final List<Past> windows = new ArrayList<>();

    /**
     * Reads the written form.
     *
     * @param head short hash of the head's model: vectors of another head mean nothing to this one, so they are dropped
     * @throws IllegalStateException when the bytes are of a later version
     */
    static WindowHistory of(byte[] bytes, long head) {
        WindowHistory past = new WindowHistory();
        if (bytes == null) {
            return past;
        }
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            int version = in.readByte();
            if (version != VERSION && version != VERSION_WITH_LONG_ANCHORS) {
                throw new IllegalStateException(
                        "fused vectors of format " + version + " in the state, this release reads up to "
                                + VERSION_WITH_LONG_ANCHORS + "; restore with the release that wrote them");
            }
            if (in.readLong() != head) {
                return past;
            }
            int count = in.readInt();
            int width = in.readInt();
            for (int i = 0; i < count; i++) {
                long end = in.readLong();
                String anchor = version == VERSION
                        ? in.readUTF()
                        : new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
                float[] vector = new float[width];
                for (int k = 0; k < width; k++) {
                    vector[k] = in.readFloat();
                }
                past.windows.add(new Past(end, anchor, vector));
            }
            return past;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    byte[] toBytes(long head) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            boolean longAnchors =
                    windows.stream().anyMatch(past -> past.anchor().length() > MAX_SHORT_ANCHOR);
            out.writeByte(longAnchors ? VERSION_WITH_LONG_ANCHORS : VERSION);
            out.writeLong(head);
            out.writeInt(windows.size());
            out.writeInt(windows.isEmpty() ? 0 : windows.get(0).vector().length);
            for (Past past : windows) {
                out.writeLong(past.end());
                if (longAnchors) {
                    byte[] anchor = past.anchor().getBytes(StandardCharsets.UTF_8);
                    out.writeInt(anchor.length);
                    out.write(anchor);
                } else {
                    out.writeUTF(past.anchor());
                }
                for (float value : past.vector()) {
                    out.writeFloat(value);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /**
     * What a window reads: of those that ended before it, and not longer than {@code ttl} ms, the newest, at most
     * {@code most}.
     *
     * @param length numbers of all places together
     * @return the vectors one after another, zeros behind them
     */
    float[] before(long end, long ttl, int most, int length) {
        float[] read = new float[length];
        int at = 0;
        int count = 0;
        for (Past past : windows) {
            if (past.end() < end && past.end() >= end - ttl && count < most) {
                System.arraycopy(past.vector(), 0, read, at, past.vector().length);
                at += past.vector().length;
                count++;
            }
        }
        return read;
    }

    /** Adds a window, in place of one with the same end and anchor, and forgets what no later one can read. */
    void add(long end, String anchor, float[] vector, int most) {
        windows.removeIf(past -> past.end() == end && past.anchor().equals(anchor));
        windows.add(new Past(end, anchor, vector));
        windows.sort(ORDER);
        // A window of the newest end still reads those before it, so both may hold as many as are read.
        long newest = newest();
        int latest = 0;
        int older = 0;
        List<Past> kept = new ArrayList<>();
        for (Past past : windows) {
            if (past.end() == newest ? latest++ < most : older++ < most) {
                kept.add(past);
            }
        }
        windows.clear();
        windows.addAll(kept);
    }

    /** End of the newest window of a written form that holds one at least, whatever head wrote it. */
    static long newestOf(byte[] bytes) {
        // Behind version, head, count and width.
        return java.nio.ByteBuffer.wrap(bytes).getLong(1 + Long.BYTES + 2 * Integer.BYTES);
    }

    /** End of the newest, in ms. */
    long newest() {
        return windows.get(0).end();
    }
}
