// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import io.sensorium.operators.media.MediaException.Problem;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A WebP's structure: its canvas, and the first frame as a file of its own without metadata. Everything that is
 * declared is held against the bytes and against what else is declared before a decoder sees the frame. Layout: RFC
 * 9649.
 *
 * @param width of the canvas in pixels
 * @param height of the canvas in pixels
 * @param left of the frame on the canvas
 * @param top of the frame on the canvas
 * @param still the frame
 */
record WebPFile(int width, int height, int left, int top, Still still, ImageMetadata metadata) {

    /** @param file a whole WebP file of one image without metadata */
    record Still(int width, int height, byte[] file) {}

    private static final int CHUNK_HEAD = 8;
    private static final int FRAME_HEAD = 16;

    /**
     * @throws MediaException when chunks are cut short, lie outside of their container, contradict each other or take
     *     longer than the deadline
     */
    static WebPFile parse(byte[] bytes, DecodeDeadline deadline) throws MediaException {
        return new Parser(bytes).parse(deadline);
    }

    private static final class Parser {
        private final byte[] bytes;
        private final ByteBuffer buffer;

        Parser(byte[] bytes) {
            this.bytes = bytes;
            buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        }

        WebPFile parse(DecodeDeadline deadline) throws MediaException {
            int end = (int) Math.min(bytes.length, CHUNK_HEAD + u32(4));
            ImageMetadata metadata = ImageMetadata.NONE;
            int canvas = -1;
            int alpha = -1;
            int image = -1;
            int frame = -1;
            for (int at = 12; at + CHUNK_HEAD <= end; ) {
                deadline.check();
                long size = u32(at + 4);
                boolean whole = at + CHUNK_HEAD + size <= end;
                String name = name(at);
                boolean pixels =
                        name.equals("VP8 ") || name.equals("VP8L") || name.equals("ANMF") || name.equals("ALPH");
                if (!whole) {
                    if (pixels && image < 0 && frame < 0 || name.equals("VP8X")) {
                        throw cutShort(name, at, size, end);
                    }
                    break;
                }
                int from = at + CHUNK_HEAD;
                int to = from + (int) size;
                switch (name) {
                    case "VP8X" -> canvas = canvas < 0 ? at : canvas;
                    case "ALPH" -> alpha = alpha < 0 && image < 0 ? at : alpha;
                    case "VP8 ", "VP8L" -> image = image < 0 ? at : image;
                    case "ANMF" -> frame = frame < 0 ? at : frame;
                    case "ICCP" ->
                        metadata = metadata.profile() == null
                                ? metadata.withProfile(Arrays.copyOfRange(bytes, from, to))
                                : metadata;
                    case "EXIF" -> metadata = metadata.withExif(bytes, from, to);
                    default -> {}
                }
                at = (int) Math.min(end, to + (size & 1));
            }
            if (canvas >= 0 && u32(canvas + 4) < 10) {
                throw corrupt("has a VP8X chunk of " + u32(canvas + 4) + " bytes, expected 10");
            }
            if (image >= 0) {
                return still(canvas, still(alpha, image), metadata);
            }
            if (frame < 0) {
                throw corrupt("holds no frame");
            }
            return animated(canvas, frame, metadata);
        }

        private WebPFile still(int canvas, Still still, ImageMetadata metadata) throws MediaException {
            if (canvas >= 0 && (u24(canvas + 12) + 1 != still.width || u24(canvas + 15) + 1 != still.height)) {
                throw corrupt("declares a canvas of " + (u24(canvas + 12) + 1) + " × " + (u24(canvas + 15) + 1)
                        + " pixels for an image of " + still.width + " × " + still.height);
            }
            return new WebPFile(still.width, still.height, 0, 0, still, metadata);
        }

        private WebPFile animated(int canvas, int frame, ImageMetadata metadata) throws MediaException {
            if (canvas < 0) {
                throw corrupt("has frames of an animation without a VP8X chunk");
            }
            int from = frame + CHUNK_HEAD;
            long size = u32(frame + 4);
            if (size < FRAME_HEAD) {
                throw corrupt("has a frame of " + size + " bytes, fewer than the " + FRAME_HEAD + " of its head");
            }
            int end = from + (int) size;
            int alpha = -1;
            for (int at = from + FRAME_HEAD; at + CHUNK_HEAD <= end; ) {
                String name = name(at);
                long length = u32(at + 4);
                if (at + CHUNK_HEAD + length > end) {
                    throw cutShort(name, at, length, end);
                }
                if (name.equals("ALPH") && alpha < 0) {
                    alpha = at;
                } else if (name.equals("VP8 ") || name.equals("VP8L")) {
                    return placed(canvas, from, still(alpha, at), metadata);
                }
                at = (int) Math.min(end, at + CHUNK_HEAD + length + (length & 1));
            }
            throw corrupt("has a first frame without an image");
        }

        private WebPFile placed(int canvas, int frame, Still still, ImageMetadata metadata) throws MediaException {
            int width = u24(canvas + 12) + 1;
            int height = u24(canvas + 15) + 1;
            int left = 2 * u24(frame);
            int top = 2 * u24(frame + 3);
            if (u24(frame + 6) + 1 != still.width
                    || u24(frame + 9) + 1 != still.height
                    || left + still.width > width
                    || top + still.height > height) {
                throw corrupt(
                        "has a first frame of %d × %d pixels at %d, %d that holds an image of %d × %d, on a canvas of %d × %d"
                                .formatted(
                                        u24(frame + 6) + 1,
                                        u24(frame + 9) + 1,
                                        left,
                                        top,
                                        still.width,
                                        still.height,
                                        width,
                                        height));
            }
            return new WebPFile(width, height, left, top, still, metadata);
        }

        /**
         * @param alpha where the chunk of its opacity is, or -1
         * @param image where the chunk of its pixels is
         */
        private Still still(int alpha, int image) throws MediaException {
            int data = image + CHUNK_HEAD;
            long size = u32(image + 4);
            boolean lossless = bytes[image + 3] == 'L';
            if (size < (lossless ? 5 : 10)) {
                throw corrupt("has an image of " + size + " bytes, fewer than its head has");
            }
            if (lossless) {
                int packed = buffer.getInt(data + 1);
                if (bytes[data] != 0x2f || packed >>> 29 != 0) {
                    throw corrupt("has a damaged head of its lossless image");
                }
                return new Still((packed & 0x3fff) + 1, (packed >>> 14 & 0x3fff) + 1, file(-1, image, 0, 0));
            }
            int width = buffer.getShort(data + 6) & 0x3fff;
            int height = buffer.getShort(data + 8) & 0x3fff;
            if ((bytes[data] & 1) != 0
                    || !ImageDecoder.starts(bytes, data + 3, 0x9d, 0x01, 0x2a)
                    || width == 0
                    || height == 0) {
                throw corrupt("has a damaged head of its lossy image");
            }
            return new Still(width, height, file(alpha, image, width, height));
        }

        private byte[] file(int alpha, int image, int width, int height) {
            int imageLength = padded(image);
            int alphaLength = alpha < 0 ? 0 : padded(alpha);
            int extended = alpha < 0 ? 0 : CHUNK_HEAD + 10;
            ByteBuffer file = ByteBuffer.allocate(12 + extended + alphaLength + imageLength)
                    .order(ByteOrder.LITTLE_ENDIAN);
            file.put("RIFF".getBytes(StandardCharsets.US_ASCII))
                    .putInt(file.capacity() - 8)
                    .put("WEBP".getBytes(StandardCharsets.US_ASCII));
            if (alpha >= 0) {
                file.put("VP8X".getBytes(StandardCharsets.US_ASCII)).putInt(10).putInt(0x10);
                file.put((byte) (width - 1))
                        .put((byte) (width - 1 >> 8))
                        .put((byte) 0)
                        .put((byte) (height - 1))
                        .put((byte) (height - 1 >> 8))
                        .put((byte) 0);
                put(file, alpha);
            }
            put(file, image);
            return file.array();
        }

        private int padded(int chunk) {
            int size = (int) u32(chunk + 4);
            return CHUNK_HEAD + size + (size & 1);
        }

        /** A chunk, and a zero where its length is odd and the file ends with it. */
        private void put(ByteBuffer file, int chunk) {
            int size = (int) u32(chunk + 4);
            file.put(bytes, chunk, CHUNK_HEAD + size);
            if ((size & 1) == 1) {
                file.put((byte) 0);
            }
        }

        private String name(int chunk) {
            return new String(bytes, chunk, 4, StandardCharsets.ISO_8859_1);
        }

        private long u32(int at) {
            return buffer.getInt(at) & 0xffffffffL;
        }

        private int u24(int at) {
            return bytes[at] & 0xff | (bytes[at + 1] & 0xff) << 8 | (bytes[at + 2] & 0xff) << 16;
        }

        private MediaException cutShort(String name, int at, long size, int end) {
            return corrupt("is cut short: its chunk " + name.strip() + " at byte " + at + " declares " + size
                    + " bytes, " + (end - at - CHUNK_HEAD) + " are there");
        }

        private MediaException corrupt(String what) {
            return new MediaException(Problem.CORRUPT, "the webp of " + bytes.length + " bytes " + what);
        }
    }
}
