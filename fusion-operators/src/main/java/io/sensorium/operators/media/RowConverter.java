// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

/**
 * Turns a row of 8-bit samples into opaque sRGB: the embedded profile is applied, and what is transparent is laid on
 * white. All formats go through here, so one rule holds for all. Keeps its working memory; for one thread.
 */
final class RowConverter {

    private final int colours;
    private final boolean alpha;
    private final ColorProfile profile;
    private byte[] plain = new byte[0];

    /**
     * @param colours of a pixel: 1 gray, 3 RGB, 4 CMYK with 0 for no ink
     * @param alpha whether another byte of opacity follows them
     * @param profile or null for sRGB
     */
    RowConverter(int colours, boolean alpha, ColorProfile profile) {
        this.colours = colours;
        this.alpha = alpha;
        this.profile = profile;
    }

    /**
     * @param samples of {@code count} pixels
     * @param rgb where their red, green and blue go
     */
    void convert(byte[] samples, int count, byte[] rgb) {
        if (alpha && colours == 3 && profile == null) {
            rgbOnWhite(samples, count, rgb);
            return;
        }
        byte[] opaque = alpha ? withoutAlpha(samples, count) : samples;
        if (profile != null) {
            profile.convert(opaque, count, rgb);
        } else if (colours == 3) {
            System.arraycopy(opaque, 0, rgb, 0, count * 3);
        } else if (colours == 1) {
            for (int i = 0; i < count; i++) {
                rgb[3 * i] = opaque[i];
                rgb[3 * i + 1] = opaque[i];
                rgb[3 * i + 2] = opaque[i];
            }
        } else {
            for (int i = 0; i < count; i++) {
                int light = 255 - (opaque[4 * i + 3] & 0xff);
                for (int ink = 0; ink < 3; ink++) {
                    rgb[3 * i + ink] = (byte) (((255 - (opaque[4 * i + ink] & 0xff)) * light + 127) / 255);
                }
            }
        }
        if (alpha) {
            layOnWhite(samples, count, rgb);
        }
    }

    /** The most frequent kind with alpha, in one pass. */
    private static void rgbOnWhite(byte[] rgba, int count, byte[] rgb) {
        for (int i = 0, from = 0, to = 0; i < count; i++, from += 4, to += 3) {
            int opacity = rgba[from + 3] & 0xff;
            if (opacity == 255) {
                rgb[to] = rgba[from];
                rgb[to + 1] = rgba[from + 1];
                rgb[to + 2] = rgba[from + 2];
            } else {
                rgb[to] = onWhite(rgba[from], opacity);
                rgb[to + 1] = onWhite(rgba[from + 1], opacity);
                rgb[to + 2] = onWhite(rgba[from + 2], opacity);
            }
        }
    }

    private static byte onWhite(byte colour, int opacity) {
        return (byte) (((colour & 0xff) * opacity + 255 * (255 - opacity) + 127) / 255);
    }

    private byte[] withoutAlpha(byte[] samples, int count) {
        if (plain.length < count * colours) {
            plain = new byte[count * colours];
        }
        for (int i = 0, from = 0, to = 0; i < count; i++, from++) {
            for (int colour = 0; colour < colours; colour++) {
                plain[to++] = samples[from++];
            }
        }
        return plain;
    }

    private void layOnWhite(byte[] samples, int count, byte[] rgb) {
        for (int i = 0; i < count; i++) {
            int opacity = samples[i * (colours + 1) + colours] & 0xff;
            if (opacity < 255) {
                for (int at = 3 * i; at < 3 * i + 3; at++) {
                    rgb[at] = onWhite(rgb[at], opacity);
                }
            }
        }
    }
}
