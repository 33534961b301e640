// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import io.sensorium.operators.media.MediaException.Problem;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * A PNG's chunks. Texts, times and all else that does not change the pixels is neither unpacked nor kept. Layout: W3C,
 * PNG (third edition).
 *
 * @param depth bits of a sample
 * @param colour PNG's colour type: 0 gray, 2 RGB, 3 palette, 4 gray and alpha, 6 RGB and alpha
 * @param palette red, green and blue of each entry, or null
 * @param transparency of the chunk tRNS, or null
 * @param data places of the packed pixels: offset and length of each piece
 */
record PngFile(
        int width,
        int height,
        int depth,
        int colour,
        boolean interlaced,
        byte[] palette,
        byte[] transparency,
        List<int[]> data,
        ImageMetadata metadata) {

    private static final int HEADER_BYTES = 13;

    /**
     * @throws MediaException when a chunk that the pixels need is damaged, the coding is not PNG's, or the chunks take
     *     longer than the deadline
     */
    static PngFile parse(byte[] bytes, DecodeDeadline deadline) throws MediaException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        if (bytes.length < 33
                || buffer.getInt(8) != HEADER_BYTES
                || !name(bytes, 8).equals("IHDR")) {
            throw corrupt(bytes, "does not begin with a header");
        }
        checkSum(bytes, 8, HEADER_BYTES);
        byte[] palette = null;
        byte[] transparency = null;
        List<int[]> data = new ArrayList<>();
        ImageMetadata metadata = ImageMetadata.NONE;
        byte[] profile = null;
        boolean profiled = false;
        for (int at = 33; at + 8 <= bytes.length; ) {
            deadline.check();
            long length = buffer.getInt(at) & 0xffffffffL;
            String name = name(bytes, at);
            int from = at + 8;
            boolean whole = from + length + 4 <= bytes.length;
            if (name.equals("IEND") || !whole && !name.equals("IDAT")) {
                break;
            }
            if (whole && (name.equals("IDAT") || name.equals("PLTE") || name.equals("tRNS"))) {
                checkSum(bytes, at, (int) length);
            }
            int to = (int) Math.min(bytes.length, from + length);
            switch (name) {
                case "IDAT" -> data.add(new int[] {from, to - from});
                case "PLTE" -> palette = Arrays.copyOfRange(bytes, from, to);
                case "tRNS" -> transparency = Arrays.copyOfRange(bytes, from, to);
                case "iCCP" -> {
                    // The standard has one at most. Each may unpack to megabytes, so those behind a damaged one are not
                    // tried.
                    profile = !profiled && matchesSum(bytes, at, (int) length) ? profile(bytes, from, to) : profile;
                    profiled = true;
                }
                case "eXIf" ->
                    metadata = matchesSum(bytes, at, (int) length) ? metadata.withExif(bytes, from, to) : metadata;
                default -> {
                    if (data.isEmpty() && (bytes[at + 4] & 0x20) == 0) {
                        throw new MediaException(
                                Problem.UNSUPPORTED,
                                "the png needs the chunk " + printable(name)
                                        + ", which is not part of the standard; encode it again");
                    }
                }
            }
            if (!whole) {
                break;
            }
            at = to + 4;
        }
        PngFile file = new PngFile(
                buffer.getInt(16),
                buffer.getInt(20),
                bytes[24] & 0xff,
                bytes[25] & 0xff,
                bytes[28] == 1,
                palette,
                transparency,
                data,
                metadata.withProfile(profile));
        file.check(bytes);
        return file;
    }

    private void check(byte[] bytes) throws MediaException {
        if (width <= 0 || height <= 0) {
            throw corrupt(
                    bytes,
                    "declares " + Integer.toUnsignedString(width) + " × " + Integer.toUnsignedString(height)
                            + " pixels, expected 1 to 2147483647 each way");
        }
        boolean depthFits = switch (colour) {
            case 0 -> depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
            case 3 -> depth == 1 || depth == 2 || depth == 4 || depth == 8;
            case 2, 4, 6 -> depth == 8 || depth == 16;
            default -> false;
        };
        if (!depthFits || bytes[26] != 0 || bytes[27] != 0 || bytes[28] < 0 || bytes[28] > 1) {
            throw corrupt(
                    bytes,
                    "declares the colour type " + colour + " with " + depth + " bits, compression " + bytes[26]
                            + ", filter " + bytes[27] + ", interlace " + bytes[28] + ", which PNG does not have");
        }
        if (colour == 3
                && (palette == null || palette.length == 0 || palette.length % 3 != 0 || palette.length > 768)) {
            throw corrupt(
                    bytes,
                    palette == null
                            ? "lacks its palette"
                            : "has a palette of " + palette.length
                                    + " bytes, expected three for each of 1 to 256 colours");
        }
        if (data.isEmpty()) {
            throw corrupt(bytes, "is cut short: it holds no pixels");
        }
    }

    /** Samples of a pixel as they are stored. */
    int samples() {
        return switch (colour) {
            case 2 -> 3;
            case 4 -> 2;
            case 6 -> 4;
            default -> 1;
        };
    }

    private static String name(byte[] bytes, int chunk) {
        return new String(bytes, chunk + 4, 4, StandardCharsets.ISO_8859_1);
    }

    private static String printable(String name) {
        return name.chars().allMatch(c -> c > ' ' && c < 0x7f) ? name : "of damaged name";
    }

    private static boolean matchesSum(byte[] bytes, int chunk, int length) {
        CRC32 crc = new CRC32();
        crc.update(bytes, chunk + 4, length + 4);
        return (int) crc.getValue() == ByteBuffer.wrap(bytes).getInt(chunk + 8 + length);
    }

    private static void checkSum(byte[] bytes, int chunk, int length) throws MediaException {
        if (!matchesSum(bytes, chunk, length)) {
            throw corrupt(
                    bytes,
                    "is damaged: the checksum of its chunk " + printable(name(bytes, chunk)) + " at byte " + chunk
                            + " does not match");
        }
    }

    /** Unpacked up to the largest profile that is used; null where it is damaged or larger. */
    private static byte[] profile(byte[] bytes, int from, int to) {
        int packed = from;
        while (packed < to && bytes[packed] != 0) {
            packed++;
        }
        packed += 2;
        if (packed >= to) {
            return null;
        }
        Inflater inflater = new Inflater();
        try {
            inflater.setInput(bytes, packed, to - packed);
            byte[] profile = new byte[Math.min(ColorProfile.MAX_BYTES, 1 << 14)];
            int length = 0;
            while (!inflater.finished()) {
                int count = inflater.inflate(profile, length, profile.length - length);
                length += count;
                if (count == 0 && length < profile.length || length == ColorProfile.MAX_BYTES) {
                    return null;
                }
                if (length == profile.length) {
                    profile = Arrays.copyOf(profile, Math.min(ColorProfile.MAX_BYTES, 2 * length));
                }
            }
            return Arrays.copyOf(profile, length);
        } catch (DataFormatException e) {
            return null;
        } finally {
            inflater.end();
        }
    }

    static MediaException corrupt(byte[] bytes, String what) {
        return new MediaException(Problem.CORRUPT, "the png of " + bytes.length + " bytes " + what);
    }
}
