// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media.fuzz;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;

/**
 * A part of a media file that keeps its meaning, so that a fuzzer can change a size, a checksum or a header field
 * without breaking the rest: lengths and checksums are computed when the file is written, unless a mutation has
 * replaced them.
 */
abstract sealed class Piece {

    final String name;

    private Piece(String name) {
        this.name = name;
    }

    /**
     * A deep copy.
     *
     * @param copied groups that were copied so far, so that lengths and checksums follow them
     */
    abstract Piece copy(Map<Group, Group> copied);

    /** A deep copy, lengths and checksums included. */
    final Piece copy() {
        Map<Group, Group> copied = new IdentityHashMap<>();
        Piece copy = copy(copied);
        if (copy instanceof Group group) {
            group.follow(copied);
        }
        return copy;
    }

    /** Bytes without known structure. */
    static final class Bytes extends Piece {
        byte[] value;

        Bytes(String name, byte[] value) {
            super(name);
            this.value = value;
        }

        @Override
        Piece copy(Map<Group, Group> copied) {
            return new Bytes(name, value.clone());
        }
    }

    /** A whole number of one to eight bytes. */
    static final class Number extends Piece {
        final int bytes;
        final boolean bigEndian;
        long value;

        Number(String name, int bytes, boolean bigEndian, long value) {
            super(name);
            this.bytes = bytes;
            this.bigEndian = bigEndian;
            this.value = value;
        }

        @Override
        Piece copy(Map<Group, Group> copied) {
            return new Number(name, bytes, bigEndian, value);
        }
    }

    /** Fields of a few bits each, a whole number of bytes together. */
    static final class Bits extends Piece {
        final boolean lowestFirst;
        final int[] widths;
        final long[] values;

        /**
         * @param lowestFirst whether the first field takes the lowest bits of a little-endian number, as in WebP; else
         *     the first bits, as in FLAC and MP3
         */
        Bits(String name, boolean lowestFirst, int[] widths, long... values) {
            super(name);
            this.lowestFirst = lowestFirst;
            this.widths = widths;
            this.values = values;
        }

        @Override
        Piece copy(Map<Group, Group> copied) {
            return new Bits(name, lowestFirst, widths, values.clone());
        }
    }

    /** The number of bytes of a group, plus a constant. */
    static final class Length extends Piece {
        final int bytes;
        final boolean bigEndian;
        final long plus;
        Group of;

        Length(String name, int bytes, boolean bigEndian, Group of, long plus) {
            super(name);
            this.bytes = bytes;
            this.bigEndian = bigEndian;
            this.of = of;
            this.plus = plus;
        }

        @Override
        Piece copy(Map<Group, Group> copied) {
            return new Length(name, bytes, bigEndian, of, plus);
        }
    }

    /** A checksum over a group; where it lies within that group it counts as zero. */
    static final class Checksum extends Piece {
        final int bytes;
        final boolean bigEndian;
        final ToLongFunction<byte[]> algorithm;
        Group of;

        Checksum(String name, int bytes, boolean bigEndian, Group of, ToLongFunction<byte[]> algorithm) {
            super(name);
            this.bytes = bytes;
            this.bigEndian = bigEndian;
            this.of = of;
            this.algorithm = algorithm;
        }

        @Override
        Piece copy(Map<Group, Group> copied) {
            return new Checksum(name, bytes, bigEndian, of, algorithm);
        }
    }

    /** A group that stands compressed in the file, by deflate with zlib's header. */
    static final class Deflated extends Piece {
        final Group content;

        Deflated(Group content) {
            super("deflated " + content.name);
            this.content = content;
        }

        @Override
        Piece copy(Map<Group, Group> copied) {
            return new Deflated((Group) content.copy());
        }
    }

    /** Pieces one after another: a chunk, a segment, a frame, a page, a file. */
    static final class Group extends Piece {
        final List<Piece> pieces = new ArrayList<>();

        Group(String name, Piece... pieces) {
            super(name);
            this.pieces.addAll(List.of(pieces));
        }

        Group add(Piece... more) {
            pieces.addAll(List.of(more));
            return this;
        }

        @Override
        Piece copy(Map<Group, Group> copied) {
            Group copy = new Group(name);
            copied.put(this, copy);
            pieces.forEach(piece -> copy.pieces.add(piece.copy(copied)));
            return copy;
        }

        private void follow(Map<Group, Group> copied) {
            for (Piece piece : pieces) {
                if (piece instanceof Length length) {
                    length.of = copied.getOrDefault(length.of, length.of);
                } else if (piece instanceof Checksum checksum) {
                    checksum.of = copied.getOrDefault(checksum.of, checksum.of);
                } else if (piece instanceof Group group) {
                    group.follow(copied);
                }
            }
        }
    }

    static Bytes raw(String name, byte[] value) {
        // Mutations change a piece in place, and generators share their samples.
        return new Bytes(name, value.clone());
    }

    static Bytes ascii(String text) {
        return new Bytes(text, text.getBytes(StandardCharsets.ISO_8859_1));
    }

    static Number u8(String name, long value) {
        return new Number(name, 1, true, value);
    }

    static Number le(String name, int bytes, long value) {
        return new Number(name, bytes, false, value);
    }

    static Number be(String name, int bytes, long value) {
        return new Number(name, bytes, true, value);
    }
}
