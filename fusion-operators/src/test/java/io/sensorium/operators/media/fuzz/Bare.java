// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media.fuzz;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Files without what changes pixels after they are decoded, orientation and profile, and sounds that need no
 * resampling: so two decoders are compared where both are to give the same values. Works on broken files as well; both
 * decoders get the result.
 */
final class Bare {

    private Bare() {}

    /** The file without EXIF and colour profiles. */
    static byte[] picture(String format, byte[] bytes) {
        return switch (format) {
            case "png" -> png(bytes);
            case "jpeg" -> jpeg(bytes.clone());
            case "webp" -> webp(bytes.clone());
            default -> bytes;
        };
    }

    private static byte[] png(byte[] b) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(b.length);
        int at = Math.min(8, b.length);
        out.write(b, 0, at);
        while (at + 12 <= b.length) {
            long length = ByteBuffer.wrap(b).getInt(at) & 0xffffffffL;
            int end = (int) Math.min(b.length, at + 12 + length);
            String name = new String(b, at + 4, 4, StandardCharsets.ISO_8859_1);
            if (!name.equals("iCCP") && !name.equals("eXIf")) {
                out.write(b, at, end - at);
            }
            at = end;
        }
        out.write(b, at, b.length - at);
        return out.toByteArray();
    }

    /** Segments of EXIF and profiles, wherever they stand, get a marker that nobody reads. */
    private static byte[] jpeg(byte[] b) {
        for (int at = 2; at + 4 <= b.length && (b[at] != (byte) 0xff || b[at + 1] != (byte) 0xd9); ) {
            int marker = b[at] == (byte) 0xff ? b[at + 1] & 255 : 0;
            if (marker < 0xc0 || marker >= 0xd0 && marker <= 0xd8 || marker == 0xff) {
                at++;
                continue;
            }
            if (marker == 0xe1 || marker == 0xe2) {
                b[at + 1] = (byte) 0xef;
            }
            at += 2 + ((b[at + 2] & 255) << 8 | b[at + 3] & 255);
        }
        return b;
    }

    private static byte[] webp(byte[] b) {
        for (long at = 12; at + 8 <= b.length; ) {
            String name = new String(b, (int) at, 4, StandardCharsets.ISO_8859_1);
            if (name.equals("ICCP") || name.equals("EXIF")) {
                System.arraycopy("JUNK".getBytes(StandardCharsets.ISO_8859_1), 0, b, (int) at, 4);
            }
            long size = ByteBuffer.wrap(b).order(ByteOrder.LITTLE_ENDIAN).getInt((int) at + 4) & 0xffffffffL;
            at += 8 + size + (size & 1);
        }
        return b;
    }

    /** A WAV whose first format chunk states 16 kHz. */
    static byte[] wavAt16Khz(byte[] bytes) {
        byte[] b = bytes.clone();
        ByteBuffer buffer = ByteBuffer.wrap(b).order(ByteOrder.LITTLE_ENDIAN);
        for (long at = 12; at + 24 <= b.length; ) {
            long size = buffer.getInt((int) at + 4) & 0xffffffffL;
            if (buffer.getInt((int) at) == 0x20746d66) {
                buffer.putInt((int) at + 12, 16_000);
                buffer.putInt((int) at + 16, 16_000 * buffer.getShort((int) at + 20));
                return b;
            }
            at += 8 + size + (size & 1);
        }
        return b;
    }
}
