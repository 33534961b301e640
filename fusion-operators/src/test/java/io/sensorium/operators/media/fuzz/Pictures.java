// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media.fuzz;

import java.awt.AlphaComposite;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.util.Random;

/** Pictures that files are made of. */
final class Pictures {

    private Pictures() {}

    /**
     * Four quarters of their own colours, with a gradient or with stripes one pixel wide, so that turned, cut,
     * brightened and coarsely sampled ones differ.
     */
    static BufferedImage random(Random random, int width, int height, boolean alpha, boolean stripes) {
        int[] colours = random.ints(4, 0, 1 << 24).toArray();
        boolean striped = stripes && random.nextInt(3) == 0;
        BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_ARGB);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int colour = colours[(y * 2 / height) * 2 + x * 2 / width];
                int shade = 255 - 127 * (x + y) / (width + height);
                int opacity = alpha ? 255 - 200 * y / height : 255;
                int rgb = (colour >> 16 & 255) * shade / 255 << 16
                        | (colour >> 8 & 255) * shade / 255 << 8
                        | (colour & 255) * shade / 255;
                picture.setRGB(x, y, opacity << 24 | (striped && x % 2 == 0 ? 0 : rgb));
            }
        }
        return picture;
    }

    /** A size: mostly small, at times far larger than what it is scaled to, thin, or a few pixels. */
    static int[] size(Random random, int most) {
        return switch (random.nextInt(8)) {
            case 0 -> new int[] {1 + random.nextInt(4), 1 + random.nextInt(4)};
            case 1 -> new int[] {1 + random.nextInt(8), 1 + random.nextInt(most)};
            case 2 -> new int[] {most / 2 + random.nextInt(most / 2), most / 2 + random.nextInt(most / 2)};
            default -> new int[] {8 + random.nextInt(60), 8 + random.nextInt(60)};
        };
    }

    /**
     * Turned as an EXIF orientation says.
     *
     * @param orientation 1 to 8; others leave it as it is
     */
    static BufferedImage oriented(BufferedImage picture, int orientation) {
        if (orientation < 2 || orientation > 8) {
            return picture;
        }
        boolean sideways = orientation >= 5;
        int width = picture.getWidth();
        int height = picture.getHeight();
        BufferedImage turned =
                new BufferedImage(sideways ? height : width, sideways ? width : height, BufferedImage.TYPE_INT_ARGB);
        for (int y = 0; y < turned.getHeight(); y++) {
            for (int x = 0; x < turned.getWidth(); x++) {
                int[] from = switch (orientation) {
                    case 2 -> new int[] {width - 1 - x, y};
                    case 3 -> new int[] {width - 1 - x, height - 1 - y};
                    case 4 -> new int[] {x, height - 1 - y};
                    case 5 -> new int[] {y, x};
                    case 6 -> new int[] {y, height - 1 - x};
                    case 7 -> new int[] {width - 1 - y, height - 1 - x};
                    default -> new int[] {width - 1 - y, x};
                };
                turned.setRGB(x, y, picture.getRGB(from[0], from[1]));
            }
        }
        return turned;
    }

    /** The first frame of an animation on its canvas, the rest transparent. */
    static BufferedImage onCanvas(BufferedImage frame, int width, int height, int left, int top) {
        BufferedImage canvas = new BufferedImage(width, height, BufferedImage.TYPE_INT_ARGB);
        Graphics2D graphics = canvas.createGraphics();
        graphics.setComposite(AlphaComposite.Src);
        graphics.drawImage(frame, left, top, null);
        graphics.dispose();
        return canvas;
    }

    /** As sRGB has what was meant in a profile's own numbers. */
    static BufferedImage converted(BufferedImage picture, ICC_Profile profile) {
        ICC_ColorSpace space = new ICC_ColorSpace(profile);
        boolean gray = profile.getNumComponents() == 1;
        BufferedImage converted =
                new BufferedImage(picture.getWidth(), picture.getHeight(), BufferedImage.TYPE_INT_ARGB);
        java.util.Map<Integer, Integer> known = new java.util.HashMap<>();
        for (int y = 0; y < picture.getHeight(); y++) {
            for (int x = 0; x < picture.getWidth(); x++) {
                int argb = picture.getRGB(x, y);
                int rgb = known.computeIfAbsent(argb & 0xffffff, value -> {
                    float[] in = gray
                            ? new float[] {(value & 255) / 255f}
                            : new float[] {(value >> 16 & 255) / 255f, (value >> 8 & 255) / 255f, (value & 255) / 255f};
                    float[] out = space.toRGB(in);
                    return new Color(out[0], out[1], out[2]).getRGB() & 0xffffff;
                });
                converted.setRGB(x, y, argb & 0xff000000 | rgb);
            }
        }
        return converted;
    }

    /** Profiles that come with Java. */
    static ICC_Profile profile(Random random, boolean gray) {
        return ICC_Profile.getInstance(
                gray ? ColorSpace.CS_GRAY : random.nextBoolean() ? ColorSpace.CS_sRGB : ColorSpace.CS_LINEAR_RGB);
    }
}
