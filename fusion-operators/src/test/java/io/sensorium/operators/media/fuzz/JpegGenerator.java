// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media.fuzz;

import static io.sensorium.operators.media.fuzz.Piece.ascii;
import static io.sensorium.operators.media.fuzz.Piece.be;
import static io.sensorium.operators.media.fuzz.Piece.raw;
import static io.sensorium.operators.media.fuzz.Piece.u8;
import static io.sensorium.operators.media.fuzz.Tones.oneOf;

import io.sensorium.operators.media.SampleMedia;
import io.sensorium.operators.media.fuzz.Piece.Bits;
import io.sensorium.operators.media.fuzz.Piece.Group;
import io.sensorium.operators.media.fuzz.Piece.Length;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Random;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;

/** JPEG: colour and gray, baseline and progressive, restart intervals, EXIF, profiles in pieces, other segments. */
final class JpegGenerator implements FileGenerator {

    private static final int LARGEST = 300;
    private static final int PIECE_OF_PROFILE = 65_000;

    @Override
    public String format() {
        return "jpeg";
    }

    @Override
    public boolean isPicture() {
        return true;
    }

    @Override
    public Sample generate(Random random) throws IOException {
        boolean gray = random.nextInt(4) == 0;
        int[] size = Pictures.size(random, LARGEST);
        BufferedImage source = Pictures.random(random, size[0], size[1], false, false);
        BufferedImage plain =
                new BufferedImage(size[0], size[1], gray ? BufferedImage.TYPE_BYTE_GRAY : BufferedImage.TYPE_INT_RGB);
        plain.createGraphics().drawImage(source, 0, 0, null);
        byte[] bytes = encoded(plain, random.nextInt(3) == 0, 0.5f + random.nextInt(50) / 100f);
        BufferedImage expected = independent(bytes);
        Group file = segments(bytes);
        if (gray && random.nextInt(3) == 0) {
            expected = restarts(file, size, random);
        }
        int at = 1;
        int orientation = random.nextInt(4) == 0 ? 1 + random.nextInt(8) : 1;
        if (orientation > 1) {
            file.pieces.add(
                    at++, segment(0xe1, new Group("EXIF", ascii("Exif\0\0"), Metadata.exif(random, orientation))));
        }
        ICC_Profile profile = random.nextInt(5) == 0 ? Pictures.profile(random, gray) : null;
        if (profile != null) {
            expected = Pictures.converted(expected, profile);
            at = profile(file, at, profile, random);
        }
        for (int extra = random.nextInt(3) == 0 ? 1 + random.nextInt(3) : 0; extra > 0; extra--) {
            file.pieces.add(at, other(random));
        }
        return new Sample(file, new Sample.Picture(Pictures.oriented(expected, orientation), 6), false);
    }

    private static byte[] encoded(BufferedImage picture, boolean progressive, float quality) throws IOException {
        return SampleMedia.written("jpeg", picture, progressive, quality);
    }

    /** By the decoder that Java brings, before there is a profile or an orientation. */
    private static BufferedImage independent(byte[] jpeg) throws IOException {
        for (Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName("jpeg"); readers.hasNext(); ) {
            ImageReader reader = readers.next();
            if (reader.getClass().getName().startsWith("com.sun")) {
                try (ImageInputStream in = ImageIO.createImageInputStream(new ByteArrayInputStream(jpeg))) {
                    reader.setInput(in, true, true);
                    return plain(reader.read(0));
                } finally {
                    reader.dispose();
                }
            }
        }
        throw new IOException("Java's own JPEG reader is missing");
    }

    /** Gray by its samples: {@code getRGB} would take them as linear light. */
    private static BufferedImage plain(BufferedImage picture) {
        if (picture.getRaster().getNumBands() > 1) {
            return picture;
        }
        BufferedImage gray = new BufferedImage(picture.getWidth(), picture.getHeight(), BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < gray.getHeight(); y++) {
            for (int x = 0; x < gray.getWidth(); x++) {
                gray.setRGB(x, y, picture.getRaster().getSample(x, y, 0) * 0x10101);
            }
        }
        return gray;
    }

    private static Group segment(int marker, Piece content) {
        Group body = new Group("segment " + Integer.toHexString(marker) + " body", content);
        return new Group(
                "segment " + Integer.toHexString(marker),
                raw("ff", new byte[] {(byte) 0xff}),
                u8("marker", marker),
                new Length("length", 2, true, body, 2),
                body);
    }

    private static Group segments(byte[] b) {
        Group file = new Group("jpeg", raw("SOI", new byte[] {(byte) 0xff, (byte) 0xd8}));
        int at = 2;
        while (at + 4 <= b.length && (b[at + 1] & 255) != 0xd9) {
            int marker = b[at + 1] & 255;
            int length = (b[at + 2] & 255) << 8 | b[at + 3] & 255;
            file.add(segment(marker, content(marker, Arrays.copyOfRange(b, at + 4, at + 2 + length))));
            at += 2 + length;
            if (marker == 0xda) {
                int end = at;
                while (!((b[end] & 255) == 0xff && b[end + 1] != 0)) {
                    end++;
                }
                file.add(new Group("scan", raw("entropy", Arrays.copyOfRange(b, at, end))));
                at = end;
            }
        }
        return file.add(raw("EOI", new byte[] {(byte) 0xff, (byte) 0xd9}));
    }

    private static Piece content(int marker, byte[] body) {
        Group fields = new Group("fields");
        int at = 0;
        if (marker == 0xc0 || marker == 0xc2) {
            fields.add(
                    u8("precision", body[0]),
                    be("height", 2, (body[1] & 255) << 8 | body[2] & 255),
                    be("width", 2, (body[3] & 255) << 8 | body[4] & 255),
                    u8("components", body[5]));
            for (at = 6; at + 3 <= body.length; at += 3) {
                fields.add(new Group(
                        "component",
                        u8("id", body[at]),
                        new Bits("sampling", false, new int[] {4, 4}, body[at + 1] >> 4, body[at + 1] & 15),
                        u8("table", body[at + 2])));
            }
        } else if (marker == 0xda) {
            fields.add(u8("components", body[0]));
            for (at = 1; at < 1 + 2 * body[0]; at += 2) {
                fields.add(new Group(
                        "scan component",
                        u8("id", body[at]),
                        new Bits("tables", false, new int[] {4, 4}, body[at + 1] >> 4, body[at + 1] & 15)));
            }
            fields.add(
                    u8("spectral start", body[at]),
                    u8("spectral end", body[at + 1]),
                    new Bits("approximation", false, new int[] {4, 4}, body[at + 2] >> 4, body[at + 2] & 15));
            at += 3;
        } else if (marker == 0xdb || marker == 0xc4) {
            fields.add(new Bits("table", false, new int[] {4, 4}, body[0] >> 4, body[0] & 15));
            at = 1;
        }
        return fields.add(raw("rest", Arrays.copyOfRange(body, at, body.length)));
    }

    /** The gray picture's scan replaced by one of a single gray, in intervals. */
    private static BufferedImage restarts(Group file, int[] size, Random random) {
        file.pieces.removeIf(piece -> piece.name.equals("segment dd"));
        boolean baseline = file.pieces.stream().anyMatch(piece -> piece.name.equals("segment c0"));
        int scan = baseline
                ? file.pieces.stream().map(piece -> piece.name).toList().indexOf("scan")
                : -1;
        BufferedImage gray = new BufferedImage(size[0], size[1], BufferedImage.TYPE_INT_RGB);
        java.util.stream.IntStream.range(0, size[0] * size[1])
                .forEach(i -> gray.setRGB(i % size[0], i / size[0], 0x808080));
        if (scan < 0) {
            // Of a progressive one the coefficients stand in several scans.
            file.pieces.clear();
            try {
                file.pieces.addAll(segments(encoded(grayOf(gray), false, 0.9f)).pieces);
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
            scan = file.pieces.stream().map(piece -> piece.name).toList().indexOf("scan");
        }
        int interval = 1 + random.nextInt(4);
        int blocks = (size[0] + 7) / 8 * ((size[1] + 7) / 8);
        Group intervals = new Group("scan");
        for (int done = 0, number = 0; done < blocks; done += interval, number++) {
            BitWriter bits = new BitWriter();
            for (int i = done; i < Math.min(blocks, done + interval); i++) {
                // A difference of nothing (00) and no further coefficients (1010), by the tables that the format
                // suggests.
                bits.put(0b001010, 6);
            }
            Group part = new Group("interval", raw("entropy", bits.toBytes(1)));
            intervals.add(done + interval < blocks ? part.add(u8("ff", 0xff), u8("restart", 0xd0 + number % 8)) : part);
        }
        file.pieces.set(scan, intervals);
        file.pieces.add(scan - 1, segment(0xdd, be("interval", 2, interval)));
        return gray;
    }

    private static BufferedImage grayOf(BufferedImage picture) {
        BufferedImage gray = new BufferedImage(picture.getWidth(), picture.getHeight(), BufferedImage.TYPE_BYTE_GRAY);
        gray.createGraphics().drawImage(picture, 0, 0, null);
        return gray;
    }

    /**
     * The profile in one or several segments.
     *
     * @return where to go on
     */
    private static int profile(Group file, int at, ICC_Profile profile, Random random) {
        byte[] whole = PieceWriter.write(Metadata.profile(profile), 1 << 20);
        int pieces = random.nextInt(3) == 0 ? Math.min(whole.length, 2 + random.nextInt(4)) : 1;
        int length = Math.min(PIECE_OF_PROFILE, (whole.length + pieces - 1) / pieces);
        for (int i = 0; i < pieces; i++) {
            Piece part = pieces == 1
                    ? Metadata.profile(profile)
                    : raw("part", Arrays.copyOfRange(whole, i * length, Math.min(whole.length, (i + 1) * length)));
            file.pieces.add(
                    at++,
                    segment(
                            0xe2,
                            new Group(
                                    "ICC segment",
                                    ascii("ICC_PROFILE\0"),
                                    u8("number", i + 1),
                                    u8("count", pieces),
                                    part)));
        }
        return at;
    }

    private static Group other(Random random) {
        return switch (random.nextInt(5)) {
            case 0 -> segment(0xfe, ascii("a comment"));
            case 1 ->
                segment(
                        0xed,
                        new Group(
                                "Photoshop",
                                ascii("Photoshop 3.0\0"),
                                ascii("8BIM"),
                                be("id", 2, 0x0404),
                                be("name", 2, 0),
                                be("size", 4, 4),
                                raw("data", new byte[4])));
            case 2 -> segment(0xe1, ascii("http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"));
            case 3 -> segment(0xe2, new Group("MPF", ascii("MPF\0"), Metadata.exif(random, 1)));
            default -> segment(oneOf(random, 0xe3, 0xe4, 0xec, 0xef), raw("data", new byte[random.nextInt(300)]));
        };
    }
}
