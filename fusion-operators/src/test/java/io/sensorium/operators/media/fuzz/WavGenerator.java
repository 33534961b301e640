// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media.fuzz;

import static io.sensorium.operators.media.fuzz.Piece.ascii;
import static io.sensorium.operators.media.fuzz.Piece.le;
import static io.sensorium.operators.media.fuzz.Piece.raw;
import static io.sensorium.operators.media.fuzz.Tones.oneOf;

import io.sensorium.operators.media.fuzz.Piece.Group;
import io.sensorium.operators.media.fuzz.Piece.Length;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * RIFF/WAVE: PCM of many depths and rates, other format tags, streamed sizes, odd chunks, several data and format
 * chunks.
 */
final class WavGenerator implements FileGenerator {

    private static final int PCM = 1;
    private static final int FLOAT = 3;
    private static final int EXTENSIBLE = 0xfffe;
    private static final byte[] SUBFORMAT = {
        0, 0, 0, 0, 0x10, 0, (byte) 0x80, 0, 0, (byte) 0xaa, 0, 0x38, (byte) 0x9b, 0x71
    };
    /** What writers state that do not know the length yet. */
    private static final long[] STREAMED = {0, 0xffffffffL, 0x7fffffffL, 0x80000000L, 2_000_000_000L, 0x7ffff000L};

    @Override
    public String format() {
        return "wav";
    }

    @Override
    public boolean isPicture() {
        return false;
    }

    private record Encoding(int tag, int channels, int rate, int bits) {
        boolean known() {
            boolean kind = tag == FLOAT
                    ? bits == 32 || bits == 64
                    : (tag == PCM || tag == EXTENSIBLE) && bits >= 8 && bits <= 32 && bits % 8 == 0;
            return kind && rate >= 2_000 && rate <= 192_000;
        }
    }

    @Override
    public Sample generate(Random random) {
        Encoding encoding = encoding(random);
        int frames = Tones.frames(random, encoding.rate);
        Group data = chunk("data", raw("samples", pcm(encoding, frames)));
        boolean streamed = random.nextInt(8) == 0;
        if (streamed) {
            data.pieces.set(1, le("size", 4, oneOf(random, STREAMED[random.nextInt(STREAMED.length)], STREAMED[1])));
        }
        List<Group> chunks = new ArrayList<>(List.of(format(encoding, random)));
        for (int extra = random.nextInt(4) == 0 ? 1 + random.nextInt(4) : 0; extra > 0; extra--) {
            chunks.add(random.nextInt(chunks.size() + 1), other(random));
        }
        chunks.add(data);
        List<Sample.Tone> tones = new ArrayList<>(List.of(Tones.tone(encoding.rate, frames)));
        boolean changes = !streamed && random.nextInt(12) == 0;
        if (changes) {
            Encoding next = encoding(random);
            chunks.add(format(next, random));
            chunks.add(chunk("data", raw("samples", pcm(next, Tones.frames(random, next.rate)))));
        } else if (!streamed && random.nextInt(6) == 0) {
            chunks.add(other(random));
        }
        Group body = new Group("RIFF body", ascii("WAVE"));
        chunks.forEach(body::add);
        Group file = new Group(
                "wav",
                ascii("RIFF"),
                streamed
                        ? le("size", 4, STREAMED[random.nextInt(STREAMED.length)])
                        : new Length("size", 4, false, body, 0),
                body);
        // Readers differ in what a second data chunk is; nothing is expected of such a file but that it does no harm.
        boolean expected = encoding.known() && !changes;
        return new Sample(file, expected ? new Sample.Sound(tones, true) : null, !expected || encoding.channels > 8);
    }

    private static Encoding encoding(Random random) {
        boolean usual = random.nextInt(3) > 0;
        int tag = usual
                ? oneOf(random, PCM, PCM, FLOAT, EXTENSIBLE)
                : oneOf(
                        random,
                        PCM,
                        PCM,
                        FLOAT,
                        EXTENSIBLE,
                        2,
                        6,
                        7,
                        0x11,
                        0x31,
                        0x45,
                        0x50,
                        0x55,
                        0x61,
                        0x160,
                        0x2000,
                        0xf1ac,
                        random.nextInt(65_536));
        int bits = usual
                ? tag == FLOAT ? oneOf(random, 32, 64) : oneOf(random, 8, 16, 24, 32)
                : oneOf(random, 0, 1, 4, 8, 12, 16, 20, 24, 32, 48, 64, 128, random.nextInt(256));
        int channels = random.nextInt(4) > 0 ? 1 + random.nextInt(2) : 1 + random.nextInt(usual ? 8 : 70);
        int rate = random.nextInt(10) > 0
                ? oneOf(random, 8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 96_000)
                : oneOf(random, 1, 100, 1_999, 2_000, 5_512, 192_000, 768_000, 1_000_000);
        return new Encoding(tag, channels, rate, bits);
    }

    private static Group format(Encoding encoding, Random random) {
        int block = Math.max(1, encoding.channels * encoding.bits / 8);
        long byteRate = random.nextInt(10) == 0
                ? oneOf(random, 0L, 1L, (long) encoding.rate, 0xffffffffL)
                : (long) encoding.rate * block;
        Group fields = new Group(
                "fmt fields",
                le("tag", 2, encoding.tag),
                le("channels", 2, encoding.channels),
                le("rate", 4, encoding.rate),
                le("byte rate", 4, byteRate),
                le("block", 2, block),
                le("bits", 2, encoding.bits));
        if (encoding.tag == EXTENSIBLE) {
            fields.add(
                    le("extra size", 2, 22),
                    le("valid bits", 2, encoding.bits),
                    le("mask", 4, random.nextInt(3) == 0 ? random.nextInt(1 << 18) : 0),
                    le("subformat", 2, PCM),
                    raw("guid", SUBFORMAT));
        } else if (encoding.tag != PCM || random.nextInt(5) == 0) {
            int extra = random.nextInt(3) == 0 ? random.nextInt(40) : 0;
            fields.add(le("extra size", 2, extra), raw("extra", new byte[extra]));
        }
        return chunk("fmt ", fields);
    }

    private static Group chunk(String name, Piece content) {
        Group body = new Group(name + " body", content);
        Group chunk = new Group(name, ascii(name), new Length("size", 4, false, body, 0), body);
        return PieceWriter.write(body, 1 << 24).length % 2 == 0 ? chunk : chunk.add(raw("pad", new byte[1]));
    }

    private static Group other(Random random) {
        String name =
                oneOf(random, "LIST", "JUNK", "fact", "bext", "cue ", "id3 ", "iXML", "smpl", "PEAK", "ds64", "wavl");
        Piece content = switch (name) {
            case "LIST" -> new Group("LIST fields", ascii("INFO"), chunk("ISFT", ascii("some software")));
            case "fact" -> le("frames", 4, random.nextInt(1 << 20));
            default -> raw("content", new byte[random.nextInt(80)]);
        };
        return chunk(name, content);
    }

    private static byte[] pcm(Encoding encoding, int frames) {
        int bytes = Math.max(1, encoding.bits / 8);
        int kept = (int) Math.min(frames, (4L << 20) / Math.max(1, bytes * encoding.channels));
        ByteBuffer pcm = ByteBuffer.allocate(kept * encoding.channels * bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int frame = 0; frame < kept; frame++) {
            double value = Tones.sample(encoding.rate, frame);
            for (int channel = 0; channel < encoding.channels; channel++) {
                put(pcm, encoding, value, bytes);
            }
        }
        return pcm.array();
    }

    private static void put(ByteBuffer pcm, Encoding encoding, double value, int bytes) {
        if (encoding.tag == FLOAT && bytes == 4) {
            pcm.putFloat((float) value);
        } else if (encoding.tag == FLOAT && bytes == 8) {
            pcm.putDouble(value);
        } else if (bytes == 1) {
            pcm.put((byte) Math.round(128 + 127 * value));
        } else {
            long whole = Math.round(value * (double) ((1L << Math.min(62, 8 * bytes - 1)) - 1));
            for (int i = 0; i < bytes; i++) {
                pcm.put((byte) (i < 8 ? whole >> 8 * i : 0));
            }
        }
    }
}
