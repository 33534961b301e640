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

    /** By which gradients are divided, so that 100 is reached by images with much structure. */
    private static final int QUALITY_DIVISOR = 90;

    private static final float[][] COSINES = cosines();

    private float[] luminance = new float[0];
    private int[] pixels = new int[0];
    private Tents across;
    private Tents down;

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
        float[][] samples = samples(image);
        return new Fingerprint.Image(hash(coefficients(samples)), quality(samples));
    }

    /** The filters of rows and of columns do not depend on each other, so each is computed where it is sampled only. */
    private float[][] samples(BufferedImage image) {
        int width = image.getWidth();
        int height = image.getHeight();
        across = Tents.of(across, width);
        down = Tents.of(down, height);
        if (luminance.length < width) {
            luminance = new float[width];
            pixels = new int[width];
        }
        float[][] samples = new float[SAMPLES][SAMPLES];
        float[] row = new float[SAMPLES];
        byte[] bgr = bgr(image);
        int first = 0;
        for (int y = 0; y < height; y++) {
            // Neither samples nor their first rows go up again.
            while (first < SAMPLES && down.end(first) <= y) {
                first++;
            }
            if (first == SAMPLES || down.first[first] > y) {
                continue;
            }
            readLuminance(image, bgr, y);
            across.apply(luminance, row);
            for (int i = first; i < SAMPLES && down.first[i] <= y; i++) {
                float weight = down.weights[i][y - down.first[i]];
                float[] sample = samples[i];
                for (int j = 0; j < SAMPLES; j++) {
                    sample[j] += weight * row[j];
                }
            }
        }
        return samples;
    }

    /** The bytes of an image as JPEGs are decoded; null for others. */
    private static byte[] bgr(BufferedImage image) {
        return image.getType() == BufferedImage.TYPE_3BYTE_BGR
                        && image.getRaster().getDataBuffer() instanceof DataBufferByte bytes
                        && bytes.getData().length == image.getWidth() * image.getHeight() * 3
                ? bytes.getData()
                : null;
    }

    private void readLuminance(BufferedImage image, byte[] bgr, int y) {
        int width = image.getWidth();
        if (bgr != null) {
            for (int x = 0, at = y * width * 3; x < width; x++, at += 3) {
                luminance[x] = luminance(bgr[at + 2] & 0xff, bgr[at + 1] & 0xff, bgr[at] & 0xff);
            }
            return;
        }
        image.getRGB(0, y, width, 1, pixels, 0, width);
        for (int x = 0; x < width; x++) {
            luminance[x] = luminance(pixels[x] >> 16 & 0xff, pixels[x] >> 8 & 0xff, pixels[x] & 0xff);
        }
    }

    private static float luminance(int red, int green, int blue) {
        return 0.299f * red + 0.587f * green + 0.114f * blue;
    }

    /**
     * What two passes of a box filter along a line make of it, at the places where it is sampled: weights of a tent.
     */
    private static final class Tents {
        private final int length;
        private final int[] first = new int[SAMPLES];
        private final float[][] weights = new float[SAMPLES][];

        /** The last ones, where they are of that length. */
        static Tents of(Tents last, int length) {
            return last != null && last.length == length ? last : new Tents(length);
        }

        private Tents(int length) {
            this.length = length;
            // Two boxes, one after the other, reach over what becomes a sample.
            int box = (length + 2 * SAMPLES - 1) / (2 * SAMPLES);
            for (int i = 0; i < SAMPLES; i++) {
                int sample = (int) ((i + 0.5) * length / SAMPLES);
                first[i] = from(from(sample, box), box);
                double[] sums = new double[to(to(sample, box), box) - first[i] + 1];
                double outer = 1.0 / (to(sample, box) - from(sample, box) + 1);
                for (int at = from(sample, box); at <= to(sample, box); at++) {
                    double inner = outer / (to(at, box) - from(at, box) + 1);
                    for (int k = from(at, box); k <= to(at, box); k++) {
                        sums[k - first[i]] += inner;
                    }
                }
                weights[i] = new float[sums.length];
                for (int k = 0; k < sums.length; k++) {
                    weights[i][k] = (float) sums[k];
                }
            }
        }

        /** The first place of the box around a place. A box of an even length reaches further ahead than back. */
        private static int from(int place, int box) {
            return Math.max(0, place + box / 2 - box + 1);
        }

        private int to(int place, int box) {
            return Math.min(length - 1, place + box / 2);
        }

        /** The place behind a tent. */
        private int end(int sample) {
            return first[sample] + weights[sample].length;
        }

        private void apply(float[] line, float[] samples) {
            for (int i = 0; i < SAMPLES; i++) {
                float[] own = weights[i];
                int at = first[i];
                float sum = 0;
                for (int k = 0; k < own.length; k++) {
                    sum += own[k] * line[at + k];
                }
                samples[i] = sum;
            }
        }
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
