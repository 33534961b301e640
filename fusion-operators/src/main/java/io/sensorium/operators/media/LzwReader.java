// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

/** Unpacks the pixels of a GIF's frame. For one thread. */
final class LzwReader {

    private static final int MAX_CODES = 4096;

    private final byte[] bytes;
    private final int clear;
    private final boolean valid;
    private final short[] prefix = new short[MAX_CODES];
    private final byte[] suffix = new byte[MAX_CODES];
    /** A code's pixels, last first. */
    private final byte[] pending = new byte[MAX_CODES + 1];

    private int waiting;
    private int at;
    private int blockEnd;
    private int bits;
    private int bitCount;
    private int width;
    private int next;
    private int previous = -1;
    private byte firstOfPrevious;

    /** @param at where the frame's data begins, with the width of its first codes */
    LzwReader(byte[] bytes, int at) {
        this.bytes = bytes;
        int depth = at < bytes.length ? bytes[at] & 0xff : 0;
        valid = depth >= 1 && depth <= 8;
        clear = 1 << (valid ? depth : 1);
        this.at = at + 1;
        this.blockEnd = at + 1;
        reset();
    }

    private void reset() {
        next = clear + 2;
        width = Integer.numberOfTrailingZeros(clear) + 1;
        previous = -1;
    }

    /**
     * Fills a row.
     *
     * @return false where the data ends before, or is damaged
     */
    boolean read(byte[] row) {
        for (int x = 0; x < row.length; ) {
            if (waiting > 0) {
                row[x++] = pending[--waiting];
            } else if (!valid || !expand()) {
                return false;
            }
        }
        return true;
    }

    private boolean expand() {
        int code = code();
        while (code == clear) {
            reset();
            code = code();
        }
        if (code < 0
                || code == clear + 1
                || code > next
                || code == next && previous < 0
                || previous < 0 && code > clear) {
            return false;
        }
        int rest = code;
        if (code == next) {
            pending[waiting++] = firstOfPrevious;
            rest = previous;
        }
        while (rest >= clear) {
            pending[waiting++] = suffix[rest];
            rest = prefix[rest];
        }
        byte first = (byte) rest;
        pending[waiting++] = first;
        if (previous >= 0 && next < MAX_CODES) {
            prefix[next] = (short) previous;
            suffix[next++] = first;
            if (next == 1 << width && width < 12) {
                width++;
            }
        }
        previous = code;
        firstOfPrevious = first;
        return true;
    }

    /** The next code, or -1 at the end. */
    private int code() {
        while (bitCount < width) {
            if (at == blockEnd) {
                int length = at < bytes.length ? bytes[at] & 0xff : 0;
                if (length == 0) {
                    return -1;
                }
                at++;
                blockEnd = Math.min(bytes.length, at + length);
                if (at == blockEnd) {
                    return -1;
                }
            }
            bits |= (bytes[at++] & 0xff) << bitCount;
            bitCount += 8;
        }
        int code = bits & (1 << width) - 1;
        bits >>>= width;
        bitCount -= width;
        return code;
    }
}
