// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media.fuzz;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Random;

/**
 * A picture in a PNG's own samples.
 *
 * @param samples channels of each pixel, 0 to 2^depth − 1
 * @param palette red, green and blue of each entry; null where there is none
 * @param transparency what stands in tRNS; null where there is none
 */
record PngPixels(int width, int height, int colour, int depth, int[] samples, byte[] palette, byte[] transparency) {

    private static final int GRAY = 0;
    private static final int PALETTE = 3;
    private static final int GRAY_ALPHA = 4;
    private static final int RGBA = 6;
    private static final int[][] KINDS = {
        {0, 1}, {0, 2}, {0, 4}, {0, 8}, {0, 16}, {2, 8}, {2, 8}, {2, 16}, {3, 1}, {3, 2}, {3, 4}, {3, 8}, {4, 8},
        {4, 16}, {6, 8}, {6, 16}
    };
    private static final int[][] PASSES = {
        {0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}
    };
    private static final int[][] WHOLE = {{0, 0, 1, 1}};
    private static final int LARGEST = 400;

    static PngPixels random(Random random) {
        int[] kind = KINDS[random.nextInt(KINDS.length)];
        int[] size = Pictures.size(random, LARGEST);
        BufferedImage picture = Pictures.random(random, size[0], size[1], kind[0] >= GRAY_ALPHA, true);
        int channels = channels(kind[0]);
        int most = (1 << kind[1]) - 1;
        byte[] palette = kind[0] == PALETTE ? new byte[3 * (most + 1)] : null;
        if (palette != null) {
            random.nextBytes(palette);
        }
        int[] samples = new int[size[0] * size[1] * channels];
        for (int i = 0; i < size[0] * size[1]; i++) {
            int argb = picture.getRGB(i % size[0], i / size[0]);
            int gray = ((argb >> 16 & 255) + (argb >> 8 & 255) + (argb & 255)) / 3;
            int[] values = kind[0] == GRAY || kind[0] == PALETTE
                    ? new int[] {gray}
                    : kind[0] == GRAY_ALPHA
                            ? new int[] {gray, argb >>> 24}
                            : new int[] {argb >> 16 & 255, argb >> 8 & 255, argb & 255, argb >>> 24};
            for (int channel = 0; channel < channels; channel++) {
                samples[i * channels + channel] =
                        kind[1] == 16 ? values[channel] * 257 : values[channel] * (most + 1) / 256;
            }
        }
        return new PngPixels(
                size[0],
                size[1],
                kind[0],
                kind[1],
                samples,
                palette,
                random.nextInt(4) == 0 ? transparency(random, kind[0], most, samples) : null);
    }

    private static byte[] transparency(Random random, int colour, int most, int[] samples) {
        if (colour == PALETTE) {
            byte[] alphas = new byte[1 + random.nextInt(most + 1)];
            random.nextBytes(alphas);
            return alphas;
        }
        if (colour >= GRAY_ALPHA) {
            return null;
        }
        byte[] key = new byte[2 * channels(colour)];
        for (int i = 0; i < key.length; i++) {
            key[i] = (byte) (samples[i / 2] >> (i % 2 == 0 ? 8 : 0));
        }
        return key;
    }

    private static int channels(int colour) {
        return colour == GRAY || colour == PALETTE ? 1 : colour == GRAY_ALPHA ? 2 : colour == RGBA ? 4 : 3;
    }

    boolean gray() {
        return colour == GRAY || colour == GRAY_ALPHA;
    }

    /** As it is to come out. */
    BufferedImage expected() {
        BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_ARGB);
        for (int i = 0; i < width * height; i++) {
            picture.setRGB(
                    i % width,
                    i / width,
                    argb(Arrays.copyOfRange(samples, i * channels(colour), (i + 1) * channels(colour))));
        }
        return picture;
    }

    private int argb(int[] pixel) {
        if (colour == PALETTE) {
            int at = 3 * pixel[0];
            int alpha = transparency != null && pixel[0] < transparency.length ? transparency[pixel[0]] & 255 : 255;
            return alpha << 24 | (palette[at] & 255) << 16 | (palette[at + 1] & 255) << 8 | palette[at + 2] & 255;
        }
        int[] scaled = Arrays.stream(pixel)
                .map(value -> value * 255 / ((1 << depth) - 1))
                .toArray();
        int alpha = colour == GRAY_ALPHA ? scaled[1] : colour == RGBA ? scaled[3] : isKey(pixel) ? 0 : 255;
        return gray() ? alpha << 24 | scaled[0] * 0x10101 : alpha << 24 | scaled[0] << 16 | scaled[1] << 8 | scaled[2];
    }

    private boolean isKey(int[] pixel) {
        if (transparency == null) {
            return false;
        }
        for (int i = 0; i < pixel.length; i++) {
            if (pixel[i] != ((transparency[2 * i] & 255) << 8 | transparency[2 * i + 1] & 255)) {
                return false;
            }
        }
        return true;
    }

    /** All rows of all passes, each behind its filter. */
    byte[] scanlines(Random random, boolean interlaced) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int filters = random.nextInt(6);
        for (int[] pass : interlaced ? PASSES : WHOLE) {
            byte[] above = null;
            for (int y = pass[1]; y < height && pass[0] < width; y += pass[3]) {
                byte[] row = row(y, pass[0], pass[2]);
                int filter = filters == 5 ? random.nextInt(5) : filters;
                out.write(filter);
                out.writeBytes(filtered(row, above == null ? new byte[row.length] : above, filter));
                above = row;
            }
        }
        return out.toByteArray();
    }

    private byte[] row(int y, int from, int step) {
        BitWriter bits = new BitWriter();
        int channels = channels(colour);
        for (int x = from; x < width; x += step) {
            for (int channel = 0; channel < channels; channel++) {
                bits.put(samples[(y * width + x) * channels + channel], depth);
            }
        }
        return bits.toBytes(0);
    }

    private byte[] filtered(byte[] row, byte[] above, int filter) {
        int step = Math.max(1, channels(colour) * depth / 8);
        byte[] filtered = new byte[row.length];
        for (int i = 0; i < row.length; i++) {
            int left = i < step ? 0 : row[i - step] & 255;
            int up = above[i] & 255;
            int corner = i < step ? 0 : above[i - step] & 255;
            int predicted = switch (filter) {
                case 1 -> left;
                case 2 -> up;
                case 3 -> (left + up) / 2;
                case 4 -> nearest(left, up, corner);
                default -> 0;
            };
            filtered[i] = (byte) (row[i] - predicted);
        }
        return filtered;
    }

    private static int nearest(int left, int up, int corner) {
        int sum = left + up - corner;
        int toLeft = Math.abs(sum - left);
        int toUp = Math.abs(sum - up);
        int toCorner = Math.abs(sum - corner);
        return toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
    }
}
