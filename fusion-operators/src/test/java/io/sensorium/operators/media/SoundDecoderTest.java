// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sensorium.operators.media.MediaException.Problem;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SoundDecoderTest {

    private final AudioDecoder sounds = new AudioDecoder(MediaLimits.DEFAULT);

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = SoundDecoderTest.class.getResourceAsStream("/media/" + name)) {
            return in.readAllBytes();
        }
    }

    private void assertRefused(byte[] bytes, Problem problem, String... words) {
        assertThatThrownBy(() -> sounds.decode(bytes))
                .isInstanceOfSatisfying(
                        MediaException.class, e -> assertThat(e.problem()).isEqualTo(problem))
                .hasMessageContainingAll(words);
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            joined.writeBytes(part);
        }
        return joined.toByteArray();
    }

    /** A WAV with a header as stated, whatever the data. */
    private static byte[] wav(int tag, int channels, int rate, int byteRate, int bits, long declared, byte[] data) {
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

    private static byte[] tone16(int rate, double seconds) {
        ByteBuffer data = ByteBuffer.allocate(2 * (int) (rate * seconds)).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; data.hasRemaining(); i++) {
            data.putShort((short) Math.round(8000 * Math.sin(2 * Math.PI * 440 * i / rate)));
        }
        return data.array();
    }

    private static void assertTone(short[] samples, int from, int to, double tolerance) {
        for (int i = from; i < to; i++) {
            double expected = 8000 * Math.sin(2 * Math.PI * 440 * i / 16_000);
            if (Math.abs(samples[i] - expected) > tolerance) {
                fail("sample %d is %d, expected %.2f within %.2f", i, samples[i], expected, tolerance);
            }
        }
    }

    @Test
    void framesThatChangeFromStereoToMonoAreDecodedWithoutEndingTheProcess() throws Exception {
        byte[] flac = resource("flac2to1.flac");
        short[] samples = sounds.decode(flac);
        assertThat(samples).hasSize(352_800).containsOnly(0).isEqualTo(sounds.decode(flac));
    }

    @Test
    void aChangeOfChannelsInAnMp3KeepsSpeedAndSoundOfBothParts() throws Exception {
        byte[] mp3 = resource("cat_st_mono.mp3");
        short[] samples = sounds.decode(mp3);
        assertThat(samples).isEqualTo(sounds.decode(mp3));
        assertThat(samples.length / 16_000.0).isCloseTo(3.1, within(0.1));
        for (int from = 1_600; from + 1_600 < samples.length; from += 1_600) {
            assertThat(energy(samples, from, from + 1_600))
                    .as("energy from " + from)
                    .isGreaterThan(1_000);
        }
    }

    private static double energy(short[] samples, int from, int to) {
        double sum = 0;
        for (int i = from; i < to; i++) {
            sum += (double) samples[i] * samples[i];
        }
        return Math.sqrt(sum / (to - from));
    }

    @Test
    void chainedOggFilesOfDifferentRatesSoundAsEachDoesAlone() throws Exception {
        byte[] chain = resource("chain_diff.ogg");
        List<byte[]> links = OggFile.of(chain).links();
        assertThat(links).hasSize(2);
        short[] first = sounds.decode(links.get(0));
        short[] second = sounds.decode(links.get(1));
        short[] both = sounds.decode(chain);
        assertThat(both).hasSize(first.length + second.length);
        assertThat(Arrays.copyOf(both, first.length)).isEqualTo(first);
        assertThat(Arrays.copyOfRange(both, first.length, both.length)).isEqualTo(second);
        assertThat(both).isEqualTo(sounds.decode(chain));
    }

    @ParameterizedTest
    @CsvSource({"48000,2,8000,1", "8000,1,44100,2", "22050,2,44100,2"})
    void everyChangeOfRateOrChannelsInAFlacOrOggKeepsPitchAndLength(
            int rate, int channels, int laterRate, int laterChannels) throws Exception {
        short[] ogg = sounds.decode(join(
                SampleMedia.sound("ogg", Math.max(rate, 22_050), 2, 1),
                SampleMedia.sound("ogg", laterRate == 8000 ? 32_000 : laterRate, 2, 1)));
        assertThat(ogg.length / 16_000.0).isCloseTo(2, within(0.1));
        assertPitch(ogg, 2_000, 14_000);
        assertPitch(ogg, 18_000, 30_000);
        byte[] flac = SampleMedia.sound("flac", rate, channels, 1);
        short[] joined = sounds.decode(join(flac, SampleMedia.sound("flac", laterRate, laterChannels, 1)));
        assertThat(joined.length / 16_000.0).isCloseTo(2, within(0.1));
        assertPitch(joined, 2_000, 14_000);
        assertPitch(joined, 18_000, 30_000);
    }

    private static void assertPitch(short[] samples, int from, int to) {
        int crossings = 0;
        for (int i = from; i < to; i++) {
            crossings += samples[i] >= 0 != samples[i - 1] >= 0 ? 1 : 0;
        }
        assertThat(crossings / 2.0 * 16_000 / (to - from))
                .as("Hz from %d to %d", from, to)
                .isCloseTo(440, within(8.0));
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
    void everyPcmOfAWavHasTheSameSound() throws Exception {
        byte[] data = tone16(16_000, 0.5);
        ByteBuffer from = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
        int count = data.length / 2;
        ByteBuffer s24 = ByteBuffer.allocate(3 * count);
        ByteBuffer s32 = ByteBuffer.allocate(4 * count).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer f32 = ByteBuffer.allocate(4 * count).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer f64 = ByteBuffer.allocate(8 * count).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer u8 = ByteBuffer.allocate(count);
        while (from.hasRemaining()) {
            short sample = from.getShort();
            s24.put((byte) 0).put((byte) sample).put((byte) (sample >> 8));
            s32.putInt(sample << 16);
            f32.putFloat(sample / 32768f);
            f64.putDouble(sample / 32768.0);
            u8.put((byte) ((sample >> 8) + 128));
        }
        assertTone(sounds.decode(wav(1, 1, 16_000, 0, 24, s24.capacity(), s24.array())), 0, count, 0.51);
        assertTone(sounds.decode(wav(1, 1, 16_000, 0, 32, s32.capacity(), s32.array())), 0, count, 0.51);
        assertTone(sounds.decode(wav(3, 1, 16_000, 0, 32, f32.capacity(), f32.array())), 0, count, 0.51);
        assertTone(sounds.decode(wav(3, 1, 16_000, 0, 64, f64.capacity(), f64.array())), 0, count, 0.51);
        assertTone(sounds.decode(wav(1, 1, 16_000, 0, 8, u8.capacity(), u8.array())), 0, count, 257);
        byte[] odd = Arrays.copyOf(f32.array(), 16);
        ByteBuffer.wrap(odd)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putFloat(0, Float.NaN)
                .putFloat(4, Float.POSITIVE_INFINITY)
                .putFloat(8, -3f);
        assertThat(sounds.decode(wav(3, 1, 16_000, 0, 32, 12, Arrays.copyOf(odd, 12))))
                .containsExactly(0, 32767, -32768);
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

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 15, 16, 40, 47, 48, 200})
    void theShortestClipsAreDecodedToTheLastSample(int samples) throws Exception {
        for (int rate : new int[] {8_000, 16_000, 44_100, 48_000, 768_000}) {
            ByteBuffer data = ByteBuffer.allocate(2 * samples).order(ByteOrder.LITTLE_ENDIAN);
            while (data.hasRemaining()) {
                data.putShort((short) 1000);
            }
            short[] decoded = sounds.decode(wav(1, 1, rate, 0, 16, data.capacity(), data.array()));
            assertThat(decoded).as("at " + rate).hasSize(ceil(samples * 16_000L, rate));
        }
    }

    private static int ceil(long dividend, long divisor) {
        return (int) ((dividend + divisor - 1) / divisor);
    }

    @Test
    void aToneIsRightFromTheFirstSampleToTheLastMillisecond() throws Exception {
        for (int rate : new int[] {8_000, 11_025, 22_050, 44_100, 44_101, 48_000, 96_000, 192_000}) {
            byte[] data = tone16(rate, 1.001);
            short[] samples = sounds.decode(wav(1, 1, rate, 0, 16, data.length, data));
            assertThat(samples).as("at " + rate).hasSize(ceil(data.length / 2 * 16_000L, rate));
            // Mirrored at its ends the tone has a kink there: the filter rounds it off within a millisecond.
            assertTone(samples, 40, samples.length - 40, 3);
            assertTone(samples, 0, samples.length, 1_400);
        }
    }

    @Test
    void nothingAboveTheHalfRateComesThrough() throws Exception {
        ByteBuffer data = ByteBuffer.allocate(2 * 48_000).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; data.hasRemaining(); i++) {
            data.putShort((short) Math.round(20_000 * Math.sin(2 * Math.PI * 10_000 * i / 48_000)));
        }
        short[] samples = sounds.decode(wav(1, 1, 48_000, 0, 16, data.capacity(), data.array()));
        assertThat(energy(samples, 200, samples.length - 200)).isLessThan(2);
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

    /** Within 4 of 32,768, as rounding differs; skipped where there is no FFmpeg program. */
    @ParameterizedTest
    @CsvSource({
        "flac,16000,1",
        "flac,44100,2",
        "flac,48000,1",
        "flac,8000,2",
        "flac,96000,2",
        "mp3,44100,2",
        "mp3,24000,1",
        "ogg,48000,2",
        "ogg,22050,2",
        "wav,11025,1",
        "wav,44100,2"
    })
    void samplesAreThoseOfTheFFmpegProgram(String format, int rate, int channels, @TempDir Path folder)
            throws Exception {
        Process version = start(List.of("ffmpeg", "-version"));
        assumeTrue(version != null && version.waitFor() == 0, "skipped: there is no ffmpeg program on the PATH");
        Path file = folder.resolve("sound." + format);
        Files.write(
                file,
                format.equals("wav")
                        ? SampleMedia.wav(rate, channels, 1.3)
                        : SampleMedia.sound(format, rate, channels, 1.3));
        Path raw = folder.resolve("raw");
        assertThat(start(List.of(
                                "ffmpeg",
                                "-v",
                                "error",
                                "-i",
                                file.toString(),
                                "-ac",
                                "1",
                                "-ar",
                                "16000",
                                "-f",
                                "s16le",
                                raw.toString()))
                        .waitFor())
                .isZero();
        ByteBuffer expected = ByteBuffer.wrap(Files.readAllBytes(raw)).order(ByteOrder.LITTLE_ENDIAN);
        short[] samples = sounds.decode(Files.readAllBytes(file));
        assertThat(samples.length).isCloseTo(expected.capacity() / 2, within(2));
        for (int i = 0; i < Math.min(samples.length, expected.capacity() / 2); i++) {
            if (Math.abs(samples[i] - expected.getShort(2 * i)) > 4) {
                fail("sample %d is %d, the ffmpeg program's is %d", i, samples[i], expected.getShort(2 * i));
            }
        }
    }

    private static Process start(List<String> command) {
        try {
            return new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            return null;
        }
    }
}
