// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayInputStream;
import java.nio.ByteBuffer;
import java.util.Random;
import javax.imageio.ImageIO;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.javacv.FFmpegFrameGrabber;
import org.bytedeco.javacv.Frame;
import org.junit.jupiter.api.Test;

/**
 * Random images of every format, colour type, size and orientation beside their pixels as computed from the samples, or
 * as another decoder gives them.
 */
class ImageComparisonTest {

    private static final long SEED = Long.getLong("sensorium.image.seed", 23);
    private static final int CASES = Integer.getInteger("sensorium.image.cases", 400);
    /** Larger than all images here: none is reduced. */
    private static final int SIDE = 64;

    private final ImageDecoder decoder = new ImageDecoder(MediaLimits.DEFAULT);

    @Test
    void pngOfEveryKindHasThePixelsOfItsSamples() throws Exception {
        for (int i = 0; i < CASES; i++) {
            Random random = new Random(SEED + i);
            TestPng png = TestPng.random(random, 1 + random.nextInt(40), 1 + random.nextInt(40));
            int orientation = 1 + random.nextInt(8);
            BufferedImage expected = TestImages.turned(png.onWhite(), orientation);
            byte[] file =
                    TestImages.withOrientation("png", png.file(random), expected, orientation, random.nextBoolean());
            assertThat(TestImages.largestDifference(decoder.decode(file, SIDE), expected))
                    .as(
                            "seed %d: colour type %d, %d bits, %d × %d, interlaced %s, orientation %d",
                            SEED + i,
                            png.colour(),
                            png.depth(),
                            png.width(),
                            png.height(),
                            png.interlaced(),
                            orientation)
                    .isLessThanOrEqualTo(1);
        }
    }

    @Test
    void losslessWebPHasThePixelsThatWereWrittenInEveryOrientation() throws Exception {
        for (int i = 0; i < CASES / 10; i++) {
            Random random = new Random(SEED + i);
            BufferedImage image = TestImages.noise(
                    4 + 4 * random.nextInt(12), 4 + 4 * random.nextInt(12), BufferedImage.TYPE_INT_RGB, random);
            int orientation = 1 + i % 8;
            byte[] file = TestImages.withOrientation(
                    "webp", TestImages.webp(image, true), image, orientation, random.nextBoolean());
            assertThat(TestImages.largestDifference(decoder.decode(file, SIDE), TestImages.turned(image, orientation)))
                    .as("seed %d, orientation %d", SEED + i, orientation)
                    .isZero();
        }
    }

    @Test
    void gifHasThePixelsThatWereWritten() throws Exception {
        for (int i = 0; i < CASES / 4; i++) {
            Random random = new Random(SEED + i);
            int colours = 2 + random.nextInt(255);
            byte[] table = new byte[3 * colours];
            random.nextBytes(table);
            int transparent = random.nextBoolean() ? random.nextInt(colours) : -1;
            int bits = 32 - Integer.numberOfLeadingZeros(colours - 1);
            BufferedImage indexed = new BufferedImage(
                    1 + random.nextInt(60),
                    1 + random.nextInt(60),
                    BufferedImage.TYPE_BYTE_INDEXED,
                    new IndexColorModel(bits, colours, table, 0, false, transparent));
            BufferedImage expected =
                    new BufferedImage(indexed.getWidth(), indexed.getHeight(), BufferedImage.TYPE_INT_RGB);
            for (int y = 0; y < indexed.getHeight(); y++) {
                for (int x = 0; x < indexed.getWidth(); x++) {
                    int index = random.nextInt(3) == 0 && x > 0
                            ? indexed.getRaster().getSample(x - 1, y, 0)
                            : random.nextInt(colours);
                    indexed.getRaster().setSample(x, y, 0, index);
                    expected.setRGB(
                            x,
                            y,
                            index == transparent
                                    ? 0xffffff
                                    : (table[3 * index] & 0xff) << 16
                                            | (table[3 * index + 1] & 0xff) << 8
                                            | table[3 * index + 2] & 0xff);
                }
            }
            boolean interlaced = random.nextBoolean();
            assertThat(TestImages.largestDifference(
                            decoder.decode(TestImages.written("gif", indexed, interlaced), SIDE), expected))
                    .as(
                            "seed %d: %d colours, %d × %d, interlaced %s",
                            SEED + i, colours, indexed.getWidth(), indexed.getHeight(), interlaced)
                    .isZero();
        }
    }

    /** FFmpeg's own JPEG decoder; the two interpolate colours differently, so images are smooth here. */
    @Test
    void jpegIsAsFFmpegDecodesItInEveryOrientation() throws Exception {
        FFmpegLimits.load();
        for (int i = 0; i < CASES / 4; i++) {
            Random random = new Random(SEED + i);
            boolean gray = random.nextInt(4) == 0;
            BufferedImage image = smooth(
                    24 + random.nextInt(80),
                    24 + random.nextInt(80),
                    gray ? BufferedImage.TYPE_BYTE_GRAY : BufferedImage.TYPE_INT_RGB,
                    random);
            boolean progressive = random.nextBoolean();
            byte[] plain = TestImages.written("jpeg", image, progressive);
            int orientation = 1 + i % 8;
            BufferedImage expected = TestImages.turned(ffmpeg(plain), orientation);
            BufferedImage decoded = decoder.decode(
                    TestImages.withOrientation("jpeg", plain, image, orientation, random.nextBoolean()), SIDE);
            String what = "seed %d: gray %s, progressive %s, %d × %d, orientation %d"
                    .formatted(SEED + i, gray, progressive, image.getWidth(), image.getHeight(), orientation);
            assertThat(TestImages.meanDifference(decoded, expected)).as(what).isLessThan(3);
            assertThat(TestImages.largestDifference(decoded, expected)).as(what).isLessThan(16);
        }
    }

    /**
     * The same library underneath, so the pixels are the same: what is tested is that all rows of all passes arrive.
     */
    @Test
    void aProgressiveJpegIsDecodedToItsLastPass() throws Exception {
        for (int i = 0; i < 8; i++) {
            BufferedImage image = TestImages.noise(60, 44, BufferedImage.TYPE_INT_RGB, new Random(SEED + i));
            byte[] jpeg = TestImages.written("jpeg", image, true);
            assertThat(TestImages.largestDifference(
                            decoder.decode(jpeg, SIDE), ImageIO.read(new ByteArrayInputStream(jpeg))))
                    .as("seed %d", SEED + i)
                    .isZero();
            // Reduced, against the cells of the whole.
            BufferedImage reduced = decoder.decode(jpeg, 11);
            assertThat(reduced.getWidth()).isLessThan(60);
            double[] expected = TestImages.areaMean(
                    ImageIO.read(new ByteArrayInputStream(jpeg)),
                    0,
                    60.0 / reduced.getWidth(),
                    0,
                    44.0 / reduced.getHeight());
            assertThat((double) (reduced.getRGB(0, 0) & 0xff))
                    .as("seed %d", SEED + i)
                    .isCloseTo(expected[2], org.assertj.core.api.Assertions.within(0.6));
        }
    }

    private static BufferedImage smooth(int width, int height, int type, Random random) {
        BufferedImage image = new BufferedImage(width, height, type);
        double[] phase = random.doubles(9, 0.01, 0.04).toArray();
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int rgb = 0;
                for (int c = 0; c < 3; c++) {
                    rgb = rgb << 8 | (int) (127 + 100 * Math.sin(phase[c] * x + phase[3 + c] * y + 60 * phase[6 + c]));
                }
                if (type == BufferedImage.TYPE_BYTE_GRAY) {
                    image.getRaster().setSample(x, y, 0, rgb & 0xff);
                } else {
                    image.setRGB(x, y, rgb);
                }
            }
        }
        return image;
    }

    private static BufferedImage ffmpeg(byte[] jpeg) throws Exception {
        try (FFmpegFrameGrabber grabber = new FFmpegFrameGrabber(new ByteArrayInputStream(jpeg))) {
            grabber.setFormat("jpeg_pipe");
            grabber.setPixelFormat(avutil.AV_PIX_FMT_BGR24);
            grabber.start();
            Frame frame = grabber.grabImage();
            BufferedImage image = new BufferedImage(frame.imageWidth, frame.imageHeight, BufferedImage.TYPE_INT_RGB);
            ByteBuffer pixels = (ByteBuffer) frame.image[0];
            for (int y = 0; y < frame.imageHeight; y++) {
                for (int x = 0; x < frame.imageWidth; x++) {
                    int at = y * frame.imageStride + 3 * x;
                    image.setRGB(
                            x,
                            y,
                            (pixels.get(at + 2) & 0xff) << 16
                                    | (pixels.get(at + 1) & 0xff) << 8
                                    | pixels.get(at) & 0xff);
                }
            }
            return image;
        }
    }
}
