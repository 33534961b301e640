// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media.fuzz;

import io.sensorium.operators.media.AudioDecoder;
import io.sensorium.operators.media.ImageDecoder;
import io.sensorium.operators.media.MediaException;
import java.awt.image.BufferedImage;
import java.util.List;

/**
 * Holds what was decoded from a file, changed or not, against what another decoder makes of the same bytes, where that
 * one takes them as well.
 */
final class OtherDecoders {

    /** So large that no picture is reduced. */
    static final int NOT_REDUCED = 1 << 16;
    /** Rounding, twice where there is transparency. */
    private static final int EXACT = 2;

    private final ImageDecoder pictures;
    private final AudioDecoder sounds;

    OtherDecoders(ImageDecoder pictures, AudioDecoder sounds) {
        this.pictures = pictures;
        this.sounds = sounds;
    }

    /** Whether some decoder that runs everywhere stands beside the format's. */
    static boolean has(String format) {
        return "png gif jpeg wav".contains(format);
    }

    /**
     * Compares a file that has been decoded.
     *
     * @param mutations that made it
     * @return how the values differ, or null
     * @throws NotCompared with the kind of file
     */
    String difference(String format, byte[] bytes, List<String> mutations) throws NotCompared {
        byte[] bare = format.equals("wav") ? Bare.wavAt16Khz(bytes) : Bare.picture(format, bytes);
        try {
            return switch (format) {
                case "png" -> {
                    BufferedImage other = PngReader.read(bare).pixels();
                    yield exact(pictures.decode(bare, NOT_REDUCED), other);
                }
                case "gif" -> {
                    BufferedImage other = OtherReaders.gif(bare);
                    BufferedImage decoded = pictures.decode(bare, NOT_REDUCED);
                    String difference = exact(decoded, other);
                    if (difference != null) {
                        GifFrame.of(bare).excuse();
                        if (exact(decoded, OtherReaders.ffmpeg("gif", bare)) == null) {
                            throw new NotCompared("Java's reader alone differs");
                        }
                    }
                    yield difference;
                }
                case "jpeg" -> {
                    BufferedImage other = OtherReaders.ffmpeg("jpeg", bare);
                    String difference = JpegComparison.difference(pictures.decode(bare, NOT_REDUCED), other);
                    if (difference != null && JpegComparison.coded(mutations)) {
                        throw new NotCompared("differs where coded data or tables were changed");
                    }
                    yield difference;
                }
                default -> samples(sounds.decode(bare), WavReader.read(bare));
            };
        } catch (MediaException e) {
            if (format.equals("wav")) {
                throw new NotCompared("cut short by more than the tolerance at 16 kHz");
            }
            return "refused when bare of metadata: " + e.getMessage();
        }
    }

    /** Whether a file keeps to its format so strictly that every decoder must take it. */
    static boolean conforming(String format, byte[] bytes) {
        try {
            return format.equals("png") && PngReader.read(bytes).conforming();
        } catch (NotCompared e) {
            return false;
        }
    }

    static String exact(BufferedImage one, BufferedImage other) {
        if (one.getWidth() != other.getWidth() || one.getHeight() != other.getHeight()) {
            return one.getWidth() + " × " + one.getHeight() + " pixels, another decoder has " + other.getWidth() + " × "
                    + other.getHeight();
        }
        for (int y = 0; y < one.getHeight(); y++) {
            for (int x = 0; x < one.getWidth(); x++) {
                int a = one.getRGB(x, y);
                int b = other.getRGB(x, y);
                for (int shift = 0; a != b && shift < 24; shift += 8) {
                    if (Math.abs((a >> shift & 255) - (b >> shift & 255)) > EXACT) {
                        return String.format(
                                "the pixel at %d %d is %06x, another decoder has %06x",
                                x, y, a & 0xffffff, b & 0xffffff);
                    }
                }
            }
        }
        return null;
    }

    private static String samples(short[] one, short[] other) {
        if (one.length != other.length) {
            return one.length + " samples, another decoder has " + other.length;
        }
        for (int i = 0; i < one.length; i++) {
            if (Math.abs(one[i] - other[i]) > 1) {
                return "sample " + i + " is " + one[i] + ", another decoder has " + other[i];
            }
        }
        return null;
    }
}
