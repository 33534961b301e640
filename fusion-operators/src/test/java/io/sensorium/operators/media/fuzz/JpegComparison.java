// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media.fuzz;

import java.awt.image.BufferedImage;
import java.util.List;
import java.util.regex.Pattern;

/**
 * JPEG by two decoders. Each interpolates the colours, of which there is one for several pixels, in its own way, so
 * what is compared is the luma of every pixel whose colours are not cut off at black or full light, and the colour
 * where both have it flat.
 */
final class JpegComparison {

    /** Two inverse transforms and two colour transforms, each rounded. In 1/255. */
    private static final int LUMA = 6;

    private static final int COLOUR = 16;
    /** How far around a pixel its colours count as flat, and how much they may change within. */
    private static final int AROUND = 4;

    private static final int FLAT = 12;

    /** Names of mutations, as the mutator has them, of frames, scans, tables and coded data. */
    private static final Pattern CODED =
            Pattern.compile("segment (c0|c2|c4|da|db|dd)|fields|table|component|sampling|spectral|approximation|scan"
                    + "|entropy|interval|restart|another jpeg");

    private JpegComparison() {}

    /**
     * Whether a mutation is of what is coded: of wrong scans each decoder makes its own, and of coefficients that no
     * encoder writes libjpeg and FFmpeg cut off the sums at different steps.
     */
    static boolean coded(List<String> mutations) {
        return mutations.stream().anyMatch(mutation -> CODED.matcher(mutation).find());
    }

    /** How they differ, or null. */
    static String difference(BufferedImage one, BufferedImage other) {
        if (one.getWidth() != other.getWidth() || one.getHeight() != other.getHeight()) {
            return one.getWidth() + " × " + one.getHeight() + " pixels, another decoder has " + other.getWidth() + " × "
                    + other.getHeight();
        }
        for (int y = 0; y < one.getHeight(); y++) {
            for (int x = 0; x < one.getWidth(); x++) {
                int a = one.getRGB(x, y);
                int b = other.getRGB(x, y);
                if (!cut(a) && !cut(b) && Math.abs(luma(a) - luma(b)) > LUMA) {
                    return String.format("the luma at %d %d is %.1f, another decoder has %.1f", x, y, luma(a), luma(b));
                }
            }
        }
        for (int y = 0; y < one.getHeight(); y += 3) {
            for (int x = y % 2; x < one.getWidth(); x += 3) {
                if (range(one.getRGB(x, y), other.getRGB(x, y)) > COLOUR && flat(one, x, y) && flat(other, x, y)) {
                    return String.format(
                            "the pixel at %d %d is %06x, another decoder has %06x",
                            x, y, one.getRGB(x, y) & 0xffffff, other.getRGB(x, y) & 0xffffff);
                }
            }
        }
        return null;
    }

    private static boolean flat(BufferedImage picture, int x, int y) {
        int centre = picture.getRGB(x, y);
        for (int v = Math.max(0, y - AROUND); v <= Math.min(picture.getHeight() - 1, y + AROUND); v++) {
            for (int u = Math.max(0, x - AROUND); u <= Math.min(picture.getWidth() - 1, x + AROUND); u++) {
                if (range(centre, picture.getRGB(u, v)) > FLAT || cut(picture.getRGB(u, v))) {
                    return false;
                }
            }
        }
        return true;
    }

    /** The largest difference of a channel. */
    private static int range(int a, int b) {
        int largest = 0;
        for (int shift = 0; shift < 24; shift += 8) {
            largest = Math.max(largest, Math.abs((a >> shift & 255) - (b >> shift & 255)));
        }
        return largest;
    }

    private static boolean cut(int rgb) {
        for (int shift = 0; shift < 24; shift += 8) {
            int value = rgb >> shift & 255;
            if (value == 0 || value == 255) {
                return true;
            }
        }
        return false;
    }

    private static double luma(int rgb) {
        return 0.299 * (rgb >> 16 & 255) + 0.587 * (rgb >> 8 & 255) + 0.114 * (rgb & 255);
    }
}
