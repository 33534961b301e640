// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media.fuzz;

import static io.sensorium.operators.media.fuzz.Piece.ascii;
import static io.sensorium.operators.media.fuzz.Piece.le;
import static io.sensorium.operators.media.fuzz.Piece.raw;
import static io.sensorium.operators.media.fuzz.Piece.u8;

import io.sensorium.operators.media.SampleMedia;
import io.sensorium.operators.media.fuzz.Piece.Bits;
import io.sensorium.operators.media.fuzz.Piece.Bytes;
import io.sensorium.operators.media.fuzz.Piece.Checksum;
import io.sensorium.operators.media.fuzz.Piece.Group;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Ogg: pages of Vorbis (encoded tones) and Opus (silence), chained and multiplexed, with and without the end flag. */
final class OggGenerator implements FileGenerator {

    private static final double SECONDS = 0.35;
    private static final int[] RATES = {8_000, 16_000, 22_050, 44_100, 48_000};
    private static final byte[] OPUS_SILENCE = {(byte) 0xf8, (byte) 0xff, (byte) 0xfe};

    private final List<List<Group>> pool = new ArrayList<>();

    OggGenerator() throws Exception {
        for (int rate : RATES) {
            pool.add(pages(SampleMedia.sound("ogg", rate, 2, SECONDS)));
        }
    }

    @Override
    public String format() {
        return "ogg";
    }

    @Override
    public boolean isPicture() {
        return false;
    }

    @Override
    public Sample generate(Random random) {
        List<Group> first = stream(random);
        List<Sample.Tone> tones = new ArrayList<>(List.of(tone()));
        Group file = new Group("ogg");
        int kind = random.nextInt(8);
        if (kind == 0) {
            opus(random).forEach(file::add);
            return Sample.unknown(file);
        }
        if (kind == 1) {
            multiplexed(first, random.nextBoolean() ? opus(random) : stream(random), random)
                    .forEach(file::add);
            return Sample.unknown(file);
        }
        first.forEach(file::add);
        boolean chained = kind < 4;
        for (int left = chained ? 1 + random.nextInt(3) : 0; left > 0; left--) {
            stream(random).forEach(file::add);
            tones.add(tone());
        }
        if (kind == 4) {
            flags((Group) file.pieces.get(file.pieces.size() - 1)).values[1] = 0;
        }
        return new Sample(file, new Sample.Sound(tones, false), chained);
    }

    private static Sample.Tone tone() {
        return new Sample.Tone(440, 8_000 / 32_768.0, SECONDS);
    }

    /** A whole stream with a serial number of its own. */
    private List<Group> stream(Random random) {
        int serial = random.nextInt();
        List<Group> pages = new ArrayList<>();
        for (Group page : pool.get(random.nextInt(pool.size()))) {
            Group copy = (Group) page.copy();
            ((Piece.Number) copy.pieces.get(4)).value = serial;
            pages.add(copy);
        }
        return pages;
    }

    private static Bits flags(Group page) {
        return (Bits) page.pieces.get(2);
    }

    /** Both at once: first all the beginnings, as the format wants it. */
    private static List<Group> multiplexed(List<Group> one, List<Group> two, Random random) {
        List<Group> pages = new ArrayList<>(List.of(one.get(0), two.get(0)));
        int i = 1;
        int j = 1;
        while (i < one.size() || j < two.size()) {
            boolean next = j >= two.size() || i < one.size() && random.nextBoolean();
            pages.add(next ? one.get(i++) : two.get(j++));
        }
        return pages;
    }

    private static List<Group> opus(Random random) {
        int serial = random.nextInt();
        List<Group> pages = new ArrayList<>();
        Group head = new Group(
                "OpusHead",
                ascii("OpusHead"),
                u8("version", 1),
                u8("channels", 1 + random.nextInt(2)),
                le("skip", 2, 312),
                le("rate", 4, 48_000),
                le("gain", 2, 0),
                u8("mapping", 0));
        pages.add(page(2, 0, serial, 0, new byte[] {19}, head));
        pages.add(page(
                0,
                0,
                serial,
                1,
                new byte[] {16},
                new Group("OpusTags", ascii("OpusTags"), le("vendor size", 4, 0), le("count", 4, 0))));
        int packets = 1 + random.nextInt(50);
        byte[] lacing = new byte[packets];
        Arrays.fill(lacing, (byte) OPUS_SILENCE.length);
        Group body = new Group("packets");
        for (int i = 0; i < packets; i++) {
            body.add(raw("packet", OPUS_SILENCE));
        }
        pages.add(page(4, 960L * packets, serial, 2, lacing, body));
        return pages;
    }

    private static Group page(int flags, long granule, int serial, int number, byte[] lacing, Group body) {
        Group page = new Group(
                "page",
                ascii("OggS"),
                u8("version", 0),
                new Bits("page flags", false, new int[] {5, 1, 1, 1}, 0, flags >> 2 & 1, flags >> 1 & 1, flags & 1),
                le("granule", 8, granule),
                le("serial", 4, serial),
                le("number", 4, number));
        return page.add(
                new Checksum("crc", 4, false, page, Checksums::ogg),
                u8("segments", lacing.length),
                raw("lacing", lacing),
                body);
    }

    private static List<Group> pages(byte[] bytes) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        List<Group> pages = new ArrayList<>();
        for (int at = 0; at + 27 <= bytes.length; ) {
            int segments = bytes[at + 26] & 0xff;
            byte[] lacing = Arrays.copyOfRange(bytes, at + 27, at + 27 + segments);
            int length = 0;
            for (byte lace : lacing) {
                length += lace & 0xff;
            }
            int from = at + 27 + segments;
            pages.add(page(
                    bytes[at + 5],
                    buffer.getLong(at + 6),
                    buffer.getInt(at + 14),
                    buffer.getInt(at + 18),
                    lacing,
                    body(Arrays.copyOfRange(bytes, from, from + length), pages.isEmpty())));
            at = from + length;
        }
        return pages;
    }

    private static Group body(byte[] body, boolean first) {
        if (!first) {
            Bytes head = raw("head", Arrays.copyOf(body, Math.min(64, body.length)));
            return new Group("packets", head, raw("data", Arrays.copyOfRange(body, head.value.length, body.length)));
        }
        ByteBuffer buffer = ByteBuffer.wrap(body).order(ByteOrder.LITTLE_ENDIAN);
        return new Group(
                "identification",
                u8("type", body[0]),
                ascii("vorbis"),
                le("version", 4, buffer.getInt(7)),
                u8("channels", body[11]),
                le("rate", 4, buffer.getInt(12)),
                le("most bits", 4, buffer.getInt(16)),
                le("bits", 4, buffer.getInt(20)),
                le("least bits", 4, buffer.getInt(24)),
                new Bits("block sizes", false, new int[] {4, 4}, body[28] >> 4 & 15, body[28] & 15),
                u8("framing", body[29]));
    }
}
