// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import java.awt.image.BufferedImage;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;

/** Images made here, with metadata laid into their files, and what their pixels are to be. */
final class TestImages {

    private TestImages() {}

    static BufferedImage noise(int width, int height, int type, Random random) {
        BufferedImage image = new BufferedImage(width, height, type);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                image.setRGB(x, y, 0xff000000 | random.nextInt(1 << 24));
            }
        }
        return image;
    }

    static BufferedImage flat(int width, int height, int rgb) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                image.setRGB(x, y, rgb);
            }
        }
        return image;
    }

    static byte[] written(String format, BufferedImage image, boolean progressive) throws IOException {
        return SampleMedia.written(format, image, progressive, format.equals("jpeg") ? 0.98f : null);
    }

    static byte[] webp(BufferedImage image, boolean lossless) throws Exception {
        BufferedImage bgr = new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_3BYTE_BGR);
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                bgr.setRGB(x, y, image.getRGB(x, y));
            }
        }
        return SampleMedia.webp(bgr, lossless);
    }

    static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            bytes.writeBytes(part);
        }
        return bytes.toByteArray();
    }

    /** A chunk of RIFF. */
    static byte[] chunk(String name, byte[] content) {
        byte[] head = ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(name.getBytes(StandardCharsets.US_ASCII))
                .putInt(content.length)
                .array();
        return joined(head, content, new byte[content.length & 1]);
    }

    static byte[] riff(byte[]... chunks) {
        byte[] all = joined(chunks);
        return joined(
                ByteBuffer.allocate(12)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .put("RIFF".getBytes(StandardCharsets.US_ASCII))
                        .putInt(all.length + 4)
                        .put("WEBP".getBytes(StandardCharsets.US_ASCII))
                        .array(),
                all);
    }

    static byte[] canvas(int flags, int width, int height) {
        return chunk("VP8X", new byte[] {
            (byte) flags,
            0,
            0,
            0,
            (byte) (width - 1),
            (byte) (width - 1 >> 8),
            0,
            (byte) (height - 1),
            (byte) (height - 1 >> 8),
            0
        });
    }

    /** An animation whose only frame is a still WebP, placed on a canvas. */
    static byte[] animated(byte[] webp, int width, int height, int canvasWidth, int canvasHeight, int left, int top) {
        byte[] head = {
            (byte) (left / 2),
            0,
            0,
            (byte) (top / 2),
            0,
            0,
            (byte) (width - 1),
            0,
            0,
            (byte) (height - 1),
            0,
            0,
            100,
            0,
            0,
            0
        };
        return riff(
                canvas(2, canvasWidth, canvasHeight),
                chunk("ANIM", new byte[6]),
                chunk("ANMF", joined(head, Arrays.copyOfRange(webp, 12, webp.length))));
    }

    /** An EXIF block's TIFF structure with an orientation, behind another entry. */
    static byte[] exif(int orientation, boolean littleEndian) {
        return ByteBuffer.allocate(8 + 2 + 24 + 4)
                .order(littleEndian ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN)
                .putShort((short) (littleEndian ? 0x4949 : 0x4d4d))
                .putShort((short) 42)
                .putInt(8)
                .putShort((short) 2)
                .putShort((short) 0x0100)
                .putShort((short) 3)
                .putInt(1)
                .putShort((short) 7)
                .putShort((short) 0)
                .putShort((short) 0x0112)
                .putShort((short) 3)
                .putInt(1)
                .putShort((short) orientation)
                .putShort((short) 0)
                .putInt(0)
                .array();
    }

    /**
     * The file with an orientation laid into it.
     *
     * @param format jpeg, png or webp
     */
    static byte[] withOrientation(
            String format, byte[] file, BufferedImage image, int orientation, boolean littleEndian) {
        byte[] exif = exif(orientation, littleEndian);
        return switch (format) {
            case "jpeg" ->
                joined(
                        Arrays.copyOf(file, 2),
                        segment(0xe1, joined("Exif\0\0".getBytes(StandardCharsets.US_ASCII), exif)),
                        Arrays.copyOfRange(file, 2, file.length));
            case "png" -> pngWith(file, "eXIf", exif);
            default ->
                riff(
                        canvas(8, image.getWidth(), image.getHeight()),
                        Arrays.copyOfRange(file, 12, file.length),
                        chunk("EXIF", exif));
        };
    }

    /** The image as a file with an ICC profile. WebP is lossless. */
    static byte[] withProfile(String format, BufferedImage image, byte[] profile) throws Exception {
        switch (format) {
            case "jpeg" -> {
                byte[] file = written("jpeg", image, false);
                return joined(
                        Arrays.copyOf(file, 2),
                        segment(0xe2, joined("ICC_PROFILE\0\1\1".getBytes(StandardCharsets.ISO_8859_1), profile)),
                        Arrays.copyOfRange(file, 2, file.length));
            }
            case "png" -> {
                ByteArrayOutputStream packed = new ByteArrayOutputStream();
                packed.writeBytes("icc\0\0".getBytes(StandardCharsets.ISO_8859_1));
                try (DeflaterOutputStream out = new DeflaterOutputStream(packed)) {
                    out.write(profile);
                }
                return pngWith(written("png", image, false), "iCCP", packed.toByteArray());
            }
            case "gif" -> {
                byte[] file = written("gif", image, false);
                int tables = 13 + ((file[10] & 0x80) != 0 ? 3 << (file[10] & 7) + 1 : 0);
                ByteArrayOutputStream extension = new ByteArrayOutputStream();
                extension.writeBytes("!\u00ff\u000bICCRGBG1012".getBytes(StandardCharsets.ISO_8859_1));
                for (int from = 0; from < profile.length; from += 255) {
                    int length = Math.min(255, profile.length - from);
                    extension.write(length);
                    extension.write(profile, from, length);
                }
                extension.write(0);
                return joined(
                        Arrays.copyOf(file, tables),
                        extension.toByteArray(),
                        Arrays.copyOfRange(file, tables, file.length));
            }
            default -> {
                byte[] file = webp(image, true);
                return riff(
                        canvas(0x20, image.getWidth(), image.getHeight()),
                        chunk("ICCP", profile),
                        Arrays.copyOfRange(file, 12, file.length));
            }
        }
    }

    static byte[] segment(int marker, byte[] content) {
        return joined(
                new byte[] {(byte) 0xff, (byte) marker, (byte) (content.length + 2 >> 8), (byte) (content.length + 2)},
                content);
    }

    /** A chunk behind the header. */
    static byte[] pngWith(byte[] png, String name, byte[] content) {
        byte[] typed = joined(name.getBytes(StandardCharsets.US_ASCII), content);
        CRC32 crc = new CRC32();
        crc.update(typed);
        return joined(
                Arrays.copyOf(png, 33),
                ByteBuffer.allocate(4).putInt(content.length).array(),
                typed,
                ByteBuffer.allocate(4).putInt((int) crc.getValue()).array(),
                Arrays.copyOfRange(png, 33, png.length));
    }

    /** A PNG without its chunks of a name. */
    static byte[] without(byte[] png, String name) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(png, 0, 8);
        ByteBuffer buffer = ByteBuffer.wrap(png);
        for (int at = 8; at < png.length; ) {
            int length = 12 + buffer.getInt(at);
            if (!new String(png, at + 4, 4, StandardCharsets.US_ASCII).equals(name)) {
                bytes.write(png, at, length);
            }
            at += length;
        }
        return bytes.toByteArray();
    }

    /**
     * A JPEG of cyan, magenta, yellow and key, 0 for no ink, all pixels alike.
     *
     * @param adobe whether Adobe's marker says that 255 is no ink
     */
    static byte[] cmykJpeg(int width, int height, int[] inks, boolean adobe) throws IOException {
        WritableRaster raster = java.awt.image.Raster.createInterleavedRaster(
                java.awt.image.DataBuffer.TYPE_BYTE, width, height, 4, null);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                for (int ink = 0; ink < 4; ink++) {
                    raster.setSample(x, y, ink, adobe ? 255 - inks[ink] : inks[ink]);
                }
            }
        }
        ImageWriter writer = null;
        for (var writers = ImageIO.getImageWritersByFormatName("jpeg"); writers.hasNext(); ) {
            ImageWriter one = writers.next();
            writer = one.getClass().getModule() == ImageIO.class.getModule() ? one : writer;
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
            writer.setOutput(out);
            writer.write(null, new IIOImage(raster, null, null), null);
        } finally {
            writer.dispose();
        }
        byte[] file = bytes.toByteArray();
        return adobe
                ? joined(
                        Arrays.copyOf(file, 2),
                        segment(0xee, joined("Adobe".getBytes(StandardCharsets.US_ASCII), new byte[] {
                            0, 100, 0, 0, 0, 0, 0
                        })),
                        Arrays.copyOfRange(file, 2, file.length))
                : file;
    }

    /** The mean of red, green and blue over an area, its borders between pixels. */
    static double[] areaMean(BufferedImage image, double left, double right, double top, double bottom) {
        double[] sum = new double[3];
        for (int y = (int) top; y < Math.min(image.getHeight(), Math.ceil(bottom)); y++) {
            double down = Math.min(y + 1, bottom) - Math.max(y, top);
            for (int x = (int) left; x < Math.min(image.getWidth(), Math.ceil(right)); x++) {
                double weight = down * (Math.min(x + 1, right) - Math.max(x, left));
                for (int channel = 0; channel < 3; channel++) {
                    sum[channel] += weight
                            * (image.getRGB(x, y) >> 16 - 8 * channel & 0xff)
                            / ((right - left) * (bottom - top));
                }
            }
        }
        return sum;
    }

    /** As the EXIF standard words each orientation: where the stored image's row 0 and column 0 are. */
    static BufferedImage turned(BufferedImage stored, int orientation) {
        int width = stored.getWidth();
        int height = stored.getHeight();
        BufferedImage upright = orientation < 5
                ? new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB)
                : new BufferedImage(height, width, BufferedImage.TYPE_INT_RGB);
        for (int row = 0; row < height; row++) {
            for (int column = 0; column < width; column++) {
                int rgb = stored.getRGB(column, row);
                switch (orientation) {
                    case 1 -> upright.setRGB(column, row, rgb); // row 0 top, column 0 left
                    case 2 -> upright.setRGB(width - 1 - column, row, rgb); // top, right
                    case 3 -> upright.setRGB(width - 1 - column, height - 1 - row, rgb); // bottom, right
                    case 4 -> upright.setRGB(column, height - 1 - row, rgb); // bottom, left
                    case 5 -> upright.setRGB(row, column, rgb); // left, top
                    case 6 -> upright.setRGB(height - 1 - row, column, rgb); // right, top
                    case 7 -> upright.setRGB(height - 1 - row, width - 1 - column, rgb); // right, bottom
                    default -> upright.setRGB(row, width - 1 - column, rgb); // left, bottom
                }
            }
        }
        return upright;
    }

    /** From Adobe RGB (1998) to sRGB, both of D65, by their definitions. */
    static int[] adobeToSrgb(int rgb) {
        double[] linear = new double[3];
        for (int channel = 0; channel < 3; channel++) {
            linear[channel] = Math.pow((rgb >> 16 - 8 * channel & 0xff) / 255.0, 563 / 256.0);
        }
        double[][] matrix = {{1.39836, -0.39836, 0}, {0, 1, 0}, {0, -0.04293, 1.04293}};
        int[] result = new int[3];
        for (int channel = 0; channel < 3; channel++) {
            double value =
                    matrix[channel][0] * linear[0] + matrix[channel][1] * linear[1] + matrix[channel][2] * linear[2];
            value = Math.max(0, Math.min(1, value));
            result[channel] = (int) Math.round(
                    255 * (value <= 0.0031308 ? 12.92 * value : 1.055 * Math.pow(value, 1 / 2.4) - 0.055));
        }
        return result;
    }

    static int largestDifference(BufferedImage one, BufferedImage other) {
        return (int) difference(one, other)[0];
    }

    static double meanDifference(BufferedImage one, BufferedImage other) {
        return difference(one, other)[1];
    }

    private static double[] difference(BufferedImage one, BufferedImage other) {
        if (one.getWidth() != other.getWidth() || one.getHeight() != other.getHeight()) {
            throw new AssertionError(one.getWidth() + " × " + one.getHeight() + " and " + other.getWidth() + " × "
                    + other.getHeight() + " pixels");
        }
        double largest = 0;
        double sum = 0;
        for (int y = 0; y < one.getHeight(); y++) {
            for (int x = 0; x < one.getWidth(); x++) {
                for (int shift = 0; shift <= 16; shift += 8) {
                    int difference =
                            Math.abs((one.getRGB(x, y) >> shift & 0xff) - (other.getRGB(x, y) >> shift & 0xff));
                    largest = Math.max(largest, difference);
                    sum += difference;
                }
            }
        }
        return new double[] {largest, sum / (3.0 * one.getWidth() * one.getHeight())};
    }
}
