// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Tags that lie in front of, between and behind the sound of MP3 and FLAC files: ID3v1, ID3v2 and APEv2. Where files
 * were joined end to end, the tags of each are still there.
 */
final class AudioTags {

    private static final int ID3V1_BYTES = 128;
    private static final int ID3V2_HEAD = 10;
    private static final String APE = "APETAGEX";
    private static final int APE_HEAD = 32;
    private static final int APE_HAS_HEADER = 1 << 31;
    private static final int APE_IS_HEADER = 1 << 29;

    private AudioTags() {}

    /** Where the tags that begin here end; the same place where there is none that is whole. */
    static int end(byte[] bytes, int from) {
        int at = from;
        while (true) {
            long length = AudioFile.starts(bytes, at, "TAG") ? ID3V1_BYTES : Math.max(id3v2(bytes, at), ape(bytes, at));
            if (length == 0 || at + length > bytes.length) {
                return at;
            }
            at += (int) length;
        }
    }

    /**
     * Where the tags begin that end here.
     *
     * @param from where they begin at the earliest
     * @return {@code end} where there is none
     */
    static int begin(byte[] bytes, int from, int end) {
        int at = end;
        while (true) {
            long length = lengthBefore(bytes, from, at);
            if (length == 0 || at - length < from) {
                return at;
            }
            at -= (int) length;
        }
    }

    private static long lengthBefore(byte[] bytes, int from, int end) {
        if (AudioFile.starts(bytes, end - ID3V1_BYTES, "TAG")) {
            return ID3V1_BYTES;
        }
        if (AudioFile.starts(bytes, end - APE_HEAD, APE)) {
            ByteBuffer footer = ByteBuffer.wrap(bytes, end - APE_HEAD, APE_HEAD).order(ByteOrder.LITTLE_ENDIAN);
            int at = footer.position();
            long size = footer.getInt(at + 12) & 0xffffffffL;
            return Math.max(size, APE_HEAD) + ((footer.getInt(at + 20) & APE_HAS_HEADER) == 0 ? 0 : APE_HEAD);
        }
        // Most have no footer: one is there where its length leads from its beginning to here.
        for (int at = end - ID3V2_HEAD; at >= from; at--) {
            if (bytes[at] == 'I' && at + id3v2(bytes, at) == end) {
                return end - at;
            }
        }
        return 0;
    }

    /** The length of an ID3v2 tag with its head and footer; 0 where none begins. */
    static long id3v2(byte[] bytes, int at) {
        if (!AudioFile.starts(bytes, at, "ID3") || at + ID3V2_HEAD > bytes.length) {
            return 0;
        }
        int size = 0;
        for (int i = 6; i < ID3V2_HEAD; i++) {
            size = size << 7 | bytes[at + i] & 0x7f;
        }
        boolean footer = (bytes[at + 5] & 0x10) != 0;
        return (long) ID3V2_HEAD + size + (footer ? ID3V2_HEAD : 0);
    }

    /** The length of an APEv2 tag with its header; 0 where none begins. */
    private static long ape(byte[] bytes, int at) {
        if (!AudioFile.starts(bytes, at, APE) || at + APE_HEAD > bytes.length) {
            return 0;
        }
        ByteBuffer header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        return (header.getInt(at + 20) & APE_IS_HEADER) == 0 ? 0 : APE_HEAD + (header.getInt(at + 12) & 0xffffffffL);
    }
}
