// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media.fuzz;

import io.sensorium.operators.media.fuzz.Piece.Bits;
import io.sensorium.operators.media.fuzz.Piece.Bytes;
import io.sensorium.operators.media.fuzz.Piece.Checksum;
import io.sensorium.operators.media.fuzz.Piece.Deflated;
import io.sensorium.operators.media.fuzz.Piece.Group;
import io.sensorium.operators.media.fuzz.Piece.Length;
import io.sensorium.operators.media.fuzz.Piece.Number;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.DeflaterOutputStream;

/** Writes a tree of pieces as bytes: first everything, then the lengths, then the checksums from the inside out. */
final class PieceWriter {

    /** Of parts nested very deep only the inner ones get their checksums: each is over all that it holds. In bytes. */
    private static final long MAX_SUMMED = 16 << 20;

    private record Pending(Checksum checksum, int at) {}

    private final int limit;
    private byte[] bytes = new byte[4096];
    private int count;
    private final Map<Group, int[]> extents = new IdentityHashMap<>();
    private final List<Length> lengths = new ArrayList<>();
    private final List<Integer> lengthsAt = new ArrayList<>();
    private final List<Pending> checksums = new ArrayList<>();

    private PieceWriter(int limit) {
        this.limit = limit;
    }

    /**
     * The file's bytes, cut off at a limit.
     *
     * @param limit in bytes
     */
    static byte[] write(Group file, int limit) {
        PieceWriter writer = new PieceWriter(limit);
        writer.append(file);
        writer.patch();
        return Arrays.copyOf(writer.bytes, Math.min(writer.count, limit));
    }

    private void append(Piece piece) {
        if (count > limit) {
            return;
        }
        if (piece instanceof Bytes raw) {
            append(raw.value);
        } else if (piece instanceof Number number) {
            append(number(number.value, number.bytes, number.bigEndian));
        } else if (piece instanceof Bits bits) {
            append(packed(bits));
        } else if (piece instanceof Length length) {
            lengths.add(length);
            lengthsAt.add(count);
            append(new byte[length.bytes]);
        } else if (piece instanceof Checksum checksum) {
            checksums.add(new Pending(checksum, count));
            append(new byte[checksum.bytes]);
        } else if (piece instanceof Deflated deflated) {
            append(deflated(write(deflated.content, limit)));
        } else if (piece instanceof Group group) {
            int start = count;
            group.pieces.forEach(this::append);
            extents.put(group, new int[] {start, count});
        }
    }

    private static byte[] deflated(byte[] plain) {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (DeflaterOutputStream out = new DeflaterOutputStream(packed)) {
            out.write(plain);
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory cannot fail", e);
        }
        return packed.toByteArray();
    }

    private void append(byte[] more) {
        if (count + more.length > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, count + more.length));
        }
        System.arraycopy(more, 0, bytes, count, more.length);
        count += more.length;
    }

    private void patch() {
        for (int i = 0; i < lengths.size(); i++) {
            Length length = lengths.get(i);
            int[] extent = extents.getOrDefault(length.of, new int[2]);
            put(lengthsAt.get(i), number(extent[1] - extent[0] + length.plus, length.bytes, length.bigEndian));
        }
        checksums.sort(Comparator.comparingInt(pending -> end(pending.checksum)));
        long summed = 0;
        for (Pending pending : checksums) {
            int[] extent = extents.getOrDefault(pending.checksum.of, new int[2]);
            summed += extent[1] - extent[0];
            if (summed > MAX_SUMMED) {
                return;
            }
            long sum = pending.checksum.algorithm.applyAsLong(Arrays.copyOfRange(bytes, extent[0], extent[1]));
            put(pending.at, number(sum, pending.checksum.bytes, pending.checksum.bigEndian));
        }
    }

    private int end(Checksum checksum) {
        return extents.getOrDefault(checksum.of, new int[2])[1];
    }

    private void put(int at, byte[] value) {
        System.arraycopy(value, 0, bytes, at, value.length);
    }

    private static byte[] number(long value, int bytes, boolean bigEndian) {
        byte[] number = new byte[bytes];
        for (int i = 0; i < bytes; i++) {
            number[bigEndian ? bytes - 1 - i : i] = (byte) (value >> 8 * i);
        }
        return number;
    }

    private static byte[] packed(Bits bits) {
        byte[] packed = new byte[Arrays.stream(bits.widths).sum() / 8];
        int at = 0;
        for (int field = 0; field < bits.widths.length; field++) {
            for (int i = 0; i < bits.widths[field]; i++, at++) {
                int shift = bits.lowestFirst ? i : bits.widths[field] - 1 - i;
                if ((bits.values[field] >> shift & 1) != 0) {
                    packed[at / 8] |= (byte) (1 << (bits.lowestFirst ? at % 8 : 7 - at % 8));
                }
            }
        }
        return packed;
    }
}
