// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media.fuzz;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * PNG once more, for comparison: written from the standard (W3C, PNG, third edition), the whole file at once, and
 * strict. All colour types, depths and interlacing; no profile, no orientation.
 */
final class PngReader {

    /** Larger ones would take the memory of the process that is tested. */
    static final long MAX_PIXELS = 4 << 20;

    private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10};
    private static final int[][] ADAM7 = {
        {0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}
    };

    /**
     * @param pixels on white
     * @param conforming whether the whole file keeps to the standard, so that every decoder must take it
     */
    record Picture(BufferedImage pixels, boolean conforming) {}

    private final byte[] b;
    private final ByteArrayOutputStream packed = new ByteArrayOutputStream();
    private boolean conforming = true;
    private int width;
    private int height;
    private int depth;
    private int colour;
    private boolean interlaced;
    private byte[] palette;
    private byte[] transparency;

    private PngReader(byte[] bytes) {
        b = bytes;
    }

    static Picture read(byte[] bytes) throws NotCompared {
        PngReader reader = new PngReader(bytes);
        reader.chunks();
        BufferedImage pixels = reader.pixels();
        return new Picture(pixels, reader.conforming);
    }

    private void chunks() throws NotCompared {
        if (b.length < 33 || !Arrays.equals(b, 0, 8, SIGNATURE, 0, 8)) {
            throw new NotCompared("damaged signature");
        }
        ByteBuffer buffer = ByteBuffer.wrap(b);
        boolean ended = false;
        String before = "";
        int at = 8;
        while (!ended && at + 12 <= b.length) {
            long length = buffer.getInt(at) & 0xffffffffL;
            String name = new String(b, at + 4, 4, StandardCharsets.ISO_8859_1);
            boolean whole = at + 12 + length <= b.length;
            boolean needed = "IHDR PLTE tRNS IDAT".contains(name);
            int to = (int) Math.min(b.length, at + 8 + length);
            if (!whole && !name.equals("IDAT")) {
                break;
            }
            if (whole && !summed(at, to)) {
                if (needed) {
                    throw new NotCompared("wrong checksum");
                }
                conforming = false;
            }
            conforming &= whole && name.matches("[A-Za-z]{2}[A-Z][A-Za-z]");
            boolean first = before.isEmpty();
            if (first != name.equals("IHDR")) {
                throw new NotCompared("header twice or not first");
            }
            content(name, Arrays.copyOfRange(b, at + 8, to));
            if (name.equals("IDAT") && packed.size() > to - at - 8 && !before.equals("IDAT")) {
                conforming = false;
            }
            ended = name.equals("IEND");
            before = name;
            at = to + 4;
        }
        if (width == 0) {
            throw new NotCompared("header cut short");
        }
        conforming &= ended && at == b.length;
    }

    private boolean summed(int at, int to) {
        CRC32 sum = new CRC32();
        sum.update(b, at + 4, to - at - 4);
        return (int) sum.getValue() == ByteBuffer.wrap(b).getInt(to);
    }

    private void content(String name, byte[] content) throws NotCompared {
        switch (name) {
            case "IHDR" -> header(content);
            case "PLTE" -> {
                if (palette != null
                        || packed.size() > 0
                        || transparency != null
                        || content.length % 3 != 0
                        || content.length == 0
                        || content.length > 768) {
                    throw new NotCompared("palette twice or out of place or of odd length");
                }
                palette = content;
                conforming &= colour != 0 && colour != 4 && (colour != 3 || content.length / 3 <= 1 << depth);
            }
            case "tRNS" -> {
                boolean fits = colour == 3
                        ? palette != null && content.length <= palette.length / 3
                        : content.length == (colour == 0 ? 2 : 6) && (colour == 0 || colour == 2);
                if (transparency != null || packed.size() > 0 || !fits) {
                    throw new NotCompared("transparency twice or out of place or of odd length");
                }
                transparency = content;
            }
            case "IDAT" -> packed.writeBytes(content);
            case "IEND" -> conforming &= content.length == 0;
            default -> {
                if (Character.isUpperCase(name.charAt(0))) {
                    throw new NotCompared("unknown critical chunk");
                }
            }
        }
    }

    private void header(byte[] content) throws NotCompared {
        if (content.length != 13) {
            throw new NotCompared("header of odd length");
        }
        ByteBuffer fields = ByteBuffer.wrap(content);
        width = fields.getInt();
        height = fields.getInt();
        depth = fields.get();
        colour = fields.get();
        boolean fits = switch (colour) {
            case 0 -> Integer.bitCount(depth) == 1 && depth >= 1 && depth <= 16;
            case 3 -> Integer.bitCount(depth) == 1 && depth >= 1 && depth <= 8;
            case 2, 4, 6 -> depth == 8 || depth == 16;
            default -> false;
        };
        if (width <= 0
                || height <= 0
                || !fits
                || fields.get() != 0
                || fields.get() != 0
                || content[12] < 0
                || content[12] > 1) {
            throw new NotCompared("header of values that PNG lacks");
        }
        if ((long) width * height > MAX_PIXELS) {
            throw new NotCompared("large");
        }
        interlaced = content[12] == 1;
    }

    private int channels() {
        return colour == 2 ? 3 : colour == 4 ? 2 : colour == 6 ? 4 : 1;
    }

    private BufferedImage pixels() throws NotCompared {
        if (colour == 3 && palette == null) {
            throw new NotCompared("no palette");
        }
        int[][] passes = interlaced ? ADAM7 : new int[][] {{0, 0, 1, 1}};
        long size = 0;
        for (int[] pass : passes) {
            size += (long) rowBytes(pass) * steps(height, pass[1], pass[3]);
        }
        byte[] plain = inflated((int) size);
        BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        int at = 0;
        for (int[] pass : passes) {
            int row = rowBytes(pass);
            int rows = steps(height, pass[1], pass[3]);
            unfilter(plain, at, row, row == 0 ? 0 : rows);
            for (int i = 0; row > 0 && i < rows; i++, at += row) {
                for (int j = 0; j < steps(width, pass[0], pass[2]); j++) {
                    picture.setRGB(pass[0] + j * pass[2], pass[1] + i * pass[3], rgb(plain, at + 1, j));
                }
            }
        }
        return picture;
    }

    private static int steps(int length, int from, int step) {
        return Math.max(0, (length - from + step - 1) / step);
    }

    /** With the filter's byte; 0 where the pass is empty. */
    private int rowBytes(int[] pass) {
        int count = steps(width, pass[0], pass[2]);
        return count == 0 ? 0 : 1 + (count * channels() * depth + 7) / 8;
    }

    private byte[] inflated(int size) throws NotCompared {
        Inflater inflater = new Inflater();
        try {
            inflater.setInput(packed.toByteArray());
            byte[] plain = new byte[size];
            int done = 0;
            for (int count = 1; done < size && count > 0; done += count) {
                count = inflater.inflate(plain, done, size - done);
            }
            if (done < size) {
                throw new NotCompared("pixels cut short");
            }
            // What is left must be the end of the stream alone.
            conforming &= ends(inflater);
            return plain;
        } catch (DataFormatException e) {
            throw new NotCompared("damaged compression");
        } finally {
            inflater.end();
        }
    }

    private static boolean ends(Inflater inflater) {
        try {
            return (inflater.finished() || inflater.inflate(new byte[1]) == 0 && inflater.finished())
                    && inflater.getRemaining() == 0;
        } catch (DataFormatException e) {
            return false;
        }
    }

    private void unfilter(byte[] plain, int from, int row, int rows) throws NotCompared {
        int step = Math.max(1, channels() * depth / 8);
        for (int y = 0; y < rows; y++) {
            int start = from + y * row;
            for (int i = 1; i < row; i++) {
                int a = i > step ? plain[start + i - step] & 255 : 0;
                int up = y > 0 ? plain[start - row + i] & 255 : 0;
                int c = y > 0 && i > step ? plain[start - row + i - step] & 255 : 0;
                int predicted = switch (plain[start]) {
                    case 0 -> 0;
                    case 1 -> a;
                    case 2 -> up;
                    case 3 -> (a + up) / 2;
                    case 4 -> paeth(a, up, c);
                    default -> throw new NotCompared("unknown filter");
                };
                plain[start + i] += (byte) predicted;
            }
        }
    }

    private static int paeth(int a, int b, int c) {
        int p = a + b - c;
        int best = Math.min(Math.abs(p - a), Math.min(Math.abs(p - b), Math.abs(p - c)));
        return Math.abs(p - a) == best ? a : Math.abs(p - b) == best ? b : c;
    }

    private int sample(byte[] plain, int row, int index) {
        int bit = index * depth;
        int value = 0;
        for (int i = bit; i < bit + depth; i++) {
            value = value << 1 | plain[row + i / 8] >> 7 - i % 8 & 1;
        }
        return value;
    }

    private int rgb(byte[] plain, int row, int x) {
        int[] s = new int[channels()];
        for (int i = 0; i < s.length; i++) {
            s[i] = sample(plain, row, x * s.length + i);
        }
        if (colour == 3) {
            boolean there = s[0] < palette.length / 3;
            conforming &= there;
            int alpha = transparency != null && s[0] < transparency.length ? transparency[s[0]] & 255 : 255;
            return there
                    ? onWhite(
                            palette[3 * s[0]] & 255,
                            palette[3 * s[0] + 1] & 255,
                            palette[3 * s[0] + 2] & 255,
                            alpha / 255.0)
                    : 0;
        }
        int most = (1 << depth) - 1;
        boolean key = transparency != null;
        for (int i = 0; key && i < s.length; i++) {
            key = s[i] == (((transparency[2 * i] & 255) << 8 | transparency[2 * i + 1] & 255) & most);
        }
        double scale = 255.0 / most;
        double alpha = colour == 4 ? (double) s[1] / most : colour == 6 ? (double) s[3] / most : key ? 0 : 1;
        return colour == 2 || colour == 6
                ? onWhite(s[0] * scale, s[1] * scale, s[2] * scale, alpha)
                : onWhite(s[0] * scale, s[0] * scale, s[0] * scale, alpha);
    }

    private static int onWhite(double red, double green, double blue, double alpha) {
        double white = 255 * (1 - alpha);
        return (int) Math.round(red * alpha + white) << 16
                | (int) Math.round(green * alpha + white) << 8
                | (int) Math.round(blue * alpha + white);
    }
}
