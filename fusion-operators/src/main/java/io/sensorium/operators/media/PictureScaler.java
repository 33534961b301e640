package io.sensorium.operators.media;

import java.awt.Graphics2D;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import java.nio.FloatBuffer;

/**
 * Scales a picture to a square of floats, RGB, 0..1, channels last, or as a model's own preprocessing wants them. Each target pixel is the mean of the source area it
 * covers when shrinking, and bilinear when enlarging, as two passes of a triangle filter (the antialiased resize of the
 * image libraries that the encoders were trained with). Keeps its working memory; for one thread.
 */
public final class PictureScaler {

    private final int side;
    private final boolean channelsFirst;
    private final float[] mean;
    private final float[] scale;
    private float[] rows = new float[0];

    /** To 0..1, channels last. @param side the target's side in pixels */
    public PictureScaler(int side) {
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
    public PictureScaler(int side, boolean channelsFirst, float[] mean, float[] deviation) {
        this.side = side;
        this.channelsFirst = channelsFirst;
        this.mean = mean.clone();
        this.scale = new float[] {1 / deviation[0], 1 / deviation[1], 1 / deviation[2]};
    }

    /** Writes {@code side × side × 3} floats into the buffer. Transparent pixels are laid on white. */
    public void scale(BufferedImage picture, FloatBuffer out) {
        int width = picture.getWidth();
        int height = picture.getHeight();
        int[] pixels = rgb(picture);
        int rowFloats = side * 3;
        if (rows.length < height * rowFloats) {
            rows = new float[height * rowFloats];
        }
        Filter across = new Filter(width, side);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < side; x++) {
                float r = 0;
                float g = 0;
                float b = 0;
                for (int k = 0; k < across.count[x]; k++) {
                    int pixel = pixels[y * width + across.first[x] + k];
                    float weight = across.weights[x][k];
                    r += weight * (pixel >> 16 & 0xff);
                    g += weight * (pixel >> 8 & 0xff);
                    b += weight * (pixel & 0xff);
                }
                int at = y * rowFloats + x * 3;
                rows[at] = r;
                rows[at + 1] = g;
                rows[at + 2] = b;
            }
        }
        Filter down = new Filter(height, side);
        float[] line = new float[rowFloats];
        int start = out.position();
        for (int y = 0; y < side; y++) {
            java.util.Arrays.fill(line, 0);
            for (int k = 0; k < down.count[y]; k++) {
                float weight = down.weights[y][k] / 255f;
                int from = (down.first[y] + k) * rowFloats;
                for (int i = 0; i < rowFloats; i++) {
                    line[i] += weight * rows[from + i];
                }
            }
            write(line, y, start, out);
        }
        out.position(start + side * rowFloats);
    }

    private void write(float[] line, int y, int start, FloatBuffer out) {
        for (int i = 0; i < line.length; i++) {
            line[i] = (line[i] - mean[i % 3]) * scale[i % 3];
        }
        if (!channelsFirst) {
            out.put(start + y * line.length, line);
            return;
        }
        for (int i = 0; i < line.length; i++) {
            out.put(start + (i % 3 * side + y) * side + i / 3, line[i]);
        }
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

        Filter(int from, int to) {
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
        }
    }
}
