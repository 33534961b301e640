// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media.fuzz;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import javax.sound.sampled.AudioFormat;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;
import javax.sound.sampled.UnsupportedAudioFileException;

/**
 * WAV once more, for comparison, through {@code javax.sound.sampled}: the mean of one or two channels, at the rate of
 * the file.
 */
final class WavReader {

    private static final int EXTENSIBLE = 0xfffe;
    private static final int FORMAT = 0x20746d66;
    private static final int DATA = 0x61746164;

    private WavReader() {}

    /** @return samples of 16 bits */
    static short[] read(byte[] wav) throws NotCompared {
        check(wav);
        try (AudioInputStream in = AudioSystem.getAudioInputStream(new ByteArrayInputStream(wav))) {
            AudioFormat format = in.getFormat();
            int channels = format.getChannels();
            if (channels > 2) {
                throw new NotCompared("more than two channels");
            }
            boolean linear = format.getEncoding().toString().startsWith("PCM_");
            int bytes = format.getFrameSize() / channels;
            if (!linear || bytes * 8 != format.getSampleSizeInBits()) {
                throw new NotCompared("encoding that is not linear");
            }
            byte[] data = in.readAllBytes();
            ByteBuffer buffer =
                    ByteBuffer.wrap(data).order(format.isBigEndian() ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
            short[] mono = new short[data.length / format.getFrameSize()];
            for (int i = 0; i < mono.length; i++) {
                double sum = 0;
                for (int channel = 0; channel < channels; channel++) {
                    sum += value(buffer, (i * channels + channel) * bytes, format.getEncoding(), bytes);
                }
                double mean = sum / channels;
                mono[i] =
                        Double.isNaN(mean) ? 0 : (short) Math.max(-32_768, Math.min(32_767, Math.round(mean * 32_768)));
            }
            return mono;
        } catch (UnsupportedAudioFileException | IOException | ArithmeticException e) {
            throw new NotCompared("refused by Java");
        }
    }

    private static double value(ByteBuffer buffer, int at, AudioFormat.Encoding encoding, int bytes) {
        if (encoding == AudioFormat.Encoding.PCM_FLOAT) {
            return bytes == 4 ? buffer.getFloat(at) : buffer.getDouble(at);
        }
        long value = 0;
        for (int i = 0; i < bytes; i++) {
            value |= (buffer.get(at + i) & 0xffL) << 8 * i;
        }
        double half = Math.pow(2, 8 * bytes - 1);
        return encoding == AudioFormat.Encoding.PCM_UNSIGNED
                ? value / half - 1
                : (value >= half ? value - 2 * half : value) / half;
    }

    /**
     * Readers differ in what they make of sizes that are not the file's: some take all that is there, some nothing.
     * Places of channels change the weights of the mix.
     */
    private static void check(byte[] wav) throws NotCompared {
        ByteBuffer buffer = ByteBuffer.wrap(wav).order(ByteOrder.LITTLE_ENDIAN);
        long end = 8 + (buffer.getInt(4) & 0xffffffffL);
        boolean described = false;
        for (long at = 12; at + 8 <= wav.length; ) {
            int from = (int) at;
            long size = buffer.getInt(from + 4) & 0xffffffffL;
            if (size > wav.length - from - 8L) {
                throw new NotCompared("chunk longer than the file");
            }
            if (buffer.getInt(from) == FORMAT) {
                if (described) {
                    throw new NotCompared("several formats");
                }
                described = true;
                if (size >= 40
                        && (buffer.getShort(from + 8) & 0xffff) == EXTENSIBLE
                        && buffer.getInt(from + 28) != 3
                        && Integer.bitCount(buffer.getInt(from + 28)) == 2) {
                    throw new NotCompared("channels of stated places");
                }
            } else if (buffer.getInt(from) == DATA) {
                if (size == 0) {
                    throw new NotCompared("data of no bytes");
                }
                if (from + 8 + size > end) {
                    throw new NotCompared("RIFF that ends before its data");
                }
                return;
            }
            at += 8 + size + (size & 1);
        }
    }

    /** Whether its first format is of floats. */
    static boolean floats(byte[] wav) {
        ByteBuffer buffer = ByteBuffer.wrap(wav).order(ByteOrder.LITTLE_ENDIAN);
        for (long at = 12; at + 10 <= wav.length; ) {
            if (buffer.getInt((int) at) == FORMAT) {
                return buffer.getShort((int) at + 8) == 3;
            }
            long size = buffer.getInt((int) at + 4) & 0xffffffffL;
            at += 8 + size + (size & 1);
        }
        return false;
    }

    /**
     * Whether more chunks of data or formats follow: some readers take them for more of the sound, some even the chunks
     * between.
     */
    static boolean goesOn(byte[] wav) {
        ByteBuffer buffer = ByteBuffer.wrap(wav).order(ByteOrder.LITTLE_ENDIAN);
        int data = 0;
        for (long at = 12; at + 8 <= wav.length; ) {
            int name = buffer.getInt((int) at);
            data += name == DATA || data > 0 && name == FORMAT ? 1 : 0;
            long size = buffer.getInt((int) at + 4) & 0xffffffffL;
            at += 8 + size + (size & 1);
        }
        return data > 1;
    }
}
