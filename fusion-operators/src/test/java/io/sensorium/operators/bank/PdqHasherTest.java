// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.bank;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sensorium.operators.media.ImageDecoder;
import io.sensorium.operators.media.MediaLimits;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PdqHasherTest {

    private static final Path PHOTOS = Path.of("../../shared/data/image-text-audio-match/images");

    private final PdqHasher hasher = new PdqHasher();

    /** An image of blobs and edges, as no other seed gives. */
    private static BufferedImage painted(long seed, int width, int height) {
        Random random = new Random(seed);
        double[][] waves = new double[12][];
        for (int i = 0; i < waves.length; i++) {
            waves[i] = new double[] {
                random.nextDouble() * 14,
                random.nextDouble() * 14,
                random.nextDouble() * 6,
                10 + random.nextDouble() * 30
            };
        }
        double edge = random.nextDouble();
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                double u = (x + 0.5) / width;
                double v = (y + 0.5) / height;
                double level = 120 + (u + v * 0.7 > edge * 1.7 ? 30 : -30);
                for (double[] wave : waves) {
                    level += wave[3] * Math.sin(wave[0] * u + wave[1] * v + wave[2]);
                }
                int gray = (int) Math.max(0, Math.min(255, level));
                int red = Math.min(255, gray + (int) (20 * u));
                image.setRGB(x, y, red << 16 | gray << 8 | Math.max(0, gray - (int) (20 * v)));
            }
        }
        return image;
    }

    /** The published description, step by step, in double precision. */
    private static final class Oracle {

        static boolean[] bits(BufferedImage image) {
            double[] coefficients = coefficients(samples(image));
            double[] sorted = coefficients.clone();
            Arrays.sort(sorted);
            boolean[] bits = new boolean[256];
            for (int i = 0; i < 256; i++) {
                bits[i] = coefficients[i] > sorted[127];
            }
            return bits;
        }

        static double[][] samples(BufferedImage image) {
            int height = image.getHeight();
            int width = image.getWidth();
            double[][] pixels = new double[height][width];
            for (int y = 0; y < height; y++) {
                for (int x = 0; x < width; x++) {
                    int rgb = image.getRGB(x, y);
                    pixels[y][x] = 0.299 * (rgb >> 16 & 255) + 0.587 * (rgb >> 8 & 255) + 0.114 * (rgb & 255);
                }
            }
            for (int pass = 0; pass < 2; pass++) {
                pixels = transposed(boxed(transposed(boxed(pixels))));
            }
            double[][] samples = new double[64][64];
            for (int i = 0; i < 64; i++) {
                for (int j = 0; j < 64; j++) {
                    samples[i][j] = pixels[(int) ((i + 0.5) * height / 64)][(int) ((j + 0.5) * width / 64)];
                }
            }
            return samples;
        }

        /** The mean of each pixel's window along its row, as far as there is a row. */
        private static double[][] boxed(double[][] rows) {
            int length = rows[0].length;
            int window = (length + 127) / 128;
            int half = (window + 2) / 2;
            double[][] boxed = new double[rows.length][length];
            for (int y = 0; y < rows.length; y++) {
                for (int x = 0; x < length; x++) {
                    int from = Math.max(0, x + half - window);
                    int to = Math.min(length - 1, x + half - 1);
                    for (int k = from; k <= to; k++) {
                        boxed[y][x] += rows[y][k] / (to - from + 1);
                    }
                }
            }
            return boxed;
        }

        private static double[][] transposed(double[][] rows) {
            double[][] turned = new double[rows[0].length][rows.length];
            for (int y = 0; y < rows.length; y++) {
                for (int x = 0; x < rows[0].length; x++) {
                    turned[x][y] = rows[y][x];
                }
            }
            return turned;
        }

        private static double[] coefficients(double[][] samples) {
            double[] all = new double[256];
            for (int i = 0; i < 16; i++) {
                for (int j = 0; j < 16; j++) {
                    for (int y = 0; y < 64; y++) {
                        for (int x = 0; x < 64; x++) {
                            all[16 * i + j] += samples[y][x]
                                    * Math.cos(Math.PI * (i + 1) * (2 * y + 1) / 128)
                                    * Math.cos(Math.PI * (j + 1) * (2 * x + 1) / 128)
                                    * 2
                                    / 64;
                        }
                    }
                }
            }
            return all;
        }
    }

    private static int differences(PdqHash hash, boolean[] bits) {
        int differences = 0;
        for (int i = 0; i < 256; i++) {
            boolean set = (hash.word(i / 64) >>> i % 64 & 1) != 0;
            differences += set == bits[i] ? 0 : 1;
        }
        return differences;
    }

    /** Bits may differ where a coefficient is at the median but for rounding. */
    @ParameterizedTest
    @CsvSource({"64,64", "640,480", "500,333", "129,1024", "300,17", "100,100", "777,130"})
    void theHashIsThatOfTheDescription(int width, int height) {
        for (int seed = 0; seed < 3; seed++) {
            BufferedImage image = painted(seed, width, height);
            assertThat(differences(hasher.hash(image).hash(), Oracle.bits(image)))
                    .isLessThanOrEqualTo(2);
        }
    }

    @Test
    void theQualityIsThatOfTheDescription() {
        for (int seed = 0; seed < 5; seed++) {
            BufferedImage image = painted(seed, 320, 240);
            double[][] samples = Oracle.samples(image);
            int sum = 0;
            for (int i = 0; i < 64; i++) {
                for (int j = 0; j < 64; j++) {
                    sum += i < 63 ? Math.abs((int) ((samples[i][j] - samples[i + 1][j]) * 100 / 255)) : 0;
                    sum += j < 63 ? Math.abs((int) ((samples[i][j] - samples[i][j + 1]) * 100 / 255)) : 0;
                }
            }
            assertThat(hasher.hash(image).quality())
                    .isCloseTo(Math.min(100, sum / 90), org.assertj.core.data.Offset.offset(1));
        }
        assertThat(hasher.hash(new BufferedImage(300, 200, BufferedImage.TYPE_3BYTE_BGR))
                        .quality())
                .isZero();
    }

    @Test
    void anImageOfAnySizeHasAHash() {
        for (int[] size : new int[][] {{1, 1}, {1, 5000}, {5000, 1}, {2, 3}, {63, 65}, {8000, 3}}) {
            Fingerprint.Image image = hasher.hash(painted(1, size[0], size[1]));
            assertThat(image.quality()).isBetween(0, 100);
            assertThat(image.hash().ones()).isLessThanOrEqualTo(128);
        }
    }

    /** Working memory of a larger image leaves nothing in a smaller one's hash; so with other pixel formats. */
    @Test
    void aHashDependsOnTheImageAlone() {
        BufferedImage image = painted(3, 320, 200);
        PdqHash alone = new PdqHasher().hash(image).hash();
        hasher.hash(painted(4, 900, 700));
        assertThat(hasher.hash(image).hash()).isEqualTo(alone);
        BufferedImage other = new BufferedImage(320, 200, BufferedImage.TYPE_INT_ARGB);
        other.createGraphics().drawImage(image, 0, 0, null);
        assertThat(hasher.hash(other).hash()).isEqualTo(alone);
        assertThat(hasher.hash(painted(9, 900, 700).getSubimage(10, 20, 500, 400))
                        .hash())
                .isEqualTo(hasher.hash(copy(painted(9, 900, 700).getSubimage(10, 20, 500, 400)))
                        .hash());
    }

    private static BufferedImage copy(BufferedImage image) {
        return redrawn(image, image.getWidth(), image.getHeight(), BufferedImage.TYPE_3BYTE_BGR);
    }

    private static BufferedImage redrawn(BufferedImage image, int width, int height, int type) {
        BufferedImage drawn = new BufferedImage(width, height, type);
        Graphics2D graphics = drawn.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
        graphics.drawImage(image, 0, 0, width, height, null);
        graphics.dispose();
        return drawn;
    }

    /**
     * A mirrored image has its odd frequencies negated, and a transposed one its coefficients transposed, so that the
     * hash follows from the original's where the median is near 0.
     */
    @Test
    void hashesOfMirroredAndTransposedImagesFollowFromTheOriginals() {
        for (int seed = 0; seed < 8; seed++) {
            BufferedImage image = painted(seed, 512, 512);
            PdqHash hash = hasher.hash(image).hash();
            boolean[] mirrored = new boolean[256];
            boolean[] transposed = new boolean[256];
            for (int i = 0; i < 16; i++) {
                for (int j = 0; j < 16; j++) {
                    boolean bit = (hash.word(i / 4) >>> (16 * i + j) % 64 & 1) != 0;
                    mirrored[16 * i + j] = j % 2 == 0 ? !bit : bit;
                    transposed[16 * j + i] = bit;
                }
            }
            assertThat(differences(hasher.hash(turned(image, true)).hash(), mirrored))
                    .isLessThanOrEqualTo(40);
            assertThat(differences(hasher.hash(turned(image, false)).hash(), transposed))
                    .isLessThanOrEqualTo(2);
            assertThat(hasher.hash(turned(image, true)).hash().distance(hash)).isBetween(88, 168);
        }
    }

    private static BufferedImage turned(BufferedImage image, boolean mirror) {
        int width = image.getWidth();
        BufferedImage turned = new BufferedImage(width, image.getHeight(), image.getType());
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < width; x++) {
                turned.setRGB(mirror ? width - 1 - x : y, mirror ? y : x, image.getRGB(x, y));
            }
        }
        return turned;
    }

    private static byte[] jpeg(BufferedImage image, float quality) throws IOException {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        ImageWriteParam param = writer.getDefaultWriteParam();
        param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
        param.setCompressionQuality(quality);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (var out = ImageIO.createImageOutputStream(bytes)) {
            writer.setOutput(out);
            writer.write(null, new IIOImage(image, null, null), param);
        }
        writer.dispose();
        return bytes.toByteArray();
    }

    private static BufferedImage compressed(BufferedImage image, float quality) {
        try {
            return ImageIO.read(new ByteArrayInputStream(jpeg(image, quality)));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static BufferedImage gamma(BufferedImage image, double gamma) {
        BufferedImage changed = copy(image);
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                int rgb = image.getRGB(x, y);
                int level = 0;
                for (int shift = 0; shift <= 16; shift += 8) {
                    level |= (int) Math.round(255 * Math.pow((rgb >> shift & 255) / 255.0, gamma)) << shift;
                }
                changed.setRGB(x, y, level);
            }
        }
        return changed;
    }

    private static BufferedImage cropped(BufferedImage image, double share) {
        int x = (int) (image.getWidth() * share / 2);
        int y = (int) (image.getHeight() * share / 2);
        return copy(image.getSubimage(x, y, image.getWidth() - 2 * x, image.getHeight() - 2 * y));
    }

    private static final List<UnaryOperator<BufferedImage>> COPIES = List.of(
            image -> compressed(image, 0.3f),
            image -> redrawn(image, image.getWidth() / 2, image.getHeight() / 2, BufferedImage.TYPE_3BYTE_BGR),
            image -> redrawn(image, image.getWidth() * 3 / 2, image.getHeight() * 3 / 2, BufferedImage.TYPE_3BYTE_BGR),
            image -> gamma(image, 1.2),
            image -> gamma(image, 0.83),
            image -> cropped(image, 0.01));

    @Test
    void copiesOfAnImageAreNear() {
        for (int seed = 0; seed < 6; seed++) {
            BufferedImage image = painted(seed, 480, 360);
            PdqHash hash = hasher.hash(image).hash();
            for (int i = 0; i < COPIES.size(); i++) {
                assertThat(hasher.hash(COPIES.get(i).apply(image)).hash().distance(hash))
                        .as("seed " + seed + ", copy " + i)
                        .isLessThanOrEqualTo(HashIndex.MAX_THRESHOLD);
            }
        }
    }

    /** Real ones, where the data set is there; enlarged, since hashes of small images are less stable. */
    @Test
    void photographs() throws Exception {
        assumeTrue(Files.isDirectory(PHOTOS));
        List<Path> files;
        try (Stream<Path> all = Files.list(PHOTOS)) {
            files = all.sorted().limit(300).toList();
        }
        ImageDecoder decoder = new ImageDecoder(MediaLimits.DEFAULT);
        List<PdqHash> hashes = new ArrayList<>();
        int[] missed = new int[COPIES.size()];
        int near = 0;
        for (Path file : files) {
            BufferedImage photo = decoder.decode(Files.readAllBytes(file), 4096);
            PdqHash hash = hasher.hash(photo).hash();
            near += (int)
                    hashes.stream().filter(other -> other.distance(hash) < 80).count();
            hashes.add(hash);
            if (hashes.size() > 60) {
                continue;
            }
            BufferedImage large =
                    redrawn(photo, photo.getWidth() * 4, photo.getHeight() * 4, BufferedImage.TYPE_3BYTE_BGR);
            PdqHash whole = hasher.hash(large).hash();
            for (int i = 0; i < missed.length; i++) {
                missed[i] += hasher.hash(COPIES.get(i).apply(large)).hash().distance(whole) > HashIndex.MAX_THRESHOLD
                        ? 1
                        : 0;
            }
            // What the job and the command line reduce while they decode.
            BufferedImage reduced = decoder.decode(
                    jpeg(
                            redrawn(photo, photo.getWidth() * 8, photo.getHeight() * 8, BufferedImage.TYPE_3BYTE_BGR),
                            0.9f),
                    PdqHasher.SIDE);
            assertThat(hasher.hash(reduced).hash().distance(whole)).isLessThanOrEqualTo(16);
        }
        assertThat(near).isLessThanOrEqualTo(hashes.size() * (hashes.size() - 1) / 2 / 1000);
        assertThat(missed).as(Arrays.toString(missed)).containsOnly(0);
    }
}
