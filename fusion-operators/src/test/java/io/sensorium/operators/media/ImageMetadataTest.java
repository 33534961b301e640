// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.sensorium.operators.media.MediaException.Problem;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Repeated, damaged and very many metadata blocks of pictures. */
class ImageMetadataTest {

    private final ImageDecoder decoder = new ImageDecoder(MediaLimits.DEFAULT);

    private static byte[] packedProfile(byte[] profile) throws Exception {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        packed.writeBytes("icc\0\0".getBytes(StandardCharsets.ISO_8859_1));
        try (DeflaterOutputStream out = new DeflaterOutputStream(packed)) {
            out.write(profile);
        }
        return packed.toByteArray();
    }

    @Test
    void thousandsOfLargeProfilesInAPngDoNotHoldTheThread() throws Exception {
        byte[] png = TestImages.written("png", TestImages.flat(8, 8, 0x804020), false);
        byte[] bomb = packedProfile(new byte[ColorProfile.MAX_BYTES + 1]);
        byte[] withBomb = TestImages.pngWith(png, "iCCP", bomb);
        byte[] chunk = Arrays.copyOfRange(withBomb, 33, 33 + bomb.length + 12);
        ByteArrayOutputStream bombs = new ByteArrayOutputStream();
        bombs.write(png, 0, 33);
        for (int i = 0; i < 3_800; i++) {
            bombs.writeBytes(chunk);
        }
        bombs.write(png, 33, png.length - 33);
        BufferedImage image =
                assertTimeoutPreemptively(Duration.ofSeconds(10), () -> decoder.decode(bombs.toByteArray(), 8));
        assertThat(image.getRGB(3, 3) & 0xffffff).isEqualTo(0x804020);
    }

    @Test
    void onlyTheFirstProfileOfAPngCountsEvenWhenItIsDamaged() throws Exception {
        byte[] linear = ICC_Profile.getInstance(ColorSpace.CS_LINEAR_RGB).getData();
        byte[] second = TestImages.withProfile("png", TestImages.flat(8, 8, 0x804020), linear);
        assertThat(decoder.decode(second, 8).getRGB(3, 3) & 0xffffff).isNotEqualTo(0x804020);
        byte[] damaged = TestImages.pngWith(second, "iCCP", packedProfile(new byte[1]));
        assertThat(decoder.decode(damaged, 8).getRGB(3, 3) & 0xffffff).isEqualTo(0x804020);
        byte[] wrongSum = TestImages.pngWith(second, "iCCP", packedProfile(linear));
        wrongSum[33 + 8 + 20] ^= 1;
        assertThat(decoder.decode(wrongSum, 8).getRGB(3, 3) & 0xffffff).isEqualTo(0x804020);
    }

    /** None of these files has pixels, so that no deadline but that of the metadata can end them. */
    @ParameterizedTest
    @ValueSource(strings = {"jpeg", "png", "gif", "webp"})
    void theDeadlineHoldsWhileMetadataIsRead(String format) throws Exception {
        MediaLimits limits = new MediaLimits(16L << 20, 50_000_000, Duration.ofMinutes(10), Duration.ofNanos(1));
        DecodeDeadline over = new DecodeDeadline(limits, format);
        ColorProfile.Cache profiles = new ColorProfile.Cache();
        BufferedImage flat = TestImages.flat(8, 8, 0x804020);
        byte[] noted = TestImages.pngWith(TestImages.written("png", flat, false), "tEXt", new byte[9]);
        byte[] file = switch (format) {
            case "jpeg" ->
                TestImages.joined(new byte[] {(byte) 0xff, (byte) 0xd8}, TestImages.segment(0xfe, new byte[9]));
            case "png" -> Arrays.copyOf(noted, 33 + 21);
            case "gif" -> "GIF89a\10\0\10\0\0\0\0\41\376\3abc\0;".getBytes(StandardCharsets.ISO_8859_1);
            default -> TestImages.riff(TestImages.canvas(8, 8, 8), TestImages.chunk("EXIF", new byte[9]));
        };
        assertThatThrownBy(() -> {
                    switch (format) {
                        case "jpeg" -> new JpegDecoder(limits, profiles).decode(file, 8, over);
                        case "png" -> new PngDecoder(limits, profiles).decode(file, 8, over);
                        case "gif" -> new GifDecoder(limits, profiles).decode(file, 8, over);
                        default -> new WebPDecoder(limits, profiles).decode(file, 8, over);
                    }
                })
                .hasMessageContaining("media.max_decode")
                .isInstanceOfSatisfying(
                        MediaException.class, e -> assertThat(e.problem()).isEqualTo(Problem.TOO_LARGE));
    }

    @ParameterizedTest
    @ValueSource(strings = {"jpeg", "png", "webp"})
    void ofTwoExifBlocksTheFirstDecides(String format) throws Exception {
        BufferedImage image = TestImages.noise(24, 16, BufferedImage.TYPE_INT_RGB, new Random(5));
        byte[] plain = format.equals("webp") ? TestImages.webp(image, true) : TestImages.written(format, image, false);
        BufferedImage stored = decoder.decode(plain, 64);
        for (int first : new int[] {1, 3, 6}) {
            BufferedImage decoded = decoder.decode(twice(format, plain, first, first == 6 ? 1 : 6), 64);
            assertThat(TestImages.largestDifference(decoded, TestImages.turned(stored, first)))
                    .as("orientation %d first", first)
                    .isZero();
        }
    }

    private static byte[] twice(String format, byte[] file, int first, int second) {
        if (format.equals("webp")) {
            return TestImages.riff(
                    TestImages.canvas(8, 24, 16),
                    Arrays.copyOfRange(file, 12, file.length),
                    TestImages.chunk("EXIF", TestImages.exif(first, true)),
                    TestImages.chunk("EXIF", TestImages.exif(second, true)));
        }
        // Each is laid in front of what is there.
        return TestImages.withOrientation(
                format, TestImages.withOrientation(format, file, null, second, false), null, first, true);
    }
}
