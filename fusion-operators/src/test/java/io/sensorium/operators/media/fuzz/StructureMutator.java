// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media.fuzz;

import io.sensorium.operators.media.fuzz.Piece.Bits;
import io.sensorium.operators.media.fuzz.Piece.Bytes;
import io.sensorium.operators.media.fuzz.Piece.Checksum;
import io.sensorium.operators.media.fuzz.Piece.Deflated;
import io.sensorium.operators.media.fuzz.Piece.Group;
import io.sensorium.operators.media.fuzz.Piece.Length;
import io.sensorium.operators.media.fuzz.Piece.Number;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;

/**
 * Changes a file by its structure: fields, declared against real sizes, order, number and nesting of parts, parts of
 * other files. For one thread.
 */
final class StructureMutator {

    private static final long[] EDGES = {
        0,
        1,
        2,
        3,
        7,
        8,
        15,
        16,
        17,
        255,
        256,
        4095,
        65_535,
        65_536,
        1 << 20,
        1 << 24,
        2_000_000_000,
        0x7fffffffL,
        0x80000000L,
        0xfffffff0L,
        0xffffffffL,
        Long.MAX_VALUE,
        -1
    };
    private static final int MAX_REPEAT = 200;
    private static final int DEEPEST_NESTING = 2_000;

    private record Place(Group parent, int index) {
        Piece piece() {
            return parent.pieces.get(index);
        }
    }

    private final Random random;
    private final Supplier<Group> other;
    private final List<String> done = new ArrayList<>();

    /** @param other gives further files, whose parts and wholes are spliced in */
    StructureMutator(Random random, Supplier<Group> other) {
        this.random = random;
        this.other = other;
    }

    /**
     * Applies one to four mutations in place.
     *
     * @return what was done
     */
    List<String> apply(Group file) {
        for (int left = 1 + random.nextInt(4); left > 0; left--) {
            int kind = random.nextInt(100);
            if (kind < 48) {
                changeField(file);
            } else if (kind < 62) {
                changeBytes(file);
            } else if (kind < 82) {
                changeOrder(file);
            } else if (kind < 90) {
                nest(file);
            } else {
                splice(file);
            }
        }
        return done;
    }

    private static void collect(Group group, List<Place> places) {
        for (int i = 0; i < group.pieces.size(); i++) {
            places.add(new Place(group, i));
            if (group.pieces.get(i) instanceof Group inner) {
                collect(inner, places);
            } else if (group.pieces.get(i) instanceof Deflated deflated) {
                collect(deflated.content, places);
            }
        }
    }

    /**
     * A random place whose piece is of one of the kinds, or null; early places, which hold the headers, come more
     * often.
     */
    private Place place(Group file, Class<?>... kinds) {
        List<Place> places = new ArrayList<>();
        collect(file, places);
        places.removeIf(place -> Arrays.stream(kinds).noneMatch(kind -> kind.isInstance(place.piece())));
        if (places.isEmpty()) {
            return null;
        }
        int within = random.nextInt(3) == 0 ? places.size() : Math.min(places.size(), 40);
        return places.get(random.nextInt(within));
    }

    private void changeField(Group file) {
        Place place = place(file, Number.class, Bits.class, Length.class, Checksum.class);
        if (place == null) {
            return;
        }
        Piece piece = place.piece();
        if (piece instanceof Number number) {
            number.value = changed(number.value, number.bytes * 8);
            done.add(place.parent.name + "." + number.name + " = " + number.value);
        } else if (piece instanceof Bits bits) {
            int field = random.nextInt(bits.values.length);
            bits.values[field] = changed(bits.values[field], bits.widths[field]);
            done.add(bits.name + "[" + field + "] = " + bits.values[field]);
        } else if (piece instanceof Length length) {
            long real = PieceWriter.write(length.of, 1 << 24).length + length.plus;
            long declared = changed(real, length.bytes * 8);
            place.parent.pieces.set(place.index, new Number(length.name, length.bytes, length.bigEndian, declared));
            done.add(place.parent.name + "." + length.name + " = " + declared + " instead of " + real);
        } else if (piece instanceof Checksum checksum && random.nextInt(3) == 0) {
            place.parent.pieces.set(
                    place.index, new Number(checksum.name, checksum.bytes, checksum.bigEndian, random.nextLong()));
            done.add(place.parent.name + "." + checksum.name + " wrong");
        }
    }

    private long changed(long value, int width) {
        long mask = width >= 64 ? -1 : (1L << width) - 1;
        return mask
                & switch (random.nextInt(8)) {
                    case 0 -> value + 1;
                    case 1 -> value - 1;
                    case 2 -> value ^ 1L << random.nextInt(width);
                    case 3 -> value * 2;
                    case 4 -> random.nextLong();
                    case 5 -> mask >>> random.nextInt(width);
                    default -> EDGES[random.nextInt(EDGES.length)];
                };
    }

    private void changeBytes(Group file) {
        Place place = place(file, Bytes.class);
        if (place == null) {
            return;
        }
        Bytes bytes = (Bytes) place.piece();
        int length = bytes.value.length;
        int at = length == 0 ? 0 : random.nextInt(length);
        int kind = random.nextInt(6);
        if (kind == 0) {
            bytes.value = Arrays.copyOf(bytes.value, at);
        } else if (kind == 1) {
            bytes.value = Arrays.copyOf(bytes.value, length + 1 + random.nextInt(1 + random.nextInt(2_000)));
        } else if (kind == 2 && length > 0) {
            Arrays.fill(bytes.value, at, Math.min(length, at + 1 + random.nextInt(64)), (byte)
                    (random.nextBoolean() ? 0 : 0xff));
        } else if (kind == 3) {
            random.nextBytes(bytes.value);
        } else if (length > 0) {
            for (int flips = 1 + random.nextInt(6); flips > 0; flips--) {
                bytes.value[random.nextInt(length)] ^= (byte) (1 << random.nextInt(8));
            }
        }
        done.add(place.parent.name + "." + bytes.name + " bytes, kind " + kind);
    }

    private void changeOrder(Group file) {
        Place place = place(file, Group.class);
        if (place == null) {
            return;
        }
        Piece piece = place.piece();
        switch (random.nextInt(4)) {
            case 0 -> {
                place.parent.pieces.remove(place.index);
                done.add("without " + piece.name);
            }
            case 1 -> {
                int times = random.nextInt(4) == 0 ? 1 + random.nextInt(MAX_REPEAT) : 1;
                for (int i = 0; i < times; i++) {
                    place.parent.pieces.add(place.index, piece.copy());
                }
                done.add(piece.name + " " + times + " more times");
            }
            case 2 -> {
                int with = random.nextInt(place.parent.pieces.size());
                place.parent.pieces.set(place.index, place.parent.pieces.get(with));
                place.parent.pieces.set(with, piece);
                done.add(piece.name + " and " + place.parent.pieces.get(place.index).name + " exchanged");
            }
            default -> {
                ((Group) piece).pieces.clear();
                done.add(piece.name + " emptied");
            }
        }
    }

    /** A part within itself, once or very often. */
    private void nest(Group file) {
        Place place = place(file, Group.class);
        if (place == null) {
            return;
        }
        Group template = (Group) place.piece();
        int depth = random.nextInt(3) == 0 ? 1 + random.nextInt(DEEPEST_NESTING) : 1 + random.nextInt(4);
        int size = PieceWriter.write(template, 1 << 20).length;
        depth = Math.min(depth, 1 + (1 << 20) / (1 + size));
        Group outermost = (Group) template.copy();
        Group inner = outermost;
        for (int i = 0; i < depth; i++) {
            Group next = (Group) template.copy();
            innermost(inner)
                    .pieces
                    .add(random.nextInt(4) == 0 ? innermost(inner).pieces.size() : 0, next);
            inner = next;
        }
        place.parent.pieces.set(place.index, outermost);
        done.add(template.name + " nested " + depth + " deep");
    }

    /** Where a part keeps what it holds: its last group that is not nested yet. */
    private static Group innermost(Group group) {
        for (int i = group.pieces.size() - 1; i >= 0; i--) {
            if (group.pieces.get(i) instanceof Group body) {
                return body;
            }
        }
        return group;
    }

    private void splice(Group file) {
        Group from = other.get();
        Place source = place(from, Group.class);
        Place target = place(file, Group.class);
        switch (random.nextInt(4)) {
            case 0 -> {
                file.pieces.add(from);
                done.add(from.name + " behind it");
            }
            case 1 -> {
                byte[] garbage = new byte[1 + random.nextInt(300)];
                random.nextBytes(garbage);
                file.pieces.add(Piece.raw("garbage", garbage));
                done.add("garbage behind it");
            }
            default -> {
                if (source != null && target != null) {
                    target.parent.pieces.add(target.index + random.nextInt(2), source.piece());
                    done.add(source.piece().name + " of another " + from.name + " at " + target.piece().name);
                }
            }
        }
    }
}
