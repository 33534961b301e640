// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.util.Arrays;

/**
 * Takes an image's pixels, in any order and each once, and keeps them at the size that is needed: as they are, or,
 * where the image is far larger than that, as cells that each hold the mean of the area they cover. Memory is that of
 * the cells. For one thread.
 */
final class PixelGrid {

    private final Cells across;
    private final Cells down;
    /** The pixels, blue first, where none are averaged. */
    private final byte[] bgr;
    /** Sums of the cells, red first, else. */
    private final float[] sums;

    /**
     * @param side the side in pixels that the image is scaled to later; the shorter side keeps at least twice that, or
     *     its own length
     */
    PixelGrid(int width, int height, int side) {
        int both = Math.max(1, Math.min(width, height) / (2 * side));
        across = new Cells(width, Math.max(both, width / (16 * side)));
        down = new Cells(height, Math.max(both, height / (16 * side)));
        boolean whole = across.count == width && down.count == height;
        int values = Math.multiplyExact(3, Math.multiplyExact(across.count, down.count));
        bgr = whole ? new byte[values] : null;
        sums = whole ? null : new float[values];
    }

    /**
     * A whole row.
     *
     * @param rgb red, green and blue of each pixel
     */
    void row(byte[] rgb, int y) {
        if (bgr != null) {
            int to = y * across.length * 3;
            for (int from = 0, end = across.length * 3; from < end; from += 3, to += 3) {
                bgr[to] = rgb[from + 2];
                bgr[to + 1] = rgb[from + 1];
                bgr[to + 2] = rgb[from];
            }
            return;
        }
        int cellRow = down.cell(y);
        float share = down.share(y, cellRow);
        int upper = cellRow * across.count * 3;
        int lower = upper + across.count * 3;
        if (across.exact) {
            exactRow(rgb, upper, share);
            if (share < 1) {
                exactRow(rgb, lower, 1 - share);
            }
            return;
        }
        for (int cell = 0; cell < across.count; cell++) {
            int first = across.first[cell];
            int last = across.last[cell];
            float head = across.head[cell];
            float tail = across.tail[cell];
            int r = 0;
            int g = 0;
            int b = 0;
            int at = first * 3 + 3;
            for (int end = last * 3; at < end; at += 3) {
                r += rgb[at] & 0xff;
                g += rgb[at + 1] & 0xff;
                b += rgb[at + 2] & 0xff;
            }
            // A cell is never narrower than a pixel, so where its first pixel is its last it is that pixel: head and
            // tail are both 1.
            at = first * 3;
            float red = r + head * (rgb[at] & 0xff);
            float green = g + head * (rgb[at + 1] & 0xff);
            float blue = b + head * (rgb[at + 2] & 0xff);
            if (last > first) {
                at = last * 3;
                red += tail * (rgb[at] & 0xff);
                green += tail * (rgb[at + 1] & 0xff);
                blue += tail * (rgb[at + 2] & 0xff);
            }
            at = upper + cell * 3;
            sums[at] += share * red;
            sums[at + 1] += share * green;
            sums[at + 2] += share * blue;
            if (share < 1) {
                at = lower + cell * 3;
                sums[at] += (1 - share) * red;
                sums[at + 1] += (1 - share) * green;
                sums[at + 2] += (1 - share) * blue;
            }
        }
    }

    /** Forgets all pixels, before the same image comes once more. */
    void restart() {
        if (sums != null) {
            Arrays.fill(sums, 0);
        }
    }

    /** A row whose cells begin and end between pixels. */
    private void exactRow(byte[] rgb, int row, float share) {
        int width = across.length / across.count * 3;
        for (int to = row, end = row + across.count * 3, from = 0; to < end; to += 3) {
            int r = 0;
            int g = 0;
            int b = 0;
            for (int next = from + width; from < next; from += 3) {
                r += rgb[from] & 0xff;
                g += rgb[from + 1] & 0xff;
                b += rgb[from + 2] & 0xff;
            }
            sums[to] += share * r;
            sums[to + 1] += share * g;
            sums[to + 2] += share * b;
        }
    }

    /** Pixels of a row that are {@code step} apart, as interlaced files have them. */
    void pixels(byte[] rgb, int y, int x, int step, int count) {
        int cellRow = down.cell(y);
        float share = down.share(y, cellRow);
        for (int i = 0, column = x; i < count; i++, column += step) {
            if (bgr != null) {
                int to = (y * across.length + column) * 3;
                bgr[to] = rgb[3 * i + 2];
                bgr[to + 1] = rgb[3 * i + 1];
                bgr[to + 2] = rgb[3 * i];
                continue;
            }
            int cell = across.cell(column);
            float part = across.share(column, cell);
            add(cellRow, cell, share * part, rgb, 3 * i);
            add(cellRow, cell + 1, share * (1 - part), rgb, 3 * i);
            add(cellRow + 1, cell, (1 - share) * part, rgb, 3 * i);
            add(cellRow + 1, cell + 1, (1 - share) * (1 - part), rgb, 3 * i);
        }
    }

    private void add(int cellRow, int cell, float weight, byte[] rgb, int from) {
        if (weight > 0) {
            int at = (cellRow * across.count + cell) * 3;
            sums[at] += weight * (rgb[from] & 0xff);
            sums[at + 1] += weight * (rgb[from + 1] & 0xff);
            sums[at + 2] += weight * (rgb[from + 2] & 0xff);
        }
    }

    /**
     * What has come, upright.
     *
     * @param orientation EXIF orientation of the rows, 1 to 8
     */
    DecodedImage image(int orientation) {
        int width = across.count;
        int height = down.count;
        boolean lying = orientation >= 5;
        DecodedImage image = new DecodedImage(
                lying ? height : width,
                lying ? width : height,
                BufferedImage.TYPE_3BYTE_BGR,
                lying ? down.length : across.length,
                lying ? across.length : down.length);
        byte[] pixels = ((DataBufferByte) image.getRaster().getDataBuffer()).getData();
        byte[] from = bgr == null ? means() : bgr;
        if (orientation == 1) {
            System.arraycopy(from, 0, pixels, 0, pixels.length);
            return image;
        }
        boolean mirrored = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
        boolean flipped = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
        for (int y = 0, to = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++, to += 3) {
                int u = lying ? y : x;
                int v = lying ? x : y;
                int at = ((flipped ? height - 1 - v : v) * width + (mirrored ? width - 1 - u : u)) * 3;
                pixels[to] = from[at];
                pixels[to + 1] = from[at + 1];
                pixels[to + 2] = from[at + 2];
            }
        }
        return image;
    }

    private byte[] means() {
        byte[] means = new byte[sums.length];
        float area = (float) ((double) across.length / across.count * down.length / down.count);
        for (int i = 0; i < sums.length; i += 3) {
            means[i] = mean(sums[i + 2], area);
            means[i + 1] = mean(sums[i + 1], area);
            means[i + 2] = mean(sums[i], area);
        }
        return means;
    }

    private static byte mean(float sum, float area) {
        return (byte) Math.min(255, (int) (sum / area + 0.5f));
    }

    /**
     * Equal cells along one side. A pixel on a boundary belongs to both of its cells by the share that lies in each.
     */
    private static final class Cells {
        final int length;
        final int count;
        /** Whether no pixel lies in two cells. */
        final boolean exact;

        final int[] first;
        final int[] last;
        final float[] head;
        final float[] tail;

        /** @param step about how many pixels a cell is wide */
        Cells(int length, int step) {
            this.length = length;
            count = Math.max(1, length / step);
            exact = length % count == 0;
            first = new int[count];
            last = new int[count];
            head = new float[count];
            tail = new float[count];
            for (int i = 0; i < count; i++) {
                long from = (long) i * length;
                long to = from + length;
                first[i] = (int) (from / count);
                last[i] = (int) ((to - 1) / count);
                head[i] = 1 - (float) (from - (long) first[i] * count) / count;
                tail[i] = (float) (to - (long) last[i] * count) / count;
            }
        }

        /** The first cell that a pixel lies in. */
        int cell(int pixel) {
            return (int) ((long) pixel * count / length);
        }

        /** How much of a pixel lies in that cell, in (0, 1]. */
        float share(int pixel, int cell) {
            return last[cell] > pixel || count == length ? 1 : tail[cell];
        }
    }
}
