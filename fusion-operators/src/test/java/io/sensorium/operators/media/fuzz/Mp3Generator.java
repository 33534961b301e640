// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media.fuzz;

import static io.sensorium.operators.media.fuzz.Piece.ascii;
import static io.sensorium.operators.media.fuzz.Piece.be;
import static io.sensorium.operators.media.fuzz.Piece.raw;
import static io.sensorium.operators.media.fuzz.Piece.u8;

import io.sensorium.operators.media.SampleMedia;
import io.sensorium.operators.media.fuzz.Piece.Bits;
import io.sensorium.operators.media.fuzz.Piece.Group;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** MP3: frames of encoded tones of several rates and channel counts, one after another, behind tags. */
final class Mp3Generator implements FileGenerator {

    private static final double SECONDS = 0.35;
    private static final int[][] KINDS = {
        {8_000, 1}, {16_000, 1}, {22_050, 2}, {24_000, 1}, {32_000, 2}, {44_100, 1}, {44_100, 2}, {48_000, 2}
    };
    private static final int[] RATES = {44_100, 48_000, 32_000};
    private static final int[] BITRATES_1 = {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320};
    private static final int[] BITRATES_2 = {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160};
    private static final int LEAST_RATE_TO_CHANGE = 16_000;
    private static final int XING = 0x58696e67;

    /** @param frames of one tone, the first with a table of contents */
    private record Encoded(int rate, int channels, List<Group> frames) {}

    private final List<Encoded> pool = new ArrayList<>();

    Mp3Generator() throws Exception {
        for (int[] kind : KINDS) {
            byte[] bytes = SampleMedia.sound("mp3", kind[0], kind[1], SECONDS);
            int at = bytes[0] == 'I' ? 10 + (bytes[6] << 21 | bytes[7] << 14 | bytes[8] << 7 | bytes[9]) : 0;
            List<Group> frames = new ArrayList<>();
            while (at + 4 <= bytes.length && (bytes[at] & 0xff) == 0xff) {
                int size = size(bytes, at);
                frames.add(frame(Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + size))));
                at += size;
            }
            pool.add(new Encoded(kind[0], kind[1], frames));
        }
    }

    @Override
    public String format() {
        return "mp3";
    }

    @Override
    public boolean isPicture() {
        return false;
    }

    @Override
    public Sample generate(Random random) {
        Group file = new Group("mp3");
        if (random.nextInt(3) == 0) {
            file.add(id3(random));
        }
        Encoded first = pool.get(random.nextInt(pool.size()));
        // At low rates an encoder's delay and padding are a large part of the sound; only the table states them.
        boolean low = first.rate < LEAST_RATE_TO_CHANGE;
        boolean table = random.nextInt(3) > 0 || low;
        add(file, first, table);
        List<Sample.Tone> tones = new ArrayList<>(List.of(tone()));
        boolean changes = random.nextInt(4) == 0 && !low;
        for (int left = changes ? 1 + random.nextInt(3) : 0; left > 0; left--) {
            List<Encoded> others = pool.stream()
                    .filter(encoded -> encoded.rate >= LEAST_RATE_TO_CHANGE)
                    .toList();
            add(file, others.get(random.nextInt(others.size())), random.nextInt(4) == 0);
            tones.add(tone());
        }
        if (random.nextInt(6) == 0) {
            file.add(new Group("id3v1", ascii("TAG"), raw("texts", new byte[125])));
        }
        return new Sample(file, new Sample.Sound(tones, false), changes);
    }

    private static Sample.Tone tone() {
        return new Sample.Tone(440, 8_000 / 32_768.0, SECONDS);
    }

    private static void add(Group file, Encoded encoded, boolean table) {
        for (int i = table ? 0 : 1; i < encoded.frames.size(); i++) {
            file.add((Group) encoded.frames.get(i).copy());
        }
    }

    private static int size(byte[] bytes, int at) {
        boolean first = (bytes[at + 1] >> 3 & 3) == 3;
        int rate = RATES[bytes[at + 2] >> 2 & 3] >> (first ? 0 : (bytes[at + 1] >> 3 & 3) == 2 ? 1 : 2);
        int kbits = (first ? BITRATES_1 : BITRATES_2)[bytes[at + 2] >> 4 & 15];
        return (first ? 144_000 : 72_000) * kbits / rate + (bytes[at + 2] >> 1 & 1);
    }

    private static Group frame(byte[] bytes) {
        long head = (bytes[0] & 0xffL) << 24 | (bytes[1] & 0xff) << 16 | (bytes[2] & 0xff) << 8 | bytes[3] & 0xff;
        int[] widths = {11, 2, 2, 1, 4, 2, 1, 1, 2, 2, 1, 1, 2};
        long[] values = new long[widths.length];
        int left = 32;
        for (int i = 0; i < widths.length; i++) {
            left -= widths[i];
            values[i] = head >> left & (1 << widths[i]) - 1;
        }
        Group frame = new Group("frame", new Bits("frame header", false, widths, values));
        for (int at = 4; at + 120 < Math.min(bytes.length, 200); at++) {
            int tag = (bytes[at] & 0xff) << 24
                    | (bytes[at + 1] & 0xff) << 16
                    | (bytes[at + 2] & 0xff) << 8
                    | bytes[at + 3] & 0xff;
            if (tag == XING || tag == 0x496e666f) {
                return frame.add(
                        raw("side information", Arrays.copyOfRange(bytes, 4, at)),
                        raw("Xing", Arrays.copyOfRange(bytes, at, at + 4)),
                        be("flags", 4, word(bytes, at + 4)),
                        be("frames", 4, word(bytes, at + 8)),
                        be("bytes", 4, word(bytes, at + 12)),
                        raw("table", Arrays.copyOfRange(bytes, at + 16, bytes.length)));
            }
        }
        return frame.add(raw("data", Arrays.copyOfRange(bytes, 4, bytes.length)));
    }

    private static long word(byte[] bytes, int at) {
        return (bytes[at] & 0xffL) << 24
                | (bytes[at + 1] & 0xffL) << 16
                | (bytes[at + 2] & 0xffL) << 8
                | bytes[at + 3] & 0xffL;
    }

    private static Group id3(Random random) {
        byte[] text = new byte[1 + random.nextInt(60)];
        Arrays.fill(text, (byte) 'x');
        int kind = random.nextInt(3);
        String name = kind == 0 ? "TIT2" : kind == 1 ? "APIC" : "TXXX";
        int size = 10 + text.length;
        int padding = random.nextInt(100);
        return new Group(
                "id3v2",
                ascii("ID3"),
                u8("version", 3 + random.nextInt(2)),
                u8("revision", 0),
                u8("flags", 0),
                new Bits(
                        "id3v2 size",
                        false,
                        new int[] {1, 7, 1, 7, 1, 7, 1, 7},
                        0,
                        0,
                        0,
                        0,
                        0,
                        size + padding >> 7,
                        0,
                        size + padding & 127),
                new Group("id3v2 frame", ascii(name), be("size", 4, text.length), be("flags", 2, 0), raw("text", text)),
                raw("padding", new byte[padding]));
    }
}
