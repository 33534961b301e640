// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What a file's metadata blocks change about its pixels. Every other block is left out before a decoder sees the file.
 *
 * @param exif whether there was an EXIF block
 * @param orientation EXIF orientation, 1 to 8; 1 where the file has none or a wrong one
 * @param profile the embedded ICC profile, or null
 */
record ImageMetadata(boolean exif, int orientation, byte[] profile) {

    private static final int ORIENTATION_TAG = 0x0112;
    private static final int SHORT = 3;
    private static final int LONG = 4;
    private static final int ENTRY_BYTES = 12;

    /** Upright, and without a profile. */
    static final ImageMetadata NONE = new ImageMetadata(false, 1, null);

    ImageMetadata withProfile(byte[] embedded) {
        return new ImageMetadata(exif, orientation, embedded);
    }

    /** The first EXIF block decides, whatever orientation it has. */
    ImageMetadata withExif(byte[] bytes, int from, int to) {
        return exif ? this : new ImageMetadata(true, orientation(bytes, from, to), profile);
    }

    /**
     * The orientation in a TIFF structure, with or without the six bytes of JPEG's EXIF prefix; 1 where it has none
     * that is valid.
     */
    static int orientation(byte[] bytes, int from, int to) {
        int start = ImageDecoder.starts(bytes, from, 'E', 'x', 'i', 'f', 0) ? from + 6 : from;
        if (to - start < 8) {
            return 1;
        }
        ByteBuffer tiff = ByteBuffer.wrap(bytes, start, to - start).slice();
        short order = tiff.getShort(0);
        if (order != 0x4d4d && order != 0x4949) {
            return 1;
        }
        tiff.order(order == 0x4949 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        long directory = tiff.getInt(4) & 0xffffffffL;
        if (tiff.getShort(2) != 42 || directory + 2 > tiff.limit()) {
            return 1;
        }
        int count = tiff.getShort((int) directory) & 0xffff;
        for (int entry = 0, at = (int) directory + 2;
                entry < count && at + ENTRY_BYTES <= tiff.limit();
                entry++, at += ENTRY_BYTES) {
            if ((tiff.getShort(at) & 0xffff) == ORIENTATION_TAG) {
                int type = tiff.getShort(at + 2);
                int value = type == SHORT ? tiff.getShort(at + 8) & 0xffff : type == LONG ? tiff.getInt(at + 8) : 0;
                return value >= 1 && value <= 8 ? value : 1;
            }
        }
        return 1;
    }
}
