// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import static org.assertj.core.api.Assertions.fail;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Sounds made here or read from the test files, and what their samples are to be. */
final class TestSounds {

    private TestSounds() {}

    static byte[] resource(String name) throws IOException {
        try (InputStream in = TestSounds.class.getResourceAsStream("/media/" + name)) {
            return in.readAllBytes();
        }
    }

    static byte[] join(byte[]... parts) {
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            joined.writeBytes(part);
        }
        return joined.toByteArray();
    }

    /** A WAV with a header as stated, whatever the data. */
    static byte[] wav(int tag, int channels, int rate, int byteRate, int bits, long declared, byte[] data) {
        return ByteBuffer.allocate(44 + data.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put("RIFF".getBytes(StandardCharsets.US_ASCII))
                .putInt((int) Math.min(0xffffffffL, declared + 36))
                .put("WAVEfmt ".getBytes(StandardCharsets.US_ASCII))
                .putInt(16)
                .putShort((short) tag)
                .putShort((short) channels)
                .putInt(rate)
                .putInt(byteRate)
                .putShort((short) (channels * bits / 8))
                .putShort((short) bits)
                .put("data".getBytes(StandardCharsets.US_ASCII))
                .putInt((int) declared)
                .put(data)
                .array();
    }

    static byte[] tone16(int rate, double seconds) {
        ByteBuffer data = ByteBuffer.allocate(2 * (int) (rate * seconds)).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; data.hasRemaining(); i++) {
            data.putShort((short) Math.round(8000 * Math.sin(2 * Math.PI * 440 * i / rate)));
        }
        return data.array();
    }

    static void assertTone(short[] samples, int from, int to, double tolerance) {
        for (int i = from; i < to; i++) {
            double expected = 8000 * Math.sin(2 * Math.PI * 440 * i / 16_000);
            if (Math.abs(samples[i] - expected) > tolerance) {
                fail("sample %d is %d, expected %.2f within %.2f", i, samples[i], expected, tolerance);
            }
        }
    }
}
