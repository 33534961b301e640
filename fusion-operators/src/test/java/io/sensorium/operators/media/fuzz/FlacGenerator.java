// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media.fuzz;

import static io.sensorium.operators.media.fuzz.Piece.ascii;
import static io.sensorium.operators.media.fuzz.Piece.be;
import static io.sensorium.operators.media.fuzz.Piece.le;
import static io.sensorium.operators.media.fuzz.Piece.raw;
import static io.sensorium.operators.media.fuzz.Tones.oneOf;

import io.sensorium.operators.media.fuzz.Piece.Bits;
import io.sensorium.operators.media.fuzz.Piece.Checksum;
import io.sensorium.operators.media.fuzz.Piece.Group;
import io.sensorium.operators.media.fuzz.Piece.Length;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * FLAC (RFC 9639), encoded here: metadata blocks, frames of every rate, depth and channel assignment, which may change
 * midway.
 */
final class FlacGenerator implements FileGenerator {

    private static final int MAX_BLOCK = 65_535;
    private static final int LONG_FRAME_BYTES = 200_000;
    private static final int[] DEPTH_CODES = {8, 1, 12, 2, 16, 4, 20, 5, 24, 6};

    /** @param assignment channel code of the frame: number less one, or 8 to 10 for a side channel */
    private record Encoding(int rate, int bits, int assignment) {
        int channels() {
            return assignment < 8 ? assignment + 1 : 2;
        }
    }

    @Override
    public String format() {
        return "flac";
    }

    @Override
    public boolean isPicture() {
        return false;
    }

    @Override
    public Sample generate(Random random) {
        Encoding first = encoding(random);
        List<Group> frames = new ArrayList<>();
        List<Sample.Tone> tones = new ArrayList<>();
        int total = frames(random, first, frames, tones);
        boolean changes = random.nextInt(4) == 0;
        for (int left = changes ? 1 + random.nextInt(3) : 0; left > 0; left--) {
            Encoding next = encoding(random);
            next = random.nextBoolean() ? new Encoding(first.rate, first.bits, next.assignment) : next;
            total += frames(random, next, frames, tones);
        }
        Group file = new Group("flac", ascii("fLaC"));
        Group information = new Group(
                "STREAMINFO fields",
                be("least block", 2, 16),
                be("most block", 2, MAX_BLOCK),
                be("least frame", 3, 0),
                be("most frame", 3, 0),
                new Bits(
                        "STREAMINFO packed",
                        false,
                        new int[] {20, 3, 5, 36},
                        first.rate,
                        first.channels() - 1,
                        first.bits - 1,
                        random.nextInt(6) == 0 ? 0 : total),
                raw("md5", new byte[16]));
        int more = random.nextInt(3) == 0 ? 1 + random.nextInt(3) : 0;
        file.add(block(0, more == 0, information));
        for (int i = 1; i <= more; i++) {
            file.add(metadata(random, i == more));
        }
        frames.forEach(file::add);
        return new Sample(
                file, new Sample.Sound(tones, true), changes || frames.stream().anyMatch(FlacGenerator::isHardToFind));
    }

    private static Encoding encoding(Random random) {
        int rate = random.nextInt(8) > 0
                ? oneOf(random, 8_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000)
                : oneOf(random, 2_000, 5_000, 11_025, 192_000, 12_345);
        return new Encoding(
                rate,
                oneOf(random, 8, 12, 16, 16, 20, 24),
                random.nextInt(3) == 0 ? random.nextInt(11) : random.nextInt(2));
    }

    /**
     * A run of frames of one encoding.
     *
     * @return its samples
     */
    private static int frames(Random random, Encoding encoding, List<Group> frames, List<Sample.Tone> tones) {
        int total = random.nextInt(10) == 0 ? MAX_BLOCK : Math.max(16, Tones.frames(random, encoding.rate));
        int block =
                random.nextInt(4) == 0 ? MAX_BLOCK : oneOf(random, 192, 576, 1_152, 4_096, 16 + random.nextInt(5_000));
        for (int done = 0; done < total; done += block) {
            frames.add(frame(random, encoding, frames.size(), done, Math.min(block, total - done)));
        }
        tones.add(Tones.tone(encoding.rate, total));
        return total;
    }

    private static Group frame(Random random, Encoding encoding, int number, int from, int samples) {
        int rateCode = encoding.rate % 1_000 == 0 && encoding.rate < 256_000 ? 12 : encoding.rate < 65_536 ? 13 : 14;
        int depthCode = 0;
        for (int i = 0; i < DEPTH_CODES.length; i += 2) {
            depthCode = DEPTH_CODES[i] == encoding.bits ? DEPTH_CODES[i + 1] : depthCode;
        }
        Group header = new Group(
                "frame header",
                new Bits(
                        "frame header",
                        false,
                        new int[] {14, 1, 1, 4, 4, 4, 3, 1},
                        0x3ffe,
                        0,
                        0,
                        7,
                        rateCode,
                        encoding.assignment,
                        depthCode,
                        0),
                raw("number", utf8(number)),
                be("block", 2, samples - 1),
                be(
                        "rate",
                        rateCode == 12 ? 1 : 2,
                        rateCode == 12 ? encoding.rate / 1_000 : rateCode == 13 ? encoding.rate : encoding.rate / 10));
        Group content = new Group(
                "frame content",
                header,
                new Checksum("crc8", 1, true, header, Checksums::flacHeader),
                raw("subframes", subframes(random, encoding, from, samples)));
        return new Group("frame", content, new Checksum("crc16", 2, true, content, Checksums::flacFrame));
    }

    private static byte[] subframes(Random random, Encoding encoding, int from, int samples) {
        BitWriter bits = new BitWriter();
        for (int channel = 0; channel < encoding.channels(); channel++) {
            boolean side = encoding.assignment == 8 && channel == 1
                    || encoding.assignment == 9 && channel == 0
                    || encoding.assignment == 10 && channel == 1;
            if (side) {
                // Both channels are the same, so their difference is nothing: a constant subframe.
                bits.put(0, 8).put(0, encoding.bits + 1);
                continue;
            }
            boolean fixed = encoding.bits <= 24 && random.nextBoolean();
            bits.put(fixed ? 8 << 1 : 1 << 1, 8);
            if (fixed) {
                // Prediction of order 0, one partition of residuals that are not coded but stand as they are.
                bits.put(0, 2).put(0, 4).put(15, 4).put(encoding.bits, 5);
            }
            for (int i = 0; i < samples; i++) {
                bits.put(
                        Math.round(Tones.sample(encoding.rate, from + i) * ((1 << encoding.bits - 1) - 1)),
                        encoding.bits);
            }
        }
        return bits.toBytes(0);
    }

    /**
     * Whether FFmpeg may miss the frame, which it finds by the bytes of the next header: sample bytes look like one, or
     * the frame is as long as no encoder makes them.
     */
    private static boolean isHardToFind(Group frame) {
        byte[] bytes = PieceWriter.write(frame, 1 << 24);
        if (bytes.length > LONG_FRAME_BYTES) {
            return true;
        }
        for (int i = 4; i + 1 < bytes.length; i++) {
            if (bytes[i] == (byte) 0xff && (bytes[i + 1] & 0xfc) == 0xf8) {
                return true;
            }
        }
        return false;
    }

    /** A frame's number as UTF-8 would have it. */
    private static byte[] utf8(int number) {
        return new String(Character.toChars(number)).getBytes(java.nio.charset.StandardCharsets.UTF_8);
    }

    private static Group block(int type, boolean last, Piece content) {
        Group body = new Group("block " + type + " body", content);
        return new Group(
                "block " + type,
                new Bits("block " + type + " header", false, new int[] {1, 7}, last ? 1 : 0, type),
                new Length("size", 3, true, body, 0),
                body);
    }

    private static Group metadata(Random random, boolean last) {
        return switch (random.nextInt(6)) {
            case 0 -> block(1, last, raw("padding", new byte[random.nextInt(500)]));
            case 1 ->
                block(2, last, new Group("application", ascii("test"), raw("data", new byte[random.nextInt(50)])));
            case 2 ->
                block(
                        3,
                        last,
                        new Group("seek point", be("sample", 8, 0), be("offset", 8, 0), be("samples", 2, 4_096)));
            case 3 ->
                block(
                        4,
                        last,
                        new Group(
                                "comments",
                                le("vendor size", 4, 4),
                                ascii("test"),
                                le("count", 4, 1),
                                le("comment size", 4, 7),
                                ascii("TITLE=x")));
            case 4 ->
                block(
                        6,
                        last,
                        new Group(
                                "picture",
                                be("kind", 4, 3),
                                be("type size", 4, 9),
                                ascii("image/png"),
                                be("text size", 4, 0),
                                be("width", 4, 1),
                                be("height", 4, 1),
                                be("depth", 4, 24),
                                be("colours", 4, 0),
                                be("data size", 4, 8),
                                raw("data", new byte[8])));
            default -> block(7 + random.nextInt(119), last, raw("unknown", new byte[random.nextInt(50)]));
        };
    }
}
