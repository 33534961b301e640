// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media.fuzz;

/**
 * The first frame of a GIF that has been decoded, by its fields.
 *
 * @param whole whether it fills its canvas, and no more than that
 * @param colours of its table
 * @param codes for which its pixels have numbers
 * @param controlled whether control extensions before it have the length that they are to have
 */
record GifFrame(boolean whole, int colours, int codes, boolean controlled) {

    static GifFrame of(byte[] b) {
        int at = 13 + 3 * colours(b[10]);
        boolean controlled = true;
        while (b[at] != ',') {
            if (b[at++] == '!') {
                controlled &= b[at] != (byte) 0xf9 || b[at + 1] == 4;
                for (at++; b[at] != 0; at += 1 + (b[at] & 255)) {}
                at++;
            }
        }
        byte flags = b[at + 9];
        boolean whole = u16(b, at + 1) == 0
                && u16(b, at + 3) == 0
                && u16(b, at + 5) == u16(b, 6)
                && u16(b, at + 7) == u16(b, 8);
        return new GifFrame(
                whole,
                colours(flags) == 0 ? colours(b[10]) : colours(flags),
                1 << b[at + 10 + 3 * colours(flags)],
                controlled);
    }

    /** Of the table that the flags announce. */
    private static int colours(byte flags) {
        return flags < 0 ? 2 << (flags & 7) : 0;
    }

    private static int u16(byte[] b, int at) {
        return b[at] & 255 | (b[at + 1] & 255) << 8;
    }

    /**
     * After two decoders differed.
     *
     * @throws NotCompared where each may be right
     */
    void excuse() throws NotCompared {
        if (codes > colours) {
            // Of a number that the table lacks some make black, some the first colour, some what they had before.
            throw new NotCompared("codes for more colours than the table has");
        }
        if (codes < 4) {
            throw new NotCompared("codes of fewer bits than GIF has");
        }
        if (!controlled) {
            throw new NotCompared("control extension of odd length");
        }
    }

    /**
     * FFmpeg cuts off what lies beyond the canvas, and fills what a frame leaves of it with the background colour;
     * browsers enlarge it, and leave it transparent.
     */
    void checkWhole() throws NotCompared {
        if (!whole) {
            throw new NotCompared("frame of another size than the canvas");
        }
    }
}
