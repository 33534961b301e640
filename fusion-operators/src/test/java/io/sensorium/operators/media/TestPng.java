// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;

/**
 * A PNG of random samples of any kind that the standard has, and what it looks like on white, computed from the
 * samples.
 *
 * @param colour 0 gray, 2 RGB, 3 palette, 4 gray and alpha, 6 RGB and alpha
 * @param samples row by row, as they are stored
 * @param palette red, green and blue, or null
 * @param transparency content of tRNS, or null
 */
record TestPng(
        int width,
        int height,
        int depth,
        int colour,
        boolean interlaced,
        int[] samples,
        byte[] palette,
        byte[] transparency) {

    private static final int[][] KINDS = {
        {0, 1}, {0, 2}, {0, 4}, {0, 8}, {0, 16}, {2, 8}, {2, 16}, {3, 1}, {3, 2}, {3, 4}, {3, 8}, {4, 8}, {4, 16},
        {6, 8}, {6, 16}
    };
    private static final int[][] PASSES = {
        {0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}
    };

    static TestPng random(Random random, int width, int height) {
        int[] kind = KINDS[random.nextInt(KINDS.length)];
        int channels = channels(kind[0]);
        int[] samples = new int[width * height * channels];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = random.nextInt(1 << kind[1]);
        }
        byte[] palette = null;
        byte[] transparency = null;
        if (kind[0] == 3) {
            palette = new byte[3 << kind[1]];
            random.nextBytes(palette);
            transparency = random.nextBoolean() ? new byte[1 + random.nextInt(1 << kind[1])] : null;
            if (transparency != null) {
                random.nextBytes(transparency);
            }
        } else if (kind[0] < 3 && random.nextBoolean()) {
            // The first pixel's colour is the transparent one.
            ByteBuffer values = ByteBuffer.allocate(2 * channels);
            for (int i = 0; i < channels; i++) {
                values.putShort((short) samples[i]);
            }
            transparency = values.array();
        }
        return new TestPng(width, height, kind[1], kind[0], random.nextBoolean(), samples, palette, transparency);
    }

    private static int channels(int colour) {
        return colour == 2 ? 3 : colour == 4 ? 2 : colour == 6 ? 4 : 1;
    }

    BufferedImage onWhite() {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        int channels = channels(colour);
        double most = (1 << depth) - 1;
        for (int i = 0; i < width * height; i++) {
            double[] rgb = new double[3];
            double opacity = 1;
            if (colour == 3) {
                int index = samples[i];
                for (int c = 0; c < 3; c++) {
                    rgb[c] = (palette[3 * index + c] & 0xff) / 255.0;
                }
                opacity =
                        transparency != null && index < transparency.length ? (transparency[index] & 0xff) / 255.0 : 1;
            } else {
                boolean clear = transparency != null;
                for (int c = 0; c < channels && transparency != null; c++) {
                    clear &= samples[i * channels + c]
                            == (ByteBuffer.wrap(transparency).getShort(2 * c) & 0xffff);
                }
                for (int c = 0; c < 3; c++) {
                    rgb[c] = samples[i * channels + (channels >= 3 ? c : 0)] / most;
                }
                opacity = clear ? 0 : channels == 2 || channels == 4 ? samples[i * channels + channels - 1] / most : 1;
            }
            int packed = 0;
            for (int c = 0; c < 3; c++) {
                packed = packed << 8 | (int) Math.round(255 * (rgb[c] * opacity + 1 - opacity));
            }
            image.setRGB(i % width, i / width, packed);
        }
        return image;
    }

    /** @param random chooses each row's filter and where the packed pixels are cut into chunks */
    byte[] file(Random random) throws IOException {
        ByteArrayOutputStream rows = new ByteArrayOutputStream();
        for (int[] pass : interlaced ? PASSES : new int[][] {{0, 0, 1, 1}}) {
            byte[] above = null;
            for (int y = pass[1]; y < height && pass[0] < width; y += pass[3]) {
                byte[] row = packed(y, pass[0], pass[2]);
                int filter = random.nextInt(5);
                rows.write(filter);
                rows.writeBytes(filtered(row, above == null ? new byte[row.length] : above, filter));
                above = row;
            }
        }
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (DeflaterOutputStream out = new DeflaterOutputStream(packed)) {
            out.write(rows.toByteArray());
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeLong(0x89504E470D0A1A0AL);
        chunk(
                out,
                "IHDR",
                ByteBuffer.allocate(13)
                        .putInt(width)
                        .putInt(height)
                        .put((byte) depth)
                        .put((byte) colour)
                        .put((byte) 0)
                        .put((byte) 0)
                        .put((byte) (interlaced ? 1 : 0))
                        .array());
        if (palette != null) {
            chunk(out, "PLTE", palette);
        }
        if (transparency != null) {
            chunk(out, "tRNS", transparency);
        }
        byte[] data = packed.toByteArray();
        int cut = random.nextInt(data.length);
        chunk(out, "IDAT", Arrays.copyOf(data, cut));
        chunk(out, "IDAT", Arrays.copyOfRange(data, cut, data.length));
        chunk(out, "IEND", new byte[0]);
        return bytes.toByteArray();
    }

    private byte[] packed(int y, int first, int step) {
        int channels = channels(colour);
        int count = (width - first + step - 1) / step;
        byte[] row = new byte[(count * channels * depth + 7) / 8];
        for (int i = 0, bit = 0; i < count; i++) {
            for (int c = 0; c < channels; c++, bit += depth) {
                int value = samples[(y * width + first + i * step) * channels + c];
                if (depth == 16) {
                    row[bit >> 3] = (byte) (value >> 8);
                    row[(bit >> 3) + 1] = (byte) value;
                } else {
                    row[bit >> 3] |= (byte) (value << 8 - depth - (bit & 7));
                }
            }
        }
        return row;
    }

    private byte[] filtered(byte[] row, byte[] above, int filter) {
        int pixel = Math.max(1, channels(colour) * depth / 8);
        byte[] result = new byte[row.length];
        for (int i = 0; i < row.length; i++) {
            int a = i >= pixel ? row[i - pixel] & 0xff : 0;
            int b = above[i] & 0xff;
            int c = i >= pixel ? above[i - pixel] & 0xff : 0;
            int p = a + b - c;
            int nearest = Math.abs(p - a) <= Math.abs(p - b) && Math.abs(p - a) <= Math.abs(p - c)
                    ? a
                    : Math.abs(p - b) <= Math.abs(p - c) ? b : c;
            int predicted = switch (filter) {
                case 1 -> a;
                case 2 -> b;
                case 3 -> (a + b) / 2;
                case 4 -> nearest;
                default -> 0;
            };
            result[i] = (byte) (row[i] - predicted);
        }
        return result;
    }

    private static void chunk(DataOutputStream out, String name, byte[] data) throws IOException {
        byte[] type = name.getBytes(StandardCharsets.US_ASCII);
        CRC32 crc = new CRC32();
        crc.update(type);
        crc.update(data);
        out.writeInt(data.length);
        out.write(type);
        out.write(data);
        out.writeInt((int) crc.getValue());
    }
}
