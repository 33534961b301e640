// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.encode;

import io.sensorium.operators.media.DecodedImage;
import java.awt.image.DataBufferByte;
import java.nio.FloatBuffer;

/**
 * Takes rectangles, perhaps turned, out of an image at another size: bilinear where it enlarges, the mean of several
 * such samples where it reduces. Positions are in pixels of the image's file, whatever it has been reduced to.
 */
final class RegionSampler {

    /** Samples along one side of a target's pixel at most; ImageDecoder leaves about as many. */
    private static final int MOST = 8;

    private final byte[] pixels;
    private final int width;
    private final int height;
    private final double across;
    private final double down;
    private final float[] sums = new float[3];

    /** @param image of type {@link DecodedImage#TYPE_3BYTE_BGR} */
    RegionSampler(DecodedImage image) {
        pixels = ((DataBufferByte) image.getRaster().getDataBuffer()).getData();
        width = image.getWidth();
        height = image.getHeight();
        across = (double) width / image.originalWidth();
        down = (double) height / image.originalHeight();
    }

    /**
     * Writes blue, then green, then red, each row by row, at the buffer's beginning.
     *
     * @param to with room for three times {@code rowLength × rows}
     * @param rowLength of the target in pixels
     * @param columns of the target's rows that are written
     * @param rows likewise
     * @param mean of each channel, of 255, blue first
     * @param deviation likewise
     */
    void sample(
            TextRegion region,
            FloatBuffer to,
            int rowLength,
            int columns,
            int rows,
            int plane,
            float[] mean,
            float[] deviation) {
        double stepX = region.width() / columns;
        double stepY = region.height() / rows;
        // Steps of the image as it is held.
        double alongX = region.directionX() * stepX * across;
        double alongY = region.directionY() * stepX * down;
        double acrossX = -region.directionY() * stepY * across;
        double acrossY = region.directionX() * stepY * down;
        double originX = region.x() * across - 0.5 - alongX * columns / 2 - acrossX * rows / 2;
        double originY = region.y() * down - 0.5 - alongY * columns / 2 - acrossY * rows / 2;
        int samplesX = samples(Math.hypot(alongX, alongY));
        int samplesY = samples(Math.hypot(acrossX, acrossY));
        float scale = 1f / (samplesX * samplesY);
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                sums[0] = 0;
                sums[1] = 0;
                sums[2] = 0;
                for (int v = 0; v < samplesY; v++) {
                    double y = row + (v + 0.5) / samplesY;
                    for (int u = 0; u < samplesX; u++) {
                        double x = column + (u + 0.5) / samplesX;
                        add(originX + x * alongX + y * acrossX, originY + x * alongY + y * acrossY);
                    }
                }
                int at = row * rowLength + column;
                for (int channel = 0; channel < 3; channel++) {
                    to.put(at + channel * plane, (sums[channel] * scale - mean[channel]) / deviation[channel]);
                }
            }
        }
    }

    private static int samples(double step) {
        return Math.max(1, Math.min(MOST, (int) Math.ceil(step - 0.25)));
    }

    /** Adds the colour of a position between pixels; beyond the image that of its edge. */
    private void add(double x, double y) {
        float exactX = (float) Math.max(0, Math.min(width - 1, x));
        float exactY = (float) Math.max(0, Math.min(height - 1, y));
        int left = (int) exactX;
        int top = (int) exactY;
        float right = exactX - left;
        float bottom = exactY - top;
        int upper = (top * width + left) * 3;
        int lower = top + 1 < height ? upper + width * 3 : upper;
        int next = left + 1 < width ? 3 : 0;
        float upperLeft = (1 - right) * (1 - bottom);
        float upperRight = right * (1 - bottom);
        float lowerLeft = (1 - right) * bottom;
        float lowerRight = right * bottom;
        for (int channel = 0; channel < 3; channel++) {
            sums[channel] += upperLeft * (pixels[upper + channel] & 0xff)
                    + upperRight * (pixels[upper + next + channel] & 0xff)
                    + lowerLeft * (pixels[lower + channel] & 0xff)
                    + lowerRight * (pixels[lower + next + channel] & 0xff);
        }
    }
}
