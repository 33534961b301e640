// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media.fuzz;

import java.util.zip.CRC32;

/** The checksums of the media formats. */
final class Checksums {

    private Checksums() {}

    /** PNG's. */
    static long crc32(byte[] bytes) {
        CRC32 crc = new CRC32();
        crc.update(bytes);
        return crc.getValue();
    }

    /** Ogg's: polynomial 0x04c11db7, not reflected, from 0. */
    static long ogg(byte[] bytes) {
        return plain(bytes, 32, 0x04c11db7L);
    }

    /** Of a FLAC frame's header: polynomial 0x07. */
    static long flacHeader(byte[] bytes) {
        return plain(bytes, 8, 0x07);
    }

    /** Of a FLAC frame: polynomial 0x8005. */
    static long flacFrame(byte[] bytes) {
        return plain(bytes, 16, 0x8005);
    }

    private static long plain(byte[] bytes, int width, long polynomial) {
        long top = 1L << width - 1;
        long mask = (top << 1) - 1;
        long crc = 0;
        for (byte next : bytes) {
            crc ^= (next & 0xffL) << width - 8;
            for (int i = 0; i < 8; i++) {
                crc = ((crc & top) != 0 ? crc << 1 ^ polynomial : crc << 1) & mask;
            }
        }
        return crc;
    }
}
