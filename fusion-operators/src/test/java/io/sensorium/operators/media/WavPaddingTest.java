// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sensorium.operators.media.MediaException.Problem;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** WAV files whose samples lie in more bytes than they need. */
class WavPaddingTest {

    private static final AudioDecoder SOUNDS = new AudioDecoder(MediaLimits.DEFAULT);
    private static final int RATE = 16_000;
    private static final int FRAMES = 4_000;

    /** What one sample is written as: its bits at the top of the value, the rest of which is zero. */
    private interface Writer {
        void put(ByteBuffer data, int value);
    }

    private static int sample(int i) {
        return (int) Math.round(0x60000000 * Math.sin(2 * Math.PI * 440 * i / RATE));
    }

    /** @param valid bits that the extension states; 0 for a file without an extension */
    private static byte[] wav(int channels, int bits, int container, int valid, Writer writer) {
        int size = FRAMES * channels * container;
        ByteBuffer data = ByteBuffer.allocate(80 + size)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put("RIFF".getBytes(StandardCharsets.US_ASCII))
                .putInt(size + (valid > 0 ? 60 : 36))
                .put("WAVEfmt ".getBytes(StandardCharsets.US_ASCII))
                .putInt(valid > 0 ? 40 : 16)
                .putShort((short) (valid > 0 ? 0xfffe : 1))
                .putShort((short) channels)
                .putInt(RATE)
                .putInt(RATE * channels * container)
                .putShort((short) (channels * container))
                .putShort((short) bits);
        if (valid > 0) {
            data.putShort((short) 22).putShort((short) valid).putInt(0).put(new byte[] {
                1, 0, 0, 0, 0, 0, 0x10, 0, (byte) 0x80, 0, 0, (byte) 0xaa, 0, 0x38, (byte) 0x9b, 0x71
            });
        }
        data.put("data".getBytes(StandardCharsets.US_ASCII)).putInt(size);
        for (int i = 0; i < FRAMES * channels; i++) {
            writer.put(data, sample(i / channels));
        }
        byte[] bytes = new byte[data.position()];
        data.flip().get(bytes);
        return bytes;
    }

    private static void assertSound(byte[] wav) throws Exception {
        short[] decoded = SOUNDS.decode(wav);
        assertThat(decoded).hasSize(FRAMES);
        for (int i = 0; i < FRAMES; i++) {
            assertThat(decoded[i]).isBetween((short) ((sample(i) >> 16) - 1), (short) ((sample(i) >> 16) + 1));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "1,24,32,24",
        "2,24,32,24",
        "1,24,24,24",
        "2,24,24,24",
        "1,24,24,0",
        "2,24,24,0",
        "1,20,20,0",
        "2,20,32,20",
        "1,16,16,0"
    })
    void samplesAtTheTopOfFourBytesAreDecoded(int channels, int used, int bits, int valid) throws Exception {
        assertSound(wav(channels, bits, 4, valid, (data, value) -> data.putInt(value & -1 << 32 - (used + 7) / 8 * 8)));
    }

    @ParameterizedTest
    @CsvSource({"1,24,24", "2,24,24", "1,24,0", "2,24,0", "1,16,0"})
    void samplesAtTheBottomOfFourBytesAreDecoded(int channels, int bits, int valid) throws Exception {
        assertSound(wav(channels, bits, 4, valid, (data, value) -> data.putInt(value >> 32 - bits)));
    }

    @Test
    void theStandardDecidesWhereTheDataDoNotAndWithoutItTheyAreRefusedWithWhatToSend() throws Exception {
        assertSound(wav(1, 24, 4, 24, (data, value) -> data.putInt(value | 0x55)));
        for (int channels = 1; channels <= 2; channels++) {
            assertRefused(
                    wav(channels, 24, 4, 0, (data, value) -> data.putInt(value | 0x55)),
                    Problem.UNSUPPORTED,
                    "24 bits in 4 bytes",
                    "send 24 bits in 3 bytes");
            assertRefused(
                    wav(channels, 24, 4, 0, (data, value) -> data.putFloat(value / 256f)),
                    Problem.UNSUPPORTED,
                    "24 bits in 4 bytes");
            assertRefused(
                    wav(channels, 24, 8, 0, (data, value) -> data.putLong(value)),
                    Problem.UNSUPPORTED,
                    "24 bits in 8 bytes");
        }
        assertRefused(wav(1, 8, 4, 0, (data, value) -> data.putInt(value)), Problem.UNSUPPORTED, "8 bits in 4 bytes");
        byte[] odd = wav(2, 24, 4, 0, ByteBuffer::putInt);
        ByteBuffer.wrap(odd).order(ByteOrder.LITTLE_ENDIAN).putShort(32, (short) 7);
        assertRefused(odd, Problem.CORRUPT, "blocks of 7 bytes");
    }

    private static void assertRefused(byte[] wav, Problem problem, String... words) {
        assertThatThrownBy(() -> SOUNDS.decode(wav))
                .isInstanceOfSatisfying(
                        MediaException.class, e -> assertThat(e.problem()).isEqualTo(problem))
                .hasMessageContainingAll(words);
    }
}
