// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.sensorium.operators.media.MediaException.Problem;
import java.awt.image.BufferedImage;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MediaDecodingTest {

    private final ImageDecoder pictures = new ImageDecoder(MediaLimits.DEFAULT);
    private final AudioDecoder sounds = new AudioDecoder(MediaLimits.DEFAULT);

    private static void assertProblem(Problem problem, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        MediaException.class, e -> assertThat(e.problem()).isEqualTo(problem));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "jpeg",
                "jpeg-progressive",
                "png",
                "png-alpha",
                "png-interlaced",
                "gif",
                "gif-interlaced",
                "webp",
                "webp-lossless",
                "webp-animated"
            })
    void aPictureComesOutAsItIsInEveryFormat(String format) throws Exception {
        FloatBuffer pixels = FloatBuffer.allocate(8 * 8 * 3);
        new ImageResizer(8).scale(pictures.decode(HostileCorpus.good().get(format), 8), pixels);
        // The left is red, the right blue; JPEG is near enough.
        assertThat(pixels.get(0)).isCloseTo(1f, within(0.03f));
        assertThat(pixels.get(2)).isCloseTo(0f, within(0.03f));
        assertThat(pixels.get(7 * 3)).isCloseTo(0f, within(0.03f));
        assertThat(pixels.get(7 * 3 + 2)).isCloseTo(1f, within(0.03f));
    }

    @ParameterizedTest
    @ValueSource(strings = {"jpeg", "png", "gif"})
    void aPictureCutShortAnywhereIsCorrupt(String format) throws Exception {
        byte[] whole = SampleMedia.picture(format, 200, 120);
        for (double share : new double[] {0.3, 0.6, 0.9}) {
            assertProblem(
                    Problem.CORRUPT, () -> pictures.decode(Arrays.copyOf(whole, (int) (whole.length * share)), 64));
        }
    }

    @Test
    void theScalerKeepsTheMeanWhenItShrinksAndTransparencyIsWhite() {
        BufferedImage stripes = new BufferedImage(300, 300, BufferedImage.TYPE_INT_RGB);
        for (int x = 0; x < 300; x += 2) {
            for (int y = 0; y < 300; y++) {
                stripes.setRGB(x, y, 0xffffff);
            }
        }
        FloatBuffer pixels = FloatBuffer.allocate(10 * 10 * 3);
        new ImageResizer(10).scale(stripes, pixels);
        for (int i = 0; i < pixels.capacity(); i++) {
            assertThat(pixels.get(i)).isCloseTo(0.5f, within(0.05f));
        }
        FloatBuffer white = FloatBuffer.allocate(4 * 4 * 3);
        new ImageResizer(4).scale(new BufferedImage(2, 2, BufferedImage.TYPE_INT_ARGB), white);
        assertThat(white.get(0)).isCloseTo(1f, within(1e-5f));
    }

    @ParameterizedTest
    @CsvSource({
        "wav,8000,1",
        "wav,44100,2",
        "flac,48000,2",
        "flac,16000,1",
        "mp3,8000,1",
        "mp3,24000,1",
        "mp3,44100,2",
        "ogg,22050,2",
        "ogg,48000,2"
    })
    void aToneKeepsItsLengthAndPitchInEveryFormatRateAndChannelCount(String format, int rate, int channels)
            throws Exception {
        short[] samples = sounds.decode(
                format.equals("wav")
                        ? SampleMedia.wav(rate, channels, 1.5)
                        : SampleMedia.sound(format, rate, channels, 1.5));
        assertThat(samples.length / 16_000.0).isCloseTo(1.5, within(0.12));
        int crossings = 0;
        for (int i = 4_000; i < 20_000; i++) {
            crossings += samples[i] >= 0 != samples[i - 1] >= 0 ? 1 : 0;
        }
        assertThat(crossings / 2).as("440 Hz over one second").isBetween(432, 448);
    }

    @ParameterizedTest
    @ValueSource(strings = {"wav", "flac", "mp3", "ogg"})
    void aSoundCutShortIsCorrupt(String format) throws Exception {
        byte[] whole = SampleMedia.sound(
                format, 24_000, format.equals("ogg") ? 2 : 1, 2); // FFmpeg's own Vorbis encoder writes stereo only
        for (double share : new double[] {0.4, 0.8}) {
            assertProblem(Problem.CORRUPT, () -> sounds.decode(Arrays.copyOf(whole, (int) (whole.length * share))));
        }
    }

    @Test
    void limitsAndForeignBytesAreToldApart() throws Exception {
        assertProblem(Problem.EMPTY, () -> pictures.decode(new byte[0], 64));
        assertProblem(Problem.EMPTY, () -> sounds.decode(new byte[0]));
        assertProblem(Problem.UNSUPPORTED, () -> pictures.decode("hello there".getBytes(StandardCharsets.UTF_8), 64));
        assertProblem(Problem.UNSUPPORTED, () -> sounds.decode(SampleMedia.picture("png", 10, 10)));
        MediaLimits tight = new MediaLimits(1 << 20, 100, Duration.ofMillis(500), Duration.ofSeconds(10));
        assertProblem(Problem.TOO_LARGE, () -> new ImageDecoder(tight).decode(SampleMedia.picture("png", 11, 10), 64));
        assertProblem(Problem.TOO_LARGE, () -> new AudioDecoder(tight).decode(SampleMedia.wav(16_000, 1, 0.6)));
        assertProblem(Problem.TOO_LARGE, () -> new AudioDecoder(tight).decode(SampleMedia.sound("mp3", 24_000, 1, 2)));
        assertProblem(
                Problem.TOO_LARGE,
                () -> new AudioDecoder(new MediaLimits(100, 1, Duration.ofHours(1), Duration.ofSeconds(10)))
                        .decode(SampleMedia.wav(8_000, 1, 1)));
    }

    /**
     * Against the definition, written out: a triangle over the area that a target pixel covers, both ways at once, in
     * double.
     */
    @Test
    void theScalerIsTheTriangleFilterForEverySizeAndKindOfPicture() {
        java.util.Random random = new java.util.Random(8);
        ImageResizer scaler = new ImageResizer(7);
        for (int[] size : new int[][] {{40, 23}, {5, 3}, {7, 7}, {8, 100}, {40, 24}, {1, 1}}) {
            for (int type :
                    new int[] {BufferedImage.TYPE_3BYTE_BGR, BufferedImage.TYPE_INT_RGB, BufferedImage.TYPE_INT_ARGB}) {
                BufferedImage picture = new BufferedImage(size[0], size[1], type);
                for (int y = 0; y < size[1]; y++) {
                    for (int x = 0; x < size[0]; x++) {
                        picture.setRGB(x, y, 0xff000000 | random.nextInt(1 << 24));
                    }
                }
                FloatBuffer scaled = FloatBuffer.allocate(7 * 7 * 3);
                scaler.scale(picture, scaled);
                for (int y = 0; y < 7; y++) {
                    for (int x = 0; x < 7; x++) {
                        double[] expected = new double[3];
                        double weights = 0;
                        for (int v = 0; v < size[1]; v++) {
                            for (int u = 0; u < size[0]; u++) {
                                double weight = triangle(u, x, size[0] / 7.0) * triangle(v, y, size[1] / 7.0);
                                weights += weight;
                                for (int channel = 0; channel < 3; channel++) {
                                    expected[channel] +=
                                            weight * (picture.getRGB(u, v) >> 16 - 8 * channel & 0xff) / 255;
                                }
                            }
                        }
                        for (int channel = 0; channel < 3; channel++) {
                            assertThat((double) scaled.get((y * 7 + x) * 3 + channel))
                                    .isCloseTo(expected[channel] / weights, within(1e-5));
                        }
                    }
                }
            }
        }
    }

    private static double triangle(int source, int target, double scale) {
        return Math.max(0, 1 - Math.abs(source - ((target + 0.5) * scale - 0.5)) / Math.max(scale, 1));
    }
}
