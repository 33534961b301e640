// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import java.io.Serializable;
import java.time.Duration;

/**
 * Bounds on one record's media, checked before the memory is taken, and while the time is.
 *
 * @param maxBytes largest encoded size in bytes
 * @param maxPixels largest width × height of a picture
 * @param maxAudio longest sound
 * @param maxDecode longest time that decoding may take, looked at from row to row and from frame to frame
 */
public record MediaLimits(long maxBytes, long maxPixels, Duration maxAudio, Duration maxDecode)
        implements Serializable {

    /** 16 MiB, 50 million pixels, ten minutes, ten seconds. */
    public static final MediaLimits DEFAULT =
            new MediaLimits(16L << 20, 50_000_000, Duration.ofMinutes(10), Duration.ofSeconds(10));

    /** @throws MediaException when there are too many */
    void checkPixels(String format, int width, int height) throws MediaException {
        if ((long) width * height > maxPixels) {
            throw new MediaException(
                    MediaException.Problem.TOO_LARGE,
                    "the " + format + " declares " + width + " × " + height + " pixels, more than the limit of "
                            + maxPixels + "; send a smaller one or raise media.max_pixels");
        }
    }

    MediaException tookTooLong(String what) {
        return new MediaException(
                MediaException.Problem.TOO_LARGE,
                "decoding the " + what + " takes longer than " + maxDecode.toMillis()
                        + " ms; send a simpler one or raise media.max_decode");
    }

    /** @throws MediaException when there are no bytes, or too many */
    void checkSize(byte[] bytes, String what) throws MediaException {
        if (bytes.length == 0) {
            throw new MediaException(MediaException.Problem.EMPTY, "the " + what + " payload has no bytes");
        }
        if (bytes.length > maxBytes) {
            throw new MediaException(
                    MediaException.Problem.TOO_LARGE,
                    "the " + what + " has " + bytes.length + " bytes, more than the limit of " + maxBytes
                            + "; send a smaller one or raise media.max_bytes");
        }
    }
}
