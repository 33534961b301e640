// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

/** Good files of every format, and files that are built to hurt. */
final class HostileCorpus {

    private HostileCorpus() {}

    /** Writes the good files and the bombs, each with its name, for a process that is to decode them. */
    static void write(Path folder) throws Exception {
        write(good(), Files.createDirectories(folder.resolve("good")));
        write(bombs(), Files.createDirectories(folder.resolve("bombs")));
    }

    private static void write(Map<String, byte[]> files, Path folder) throws IOException {
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            Files.write(folder.resolve(file.getKey()), file.getValue());
        }
    }

    /** Small whole files, by what they are. */
    static Map<String, byte[]> good() throws Exception {
        Map<String, byte[]> good = new LinkedHashMap<>();
        good.put("jpeg", SampleMedia.picture("jpeg", 60, 44));
        good.put("jpeg-progressive", progressive(60, 44));
        good.put("jpeg-gray", written("jpeg", SampleMedia.halves(40, 33, BufferedImage.TYPE_BYTE_GRAY), false));
        good.put("png", SampleMedia.picture("png", 60, 44));
        good.put("png-alpha", written("png", SampleMedia.halves(50, 20, BufferedImage.TYPE_INT_ARGB), false));
        good.put("png-interlaced", written("png", SampleMedia.halves(37, 41, BufferedImage.TYPE_INT_RGB), true));
        good.put("png-palette", written("png", SampleMedia.halves(37, 41, BufferedImage.TYPE_BYTE_INDEXED), false));
        good.put("png-16", written("png", SampleMedia.halves(37, 41, BufferedImage.TYPE_USHORT_GRAY), false));
        good.put("gif", SampleMedia.picture("gif", 60, 44));
        good.put("gif-interlaced", written("gif", SampleMedia.halves(60, 44, BufferedImage.TYPE_BYTE_INDEXED), true));
        good.put("webp", SampleMedia.webp(SampleMedia.halves(60, 44, BufferedImage.TYPE_3BYTE_BGR), false));
        good.put("webp-lossless", SampleMedia.webp(SampleMedia.halves(60, 44, BufferedImage.TYPE_3BYTE_BGR), true));
        good.put(
                "webp-animated",
                animated(SampleMedia.webp(SampleMedia.halves(60, 44, BufferedImage.TYPE_3BYTE_BGR), false), 60, 44));
        good.put("wav", SampleMedia.wav(8_000, 2, 0.2));
        for (String format : List.of("flac", "mp3", "ogg")) {
            good.put(format, SampleMedia.sound(format, 24_000, 2, 0.3));
        }
        return good;
    }

    private static byte[] written(String format, BufferedImage picture, boolean progressive) throws IOException {
        return SampleMedia.written(format, picture, progressive, null);
    }

    private static byte[] progressive(int width, int height) throws IOException {
        return written("jpeg", SampleMedia.halves(width, height, BufferedImage.TYPE_INT_RGB), true);
    }

    /** Small ones that unpack to much, claim much, or take long. */
    private static Map<String, byte[]> bombs() throws Exception {
        Map<String, byte[]> bombs = new LinkedHashMap<>();
        bombs.put("png of 2^31 by 2^31", png(0x7fffffff, 0x7fffffff, 8, 2, new byte[0], Map.of()));
        bombs.put("png of 60000 by 60000", png(60_000, 60_000, 8, 6, zeros(1 << 20), Map.of()));
        bombs.put(
                "png of 7000 by 7000, 16 bit, all there",
                png(7_000, 7_000, 16, 6, zeros(7_000L * (1 + 7_000 * 8)), Map.of()));
        bombs.put("png with a gigabyte of text", png(8, 8, 8, 2, zeros(8 * 25), Map.of("zTXt", text(zeros(1L << 30)))));
        bombs.put(
                "png with a gigabyte of colour profile",
                png(8, 8, 8, 2, zeros(8 * 25), Map.of("iCCP", text(zeros(1L << 30)))));
        bombs.put("png with more pixels than it says", png(8, 8, 8, 2, zeros(1L << 30), Map.of()));
        bombs.put("png of 45 million by 1", png(45_000_000, 1, 8, 2, zeros(1 + 3 * 45_000_000L), Map.of()));
        bombs.put("png of 1 by 45 million", png(1, 45_000_000, 8, 2, zeros(4 * 45_000_000L), Map.of()));
        bombs.put(
                "webp of 7000 by 7000",
                SampleMedia.webp(SampleMedia.halves(7_000, 7_000, BufferedImage.TYPE_3BYTE_BGR), false));
        bombs.put(
                "webp of 7000 by 7000, lossless",
                SampleMedia.webp(SampleMedia.halves(7_000, 7_000, BufferedImage.TYPE_3BYTE_BGR), true));
        bombs.put("gif of 65535 by 65535", gif(0xffff, 0xffff));
        bombs.put("gif of 7000 by 7000", gif(7_000, 7_000));
        bombs.put("jpeg of 65500 by 65500", resized(SampleMedia.picture("jpeg", 60, 44), 65_500, 65_500));
        bombs.put("jpeg of 7000 by 7000, hardly there", resized(SampleMedia.picture("jpeg", 60, 44), 7_000, 7_000));
        bombs.put("progressive jpeg of 7000 by 7000", resized(progressive(60, 44), 7_000, 7_000));
        bombs.put(
                "progressive jpeg of 7000 by 7000, 20000 scans",
                resized(scans(progressive(60, 44), 20_000), 7_000, 7_000));
        bombs.put(
                "webp that hides a larger one",
                canvas(SampleMedia.webp(SampleMedia.halves(3_000, 3_000, BufferedImage.TYPE_3BYTE_BGR), false), 8, 8));
        bombs.put(
                "webp whose canvas is of 16 million by 16 million",
                canvas(
                        SampleMedia.webp(SampleMedia.halves(60, 44, BufferedImage.TYPE_3BYTE_BGR), false),
                        1 << 24,
                        1 << 24));
        bombs.put("wav of four gigabytes", wav(0xfffffff0, 16_000, 1, new byte[64]));
        bombs.put("wav at 1 Hz", wav(0, 1, 1, new byte[15 << 20]));
        bombs.put("wav of 65535 channels", wav(15 << 20, 16_000, 0xffff, new byte[15 << 20]));
        bombs.put("wav of endless chunks", chunks());
        bombs.put("mp3 of 16 MB of frames", repeated(SampleMedia.sound("mp3", 8_000, 1, 2), 16 << 20));
        bombs.put("mp3 with a tag of 256 MB", id3(0x0fffffff));
        bombs.put("ogg of a thousand streams", repeated(SampleMedia.sound("ogg", 24_000, 2, 0.3), 8 << 20));
        bombs.put("flac of 2^36 samples", flac(SampleMedia.sound("flac", 24_000, 2, 0.3), 0xfffffffffL));
        return bombs;
    }

    private static byte[] zeros(long length) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (DeflaterOutputStream out = new DeflaterOutputStream(packed, new Deflater(9))) {
            byte[] some = new byte[1 << 16];
            for (long left = length; left > 0; left -= some.length) {
                out.write(some, 0, (int) Math.min(left, some.length));
            }
        }
        return packed.toByteArray();
    }

    private static byte[] text(byte[] packed) {
        byte[] chunk = new byte[6 + packed.length];
        System.arraycopy("icon".getBytes(StandardCharsets.US_ASCII), 0, chunk, 0, 4);
        System.arraycopy(packed, 0, chunk, 6, packed.length);
        return chunk;
    }

    private static byte[] png(int width, int height, int depth, int colour, byte[] packed, Map<String, byte[]> further)
            throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeLong(0x89504E470D0A1A0AL);
        chunk(
                out,
                "IHDR",
                ByteBuffer.allocate(13)
                        .putInt(width)
                        .putInt(height)
                        .put((byte) depth)
                        .put((byte) colour)
                        .put(new byte[3])
                        .array());
        for (Map.Entry<String, byte[]> more : further.entrySet()) {
            chunk(out, more.getKey(), more.getValue());
        }
        chunk(out, "IDAT", packed);
        chunk(out, "IEND", new byte[0]);
        return bytes.toByteArray();
    }

    private static void chunk(DataOutputStream out, String name, byte[] data) throws IOException {
        byte[] type = name.getBytes(StandardCharsets.US_ASCII);
        CRC32 crc = new CRC32();
        crc.update(type);
        crc.update(data);
        out.writeInt(data.length);
        out.write(type);
        out.write(data);
        out.writeInt((int) crc.getValue());
    }

    private static byte[] gif(int width, int height) throws IOException {
        byte[] bytes = SampleMedia.picture("gif", 60, 44);
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        buffer.putShort(6, (short) width).putShort(8, (short) height);
        for (int i = 13; i + 9 < bytes.length; i++) {
            if (bytes[i] == 0x2c && buffer.getInt(i + 1) == 0) {
                buffer.putShort(i + 5, (short) width).putShort(i + 7, (short) height);
                return bytes;
            }
        }
        throw new IOException("no picture in the GIF");
    }

    private static byte[] resized(byte[] jpeg, int width, int height) throws IOException {
        for (int i = 2; i + 9 < jpeg.length; i++) {
            if ((jpeg[i] & 0xff) == 0xff && ((jpeg[i + 1] & 0xff) == 0xc0 || (jpeg[i + 1] & 0xff) == 0xc2)) {
                ByteBuffer.wrap(jpeg).putShort(i + 5, (short) height).putShort(i + 7, (short) width);
                return jpeg;
            }
        }
        throw new IOException("no frame in the JPEG");
    }

    /** The last scan over and over. */
    private static byte[] scans(byte[] jpeg, int times) {
        int last = 0;
        for (int i = 2; i + 1 < jpeg.length; i++) {
            last = (jpeg[i] & 0xff) == 0xff && (jpeg[i + 1] & 0xff) == 0xda ? i : last;
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(jpeg, 0, last);
        for (int i = 0; i < times; i++) {
            bytes.write(jpeg, last, jpeg.length - 2 - last);
        }
        bytes.write(jpeg, jpeg.length - 2, 2);
        return bytes.toByteArray();
    }

    /** A simple WebP in an extended one whose canvas says something else. */
    private static byte[] canvas(byte[] webp, int width, int height) {
        byte[] picture = Arrays.copyOfRange(webp, 12, webp.length);
        ByteBuffer bytes = ByteBuffer.allocate(12 + 18 + picture.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put("RIFF".getBytes(StandardCharsets.US_ASCII))
                .putInt(4 + 18 + picture.length)
                .put("WEBPVP8X".getBytes(StandardCharsets.US_ASCII))
                .putInt(10)
                .putInt(0);
        return bytes.put(size(width)).put(size(height)).put(picture).array();
    }

    /** A WebP of three frames, each the same. */
    private static byte[] animated(byte[] webp, int width, int height) {
        byte[] picture = Arrays.copyOfRange(webp, 12, webp.length);
        int frame = 24 + picture.length;
        ByteBuffer bytes = ByteBuffer.allocate(12 + 18 + 14 + 3 * frame).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put("RIFF".getBytes(StandardCharsets.US_ASCII))
                .putInt(bytes.capacity() - 8)
                .put("WEBPVP8X".getBytes(StandardCharsets.US_ASCII))
                .putInt(10)
                .putInt(2)
                .put(size(width))
                .put(size(height))
                .put("ANIM".getBytes(StandardCharsets.US_ASCII))
                .putInt(6)
                .put(new byte[6]);
        for (int i = 0; i < 3; i++) {
            bytes.put("ANMF".getBytes(StandardCharsets.US_ASCII))
                    .putInt(frame - 8)
                    .put(new byte[6])
                    .put(size(width))
                    .put(size(height))
                    .put(new byte[] {100, 0, 0, 0})
                    .put(picture);
        }
        return bytes.array();
    }

    private static byte[] size(int pixels) {
        return new byte[] {(byte) (pixels - 1), (byte) (pixels - 1 >> 8), (byte) (pixels - 1 >> 16)};
    }

    private static byte[] wav(int size, int rate, int channels, byte[] data) {
        return ByteBuffer.allocate(44 + data.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put("RIFF".getBytes(StandardCharsets.US_ASCII))
                .putInt(size)
                .put("WAVEfmt ".getBytes(StandardCharsets.US_ASCII))
                .putInt(16)
                .putShort((short) 1)
                .putShort((short) channels)
                .putInt(rate)
                .putInt(rate * 2)
                .putShort((short) 2)
                .putShort((short) 16)
                .put("data".getBytes(StandardCharsets.US_ASCII))
                .putInt(size)
                .put(data)
                .array();
    }

    private static byte[] chunks() {
        ByteBuffer bytes = ByteBuffer.allocate(8 << 20)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put("RIFF".getBytes(StandardCharsets.US_ASCII))
                .putInt(-1)
                .put("WAVE".getBytes(StandardCharsets.US_ASCII));
        while (bytes.remaining() >= 8) {
            bytes.put("LIST".getBytes(StandardCharsets.US_ASCII)).putInt(0);
        }
        return bytes.array();
    }

    private static byte[] id3(int size) throws Exception {
        byte[] tag = {
            'I',
            'D',
            '3',
            4,
            0,
            0,
            (byte) (size >> 21 & 0x7f),
            (byte) (size >> 14 & 0x7f),
            (byte) (size >> 7 & 0x7f),
            (byte) (size & 0x7f)
        };
        byte[] sound = SampleMedia.sound("mp3", 8_000, 1, 1);
        byte[] bytes = Arrays.copyOf(tag, tag.length + sound.length);
        System.arraycopy(sound, 0, bytes, tag.length, sound.length);
        return bytes;
    }

    private static byte[] flac(byte[] flac, long samples) {
        ByteBuffer buffer = ByteBuffer.wrap(flac);
        buffer.putLong(18, buffer.getLong(18) & ~0xfffffffffL | samples);
        return flac;
    }

    private static byte[] repeated(byte[] piece, int length) {
        byte[] bytes = new byte[length];
        for (int at = 0; at < length; at += piece.length) {
            System.arraycopy(piece, 0, bytes, at, Math.min(piece.length, length - at));
        }
        return bytes;
    }
}
