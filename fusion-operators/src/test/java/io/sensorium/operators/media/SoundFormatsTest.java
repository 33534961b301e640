// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import static io.sensorium.operators.media.TestSounds.assertTone;
import static io.sensorium.operators.media.TestSounds.join;
import static io.sensorium.operators.media.TestSounds.resource;
import static io.sensorium.operators.media.TestSounds.tone16;
import static io.sensorium.operators.media.TestSounds.wav;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.sensorium.operators.media.MediaException.Problem;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files with wrong headers, cut short, without samples or of other formats are decoded, or refused with the reason. */
class SoundFormatsTest {

    private final AudioDecoder sounds = new AudioDecoder(MediaLimits.DEFAULT);

    private void assertRefused(byte[] bytes, Problem problem, String... words) {
        assertThatThrownBy(() -> sounds.decode(bytes))
                .isInstanceOfSatisfying(
                        MediaException.class, e -> assertThat(e.problem()).isEqualTo(problem))
                .hasMessageContainingAll(words);
    }

    @ParameterizedTest
    @ValueSource(
            longs = {
                0x7fffffffL,
                0x7ffff000L,
                2_000_000_000L,
                0x80000000L,
                0xffffffffL,
                0xffffffdcL,
                0,
                999_999_999,
                (16 << 20) + 1
            })
    void anImpossibleSizeOfAStreamedWavDeclaresNothing(long declared) throws Exception {
        byte[] data = tone16(16_000, 1.25);
        assertThat(sounds.decode(wav(1, 1, 16_000, 32_000, 16, declared, data))).hasSize(20_000);
        assertThat(sounds.decode(resource("h_7fffffff.wav"))).hasSize(24_000);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 16_000, 0x7fffffff, -1})
    void aWrongByteRateChangesNothing(int byteRate) throws Exception {
        byte[] data = tone16(16_000, 1.25);
        short[] samples = sounds.decode(wav(1, 1, 16_000, byteRate, 16, data.length, data));
        assertThat(samples).hasSize(20_000);
        assertTone(samples, 0, samples.length, 0.51);
        assertRefused(
                wav(1, 1, 16_000, byteRate, 16, 2L * data.length, data),
                Problem.CORRUPT,
                "cut short",
                "1.25 s of 2.50 s");
    }

    @Test
    void aSizeThatARecordCanHoldIsBelieved() {
        byte[] data = tone16(16_000, 1.25);
        assertRefused(wav(1, 1, 16_000, 32_000, 16, 16 << 20, data), Problem.CORRUPT, "1.25 s of 524.29 s");
        AudioDecoder large = new AudioDecoder(new MediaLimits(1L << 30, 1, Duration.ofDays(1), Duration.ofSeconds(10)));
        assertThatThrownBy(() -> large.decode(wav(1, 1, 16_000, 32_000, 16, 1 << 30, data)))
                .hasMessageContaining("1.25 s of 33554.43 s");
    }

    @Test
    void ratesAreNamedAsTheHeaderHasThem() {
        assertRefused(
                wav(1, 1, (int) 4_000_000_000L, 0, 16, 640, new byte[640]),
                Problem.UNSUPPORTED,
                " 4000000000 Hz",
                "2000 to 768000 Hz");
        assertRefused(wav(1, 1, -1, 0, 16, 640, new byte[640]), Problem.UNSUPPORTED, " 4294967295 Hz");
        assertRefused(wav(1, 1, 768_001, 0, 16, 640, new byte[640]), Problem.UNSUPPORTED, " 768001 Hz");
    }

    @Test
    void wavsOfFormatsThatAreNotPcmAreRefusedByName() throws Exception {
        assertRefused(resource("poison.wav"), Problem.UNSUPPORTED, "64 bits");
        assertRefused(wav(2, 1, 16_000, 8_000, 4, 64, new byte[64]), Problem.UNSUPPORTED, "Microsoft ADPCM", "0x2");
        assertRefused(wav(0x55, 2, 44_100, 16_000, 0, 64, new byte[64]), Problem.UNSUPPORTED, "MP3");
        assertRefused(wav(0x674f, 2, 44_100, 16_000, 0, 64, new byte[64]), Problem.UNSUPPORTED, "0x674f");
        assertRefused(wav(1, 1, 16_000, 0, 0, 64, new byte[64]), Problem.UNSUPPORTED, "0 bits");
        assertRefused(wav(1, 40, 16_000, 0, 16, 640, new byte[640]), Problem.UNSUPPORTED, "40 channels");
        assertRefused(wav(1, 0, 16_000, 0, 16, 640, new byte[640]), Problem.UNSUPPORTED, "0 channels");
        assertRefused(wav(1, 1, 1, 2, 16, 640, new byte[640]), Problem.UNSUPPORTED, "1 Hz");
    }

    @Test
    void aSoundWithoutSamplesIsEmpty() throws Exception {
        assertRefused(wav(1, 1, 16_000, 32_000, 16, 0, new byte[0]), Problem.EMPTY, "no samples");
        byte[] list = "LIST\4\0\0\0INFO".getBytes(StandardCharsets.ISO_8859_1);
        assertRefused(wav(1, 1, 16_000, 32_000, 16, 0, list), Problem.EMPTY, "no samples");
        assertRefused(wav(1, 1, 16_000, 32_000, 16, 0xffffffffL, new byte[0]), Problem.EMPTY, "no samples");
        assertRefused(wav(1, 1, 16_000, 32_000, 16, 32_000, new byte[0]), Problem.CORRUPT, "cut short");
        assertRefused(
                Arrays.copyOf("ID3\4\0\0\0\0\0\12".getBytes(StandardCharsets.ISO_8859_1), 20), Problem.EMPTY, "ID3");
        byte[] flac = SampleMedia.sound("flac", 16_000, 1, 0.2);
        ByteBuffer.wrap(flac).putLong(18, ByteBuffer.wrap(flac).getLong(18) & ~0xfffffffffL);
        int frames = 4;
        while (frames == 4 || flac[frames] != (byte) 0xff) {
            frames += 4 + ((flac[frames + 1] & 0xff) << 16 | (flac[frames + 2] & 0xff) << 8 | flac[frames + 3] & 0xff);
        }
        assertRefused(Arrays.copyOf(flac, frames), Problem.EMPTY, "no samples");
    }

    @Test
    void anOggWithoutTheEndFlagIsTakenAndCountedWhereItsLastPageIsWhole() throws Exception {
        long before = MediaCounters.oggWithoutEnd();
        byte[] ogg = resource("noeos.ogg");
        assertThat(sounds.decode(ogg).length / 16_000.0).isCloseTo(1.52, within(0.01));
        assertThat(MediaCounters.oggWithoutEnd()).isEqualTo(before + 1);
        assertRefused(Arrays.copyOf(ogg, ogg.length - 1), Problem.CORRUPT, "cut short");
        assertRefused(Arrays.copyOf(ogg, ogg.length / 2), Problem.CORRUPT, "cut short");
    }

    @Test
    void aFlacBehindAnId3TagIsTaken() throws Exception {
        assertThat(sounds.decode(resource("id3flac.flac"))).hasSize(24_000);
        byte[] tag = Arrays.copyOf("ID3\4\0\0\0\0\0\12".getBytes(StandardCharsets.ISO_8859_1), 20);
        short[] plain = sounds.decode(SampleMedia.sound("flac", 16_000, 1, 0.5));
        assertThat(sounds.decode(join(tag, tag, SampleMedia.sound("flac", 16_000, 1, 0.5))))
                .isEqualTo(plain);
        assertThat(sounds.decode(join(tag, SampleMedia.sound("mp3", 24_000, 1, 0.5))).length)
                .isGreaterThan(7_000);
    }

    @Test
    void otherSoundFilesAreNamedWithWhatIsTaken() throws Exception {
        assertRefused(resource("a.aac"), Problem.UNSUPPORTED, "AAC (ADTS)", "WAV (PCM), FLAC, MP3");
        assertRefused(
                join(Arrays.copyOf("ID3\4\0\0\0\0\0\12".getBytes(StandardCharsets.ISO_8859_1), 20), resource("a.aac")),
                Problem.UNSUPPORTED,
                "AAC (ADTS) behind an ID3 tag");
        assertRefused("\0\0\0\40ftypM4A \0\0\0\0".getBytes(StandardCharsets.ISO_8859_1), Problem.UNSUPPORTED, "MP4");
        assertRefused("FORM\0\0\0\0AIFF".getBytes(StandardCharsets.ISO_8859_1), Problem.UNSUPPORTED, "FORM");
        assertRefused("#!AMR\n".getBytes(StandardCharsets.ISO_8859_1), Problem.UNSUPPORTED, "AMR");
        assertRefused(SampleMedia.picture("png", 8, 8), Problem.UNSUPPORTED, "picture (png)");
        assertRefused(
                "hello".getBytes(StandardCharsets.ISO_8859_1), Problem.UNSUPPORTED, "no known sound format", "FLAC");
        byte[] speex = SampleMedia.sound("ogg", 24_000, 2, 0.2);
        System.arraycopy("Speex   ".getBytes(StandardCharsets.US_ASCII), 0, speex, 28, 8);
        System.arraycopy(OggFileTest.summed(Arrays.copyOf(speex, 58)), 0, speex, 0, 58);
        assertRefused(speex, Problem.UNSUPPORTED, "Speex", "Vorbis");
    }
}
