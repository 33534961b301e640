package io.sensorium.operators.media;

import io.sensorium.operators.media.MediaException.Problem;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.charset.StandardCharsets;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.javacv.FFmpegFrameGrabber;
import org.bytedeco.javacv.Frame;
import org.bytedeco.javacv.FrameGrabber;

/**
 * WebP through FFmpeg, whose decoder takes a few bytes a pixel; the one in plain Java takes objects, some thirty bytes a pixel of heap. Of an animation the first frame is read. The size is looked at
 * where the decoder takes it from, in the frame, which need not be what the canvas says. Safe for several threads. Layout: RFC 9649.
 */
final class WebPDecoder {

    private final MediaLimits limits;

    WebPDecoder(MediaLimits limits) {
        this.limits = limits;
    }

    /** @param side that the caller will scale to */
    BufferedImage decode(byte[] bytes, int side) throws MediaException {
        byte[] still = still(bytes);
        // Not before there is a WebP: pipelines without one need not load FFmpeg.
        FFmpegLimits.set();
        TimedBytes timed = new TimedBytes(still, limits.maxDecode());
        try (FFmpegFrameGrabber grabber = new FFmpegFrameGrabber(timed)) {
            grabber.setFormat("webp_pipe");
            grabber.setPixelFormat(avutil.AV_PIX_FMT_BGRA);
            grabber.start();
            Frame frame = grabber.grabImage();
            if (frame == null) {
                throw corrupt(bytes, "no picture came out");
            }
            limits.checkPixels("webp", frame.imageWidth, frame.imageHeight);
            return picture(frame, Subsampling.of(frame.imageWidth, frame.imageHeight, side));
        } catch (FrameGrabber.Exception e) {
            if (timed.over()) {
                throw limits.tookTooLong("webp");
            }
            throw corrupt(bytes, e.getMessage());
        }
    }

    private static BufferedImage picture(Frame frame, Subsampling step) {
        int width = step.width(frame.imageWidth);
        int height = step.height(frame.imageHeight);
        BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_ARGB);
        int[] pixels = ((DataBufferInt) picture.getRaster().getDataBuffer()).getData();
        IntBuffer from = ((ByteBuffer) frame.image[0]).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer();
        int stride = frame.imageStride / Integer.BYTES;
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                pixels[y * width + x] = from.get(y * step.down() * stride + x * step.across());
            }
        }
        return picture;
    }

    /** The file, or of an animation the first frame as a file; its frame within the limit. */
    private byte[] still(byte[] bytes) throws MediaException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (long at = 12; at + 8 <= bytes.length;) {
            int start = (int) at;
            long size = buffer.getInt(start + 4) & 0xffffffffL;
            String chunk = new String(bytes, start, 4, StandardCharsets.ISO_8859_1);
            if (chunk.equals("ANMF") && start + 24 <= bytes.length) {
                return still(frame(bytes, start + 24, (int) Math.min(bytes.length, at + 8 + size)));
            }
            if (chunk.equals("VP8 ") && start + 18 <= bytes.length) {
                limits.checkPixels("webp", buffer.getShort(start + 14) & 0x3fff, buffer.getShort(start + 16) & 0x3fff);
                return bytes;
            }
            if (chunk.equals("VP8L") && start + 13 <= bytes.length) {
                int packed = buffer.getInt(start + 9);
                limits.checkPixels("webp", (packed & 0x3fff) + 1, (packed >>> 14 & 0x3fff) + 1);
                return bytes;
            }
            at += 8 + size + (size & 1);
        }
        throw corrupt(bytes, "it holds no frame");
    }

    /** What lies within an animation's frame: its alpha, where it has one, and its picture. */
    private static byte[] frame(byte[] bytes, int from, int to) {
        boolean alpha = PictureDecoder.starts(bytes, from, 'A', 'L', 'P', 'H');
        int head = 12 + (alpha ? 18 : 0);
        ByteBuffer file = ByteBuffer.allocate(head + to - from).order(ByteOrder.LITTLE_ENDIAN);
        file.put("RIFF".getBytes(StandardCharsets.US_ASCII)).putInt(head - 8 + to - from).put("WEBP".getBytes(StandardCharsets.US_ASCII));
        if (alpha) {
            // The frame's head, before its chunks, has the size as the extended header wants it: two numbers of 24 bits, less one.
            file.put("VP8X".getBytes(StandardCharsets.US_ASCII)).putInt(10).putInt(0x10).put(bytes, from - 10, 6);
        }
        return file.put(bytes, from, to - from).array();
    }

    private static MediaException corrupt(byte[] bytes, String why) {
        return new MediaException(Problem.CORRUPT, "the webp of " + bytes.length + " bytes cannot be decoded: " + why);
    }
}
