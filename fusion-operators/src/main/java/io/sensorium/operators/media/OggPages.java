// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import io.sensorium.operators.media.MediaException.Problem;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;

/**
 * Checks an Ogg file's pages in order: their checksums, and that each stream's numbers count up by one (RFC 3533). For
 * one thread.
 *
 * <p>The numbers may begin anywhere, and may jump once, between a stream's header pages and its first page of sound:
 * servers of live streams send whoever joins the headers and then the page that is on, and what is recorded from there
 * is whole. A jump within the sound means that sound is missing. FFmpeg would join the two sides without a trace, so
 * that the record would be shorter than what happened, and what was cut out, or put together from two recordings, would
 * pass for one. So it is CORRUPT, though each page could be decoded.
 */
final class OggPages {

    private static final int HEAD = 27;
    private static final int SEGMENTS = 26;
    private static final int SERIAL = 14;
    private static final int NUMBER = 18;
    private static final int CRC = 22;
    private static final int CRC_END = 26;
    private static final int[] TABLE = table();

    private final byte[] bytes;
    private final ByteBuffer buffer;
    /** By their serial numbers. */
    private final Map<Integer, Stream> streams = new HashMap<>();

    /** How far a stream has been read. */
    private static final class Stream {
        /** Packets before those of sound; 0 where that is not known. */
        private final int headers;

        private int next;
        private int packets;
        private boolean open;

        Stream(int headers) {
            this.headers = headers;
        }

        /** Whether all headers and nothing else was read. */
        boolean beforeSound() {
            return headers > 0 && packets == headers && !open;
        }
    }

    OggPages(byte[] bytes) {
        this.bytes = bytes;
        this.buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * Checks the next page.
     *
     * @param at where it begins
     * @param end where it ends
     * @param first whether it begins a stream
     * @param link whether it begins a chained file, whose streams may have the serial numbers of earlier ones
     * @throws MediaException CORRUPT when it is damaged or repeated, or when a page before it is missing, unless it is
     *     the first with sound
     */
    void check(int at, int end, boolean first, boolean link) throws MediaException {
        int serial = buffer.getInt(at + SERIAL);
        int number = buffer.getInt(at + NUMBER);
        if (checksum(at, end) != buffer.getInt(at + CRC)) {
            throw corrupt(number, at, "is damaged: its checksum does not match");
        }
        if (link) {
            streams.clear();
        }
        Stream stream = streams.get(serial);
        if (first && stream != null) {
            throw corrupt(number, at, "is repeated: its stream has begun before");
        }
        if (first) {
            stream = new Stream(headers(at + HEAD + (bytes[at + SEGMENTS] & 0xff)));
            streams.put(serial, stream);
        } else if (stream == null) {
            throw corrupt(number, at, "belongs to a stream whose first page is missing");
        } else if (number - stream.next < 0) {
            throw corrupt(
                    number, at, "is repeated or out of order: expected page " + Integer.toUnsignedString(stream.next));
        } else if (number != stream.next && !stream.beforeSound()) {
            throw corrupt(
                    number,
                    at,
                    "follows a gap: expected page " + Integer.toUnsignedString(stream.next) + ", which is missing");
        }
        stream.next = number + 1;
        for (int i = 0; i < (bytes[at + SEGMENTS] & 0xff); i++) {
            stream.open = bytes[at + HEAD + i] == (byte) 255;
            stream.packets += stream.open ? 0 : 1;
        }
    }

    /** How many packets of headers a stream has, by its first one; 0 where that is not known. */
    private int headers(int packet) {
        if (AudioFile.starts(bytes, packet, "\u0001vorbis")) {
            return 3;
        }
        if (AudioFile.starts(bytes, packet, "OpusHead")) {
            return 2;
        }
        if (AudioFile.starts(bytes, packet, "\u007fFLAC") && packet + 9 <= bytes.length) {
            int further = (bytes[packet + 7] & 0xff) << 8 | bytes[packet + 8] & 0xff;
            return further == 0 ? 0 : 1 + further;
        }
        return 0;
    }

    /** CRC-32 of the polynomial 0x04c11db7, not reflected, from 0, over the page with zeros for the checksum itself. */
    private int checksum(int at, int end) {
        int crc = 0;
        for (int i = at; i < end; i++) {
            int value = i >= at + CRC && i < at + CRC_END ? 0 : bytes[i];
            crc = crc << 8 ^ TABLE[(crc >>> 24 ^ value) & 0xff];
        }
        return crc;
    }

    private static int[] table() {
        int[] table = new int[256];
        for (int i = 0; i < table.length; i++) {
            int crc = i << 24;
            for (int bit = 0; bit < 8; bit++) {
                crc = crc << 1 ^ (crc < 0 ? 0x04c11db7 : 0);
            }
            table[i] = crc;
        }
        return table;
    }

    private MediaException corrupt(int number, int at, String what) {
        String page = "page " + Integer.toUnsignedString(number) + " at byte " + at;
        return new MediaException(
                Problem.CORRUPT, "the ogg of " + bytes.length + " bytes cannot be decoded whole: " + page + " " + what);
    }
}
