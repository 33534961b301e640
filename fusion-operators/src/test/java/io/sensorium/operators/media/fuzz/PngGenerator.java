// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media.fuzz;

import static io.sensorium.operators.media.fuzz.Piece.ascii;
import static io.sensorium.operators.media.fuzz.Piece.be;
import static io.sensorium.operators.media.fuzz.Piece.raw;
import static io.sensorium.operators.media.fuzz.Piece.u8;
import static io.sensorium.operators.media.fuzz.Tones.oneOf;

import io.sensorium.operators.media.fuzz.Piece.Checksum;
import io.sensorium.operators.media.fuzz.Piece.Deflated;
import io.sensorium.operators.media.fuzz.Piece.Group;
import io.sensorium.operators.media.fuzz.Piece.Length;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.Random;

/** PNG: every colour type and depth, filters, interlacing, transparency, profiles, EXIF, texts, animation. */
final class PngGenerator implements FileGenerator {

    private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10};

    @Override
    public String format() {
        return "png";
    }

    @Override
    public boolean isPicture() {
        return true;
    }

    @Override
    public Sample generate(Random random) {
        PngPixels pixels = PngPixels.random(random);
        boolean interlaced = random.nextInt(4) == 0;
        Group file = new Group("png", raw("signature", SIGNATURE));
        file.add(chunk(
                "IHDR",
                new Group(
                        "IHDR fields",
                        be("width", 4, pixels.width()),
                        be("height", 4, pixels.height()),
                        u8("depth", pixels.depth()),
                        u8("colour", pixels.colour()),
                        u8("compression", 0),
                        u8("filter", 0),
                        u8("interlace", interlaced ? 1 : 0))));
        BufferedImage expected = pixels.expected();
        ICC_Profile profile = random.nextInt(5) == 0 ? Pictures.profile(random, pixels.gray()) : null;
        if (profile != null) {
            expected = Pictures.converted(expected, profile);
            file.add(chunk(
                    "iCCP",
                    new Group(
                            "iCCP fields",
                            ascii("profile\0"),
                            u8("method", 0),
                            new Deflated(Metadata.profile(profile)))));
        }
        if (pixels.palette() != null) {
            file.add(chunk("PLTE", raw("palette", pixels.palette())));
        }
        if (pixels.transparency() != null) {
            file.add(chunk("tRNS", raw("transparency", pixels.transparency())));
        }
        int orientation = random.nextInt(5) == 0 ? 1 + random.nextInt(8) : 1;
        if (orientation > 1) {
            file.add(chunk("eXIf", Metadata.exif(random, orientation)));
        }
        for (int extra = random.nextInt(3) == 0 ? 1 + random.nextInt(3) : 0; extra > 0; extra--) {
            file.add(other(random));
        }
        boolean animated = random.nextInt(8) == 0;
        if (animated) {
            file.add(
                    chunk("acTL", new Group("acTL fields", be("frames", 4, 2), be("plays", 4, 0))), control(0, pixels));
        }
        Deflated data = new Deflated(new Group("scanlines", raw("filtered", pixels.scanlines(random, interlaced))));
        data(file, data, random);
        if (animated) {
            file.add(control(1, pixels), chunk("fdAT", new Group("fdAT fields", be("number", 4, 2), data.copy())));
        }
        file.add(chunk("IEND", raw("nothing", new byte[0])));
        return new Sample(
                file, new Sample.Picture(Pictures.oriented(expected, orientation), profile == null ? 2 : 4), false);
    }

    /** In one chunk, whose content can be changed before it is compressed, or in pieces. */
    private static void data(Group file, Deflated data, Random random) {
        if (random.nextInt(3) > 0) {
            file.add(chunk("IDAT", data));
            return;
        }
        byte[] packed = PieceWriter.write(new Group("packed", data), 1 << 24);
        for (int at = 0; at < packed.length; ) {
            int length = Math.min(packed.length - at, random.nextInt(1 + packed.length / 2 + 1));
            file.add(chunk("IDAT", raw("data", Arrays.copyOfRange(packed, at, at + length))));
            at += length;
        }
    }

    private static Group control(int number, PngPixels pixels) {
        return chunk(
                "fcTL",
                new Group(
                        "fcTL fields",
                        be("number", 4, number),
                        be("width", 4, pixels.width()),
                        be("height", 4, pixels.height()),
                        be("left", 4, 0),
                        be("top", 4, 0),
                        be("delay", 2, 1),
                        be("delay unit", 2, 10),
                        u8("dispose", 0),
                        u8("blend", 0)));
    }

    private static Group other(Random random) {
        String name = oneOf(random, "tEXt", "zTXt", "iTXt", "pHYs", "tIME", "sRGB", "prVt", "hIST", "sPLT");
        return chunk(
                name,
                switch (name) {
                    case "tEXt" -> ascii("Comment\0made for a test");
                    case "zTXt" ->
                        new Group(
                                "zTXt fields",
                                ascii("Comment\0"),
                                u8("method", 0),
                                new Deflated(new Group("text", raw("text", new byte[random.nextInt(2_000)]))));
                    case "iTXt" ->
                        new Group(
                                "iTXt fields",
                                ascii("Comment\0"),
                                u8("compressed", 1),
                                u8("method", 0),
                                ascii("en\0\0"),
                                new Deflated(new Group("text", ascii("text"))));
                    case "pHYs" ->
                        new Group("pHYs fields", be("across", 4, 2_835), be("down", 4, 2_835), u8("unit", 1));
                    case "tIME" ->
                        new Group(
                                "tIME fields",
                                be("year", 2, 2_024),
                                u8("month", 2),
                                u8("day", 28),
                                u8("hour", 1),
                                u8("minute", 2),
                                u8("second", 3));
                    case "sRGB" -> u8("intent", 0);
                    case "sPLT" ->
                        new Group("sPLT fields", ascii("name\0"), u8("depth", 8), raw("entries", new byte[12]));
                    default -> raw("content", new byte[2 * random.nextInt(40)]);
                });
    }

    private static Group chunk(String name, Piece content) {
        Group body = new Group(name + " body", content);
        Group checked = new Group(name + " checked", ascii(name), body);
        return new Group(
                name,
                new Length("length", 4, true, body, 0),
                checked,
                new Checksum("crc", 4, true, checked, Checksums::crc32));
    }
}
