// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import io.sensorium.operators.media.MediaException.Problem;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/**
 * The first frame of a GIF, placed on its canvas. The JDK's reader gives the frame alone, and no sign of which rows
 * came (<a href="../../../../../../../../docs/adr/0002-media-decoders.md">ADR 2</a>). Layout: CompuServe, GIF89a. For
 * one thread at a time.
 */
final class GifDecoder {

    private static final int EXTENSION = 0x21;
    private static final int IMAGE = 0x2c;
    private static final int GRAPHIC_CONTROL = 0xf9;
    private static final int APPLICATION = 0xff;
    private static final int[][] INTERLACE = {{0, 8}, {4, 8}, {2, 4}, {1, 2}};

    private final MediaLimits limits;
    private final ColorProfile.Cache profiles;

    GifDecoder(MediaLimits limits, ColorProfile.Cache profiles) {
        this.limits = limits;
        this.profiles = profiles;
    }

    /** @param side that the caller will scale to */
    DecodedImage decode(byte[] bytes, int side, DecodeDeadline deadline) throws MediaException {
        Source source = new Source(bytes);
        source.at = 6;
        int screenWidth = source.u16();
        int screenHeight = source.u16();
        int flags = source.u8();
        source.skip(2);
        byte[] colours = source.colours(flags);
        int transparent = -1;
        byte[] profile = null;
        for (int block = source.u8(); block != IMAGE; block = source.u8()) {
            deadline.check();
            if (block != EXTENSION) {
                if (block == 0) {
                    continue;
                }
                throw source.corrupt(
                        block == 0x3b
                                ? "holds no frame"
                                : "has a block of type 0x%02x at byte %d, expected a frame or an extension"
                                        .formatted(block, source.at - 1));
            }
            int label = source.u8();
            int first = source.at;
            source.skipBlocks();
            if (label == GRAPHIC_CONTROL && bytes[first] == 4) {
                transparent = (bytes[first + 1] & 1) == 1 ? bytes[first + 4] & 0xff : -1;
            } else if (label == APPLICATION
                    && bytes[first] == 11
                    && ImageDecoder.starts(bytes, first + 1, 'I', 'C', 'C', 'R', 'G', 'B', 'G', '1', '0', '1', '2')) {
                profile = blocks(bytes, first + 12);
            }
        }
        int left = source.u16();
        int top = source.u16();
        int width = source.u16();
        int height = source.u16();
        int frameFlags = source.u8();
        byte[] own = source.colours(frameFlags);
        if (own != null) {
            colours = own;
        }
        if (width == 0 || height == 0 || colours == null) {
            throw source.corrupt(
                    colours == null ? "has no colour table" : "has a frame of " + width + " × " + height + " pixels");
        }
        // Browsers enlarge a canvas that its first frame does not fit.
        int canvasWidth = Math.max(screenWidth, left + width);
        int canvasHeight = Math.max(screenHeight, top + height);
        limits.checkPixels("gif", canvasWidth, canvasHeight);
        PixelGrid grid = new PixelGrid(canvasWidth, canvasHeight, side);
        byte[] palette = palette(colours, transparent, profiles.of(profile, 3));
        byte[] white = new byte[canvasWidth * 3];
        Arrays.fill(white, (byte) 255);
        for (int y = 0; y < canvasHeight; y++) {
            if (y < top || y >= top + height) {
                grid.row(white, y);
            }
        }
        byte[] rgb = white.clone();
        byte[] row = new byte[width];
        LzwReader pixels = new LzwReader(bytes, source.at);
        boolean interlaced = (frameFlags & 0x40) != 0;
        for (int[] pass : interlaced ? INTERLACE : new int[][] {{0, 1}}) {
            for (int y = pass[0]; y < height; y += pass[1]) {
                deadline.check();
                if (!pixels.read(row)) {
                    throw source.corrupt("is truncated or damaged: it has fewer than its " + height + " rows");
                }
                for (int x = 0; x < width; x++) {
                    System.arraycopy(palette, 3 * (row[x] & 0xff), rgb, 3 * (left + x), 3);
                }
                grid.row(rgb, top + y);
            }
        }
        return grid.image(1);
    }

    /** 256 colours on white; those that the file does not have are black. */
    private static byte[] palette(byte[] colours, int transparent, ColorProfile profile) {
        byte[] rgba = new byte[256 * 4];
        for (int i = 0; i < 256; i++) {
            if (3 * i < colours.length) {
                System.arraycopy(colours, 3 * i, rgba, 4 * i, 3);
            }
            rgba[4 * i + 3] = (byte) (i == transparent ? 0 : 255);
        }
        byte[] rgb = new byte[256 * 3];
        new RowConverter(3, true, profile).convert(rgba, 256, rgb);
        return rgb;
    }

    /** The content of a chain of blocks that is known to be whole. */
    private static byte[] blocks(byte[] bytes, int from) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        for (int at = from; bytes[at] != 0; at += 1 + (bytes[at] & 0xff)) {
            content.write(bytes, at + 1, bytes[at] & 0xff);
        }
        return content.toByteArray();
    }

    /** Reads numbers and tables; each reports a file that ends before as cut short. */
    private static final class Source {
        private final byte[] bytes;
        private int at;

        Source(byte[] bytes) {
            this.bytes = bytes;
        }

        int u8() throws MediaException {
            skip(1);
            return bytes[at - 1] & 0xff;
        }

        int u16() throws MediaException {
            skip(2);
            return bytes[at - 2] & 0xff | (bytes[at - 1] & 0xff) << 8;
        }

        void skip(int count) throws MediaException {
            if (count > bytes.length - at) {
                throw corrupt("is cut short before its first frame");
            }
            at += count;
        }

        /** A colour table, where the flags announce one. */
        byte[] colours(int flags) throws MediaException {
            if ((flags & 0x80) == 0) {
                return null;
            }
            int length = 3 << (flags & 7) + 1;
            skip(length);
            return Arrays.copyOfRange(bytes, at - length, at);
        }

        void skipBlocks() throws MediaException {
            for (int length = u8(); length > 0; length = u8()) {
                skip(length);
            }
        }

        MediaException corrupt(String what) {
            return new MediaException(Problem.CORRUPT, "the gif of " + bytes.length + " bytes " + what);
        }
    }
}
