// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media.fuzz;

import static io.sensorium.operators.media.fuzz.Piece.ascii;
import static io.sensorium.operators.media.fuzz.Piece.le;
import static io.sensorium.operators.media.fuzz.Piece.raw;
import static io.sensorium.operators.media.fuzz.Piece.u8;

import io.sensorium.operators.media.fuzz.Piece.Bits;
import io.sensorium.operators.media.fuzz.Piece.Group;
import io.sensorium.operators.media.fuzz.Piece.Length;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;

/**
 * GIF: palettes of every size, frames within and beyond the canvas, transparency, interlacing, extensions, animations.
 */
final class GifGenerator implements FileGenerator {

    private static final int LARGEST = 300;

    @Override
    public String format() {
        return "gif";
    }

    @Override
    public boolean isPicture() {
        return true;
    }

    /** @param transparent index of the transparent entry; -1 for none */
    private record Frame(int width, int height, int bits, byte[] palette, int[] indices, int transparent) {
        BufferedImage pixels() {
            BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_ARGB);
            for (int i = 0; i < indices.length; i++) {
                int at = 3 * indices[i];
                int rgb = (palette[at] & 255) << 16 | (palette[at + 1] & 255) << 8 | palette[at + 2] & 255;
                picture.setRGB(i % width, i / width, indices[i] == transparent ? 0 : 0xff000000 | rgb);
            }
            return picture;
        }
    }

    @Override
    public Sample generate(Random random) {
        int[] size = Pictures.size(random, LARGEST);
        Frame frame = frame(random, size[0], size[1]);
        boolean offset = random.nextInt(4) == 0;
        int left = offset ? random.nextInt(50) : 0;
        int top = offset ? random.nextInt(50) : 0;
        int width = size[0] + left + (offset ? random.nextInt(50) : 0);
        int height = size[1] + top + (offset ? random.nextInt(50) : 0);
        boolean beyond = random.nextInt(12) == 0;
        boolean global = random.nextInt(3) > 0;
        Group file = new Group(
                "gif",
                ascii(random.nextInt(4) == 0 ? "GIF87a" : "GIF89a"),
                le("width", 2, beyond ? Math.max(1, width / 2) : width),
                le("height", 2, height),
                new Bits("screen", false, new int[] {1, 3, 1, 3}, global ? 1 : 0, 7, 0, global ? frame.bits - 1 : 0),
                u8("background", 0),
                u8("aspect", 0));
        if (global) {
            file.add(raw("global palette", frame.palette));
        }
        if (random.nextInt(3) == 0) {
            file.add(new Group(
                    "extension",
                    u8("!", '!'),
                    u8("label", 0xff),
                    u8("size", 11),
                    ascii("NETSCAPE2.0"),
                    u8("size", 3),
                    u8("id", 1),
                    le("loops", 2, 0),
                    u8("end", 0)));
        }
        if (random.nextInt(5) == 0) {
            file.add(new Group(
                    "extension",
                    u8("!", '!'),
                    u8("label", 0xfe),
                    blocks("a comment".getBytes(java.nio.charset.StandardCharsets.US_ASCII))));
        }
        int frames = random.nextInt(3) == 0 ? 1 + random.nextInt(5) : 1;
        for (int i = 0; i < frames; i++) {
            Frame next = i == 0
                    ? frame
                    : frame(random, Math.max(1, random.nextInt(width)), Math.max(1, random.nextInt(height)));
            if (next.transparent >= 0 || frames > 1) {
                file.add(new Group(
                        "extension",
                        u8("!", '!'),
                        u8("label", 0xf9),
                        u8("size", 4),
                        new Bits(
                                "control",
                                false,
                                new int[] {3, 3, 1, 1},
                                0,
                                random.nextInt(4),
                                0,
                                next.transparent >= 0 ? 1 : 0),
                        le("delay", 2, 10),
                        u8("transparent", Math.max(0, next.transparent)),
                        u8("end", 0)));
            }
            file.add(image(random, next, i == 0 ? left : 0, i == 0 ? top : 0, global && i == 0));
        }
        file.add(u8("trailer", ';'));
        // What of a frame lies beyond the canvas is for readers to decide: they may widen the canvas or cut the frame.
        return beyond
                ? new Sample(file, null, false)
                : new Sample(
                        file,
                        new Sample.Picture(Pictures.onCanvas(frame.pixels(), width, height, left, top), 2),
                        false);
    }

    private static Frame frame(Random random, int width, int height) {
        int bits = 1 + random.nextInt(8);
        byte[] palette = new byte[3 << bits];
        random.nextBytes(palette);
        BufferedImage picture = Pictures.random(random, width, height, false, true);
        int[] indices = new int[width * height];
        for (int i = 0; i < indices.length; i++) {
            indices[i] = (picture.getRGB(i % width, i / width) >> 8 & 255) >> 8 - bits;
        }
        return new Frame(
                width, height, bits, palette, indices, random.nextInt(4) == 0 ? random.nextInt(1 << bits) : -1);
    }

    private static Group image(Random random, Frame frame, int left, int top, boolean global) {
        boolean interlaced = random.nextInt(4) == 0;
        Group image = new Group(
                "image",
                u8(",", ','),
                le("left", 2, left),
                le("top", 2, top),
                le("width", 2, frame.width),
                le("height", 2, frame.height),
                new Bits(
                        "descriptor",
                        false,
                        new int[] {1, 1, 1, 2, 3},
                        global ? 0 : 1,
                        interlaced ? 1 : 0,
                        0,
                        0,
                        global ? 0 : frame.bits - 1));
        if (!global) {
            image.add(raw("local palette", frame.palette));
        }
        int least = Math.max(2, frame.bits);
        int[] indices = interlaced ? interlaced(frame) : frame.indices;
        return image.add(
                u8("code size", least),
                blocks(random.nextBoolean() ? codes(indices, least) : grown(indices, least, random.nextBoolean())));
    }

    private static int[] interlaced(Frame frame) {
        int[] indices = new int[frame.indices.length];
        int at = 0;
        for (int[] pass : new int[][] {{0, 8}, {4, 8}, {2, 4}, {1, 2}}) {
            for (int y = pass[0]; y < frame.height; y += pass[1], at += frame.width) {
                System.arraycopy(frame.indices, y * frame.width, indices, at, frame.width);
            }
        }
        return indices;
    }

    /** LZW codes, cleared so often that they keep their width, the lowest bit first. */
    private static byte[] codes(int[] indices, int least) {
        int width = least + 1;
        byte[] bytes = new byte[indices.length * width / 4 + 64];
        int at = 0;
        int sinceClear = 0;
        for (int i = 0; i < indices.length; i++) {
            if (sinceClear == 0) {
                at = put(bytes, at, 1 << least, width);
                sinceClear = (1 << least) - 2;
            }
            at = put(bytes, at, indices[i], width);
            sinceClear--;
        }
        at = put(bytes, at, (1 << least) + 1, width);
        return Arrays.copyOf(bytes, (at + 7) / 8);
    }

    /**
     * LZW codes as encoders write them.
     *
     * @param cleared whether a full table is cleared; else it is kept to the end
     */
    private static byte[] grown(int[] indices, int least, boolean cleared) {
        byte[] bytes = new byte[indices.length * 3 + 64];
        Map<Integer, Integer> table = new HashMap<>();
        int clear = 1 << least;
        int width = least + 1;
        int next = clear + 2;
        int at = put(bytes, 0, clear, width);
        int current = indices[0];
        for (int i = 1; i < indices.length; i++) {
            Integer longer = table.get(current << 8 | indices[i]);
            if (longer != null) {
                current = longer;
                continue;
            }
            at = put(bytes, at, current, width);
            width += next == 1 << width && width < 12 ? 1 : 0;
            if (next < 4096) {
                table.put(current << 8 | indices[i], next++);
            } else if (cleared) {
                at = put(bytes, at, clear, width);
                table.clear();
                width = least + 1;
                next = clear + 2;
            }
            current = indices[i];
        }
        at = put(bytes, at, current, width);
        width += next == 1 << width && width < 12 ? 1 : 0;
        at = put(bytes, at, clear + 1, width);
        return Arrays.copyOf(bytes, (at + 7) / 8);
    }

    private static int put(byte[] bytes, int at, int code, int width) {
        for (int i = 0; i < width; i++) {
            bytes[at + i >> 3] |= (byte) ((code >> i & 1) << (at + i & 7));
        }
        return at + width;
    }

    private static Group blocks(byte[] data) {
        Group blocks = new Group("blocks");
        for (int at = 0; at < data.length; at += 255) {
            Group body =
                    new Group("block body", raw("data", Arrays.copyOfRange(data, at, Math.min(data.length, at + 255))));
            blocks.add(new Group("block", new Length("size", 1, true, body, 0), body));
        }
        return blocks.add(u8("end", 0));
    }
}
