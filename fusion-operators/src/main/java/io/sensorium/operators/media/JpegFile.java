// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import io.sensorium.operators.media.MediaException.Problem;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/**
 * A JPEG's structure, read from its first marker to its first end-of-image marker; what follows (the film of a motion
 * photo) is another file. Layout: ITU-T T.81, annex B.
 *
 * @param width in pixels
 * @param height in pixels
 * @param components 1 gray, 3 colours, 4 inks
 * @param scans passes over the image, 1 unless it is progressive or keeps its components apart
 * @param inks how four components are stored, else null
 * @param metadata of its EXIF and ICC segments
 * @param plain the same image with its tables, frame and scans alone, and a marker that states the colour transform
 */
record JpegFile(int width, int height, int components, int scans, Inks inks, ImageMetadata metadata, byte[] plain) {

    /**
     * @param inverted whether 255 is no ink, as Adobe's programs write
     * @param transformed whether the first three are stored as luma and chroma
     */
    record Inks(boolean inverted, boolean transformed) {}

    private static final int SOI = 0xd8;
    private static final int EOI = 0xd9;
    private static final int SOS = 0xda;
    private static final int DQT = 0xdb;
    private static final int DNL = 0xdc;
    private static final int DRI = 0xdd;
    private static final int DHT = 0xc4;
    private static final int DAC = 0xcc;
    private static final int APP0 = 0xe0;
    private static final int APP1 = 0xe1;
    private static final int APP2 = 0xe2;
    private static final int APP14 = 0xee;
    private static final int COM = 0xfe;

    /**
     * @throws MediaException when a segment or the image's data is cut short, the coding is one that is not decoded, or
     *     the segments take longer than the deadline
     */
    static JpegFile parse(byte[] bytes, DecodeDeadline deadline) throws MediaException {
        return new Parser(bytes).parse(deadline);
    }

    /** Walks the markers. */
    private static final class Parser {
        private static final int PROFILE_PREFIX = 14;
        /** No scan has brought this coefficient yet. */
        private static final byte ABSENT = 99;

        private final byte[] b;
        private final ByteArrayOutputStream plain;
        private ImageMetadata metadata = ImageMetadata.NONE;
        private boolean jfif;
        private int adobe = -1;
        private int frame = -1;
        private boolean progressive;
        private int width;
        private int height;
        private int components;
        private int scans;
        /** For each component the lowest bit of each coefficient that the scans have brought. */
        private byte[][] precision = new byte[0][];

        private byte[][] profile;

        Parser(byte[] bytes) {
            b = bytes;
            plain = new ByteArrayOutputStream(bytes.length + 32);
        }

        JpegFile parse(DecodeDeadline deadline) throws MediaException {
            int at = 2;
            boolean ended = false;
            while (!ended) {
                deadline.check();
                int marker = nextMarker(at);
                if (marker < 0) {
                    break;
                }
                int code = b[marker + 1] & 0xff;
                at = marker + 2;
                if (code == EOI) {
                    ended = true;
                } else if (code == 0 || code == 1 || code >= 0xd0 && code <= 0xd7) {
                    // Without a length.
                } else if (!segment(code) || at + 2 > b.length || at + u16(at) > b.length || u16(at) < 2) {
                    // After a scan, whether every row came is the decoder's to find out; before one there is none.
                    if (scans == 0) {
                        throw corrupt(
                                at + 2 > b.length || segment(code)
                                        ? "is cut short in its header"
                                        : "has the marker 0x%02x at byte %d, which no JPEG has there"
                                                .formatted(code, marker));
                    }
                    break;
                } else {
                    at = segment(code, marker, at + u16(at));
                }
            }
            if (frame < 0 || scans == 0) {
                throw corrupt("is cut short: it ends before its image data");
            }
            for (byte[] component : precision) {
                for (byte bit : component) {
                    if (bit == ABSENT && (!ended || component[0] == ABSENT) || bit != 0 && !ended) {
                        throw corrupt("is cut short: it ends before all of its scans");
                    }
                }
            }
            return result();
        }

        private static boolean segment(int code) {
            return code >= 0xc0
                    && code != SOI
                    && code != EOI
                    && (code < 0xd0 || code > 0xd7)
                    && (code < 0xf0 || code == COM);
        }

        /** Where the next marker begins, after bytes that belong to none; -1 at the end. */
        private int nextMarker(int from) {
            for (int i = from; i + 1 < b.length; i++) {
                if (b[i] == (byte) 0xff && b[i + 1] != (byte) 0xff) {
                    return i;
                }
            }
            return -1;
        }

        /** @return where to look for the next marker */
        private int segment(int code, int marker, int end) throws MediaException {
            int content = marker + 4;
            switch (code) {
                case DQT, DHT, DRI -> plain.write(b, marker, end - marker);
                case SOS -> {
                    scanHeader(content, end);
                    int to = endOfScan(end);
                    plain.write(b, marker, to - marker);
                    return to;
                }
                case APP0 -> jfif |= ImageDecoder.starts(b, content, 'J', 'F', 'I', 'F', 0) && end - content >= 5;
                case APP1 -> {
                    if (ImageDecoder.starts(b, content, 'E', 'x', 'i', 'f', 0) && end - content >= 6) {
                        metadata = metadata.withExif(b, content, end);
                    }
                }
                case APP2 -> profile(content, end);
                case APP14 -> {
                    if (ImageDecoder.starts(b, content, 'A', 'd', 'o', 'b', 'e') && end - content >= 12) {
                        adobe = b[content + 11] & 0xff;
                    }
                }
                case DAC -> throw unsupported("arithmetic coding");
                case DNL -> {}
                default -> {
                    if (code < 0xd0) {
                        frameHeader(code, content, end);
                        plain.write(b, marker, end - marker);
                    }
                }
            }
            return end;
        }

        private void frameHeader(int code, int content, int end) throws MediaException {
            if (frame >= 0) {
                throw corrupt("has two frame headers");
            }
            if (code > 0xc2) {
                throw unsupported(
                        code == 0xc3 || code == 0xc7 || code == 0xcb || code == 0xcf
                                ? "lossless coding"
                                : code >= 0xc9 ? "arithmetic coding" : "hierarchical coding");
            }
            if (end - content < 6 || end - content < 6 + 3 * (b[content + 5] & 0xff)) {
                throw corrupt("has a frame header of " + (end - content) + " bytes, fewer than its components need");
            }
            if (b[content] != 8) {
                throw unsupported((b[content] & 0xff) + " bits a sample");
            }
            frame = content;
            progressive = code == 0xc2;
            height = u16(content + 1);
            width = u16(content + 3);
            components = b[content + 5] & 0xff;
            if (width == 0 || height == 0) {
                throw height == 0 && width > 0
                        ? unsupported("a height that is not in its header")
                        : corrupt("declares " + width + " × " + height + " pixels");
            }
            if (components != 1 && components != 3 && components != 4) {
                throw unsupported(components + " components");
            }
            precision = new byte[components][64];
            for (byte[] component : precision) {
                Arrays.fill(component, ABSENT);
            }
        }

        private void scanHeader(int content, int end) throws MediaException {
            int count = end > content ? b[content] & 0xff : 0;
            if (frame < 0 || count == 0 || end - content < 4 + 2 * count) {
                throw corrupt(
                        frame < 0
                                ? "has image data before its frame header"
                                : "has a scan header of " + (end - content) + " bytes, fewer than its components need");
            }
            int first = progressive ? b[content + 1 + 2 * count] & 0x3f : 0;
            int last = progressive ? b[content + 2 + 2 * count] & 0x3f : 63;
            int bit = progressive ? b[content + 3 + 2 * count] & 0xf : 0;
            for (int i = 0; i < count; i++) {
                for (int component = 0; component < components; component++) {
                    if (b[frame + 6 + 3 * component] == b[content + 1 + 2 * i] && first <= last) {
                        Arrays.fill(precision[component], first, last + 1, (byte) bit);
                    }
                }
            }
            scans++;
        }

        /** Where the marker after a scan's data begins. */
        private int endOfScan(int from) {
            for (int i = from; i + 1 < b.length; i++) {
                if (b[i] == (byte) 0xff) {
                    int next = b[i + 1] & 0xff;
                    if (next != 0 && next != 0xff && (next < 0xd0 || next > 0xd7)) {
                        return i;
                    }
                }
            }
            return b.length;
        }

        /** A profile's pieces are numbered from 1 and come in any order. */
        private void profile(int content, int end) {
            if (end - content < PROFILE_PREFIX
                    || !ImageDecoder.starts(b, content, 'I', 'C', 'C', '_', 'P', 'R', 'O', 'F', 'I', 'L', 'E', 0)) {
                return;
            }
            int number = b[content + 12] & 0xff;
            int count = b[content + 13] & 0xff;
            if (profile == null) {
                profile = new byte[count][];
            }
            if (number >= 1 && number <= profile.length && profile[number - 1] == null) {
                profile[number - 1] = Arrays.copyOfRange(b, content + PROFILE_PREFIX, end);
            }
        }

        private byte[] wholeProfile() {
            if (profile == null || profile.length == 0 || Arrays.stream(profile).anyMatch(piece -> piece == null)) {
                return null;
            }
            ByteArrayOutputStream whole = new ByteArrayOutputStream();
            for (byte[] piece : profile) {
                whole.write(piece, 0, piece.length);
            }
            return whole.toByteArray();
        }

        private JpegFile result() {
            JpegFile.Inks inks = components == 4 ? new Inks(adobe >= 0, adobe > 0) : null;
            byte[] body = plain.toByteArray();
            // The decoder's own guess differs from that of all other programs where no marker states the transform, so
            // one always does.
            byte[] head = {
                (byte) 0xff,
                (byte) SOI,
                (byte) 0xff,
                (byte) APP14,
                0,
                14,
                'A',
                'd',
                'o',
                'b',
                'e',
                0,
                100,
                0,
                0,
                0,
                0,
                (byte) transform()
            };
            byte[] file = Arrays.copyOf(head, head.length + body.length + 2);
            System.arraycopy(body, 0, file, head.length, body.length);
            file[file.length - 2] = (byte) 0xff;
            file[file.length - 1] = (byte) EOI;
            return new JpegFile(width, height, components, scans, inks, metadata.withProfile(wholeProfile()), file);
        }

        /** As libjpeg decides: JFIF is luma and chroma, then Adobe's marker, then the components' names. */
        private int transform() {
            if (components == 4) {
                return adobe > 0 ? 2 : 0;
            }
            boolean namedRgb = components == 3 && b[frame + 6] == 'R' && b[frame + 9] == 'G' && b[frame + 12] == 'B';
            return jfif || adobe > 0 || adobe < 0 && !namedRgb ? 1 : 0;
        }

        private int u16(int at) {
            return (b[at] & 0xff) << 8 | b[at + 1] & 0xff;
        }

        private MediaException corrupt(String what) {
            return new MediaException(Problem.CORRUPT, "the jpeg of " + b.length + " bytes " + what);
        }

        private static MediaException unsupported(String what) {
            return new MediaException(
                    Problem.UNSUPPORTED,
                    "the jpeg uses " + what
                            + ", expected 8 bits a sample, 1, 3 or 4 components, baseline or progressive; encode it again");
        }
    }
}
