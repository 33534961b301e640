// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import io.sensorium.operators.media.MediaException.Problem;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;

/**
 * Reads PCM in WAV, without native code: integers of 8 to 32 bits, floats of 32 and 64, A-law and µ-law. Of what the
 * header declares only the format and a possible size of the data are believed. Integers may lie in more bytes than
 * they need, such as 24 bits in 4. By the standard they fill the upper ones; writers differ, so the data are asked:
 * where the other bytes are all zero, or all the sign's, they are padding. Where neither holds, the format tag
 * "extensible" decides for the standard; under format tag 1 it may be anything, even floats, and is refused.
 */
final class WavFile {

    private static final double TOLERATED_SHORTFALL_SECONDS = 0.12;
    private static final int BLOCK = 4096;
    private static final int PCM = 1;
    private static final int FLOAT = 3;
    private static final int A_LAW = 6;
    private static final int MU_LAW = 7;
    private static final int EXTENSIBLE = 0xfffe;
    private static final Map<Integer, String> OTHERS = Map.ofEntries(
            Map.entry(2, "Microsoft ADPCM"),
            Map.entry(0x11, "IMA ADPCM"),
            Map.entry(0x31, "GSM 6.10"),
            Map.entry(0x50, "MPEG audio"),
            Map.entry(0x55, "MP3"),
            Map.entry(0xff, "AAC"),
            Map.entry(0x161, "Windows Media Audio"),
            Map.entry(0x2000, "AC-3"));

    private final byte[] bytes;
    private final ByteBuffer buffer;
    /** A larger size of the data is a placeholder of a writer to a pipe: no record can hold such a file. */
    private final long mostBytes;

    private int tag;
    private int channels;
    private int rate;
    private int bits;
    private int frameBytes;
    private boolean extensible;
    /** Bytes of a sample, of those the ones that hold its bits, and where they begin. */
    private int container;

    private int width;
    private int offset;
    private long mask;
    private boolean described;
    private int dataStart = -1;
    private int dataEnd;
    /** Bytes that the header declares; −1 where it declares none. */
    private long declared = -1;

    private WavFile(byte[] bytes, long mostBytes) {
        this.mostBytes = mostBytes;
        this.bytes = bytes;
        this.buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** @throws MediaException when the format is not PCM, there are no samples, or fewer than declared */
    static short[] decode(byte[] bytes, MediaLimits limits, DecodeDeadline deadline) throws MediaException {
        WavFile wav = new WavFile(bytes, limits.maxBytes());
        wav.walk();
        return wav.samples(limits, deadline);
    }

    private void walk() throws MediaException {
        for (long at = 12; at + 8 <= bytes.length && dataStart < 0; ) {
            int start = (int) at;
            long size = buffer.getInt(start + 4) & 0xffffffffL;
            if (AudioFile.starts(bytes, start, "fmt ") && !described) {
                describe(start + 8, (int) Math.min(size, bytes.length - start - 8));
            } else if (AudioFile.starts(bytes, start, "data")) {
                data(start + 8, size);
            }
            at += 8 + size + (size & 1);
        }
        if (!described) {
            throw corrupt("it has no format chunk before the data");
        }
        if (dataStart < 0) {
            throw corrupt("it has no data chunk");
        }
        if (dataEnd == dataStart) {
            throw declared > 0
                    ? corrupt("it is cut short: " + declared + " bytes of sound are declared, none is there")
                    : new MediaException(Problem.EMPTY, "the wav of " + bytes.length + " bytes holds no samples");
        }
    }

    private void data(int start, long size) {
        int left = bytes.length - start;
        dataStart = start;
        boolean streamed = size > mostBytes || size == 0 && !chunksFollow(start);
        declared = streamed ? -1 : size;
        dataEnd = start + (streamed ? left : (int) Math.min(size, left));
    }

    /** Whether whole chunks fill the file from here on. */
    private boolean chunksFollow(int from) {
        long at = from;
        while (at + 8 <= bytes.length) {
            for (int i = 0; i < 4; i++) {
                if (bytes[(int) at + i] < ' ') {
                    return false;
                }
            }
            long size = buffer.getInt((int) at + 4) & 0xffffffffL;
            at += 8 + size + (size & 1);
        }
        return at == bytes.length || at == bytes.length + 1L;
    }

    private void describe(int at, int size) throws MediaException {
        if (size < 16) {
            throw corrupt("its format chunk has " + size + " bytes, expected 16 or more");
        }
        described = true;
        tag = buffer.getShort(at) & 0xffff;
        channels = buffer.getShort(at + 2) & 0xffff;
        rate = buffer.getInt(at + 4);
        int block = buffer.getShort(at + 12) & 0xffff;
        bits = buffer.getShort(at + 14) & 0xffff;
        if (tag == EXTENSIBLE && size >= 40) {
            mask = buffer.getInt(at + 20) & 0xffffffffL;
            tag = buffer.getShort(at + 24) & 0xffff;
            extensible = true;
        }
        boolean taken = switch (tag) {
            case PCM -> bits >= 1 && bits <= 32;
            case FLOAT -> bits == 32 || bits == 64;
            case A_LAW, MU_LAW -> bits == 8;
            default ->
                throw new MediaException(
                        Problem.UNSUPPORTED,
                        String.format(
                                "the wav holds %s (format tag 0x%x); send PCM",
                                OTHERS.getOrDefault(tag, "a compressed format"), tag));
        };
        if (!taken) {
            throw new MediaException(
                    Problem.UNSUPPORTED,
                    "the wav holds " + (tag == PCM ? "integer PCM" : tag == FLOAT ? "floating-point PCM" : "G.711")
                            + " of " + bits
                            + " bits; send integers of 8, 16, 24 or 32 bits, floats of 32 or 64, or G.711 of 8");
        }
        width = (bits + 7) / 8;
        boolean padded = tag == PCM
                && channels > 0
                && block > channels * width
                && block % channels == 0
                && block / channels <= Long.BYTES;
        container = padded ? block / channels : width;
        if (padded && (container > Integer.BYTES || width == 1)) {
            throw paddedUnknown();
        }
        frameBytes = channels * container;
        if (block != 0 && block != frameBytes) {
            throw corrupt(
                    "its blocks of " + block + " bytes do not fit " + channels + " channels of " + bits + " bits");
        }
    }

    private short[] samples(MediaLimits limits, DecodeDeadline deadline) throws MediaException {
        double perSecond = (double) rate * frameBytes;
        MonoSamples samples = new MonoSamples(
                limits,
                "wav",
                perSecond <= 0 ? 0 : (declared < 0 ? dataEnd - dataStart : declared) / perSecond,
                deadline);
        float[] weights = samples.format(rate, channels, mask);
        int frames = (dataEnd - dataStart) / frameBytes;
        if (declared > 0 && (declared - (dataEnd - dataStart)) / perSecond > TOLERATED_SHORTFALL_SECONDS) {
            throw corrupt(String.format(
                    "it is cut short: %.2f s of %.2f s are there",
                    frames * frameBytes / perSecond, declared / perSecond));
        }
        if (frames == 0) {
            throw corrupt("its data of " + (dataEnd - dataStart) + " bytes is less than one sample of " + channels
                    + " channels");
        }
        offset = container == width ? 0 : filledFrom(frames * channels);
        float[] mono = new float[BLOCK];
        for (int from = 0; from < frames; from += BLOCK) {
            int count = Math.min(BLOCK, frames - from);
            for (int i = 0; i < count; i++) {
                int at = dataStart + (from + i) * frameBytes;
                float sum = 0;
                for (int channel = 0; channel < channels; channel++) {
                    sum += weights[channel] * value(at + channel * container + offset);
                }
                mono[i] = sum;
            }
            samples.add(mono, count);
        }
        return samples.finish();
    }

    /** The byte of each sample from which on its bits lie; those before it or behind it are padding. */
    private int filledFrom(int count) throws MediaException {
        boolean upper = true;
        boolean lower = true;
        for (int at = dataStart, end = dataStart + count * container; at < end && (upper || lower); at += container) {
            byte sign = (byte) (bytes[at + width - 1] >> 7);
            for (int i = 0; i < container - width; i++) {
                upper &= bytes[at + i] == 0;
                lower &= bytes[at + width + i] == sign;
            }
        }
        if (!upper && !lower && !extensible) {
            throw paddedUnknown();
        }
        return upper || !lower ? container - width : 0;
    }

    private MediaException paddedUnknown() {
        return new MediaException(
                Problem.UNSUPPORTED,
                "the wav holds samples of " + bits + " bits in " + container
                        + " bytes each, and neither its format tag nor the data show in which of them; send 24 bits in "
                        + "3 bytes, or 32 bits in 4");
    }

    private float value(int at) {
        return switch (tag) {
            case A_LAW -> aLaw(bytes[at]) / 32768f;
            case MU_LAW -> muLaw(bytes[at]) / 32768f;
            case FLOAT -> bits == 32 ? buffer.getFloat(at) : (float) buffer.getDouble(at);
            default ->
                switch (width) {
                    case 1 -> ((bytes[at] & 0xff) - 128) / 128f;
                    case 2 -> buffer.getShort(at) / 32768f;
                    case 3 -> (bytes[at + 2] << 16 | (bytes[at + 1] & 0xff) << 8 | bytes[at] & 0xff) / 8388608f;
                    default -> buffer.getInt(at) / 0x1p31f;
                };
        };
    }

    /** ITU-T G.711, A-law, to 16 bits. */
    private static int aLaw(byte code) {
        int flipped = (code & 0xff) ^ 0x55;
        int exponent = flipped >> 4 & 7;
        int mantissa = (flipped & 15) << 4;
        int magnitude = exponent == 0 ? mantissa + 8 : mantissa + 0x108 << exponent - 1;
        return (flipped & 0x80) != 0 ? magnitude : -magnitude;
    }

    /** ITU-T G.711, µ-law, to 16 bits. */
    private static int muLaw(byte code) {
        int flipped = ~code & 0xff;
        int magnitude = (((flipped & 15) << 3) + 0x84 << (flipped >> 4 & 7)) - 0x84;
        return (flipped & 0x80) != 0 ? -magnitude : magnitude;
    }

    private MediaException corrupt(String why) {
        return new MediaException(Problem.CORRUPT, "the wav of " + bytes.length + " bytes cannot be decoded: " + why);
    }
}
