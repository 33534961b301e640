// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import io.sensorium.operators.media.MediaException.Problem;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.javacv.FFmpegFrameGrabber;
import org.bytedeco.javacv.Frame;
import org.bytedeco.javacv.FrameGrabber;

/**
 * WebP: the structure is read here, the first frame's pixels by FFmpeg, whose decoder takes a few bytes a pixel; the
 * one in plain Java takes objects, thirty bytes a pixel of heap. Used in a decoder process. For one thread at a time.
 */
final class WebPDecoder {

    private static final int PIXEL_BYTES = 4;

    private final MediaLimits limits;
    private final ColorProfile.Cache profiles;

    WebPDecoder(MediaLimits limits, ColorProfile.Cache profiles) {
        this.limits = limits;
        this.profiles = profiles;
    }

    /** Takes a decoded frame: blue, green, red and opacity of each pixel, rows from the top. */
    private interface FrameConsumer {
        void accept(ByteBuffer bgra, int rowBytes) throws MediaException;
    }

    /** @param side that the caller will scale to */
    DecodedImage decode(byte[] bytes, int side, DecodeDeadline deadline) throws MediaException {
        WebPFile file = WebPFile.parse(bytes, deadline);
        limits.checkPixels("webp", file.width(), file.height());
        PixelGrid grid = new PixelGrid(file.width(), file.height(), side);
        RowConverter converter =
                new RowConverter(3, true, profiles.of(file.metadata().profile(), 3));
        WebPFile.Still still = file.still();
        byte[] canvasRow = new byte[file.width() * 3];
        Arrays.fill(canvasRow, (byte) 255);
        for (int y = 0; y < file.height(); y++) {
            if (y < file.top() || y >= file.top() + still.height()) {
                grid.row(canvasRow, y);
            }
        }
        nativeFrame(still, deadline, (bgra, rowBytes) -> {
            byte[] row = new byte[still.width() * PIXEL_BYTES];
            byte[] rgb = new byte[still.width() * 3];
            for (int y = 0; y < still.height(); y++) {
                deadline.check();
                bgra.get(y * rowBytes, row);
                for (int i = 0; i < row.length; i += PIXEL_BYTES) {
                    byte blue = row[i];
                    row[i] = row[i + 2];
                    row[i + 2] = blue;
                }
                converter.convert(row, still.width(), rgb);
                System.arraycopy(rgb, 0, canvasRow, file.left() * 3, rgb.length);
                grid.row(canvasRow, file.top() + y);
            }
        });
        return grid.image(file.metadata().orientation());
    }

    /** The only way from here into native code. */
    private void nativeFrame(WebPFile.Still still, DecodeDeadline deadline, FrameConsumer consumer)
            throws MediaException {
        try (FFmpegFrameGrabber grabber =
                new FFmpegFrameGrabber(new DeadlineInputStream(still.file(), limits.maxDecode()))) {
            grabber.setFormat("webp_pipe");
            grabber.setPixelFormat(avutil.AV_PIX_FMT_BGRA);
            grabber.start();
            Frame frame = grabber.grabImage();
            if (frame == null || frame.imageWidth != still.width() || frame.imageHeight != still.height()) {
                throw new MediaException(
                        Problem.CORRUPT,
                        "the webp's first frame is damaged: "
                                + (frame == null ? "nothing" : frame.imageWidth + " × " + frame.imageHeight + " pixels")
                                + " came of " + still.width() + " × " + still.height());
            }
            consumer.accept((ByteBuffer) frame.image[0], frame.imageStride);
        } catch (FrameGrabber.Exception e) {
            deadline.check();
            throw new MediaException(Problem.CORRUPT, "the webp's first frame is damaged: " + e.getMessage(), e);
        }
    }
}
