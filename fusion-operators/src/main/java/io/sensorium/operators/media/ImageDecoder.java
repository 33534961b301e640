// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import io.sensorium.operators.media.MediaException.Problem;
import java.awt.image.BufferedImage;

/**
 * Decodes JPEG, PNG, and the first frame of GIF and WebP, upright (EXIF orientation), in sRGB (embedded ICC profiles
 * are applied), on white where it is transparent. Safe for several threads, of which one decodes at a time.
 */
public final class ImageDecoder {

    private final MediaLimits limits;
    private final JpegDecoder jpeg;
    private final PngDecoder png;
    private final GifDecoder gif;

    public ImageDecoder(MediaLimits limits) {
        this.limits = limits;
        ColorProfile.Cache profiles = new ColorProfile.Cache();
        this.jpeg = new JpegDecoder(limits, profiles);
        this.png = new PngDecoder(limits, profiles);
        this.gif = new GifDecoder(limits, profiles);
    }

    /**
     * Decodes an image. One that is far larger than needed is reduced meanwhile, each pixel to the mean of the area it
     * covers.
     *
     * @param side the side in pixels that the caller will scale to; the shorter side of the result is at least twice
     *     that, or as long as it is
     * @return an image of type {@link BufferedImage#TYPE_3BYTE_BGR}
     * @throws MediaException when the bytes are empty, corrupt, cut short, too large or of another format
     * @throws IllegalStateException when no process can be started that decodes WebP
     */
    public synchronized DecodedImage decode(byte[] bytes, int side) throws MediaException {
        limits.checkSize(bytes, "picture");
        String format = format(bytes);
        if (format == null) {
            throw new MediaException(
                    Problem.UNSUPPORTED,
                    "the payload is " + MediaSignatures.describe(bytes)
                            + " by its first bytes, expected JPEG, PNG, WebP or GIF; convert it before it is sent");
        }
        if (format.equals("webp")) {
            return DecoderPool.of(limits).decode(new WebPRequest(bytes, side));
        }
        DecodeDeadline deadline = new DecodeDeadline(limits, format);
        return DecodingGuard.run(format, bytes.length, () -> switch (format) {
            case "jpeg" -> jpeg.decode(bytes, side, deadline);
            case "png" -> png.decode(bytes, side, deadline);
            default -> gif.decode(bytes, side, deadline);
        });
    }

    /** The name of the format by its magic bytes, or null. */
    static String format(byte[] b) {
        if (starts(b, 0, 0xff, 0xd8, 0xff)) {
            return "jpeg";
        }
        if (starts(b, 0, 0x89, 'P', 'N', 'G')) {
            return "png";
        }
        if (starts(b, 0, 'G', 'I', 'F', '8')) {
            return "gif";
        }
        return starts(b, 0, 'R', 'I', 'F', 'F') && starts(b, 8, 'W', 'E', 'B', 'P') ? "webp" : null;
    }

    static boolean starts(byte[] bytes, int at, int... magic) {
        if (bytes.length < at + magic.length) {
            return false;
        }
        for (int i = 0; i < magic.length; i++) {
            if ((bytes[at + i] & 0xff) != magic[i]) {
                return false;
            }
        }
        return true;
    }
}
