// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.sensorium.operators.media.MediaException.Problem;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Images that were decoded wrongly, refused without need, or ended the task, and what is right for each. */
class ImageDecodingTest {

    private final ImageDecoder decoder = new ImageDecoder(MediaLimits.DEFAULT);

    private static byte[] file(String name) throws IOException {
        try (InputStream in = ImageDecodingTest.class.getResourceAsStream("/images/" + name)) {
            return in.readAllBytes();
        }
    }

    private static double[] means(BufferedImage image) {
        double[] means = new double[3];
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                for (int channel = 0; channel < 3; channel++) {
                    means[channel] += (image.getRGB(x, y) >> 16 - 8 * channel & 0xff)
                            / (double) (image.getWidth() * image.getHeight());
                }
            }
        }
        return means;
    }

    private static void assertCorrupt(org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String... words) {
        assertThatThrownBy(call).isInstanceOfSatisfying(MediaException.class, e -> {
            assertThat(e.problem()).isEqualTo(Problem.CORRUPT);
            for (String word : words) {
                assertThat(e.getMessage()).contains(word);
            }
        });
    }

    @Test
    void anAnimatedWebPWhoseFrameIsShorterThanItsHeadIsCorrupt() throws Exception {
        assertCorrupt(() -> decoder.decode(file("anmf0.webp"), 224), "36 bytes", "VP8X");
        byte[] canvas = TestImages.riff(TestImages.chunk("VP8X", new byte[10]), TestImages.chunk("ANMF", new byte[4]));
        assertCorrupt(() -> decoder.decode(canvas, 224), "frame of 4 bytes");
    }

    @Test
    void framesNestedInFramesAreCorruptWithoutRecursion() throws Exception {
        byte[] nested = new byte[0];
        for (int depth = 0; depth < 2_000; depth++) {
            nested = TestImages.chunk("ANMF", TestImages.joined(new byte[16], nested));
        }
        byte[] webp = TestImages.riff(TestImages.chunk("VP8X", new byte[10]), nested);
        assertCorrupt(() -> decoder.decode(webp, 224), "without an image");
    }

    @Test
    void aProfileThatClaimsTwoGigabytesIsLeftOut() throws Exception {
        byte[] bytes = file("icc.jpg");
        BufferedImage image = decoder.decode(bytes, 224);
        byte[] without = Arrays.copyOf(bytes, bytes.length);
        // The same segment under another name.
        without[6] = 'X';
        assertThat(TestImages.largestDifference(image, decoder.decode(without, 224)))
                .isZero();
    }

    @Test
    void anErrorInADecoderIsTheRecordsFailure() {
        assertCorrupt(
                () -> DecodingGuard.run("jpeg", 7, () -> {
                    throw new StackOverflowError();
                }),
                "7 bytes",
                "nested too deeply");
        assertCorrupt(
                () -> DecodingGuard.run("jpeg", 7, () -> {
                    throw new OutOfMemoryError("Java heap space");
                }),
                "memory");
        assertCorrupt(
                () -> DecodingGuard.run("jpeg", 7, () -> {
                    throw new IllegalArgumentException("newPosition < 0");
                }),
                "newPosition");
        assertThatThrownBy(() -> DecodingGuard.run("webp", 7, () -> {
                    throw new UnsatisfiedLinkError("no jniavutil");
                }))
                .isInstanceOfSatisfying(
                        MediaException.class, e -> assertThat(e.problem()).isEqualTo(Problem.UNSUPPORTED));
    }

    @Test
    void aPhotoTakenSidewaysComesOutUpright() throws Exception {
        byte[] bytes = file("orient6.jpg");
        BufferedImage stored = ImageIO.read(new ByteArrayInputStream(bytes));
        assertThat(TestImages.meanDifference(decoder.decode(bytes, 224), TestImages.turned(stored, 6)))
                .isLessThan(1.5);
    }

    @Test
    void grayWithAlphaIsTheRastersBandsOnWhite() throws Exception {
        byte[] bytes = file("graya8.png");
        BufferedImage stored = ImageIO.read(new ByteArrayInputStream(bytes));
        BufferedImage image = decoder.decode(bytes, 224);
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                int gray = stored.getRaster().getSample(x, y, 0);
                int alpha = stored.getRaster().getSample(x, y, 1);
                assertThat(image.getRGB(x, y) & 0xff)
                        .isCloseTo((int) Math.round(255 + (gray - 255) * alpha / 255.0), within(1));
            }
        }
        FloatBuffer direct = FloatBuffer.allocate(8 * 8 * 3);
        FloatBuffer decoded = FloatBuffer.allocate(8 * 8 * 3);
        new ImageResizer(8).scale(stored, direct);
        new ImageResizer(8).scale(image, decoded);
        for (int i = 0; i < direct.capacity(); i++) {
            assertThat(direct.get(i)).isCloseTo(decoded.get(i), within(0.005f));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {32, 64, 224})
    void stripesAsNarrowAsAPixelComeOutGray(int side) throws Exception {
        FloatBuffer pixels = FloatBuffer.allocate(side * side * 3);
        new ImageResizer(side).scale(decoder.decode(file("stripes.png"), side), pixels);
        double mean = 0;
        for (int i = 0; i < pixels.capacity(); i++) {
            mean += pixels.get(i) / pixels.capacity();
        }
        assertThat(mean * 255).isCloseTo(127.5, within(1.0));
    }

    /**
     * Against the definition: each cell of the reduced image, and each target pixel, in double over the whole image.
     */
    @Test
    void aReducedImageIsTheMeanOfTheAreaEachPixelCovers() throws Exception {
        Random random = new Random(23);
        for (int[] size : new int[][] {{403, 331}, {256, 256}, {1_501, 97}, {97, 1_501}}) {
            int side = 16;
            BufferedImage noise = TestImages.noise(size[0], size[1], BufferedImage.TYPE_INT_RGB, random);
            BufferedImage reduced = decoder.decode(TestImages.written("png", noise, false), side);
            assertThat(Math.min(reduced.getWidth(), reduced.getHeight())).isBetween(2 * side, 4 * side);
            for (int y = 0; y < reduced.getHeight(); y++) {
                for (int x = 0; x < reduced.getWidth(); x++) {
                    double[] expected = TestImages.areaMean(
                            noise,
                            (double) x * size[0] / reduced.getWidth(),
                            (x + 1.0) * size[0] / reduced.getWidth(),
                            (double) y * size[1] / reduced.getHeight(),
                            (y + 1.0) * size[1] / reduced.getHeight());
                    for (int channel = 0; channel < 3; channel++) {
                        assertThat((double) (reduced.getRGB(x, y) >> 16 - 8 * channel & 0xff))
                                .isCloseTo(expected[channel], within(0.6));
                    }
                }
            }
        }
    }

    @Test
    void anEmbeddedProfileIsAppliedInEveryFormatAlike() throws Exception {
        byte[] profile = java.awt.color.ICC_Profile.getInstance(java.awt.color.ColorSpace.CS_LINEAR_RGB)
                .getData();
        BufferedImage flat = TestImages.flat(24, 16, 0x804020);
        // Linear light of 128, 64 and 32 of 255, as sRGB defines its curve.
        int[] expected = {188, 137, 99};
        for (String format : new String[] {"jpeg", "png", "gif", "webp"}) {
            double[] means = means(decoder.decode(TestImages.withProfile(format, flat, profile), 64));
            for (int channel = 0; channel < 3; channel++) {
                assertThat(means[channel])
                        .as("%s, channel %d", format, channel)
                        .isCloseTo(expected[channel], within(4.0));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"jpeg", "png"})
    void aGrayProfileIsApplied(String format) throws Exception {
        byte[] linear = java.awt.color.ICC_Profile.getInstance(java.awt.color.ColorSpace.CS_GRAY)
                .getData();
        BufferedImage gray = new BufferedImage(24, 16, BufferedImage.TYPE_BYTE_GRAY);
        gray.getRaster().setSamples(0, 0, 24, 16, 0, filled(24 * 16, 64));
        assertThat(means(decoder.decode(TestImages.withProfile(format, gray, linear), 64))[1])
                .isCloseTo(137, within(3.0));
        assertThat(means(decoder.decode(TestImages.written(format, gray, false), 64))[1])
                .isCloseTo(64, within(1.0));
    }

    private static int[] filled(int count, int value) {
        int[] values = new int[count];
        Arrays.fill(values, value);
        return values;
    }

    @Test
    void adobeRgbIsConvertedInPng() throws Exception {
        byte[] bytes = file("adobergb.png");
        double[] means = means(decoder.decode(bytes, 224));
        byte[] plain = TestImages.without(bytes, "iCCP");
        double[] unconverted = means(decoder.decode(plain, 224));
        BufferedImage stored = ImageIO.read(new ByteArrayInputStream(plain));
        assertThat(unconverted[0]).isCloseTo(means(stored)[0], within(0.1));
        int rgb = stored.getRGB(5, 5);
        int[] expected = TestImages.adobeToSrgb(rgb);
        int got = decoder.decode(bytes, 224).getRGB(5, 5);
        for (int channel = 0; channel < 3; channel++) {
            assertThat(got >> 16 - 8 * channel & 0xff)
                    .as("of %06x", rgb & 0xffffff)
                    .isCloseTo(expected[channel], within(3));
        }
        assertThat(means).isNotEqualTo(unconverted);
    }

    @Test
    void aFirstFrameSmallerThanItsCanvasIsPlacedOnIt() throws Exception {
        BufferedImage gif = decoder.decode(file("offanim.gif"), 224);
        assertThat(new int[] {gif.getWidth(), gif.getHeight()}).containsExactly(64, 64);
        assertThat(gif.getRGB(0, 0) & 0xffffff).isEqualTo(0xffffff);
        assertThat(gif.getRGB(39, 40) & 0xffffff).isEqualTo(0xffffff);
        assertThat(gif.getRGB(40, 40) & 0xffffff).isEqualTo(0xff0000);
        assertThat(gif.getRGB(55, 55) & 0xffffff).isEqualTo(0xff0000);
        assertThat(gif.getRGB(56, 55) & 0xffffff).isEqualTo(0xffffff);
        byte[] webp = TestImages.webp(TestImages.flat(16, 16, 0x00ff00), true);
        BufferedImage placed = decoder.decode(TestImages.animated(webp, 16, 16, 64, 48, 20, 10), 224);
        assertThat(new int[] {placed.getWidth(), placed.getHeight()}).containsExactly(64, 48);
        assertThat(placed.getRGB(19, 10) & 0xffffff).isEqualTo(0xffffff);
        assertThat(placed.getRGB(20, 10) & 0xffffff).isEqualTo(0x00ff00);
        assertThat(placed.getRGB(35, 25) & 0xffffff).isEqualTo(0x00ff00);
        assertThat(placed.getRGB(36, 25) & 0xffffff).isEqualTo(0xffffff);
    }

    @ParameterizedTest
    @ValueSource(strings = {"extra5.jpg", "motion_small.jpg"})
    void bytesBeforeAMarkerAndBehindTheImageCostNothing(String name) throws Exception {
        assertThatCode(() -> decoder.decode(file(name), 224)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource({"false", "true"})
    void aJpegWithoutItsLastMarkerIsWholeWhereEveryRowCame(boolean progressive) throws Exception {
        byte[] whole = TestImages.written(
                "jpeg", TestImages.noise(60, 44, BufferedImage.TYPE_INT_RGB, new Random(3)), progressive);
        assertThat(TestImages.largestDifference(
                        decoder.decode(Arrays.copyOf(whole, whole.length - 2), 64), decoder.decode(whole, 64)))
                .isZero();
        for (double share : new double[] {0.5, 0.8, 0.95}) {
            assertCorrupt(() -> decoder.decode(Arrays.copyOf(whole, (int) (whole.length * share)), 64));
        }
    }

    @Test
    void aPngWithoutItsLastChunkAndAGifWithoutItsTrailerAreWhole() throws Exception {
        BufferedImage halves = SampleMedia.halves(40, 30, BufferedImage.TYPE_INT_RGB);
        byte[] png = TestImages.written("png", halves, false);
        byte[] gif = TestImages.written("gif", halves, false);
        assertThat(TestImages.largestDifference(decoder.decode(Arrays.copyOf(png, png.length - 12), 64), halves))
                .isZero();
        assertThat(TestImages.largestDifference(decoder.decode(Arrays.copyOf(gif, gif.length - 1), 64), halves))
                .isZero();
    }

    @Test
    void aJpegOfFourInksIsConverted() throws Exception {
        // Cyan at half, key at a quarter; with Adobe's marker 255 is no ink.
        for (boolean adobe : new boolean[] {false, true}) {
            double[] means = means(decoder.decode(TestImages.cmykJpeg(24, 16, new int[] {128, 0, 0, 64}, adobe), 64));
            assertThat(means[0]).as("Adobe's marker: " + adobe).isCloseTo(127 * 191 / 255.0, within(3.0));
            assertThat(means[1]).isCloseTo(191, within(3.0));
            assertThat(means[2]).isCloseTo(191, within(3.0));
        }
    }

    @Test
    void whatIsNotTakenIsNamed() {
        byte[] heic = TestImages.joined(new byte[] {0, 0, 0, 24}, "ftypheic".getBytes(StandardCharsets.UTF_8));
        assertThatThrownBy(() -> decoder.decode(heic, 64))
                .isInstanceOfSatisfying(
                        MediaException.class, e -> assertThat(e.problem()).isEqualTo(Problem.UNSUPPORTED))
                .hasMessageContainingAll("HEIC", "JPEG, PNG, WebP or GIF");
        assertThatThrownBy(() -> decoder.decode("iVBORw0KGgoAAAANSUhEUgAA".getBytes(StandardCharsets.UTF_8), 64))
                .hasMessageContaining("Base64");
        assertThatThrownBy(() -> decoder.decode(
                        "<svg xmlns='http://www.w3.org/2000/svg'/>".getBytes(StandardCharsets.UTF_8), 64))
                .hasMessageContaining("SVG");
        assertThatThrownBy(() -> decoder.decode("OggS    ".getBytes(StandardCharsets.UTF_8), 64))
                .hasMessageContaining("Ogg");
    }
}
