// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest.format;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Finds bytes that are no UTF-8, which Jackson decodes to something where it can. */
final class Utf8 {

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final long HIGH_BITS = 0x8080_8080_8080_8080L;

    private Utf8() {}

    /**
     * Where the first sequence begins that Unicode does not allow: too long, cut off, a surrogate or beyond U+10FFFF.
     *
     * @return -1 where there is none
     */
    static int firstInvalid(byte[] bytes, int from) {
        int at = from;
        while (at < bytes.length) {
            if (bytes[at] < 0) {
                int length = sequence(bytes, at);
                if (length == 0) {
                    return at;
                }
                at += length;
            } else {
                at = afterAscii(bytes, at + 1);
            }
        }
        return -1;
    }

    /** Media in base64 are ASCII alone, so this is most of the work. */
    private static int afterAscii(byte[] bytes, int from) {
        int at = from;
        while (at <= bytes.length - Long.BYTES && ((long) LONGS.get(bytes, at) & HIGH_BITS) == 0) {
            at += Long.BYTES;
        }
        while (at < bytes.length && bytes[at] >= 0) {
            at++;
        }
        return at;
    }

    /** The length of the sequence of two to four bytes that begins here; 0 where none does. */
    private static int sequence(byte[] bytes, int at) {
        int first = bytes[at] & 0xff;
        int length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
        if (first < 0xc2 || first > 0xf4 || length > bytes.length - at || !continues(bytes[at + 1])) {
            return 0;
        }
        int second = bytes[at + 1] & 0xff;
        // Too long for what they stand for, surrogates, and what is beyond U+10FFFF.
        if (first == 0xe0 && second < 0xa0
                || first == 0xed && second > 0x9f
                || first == 0xf0 && second < 0x90
                || first == 0xf4 && second > 0x8f) {
            return 0;
        }
        return length > 2 && !continues(bytes[at + 2]) || length > 3 && !continues(bytes[at + 3]) ? 0 : length;
    }

    private static boolean continues(byte next) {
        return (next & 0xc0) == 0x80;
    }
}
