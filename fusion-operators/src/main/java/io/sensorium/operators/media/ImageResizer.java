// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.awt.image.DataBufferInt;
import java.awt.image.WritableRaster;
import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * Scales a picture to a square of floats, RGB, 0..1, channels last, or as a model's own preprocessing wants them. Each
 * target pixel is the mean of the source area it covers when shrinking, and bilinear when enlarging, as two passes of a
 * triangle filter (the antialiased resize of the image libraries that the encoders were trained with). Keeps its
 * working memory; for one thread.
 */
public final class ImageResizer {

    private final int side;
    private final boolean channelsFirst;
    private final float[] mean;
    private final float[] scale;
    private float[] kept = new float[0];
    private float[] sum = new float[0];
    private Filter down;
    private Filter across;

    /**
     * To 0..1, channels last.
     *
     * @param side the target's side in pixels
     */
    public ImageResizer(int side) {
        this(side, false, new float[3], new float[] {1, 1, 1});
    }

    /**
     * To (value − mean) / deviation of each channel.
     *
     * @param side the target's side in pixels
     * @param channelsFirst whether the three channels come one after another, as PyTorch models have them
     * @param mean of red, green and blue in 0..1
     * @param deviation of red, green and blue in 0..1
     */
    public ImageResizer(int side, boolean channelsFirst, float[] mean, float[] deviation) {
        this.side = side;
        this.channelsFirst = channelsFirst;
        this.mean = mean.clone();
        this.scale = new float[] {1 / deviation[0], 1 / deviation[1], 1 / deviation[2]};
    }

    /** Writes {@code side × side × 3} floats into the buffer. Transparent pixels are laid on white. */
    public void scale(BufferedImage picture, FloatBuffer out) {
        int width = picture.getWidth();
        Rows source = rows(picture);
        down = Filter.of(down, picture.getHeight(), side);
        across = Filter.of(across, width, side);
        int rowFloats = width * 3;
        // Down first: whole rows are added up at once, and fewer are left for the way across. Of the source's rows only
        // those that overlap are kept.
        kept = atLeast(kept, down.most * rowFloats);
        sum = atLeast(sum, rowFloats);
        float[] line = new float[side * 3];
        int start = out.position();
        int read = 0;
        for (int y = 0; y < side; y++) {
            Arrays.fill(sum, 0, rowFloats, 0);
            for (int k = 0; k < down.count[y]; k++) {
                int row = down.first[y] + k;
                for (; read <= row; read++) {
                    source.read(read, kept, read % down.most * rowFloats);
                }
                add(down.weights[y][k] / 255f, kept, row % down.most * rowFloats, sum, rowFloats);
            }
            for (int x = 0; x < side; x++) {
                float r = 0;
                float g = 0;
                float b = 0;
                float[] weights = across.weights[x];
                int at = across.first[x] * 3;
                for (float weight : weights) {
                    r += weight * sum[at];
                    g += weight * sum[at + 1];
                    b += weight * sum[at + 2];
                    at += 3;
                }
                line[3 * x] = r;
                line[3 * x + 1] = g;
                line[3 * x + 2] = b;
            }
            write(line, y, start, out);
        }
        out.position(start + side * side * 3);
    }

    private static void add(float weight, float[] from, int at, float[] to, int count) {
        for (int i = 0; i < count; i++) {
            to[i] += weight * from[at + i];
        }
    }

    private static float[] atLeast(float[] floats, int count) {
        return floats.length < count ? new float[count] : floats;
    }

    private void write(float[] line, int y, int start, FloatBuffer out) {
        for (int channel = 0; channel < 3; channel++) {
            if (mean[channel] == 0 && scale[channel] == 1) {
                continue;
            }
            for (int i = channel; i < line.length; i += 3) {
                line[i] = (line[i] - mean[channel]) * scale[channel];
            }
        }
        if (!channelsFirst) {
            out.put(start + y * line.length, line);
            return;
        }
        for (int channel = 0; channel < 3; channel++) {
            for (int x = 0; x < side; x++) {
                out.put(start + (channel * side + y) * side + x, line[3 * x + channel]);
            }
        }
    }

    /** Gives a picture's rows as red, green and blue in 0..255. */
    private interface Rows {
        void read(int row, float[] to, int at);
    }

    private static Rows rows(BufferedImage picture) {
        int width = picture.getWidth();
        if (picture.getType() == BufferedImage.TYPE_3BYTE_BGR
                && picture.getRaster().getDataBuffer() instanceof DataBufferByte bytes
                && bytes.getData().length == width * picture.getHeight() * 3) {
            // As JPEGs are decoded.
            byte[] bgr = bytes.getData();
            return (row, to, at) -> {
                int from = row * width * 3;
                for (int i = 0; i < width * 3; i += 3) {
                    to[at + i] = bgr[from + i + 2] & 0xff;
                    to[at + i + 1] = bgr[from + i + 1] & 0xff;
                    to[at + i + 2] = bgr[from + i] & 0xff;
                }
            };
        }
        if (picture.getColorModel().getColorSpace().getType() == ColorSpace.TYPE_GRAY) {
            return grayRows(picture);
        }
        int[] pixels = rgb(picture);
        return (row, to, at) -> {
            for (int x = 0; x < width; x++) {
                int pixel = pixels[row * width + x];
                to[at + 3 * x] = pixel >> 16 & 0xff;
                to[at + 3 * x + 1] = pixel >> 8 & 0xff;
                to[at + 3 * x + 2] = pixel & 0xff;
            }
        };
    }

    /** The raster's own bands: Java2D would take gray values for linear light and brighten them. */
    private static Rows grayRows(BufferedImage picture) {
        int width = picture.getWidth();
        WritableRaster raster = picture.getRaster();
        float most = (1 << picture.getSampleModel().getSampleSize(0)) - 1;
        int[] gray = new int[width];
        int[] alpha = new int[width];
        return (row, to, at) -> {
            raster.getSamples(0, row, width, 1, 0, gray);
            if (raster.getNumBands() > 1) {
                raster.getSamples(0, row, width, 1, 1, alpha);
            } else {
                Arrays.fill(alpha, (int) most);
            }
            for (int x = 0; x < width; x++) {
                float value = 255 + (gray[x] - most) * alpha[x] / (most * most) * 255;
                Arrays.fill(to, at + 3 * x, at + 3 * x + 3, value);
            }
        };
    }

    private static int[] rgb(BufferedImage picture) {
        BufferedImage plain = picture;
        if (picture.getType() != BufferedImage.TYPE_INT_RGB) {
            plain = new BufferedImage(picture.getWidth(), picture.getHeight(), BufferedImage.TYPE_INT_RGB);
            Graphics2D graphics = plain.createGraphics();
            graphics.drawImage(picture, 0, 0, Color.WHITE, null);
            graphics.dispose();
        }
        return ((DataBufferInt) plain.getRaster().getDataBuffer()).getData();
    }

    /** For each target index: the first source index, how many, and their weights, which sum to 1. */
    private static final class Filter {
        final int[] first;
        final int[] count;
        final float[][] weights;
        final int most;
        private final int from;

        /** The last one, where it is for the same lengths. */
        static Filter of(Filter last, int from, int to) {
            return last != null && last.from == from ? last : new Filter(from, to);
        }

        private Filter(int from, int to) {
            this.from = from;
            first = new int[to];
            count = new int[to];
            weights = new float[to][];
            double scale = (double) from / to;
            double reach = Math.max(scale, 1);
            for (int i = 0; i < to; i++) {
                double centre = (i + 0.5) * scale - 0.5;
                int low = Math.max(0, (int) Math.ceil(centre - reach));
                int high = Math.min(from - 1, (int) Math.floor(centre + reach));
                first[i] = low;
                count[i] = high - low + 1;
                weights[i] = new float[count[i]];
                double sum = 0;
                for (int k = 0; k < count[i]; k++) {
                    double weight = Math.max(0, 1 - Math.abs(low + k - centre) / reach);
                    weights[i][k] = (float) weight;
                    sum += weight;
                }
                for (int k = 0; k < count[i]; k++) {
                    weights[i][k] /= (float) sum;
                }
            }
            most = Arrays.stream(count).max().orElse(1);
        }
    }
}
