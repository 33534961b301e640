// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media.fuzz;

import static io.sensorium.operators.media.fuzz.Piece.ascii;
import static io.sensorium.operators.media.fuzz.Piece.le;
import static io.sensorium.operators.media.fuzz.Piece.raw;
import static io.sensorium.operators.media.fuzz.Piece.u8;

import io.sensorium.operators.media.SampleMedia;
import io.sensorium.operators.media.fuzz.Piece.Bits;
import io.sensorium.operators.media.fuzz.Piece.Group;
import io.sensorium.operators.media.fuzz.Piece.Length;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** WebP (RFC 9649): lossy and lossless, simple and extended, alpha, animations, profiles, EXIF, unknown chunks. */
final class WebPGenerator implements FileGenerator {

    /** Even ones: FFmpegFrameRecorder scales others to even sizes. */
    private static final int[][] SIZES = {{60, 44}, {32, 58}, {2, 2}, {16, 16}, {300, 200}, {8, 150}};

    /** @param bytes the chunk's content */
    private record Encoded(BufferedImage picture, boolean lossless, byte[] bytes) {}

    private final List<Encoded> pool = new ArrayList<>();

    WebPGenerator() throws Exception {
        Random random = new Random(1);
        for (int[] size : SIZES) {
            for (boolean lossless : new boolean[] {false, true}) {
                if (!lossless && size[0] < 4) {
                    // Two pixels share their colour there.
                    continue;
                }
                BufferedImage picture = Pictures.random(random, size[0], size[1], false, lossless);
                BufferedImage plain = new BufferedImage(size[0], size[1], BufferedImage.TYPE_3BYTE_BGR);
                plain.createGraphics().drawImage(picture, 0, 0, null);
                byte[] file = SampleMedia.webp(plain, lossless);
                int length =
                        ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getInt(16);
                pool.add(new Encoded(picture, lossless, Arrays.copyOfRange(file, 20, 20 + length)));
            }
        }
    }

    @Override
    public String format() {
        return "webp";
    }

    @Override
    public boolean isPicture() {
        return true;
    }

    @Override
    public Sample generate(Random random) {
        Encoded encoded = pool.get(random.nextInt(pool.size()));
        double tolerance = encoded.lossless ? 2 : 8;
        if (random.nextInt(4) == 0) {
            return new Sample(file(List.of(picture(encoded))), new Sample.Picture(encoded.picture, tolerance), false);
        }
        BufferedImage expected = encoded.picture;
        boolean animated = random.nextInt(3) == 0;
        boolean alpha = !encoded.lossless && random.nextInt(3) == 0;
        ICC_Profile profile = random.nextInt(6) == 0 ? Pictures.profile(random, false) : null;
        int orientation = random.nextInt(5) == 0 ? 1 + random.nextInt(8) : 1;
        boolean offset = animated && random.nextBoolean();
        int left = offset ? 2 * random.nextInt(20) : 0;
        int top = offset ? 2 * random.nextInt(20) : 0;
        int width = expected.getWidth() + left + (offset ? random.nextInt(20) : 0);
        int height = expected.getHeight() + top + (offset ? random.nextInt(20) : 0);
        List<Group> chunks = new ArrayList<>(List.of(chunk(
                "VP8X",
                new Group(
                        "VP8X fields",
                        new Bits(
                                "VP8X flags",
                                false,
                                new int[] {2, 1, 1, 1, 1, 1, 1},
                                0,
                                profile == null ? 0 : 1,
                                alpha ? 1 : 0,
                                orientation > 1 ? 1 : 0,
                                0,
                                animated ? 1 : 0,
                                0),
                        raw("reserved", new byte[3]),
                        le("width", 3, width - 1),
                        le("height", 3, height - 1)))));
        if (profile != null) {
            expected = Pictures.converted(expected, profile);
            chunks.add(chunk("ICCP", Metadata.profile(profile)));
        }
        List<Group> picture = new ArrayList<>();
        if (alpha) {
            expected = transparent(expected);
            picture.add(chunk(
                    "ALPH",
                    new Group(
                            "ALPH fields",
                            new Bits("ALPH flags", false, new int[] {2, 2, 2, 2}, 0, 0, 0, 0),
                            raw("alpha", alphas(expected)))));
        }
        picture.add(picture(encoded));
        if (animated) {
            chunks.add(chunk("ANIM", new Group("ANIM fields", le("background", 4, 0), le("loops", 2, 0))));
            chunks.add(frame(left, top, expected.getWidth(), expected.getHeight(), picture));
            for (int more = random.nextInt(4); more > 0; more--) {
                chunks.add(frame(
                        0, 0, encoded.picture.getWidth(), encoded.picture.getHeight(), List.of(picture(encoded))));
            }
            expected = Pictures.onCanvas(expected, width, height, left, top);
        } else {
            chunks.addAll(picture);
        }
        if (orientation > 1) {
            chunks.add(chunk("EXIF", Metadata.exif(random, orientation)));
        }
        if (random.nextInt(4) == 0) {
            chunks.add(chunk(random.nextBoolean() ? "XMP " : "ABCD", ascii("<x:xmpmeta/>")));
        }
        return new Sample(
                file(chunks),
                new Sample.Picture(Pictures.oriented(expected, orientation), tolerance + (profile == null ? 0 : 2)),
                false);
    }

    private static Group file(List<Group> chunks) {
        Group body = new Group("RIFF body", ascii("WEBP"));
        chunks.forEach(body::add);
        return new Group("webp", ascii("RIFF"), new Length("size", 4, false, body, 0), body);
    }

    private static Group chunk(String name, Piece content) {
        Group body = new Group(name + " body", content);
        Group chunk = new Group(name, ascii(name), new Length("size", 4, false, body, 0), body);
        return PieceWriter.write(body, 1 << 24).length % 2 == 0 ? chunk : chunk.add(raw("pad", new byte[1]));
    }

    private static Group frame(int left, int top, int width, int height, List<Group> picture) {
        Group fields = new Group(
                "ANMF fields",
                le("left", 3, left / 2),
                le("top", 3, top / 2),
                le("width", 3, width - 1),
                le("height", 3, height - 1),
                le("duration", 3, 100),
                new Bits("ANMF flags", false, new int[] {6, 1, 1}, 0, 1, 0));
        Group chunks = new Group("ANMF chunks");
        picture.forEach(chunks::add);
        return chunk("ANMF", new Group("ANMF content", fields, chunks));
    }

    private static Group picture(Encoded encoded) {
        byte[] b = encoded.bytes;
        ByteBuffer buffer = ByteBuffer.wrap(b).order(ByteOrder.LITTLE_ENDIAN);
        if (encoded.lossless) {
            int packed = buffer.getInt(1);
            return chunk(
                    "VP8L",
                    new Group(
                            "VP8L fields",
                            u8("signature", b[0]),
                            new Bits(
                                    "VP8L header",
                                    true,
                                    new int[] {14, 14, 1, 3},
                                    packed & 0x3fff,
                                    packed >> 14 & 0x3fff,
                                    packed >> 28 & 1,
                                    packed >>> 29),
                            raw("data", Arrays.copyOfRange(b, 5, b.length))));
        }
        int tag = b[0] & 255 | (b[1] & 255) << 8 | (b[2] & 255) << 16;
        int width = buffer.getShort(6);
        int height = buffer.getShort(8);
        return chunk(
                "VP8 ",
                new Group(
                        "VP8 fields",
                        new Bits(
                                "VP8 tag",
                                true,
                                new int[] {1, 3, 1, 19},
                                tag & 1,
                                tag >> 1 & 7,
                                tag >> 4 & 1,
                                tag >> 5),
                        raw("start code", Arrays.copyOfRange(b, 3, 6)),
                        new Bits(
                                "VP8 size",
                                true,
                                new int[] {14, 2, 14, 2},
                                width & 0x3fff,
                                width >> 14 & 3,
                                height & 0x3fff,
                                height >> 14 & 3),
                        raw("data", Arrays.copyOfRange(b, 10, b.length))));
    }

    private static BufferedImage transparent(BufferedImage picture) {
        BufferedImage result = new BufferedImage(picture.getWidth(), picture.getHeight(), BufferedImage.TYPE_INT_ARGB);
        for (int y = 0; y < picture.getHeight(); y++) {
            for (int x = 0; x < picture.getWidth(); x++) {
                result.setRGB(x, y, (255 - 200 * x / picture.getWidth()) << 24 | picture.getRGB(x, y) & 0xffffff);
            }
        }
        return result;
    }

    private static byte[] alphas(BufferedImage picture) {
        byte[] alphas = new byte[picture.getWidth() * picture.getHeight()];
        for (int i = 0; i < alphas.length; i++) {
            alphas[i] = (byte) (picture.getRGB(i % picture.getWidth(), i / picture.getWidth()) >>> 24);
        }
        return alphas;
    }
}
