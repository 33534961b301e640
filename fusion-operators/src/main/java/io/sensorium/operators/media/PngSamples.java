// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

/**
 * Turns a row's stored samples, of 1 to 16 bits, gray, RGB or a palette's, with or without transparency, into opaque
 * sRGB. For one thread.
 */
final class PngSamples {

    private final PngFile file;
    private final int samples;
    private final int offset;
    /** The palette's colours on white, red first; null where there is no palette. */
    private final byte[] palette;

    private final RowConverter converter;
    /** The samples that are transparent where all of a pixel have these values, or null. */
    private final int[] transparent;

    private final boolean alpha;
    private byte[] eight = new byte[0];

    PngSamples(PngFile file, ColorProfile.Cache profiles) {
        this.file = file;
        samples = file.samples();
        offset = Math.max(1, samples * file.depth() / 8);
        boolean stored = file.colour() == 4 || file.colour() == 6;
        transparent = stored || file.colour() == 3 ? null : transparent(file.transparency(), samples);
        alpha = stored || transparent != null;
        boolean gray = file.colour() == 0 || file.colour() == 4;
        ColorProfile profile = profiles.of(file.metadata().profile(), gray ? 1 : 3);
        palette = file.colour() == 3 ? palette(file, profile) : null;
        converter = new RowConverter(gray ? 1 : 3, alpha, profile);
    }

    private static int[] transparent(byte[] chunk, int samples) {
        if (chunk == null || chunk.length < 2 * samples) {
            return null;
        }
        int[] values = new int[samples];
        for (int i = 0; i < samples; i++) {
            values[i] = (chunk[2 * i] & 0xff) << 8 | chunk[2 * i + 1] & 0xff;
        }
        return values;
    }

    /** 256 colours: those that the file does not have are black. */
    private static byte[] palette(PngFile file, ColorProfile profile) {
        byte[] rgba = new byte[256 * 4];
        for (int i = 0; i < 256; i++) {
            if (3 * i < file.palette().length) {
                System.arraycopy(file.palette(), 3 * i, rgba, 4 * i, 3);
            }
            rgba[4 * i + 3] =
                    file.transparency() != null && i < file.transparency().length ? file.transparency()[i] : (byte) 255;
        }
        byte[] rgb = new byte[256 * 3];
        new RowConverter(3, true, profile).convert(rgba, 256, rgb);
        return rgb;
    }

    /**
     * @param row behind as many bytes as a pixel has
     * @param rgb where the red, green and blue of its pixels go
     */
    void convert(byte[] row, int count, byte[] rgb) {
        if (palette != null) {
            for (int i = 0; i < count; i++) {
                System.arraycopy(palette, 3 * sample(row, i), rgb, 3 * i, 3);
            }
            return;
        }
        int width = samples + (transparent != null ? 1 : 0);
        if (eight.length < count * width) {
            eight = new byte[count * width];
        }
        if (file.depth() == 8 && transparent == null) {
            System.arraycopy(row, offset, eight, 0, count * samples);
        } else if (file.depth() == 16 && transparent == null) {
            for (int i = 0, from = offset; i < count * samples; i++, from += 2) {
                // Rounded: the largest of 16 bits is 257 times the largest of 8.
                eight[i] = (byte) (((row[from] & 0xff) << 8 | row[from + 1] & 0xff) * 255 + 32_895 >> 16);
            }
        } else {
            unpack(row, count, width);
        }
        converter.convert(eight, count, rgb);
    }

    private void unpack(byte[] row, int count, int width) {
        int most = (1 << file.depth()) - 1;
        for (int i = 0; i < count; i++) {
            boolean opaque = transparent == null;
            for (int s = 0; s < samples; s++) {
                int value = sample(row, i * samples + s);
                opaque |= transparent != null && value != (transparent[s] & most);
                eight[i * width + s] = (byte) ((value * 255L + most / 2) / most);
            }
            if (transparent != null) {
                eight[i * width + samples] = (byte) (opaque ? 255 : 0);
            }
        }
    }

    private int sample(byte[] row, int index) {
        return switch (file.depth()) {
            case 8 -> row[offset + index] & 0xff;
            case 16 -> (row[offset + 2 * index] & 0xff) << 8 | row[offset + 2 * index + 1] & 0xff;
            default -> {
                int bit = index * file.depth();
                yield row[offset + (bit >> 3)] >> 8 - file.depth() - (bit & 7) & (1 << file.depth()) - 1;
            }
        };
    }
}
