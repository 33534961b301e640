package io.sensorium.operators.media;

import io.sensorium.operators.media.MediaException.Problem;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;

/** Checks an Ogg file's pages in order: their checksums, and that each stream's numbers count up by one (RFC 3533). For one thread. */
final class OggPages {

    private static final int SERIAL = 14;
    private static final int NUMBER = 18;
    private static final int CRC = 22;
    private static final int CRC_END = 26;
    private static final int[] TABLE = table();

    private final byte[] bytes;
    private final ByteBuffer buffer;
    /** By the streams' serial numbers, the number of the page that comes next. */
    private final Map<Integer, Integer> next = new HashMap<>();

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
     * @throws MediaException CORRUPT when it is damaged or repeated, or when a page before it is missing
     */
    void check(int at, int end, boolean first, boolean link) throws MediaException {
        int serial = buffer.getInt(at + SERIAL);
        int number = buffer.getInt(at + NUMBER);
        if (checksum(at, end) != buffer.getInt(at + CRC)) {
            throw corrupt(number, at, "is damaged: its checksum does not match");
        }
        if (link) {
            next.clear();
        }
        Integer expected = next.put(serial, number + 1);
        if (first) {
            if (expected != null) {
                throw corrupt(number, at, "is repeated: its stream has begun before");
            }
        } else if (expected == null) {
            throw corrupt(number, at, "belongs to a stream whose first page is missing");
        } else if (number != expected) {
            String page = "expected page " + Integer.toUnsignedString(expected);
            throw corrupt(number, at, number - expected < 0 ? "is repeated or out of order: " + page
                    : "follows a gap: " + page + ", which is missing");
        }
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
        return new MediaException(Problem.CORRUPT, "the ogg of " + bytes.length + " bytes cannot be decoded whole: " + page + " " + what);
    }
}
