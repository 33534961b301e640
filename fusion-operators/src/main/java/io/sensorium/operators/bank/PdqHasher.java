// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.bank;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.util.Arrays;

/**
 * Computes PDQ hashes of images, after the description in "The TMK+PDQF Video-Hashing Algorithm and the PDQ
 * Image-Hashing Algorithm" (Facebook, 2019, {@code hashing.pdf} of facebook/ThreatExchange): luminance, two passes of a
 * box filter along rows and columns, which make a tent, 64 × 64 samples, the first 16 × 16 coefficients of their cosine
 * transform without the constant row and column, and of each whether it is above the median. Keeps its working memory;
 * for one thread.
 */
public final class PdqHasher {

    /**
     * Pixels of a side that an image may be reduced to before it is hashed: its shorter side should stay at least twice
     * as long. Below, hashes differ noticeably from those of the full image.
     */
    public static final int SIDE = 256;

    /** Quality from which on the description's authors take a hash as usable. */
    public static final int USABLE_QUALITY = 50;

    private static final int SAMPLES = 64;
    private static final int COEFFICIENTS = 16;
    private static final int PASSES = 2;

    /** By which gradients are divided, so that 100 is reached by images with much structure. */
    private static final int QUALITY_DIVISOR = 90;

    private static final float[][] COSINES = cosines();

    private float[] luminance = new float[0];
    private float[] filtered = new float[0];
    private double[] sums = new double[0];

    private static float[][] cosines() {
        float[][] cosines = new float[COEFFICIENTS][SAMPLES];
        for (int i = 0; i < COEFFICIENTS; i++) {
            for (int j = 0; j < SAMPLES; j++) {
                cosines[i][j] =
                        (float) (Math.sqrt(2.0 / SAMPLES) * Math.cos(Math.PI / (2 * SAMPLES) * (i + 1) * (2 * j + 1)));
            }
        }
        return cosines;
    }

    /** The hash and the quality of an image of at least one pixel. Transparent pixels count by their colour. */
    public Fingerprint.Image hash(BufferedImage image) {
        int width = image.getWidth();
        int height = image.getHeight();
        if (luminance.length < width * height) {
            luminance = new float[width * height];
            filtered = new float[width * height];
        }
        readLuminance(image, luminance);
        for (int pass = 0; pass < PASSES; pass++) {
            alongRows(luminance, filtered, width, height);
            alongColumns(filtered, luminance, width, height);
        }
        float[][] samples = samples(luminance, width, height);
        return new Fingerprint.Image(hash(coefficients(samples)), quality(samples));
    }

    private static void readLuminance(BufferedImage image, float[] to) {
        int width = image.getWidth();
        int height = image.getHeight();
        if (image.getType() == BufferedImage.TYPE_3BYTE_BGR
                && image.getRaster().getDataBuffer() instanceof DataBufferByte bytes
                && bytes.getData().length == width * height * 3) {
            byte[] bgr = bytes.getData();
            for (int i = 0; i < width * height; i++) {
                to[i] = luminance(bgr[3 * i + 2] & 0xff, bgr[3 * i + 1] & 0xff, bgr[3 * i] & 0xff);
            }
            return;
        }
        int[] row = new int[width];
        for (int y = 0; y < height; y++) {
            image.getRGB(0, y, width, 1, row, 0, width);
            for (int x = 0; x < width; x++) {
                to[y * width + x] = luminance(row[x] >> 16 & 0xff, row[x] >> 8 & 0xff, row[x] & 0xff);
            }
        }
    }

    private static float luminance(int red, int green, int blue) {
        return 0.299f * red + 0.587f * green + 0.114f * blue;
    }

    /** Pixels of a box: two boxes, one after the other, reach over what becomes a sample. */
    private static int box(int length) {
        return (length + 2 * SAMPLES - 1) / (2 * SAMPLES);
    }

    /** How far a box reaches past its pixel; to the other side it reaches as far, or a pixel less. */
    private static int ahead(int box) {
        return box / 2;
    }

    private static void alongRows(float[] from, float[] to, int width, int height) {
        int box = box(width);
        int ahead = ahead(box);
        for (int y = 0; y < height; y++) {
            int row = y * width;
            double sum = 0;
            int count = 0;
            for (int x = -ahead; x < width; x++) {
                if (x + ahead < width) {
                    sum += from[row + x + ahead];
                    count++;
                }
                int gone = x + ahead - box;
                if (gone >= 0) {
                    sum -= from[row + gone];
                    count--;
                }
                if (x >= 0) {
                    to[row + x] = (float) (sum / count);
                }
            }
        }
    }

    /** All columns side by side, a row at a time. */
    private void alongColumns(float[] from, float[] to, int width, int height) {
        int box = box(height);
        int ahead = ahead(box);
        if (sums.length < width) {
            sums = new double[width];
        }
        Arrays.fill(sums, 0, width, 0);
        int count = 0;
        for (int y = -ahead; y < height; y++) {
            if (y + ahead < height) {
                int row = (y + ahead) * width;
                for (int x = 0; x < width; x++) {
                    sums[x] += from[row + x];
                }
                count++;
            }
            int gone = y + ahead - box;
            if (gone >= 0) {
                for (int x = 0; x < width; x++) {
                    sums[x] -= from[gone * width + x];
                }
                count--;
            }
            if (y >= 0) {
                double share = 1.0 / count;
                for (int x = 0; x < width; x++) {
                    to[y * width + x] = (float) (sums[x] * share);
                }
            }
        }
    }

    private static float[][] samples(float[] pixels, int width, int height) {
        float[][] samples = new float[SAMPLES][SAMPLES];
        for (int i = 0; i < SAMPLES; i++) {
            int y = (int) ((i + 0.5) * height / SAMPLES);
            for (int j = 0; j < SAMPLES; j++) {
                samples[i][j] = pixels[y * width + (int) ((j + 0.5) * width / SAMPLES)];
            }
        }
        return samples;
    }

    /** The sum of the differences between neighbours, each in whole hundredths of the range. */
    private static int quality(float[][] samples) {
        int sum = 0;
        for (int i = 0; i < SAMPLES; i++) {
            for (int j = 0; j < SAMPLES; j++) {
                if (i + 1 < SAMPLES) {
                    sum += gradient(samples[i][j], samples[i + 1][j]);
                }
                if (j + 1 < SAMPLES) {
                    sum += gradient(samples[i][j], samples[i][j + 1]);
                }
            }
        }
        return Math.min(100, sum / QUALITY_DIVISOR);
    }

    private static int gradient(float one, float other) {
        return Math.abs((int) ((one - other) * 100 / 255));
    }

    private static float[] coefficients(float[][] samples) {
        float[][] down = new float[COEFFICIENTS][SAMPLES];
        for (int i = 0; i < COEFFICIENTS; i++) {
            for (int k = 0; k < SAMPLES; k++) {
                float cosine = COSINES[i][k];
                for (int j = 0; j < SAMPLES; j++) {
                    down[i][j] += cosine * samples[k][j];
                }
            }
        }
        float[] both = new float[COEFFICIENTS * COEFFICIENTS];
        for (int i = 0; i < COEFFICIENTS; i++) {
            for (int j = 0; j < COEFFICIENTS; j++) {
                float sum = 0;
                for (int k = 0; k < SAMPLES; k++) {
                    sum += down[i][k] * COSINES[j][k];
                }
                both[COEFFICIENTS * i + j] = sum;
            }
        }
        return both;
    }

    private static PdqHash hash(float[] coefficients) {
        float[] sorted = coefficients.clone();
        Arrays.sort(sorted);
        // The lower of the two in the middle.
        float median = sorted[sorted.length / 2 - 1];
        long[] words = new long[4];
        for (int bit = 0; bit < coefficients.length; bit++) {
            if (coefficients[bit] > median) {
                words[bit >> 6] |= 1L << bit;
            }
        }
        return new PdqHash(words[0], words[1], words[2], words[3]);
    }
}
