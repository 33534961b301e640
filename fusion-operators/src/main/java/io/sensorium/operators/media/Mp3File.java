// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * An MP3 file, or several that were joined end to end: the length that the Xing or Info header in the first frame of
 * each declares, and the frames without the tags between them. Files of a constant bit rate without such a header
 * declare nothing, so that one which was cut passes. Layout of frames: ISO 11172-3 and 13818-3.
 *
 * <p>Bytes behind the last frame that hold no further one are left out, as players do: tags and padding of some
 * writers, which FFmpeg would take for damaged frames. They do not hide that a file is cut: what the header declares is
 * compared all the same, and where it declares nothing a cut file passes without them, too. In front of the first frame
 * there may be ID3v2 tags and up to 64 KiB behind them; a file that begins with anything else is no MP3.
 *
 * @param bytes the file, without tags between frames, and without what follows the last frame, unless the headers
 *     declare more frames than are there
 * @param declaredSeconds the declared length in seconds, of joined files together, without the encoders' delay and
 *     padding; 0 where none is declared
 */
record Mp3File(byte[] bytes, double declaredSeconds) {

    /** How far behind the ID3v2 tags the first frame is looked for: some writers leave padding there. */
    private static final int MAX_JUNK = 1 << 16;
    /** A frame of layer III with the lowest bit rate at the highest sample rate, in bytes. */
    private static final int LEAST_FRAME = 24;

    private static final int HEAD = 4;
    private static final int[] RATES = {44_100, 48_000, 32_000};
    private static final int[] KBITS_1 = {32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320};
    private static final int[] KBITS_2 = {8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160};

    static Mp3File of(byte[] bytes) {
        int first = firstFrame(bytes, AudioFile.afterTags(bytes));
        return first < 0 ? new Mp3File(bytes, 0) : new FrameWalk(bytes, first).file();
    }

    /** Goes from frame to frame, past the tags between them. For one thread. */
    private static final class FrameWalk {

        private final byte[] b;
        /** Where the bytes begin that are not copied yet. */
        private int from;
        /** What is behind the last frame. */
        private int end;
        /** Frames that are declared and were not passed yet; below zero where there are more than declared. */
        private long left;

        private double seconds;
        private byte[] copy;
        private int copied;

        FrameWalk(byte[] b, int first) {
            this.b = b;
            end = first;
        }

        Mp3File file() {
            int length = whole(end);
            while (length > 0) {
                declare();
                end += length;
                left--;
                length = whole(end);
                if (length == 0) {
                    int behind = AudioTags.end(b, end);
                    if (behind > end && begins(behind)) {
                        leaveOut(behind);
                        length = whole(end);
                    }
                }
            }
            int to = left > 0 || moreFrames() ? b.length : end;
            if (copy == null) {
                return new Mp3File(to == b.length ? b : Arrays.copyOf(b, to), seconds);
            }
            copy(to);
            return new Mp3File(Arrays.copyOf(copy, copied), seconds);
        }

        /** The length of the frame that begins here and is there to its end; 0 where there is none. */
        private int whole(int at) {
            int length = frameLength(b, at);
            return at + length <= b.length ? length : 0;
        }

        private boolean begins(int at) {
            int length = frameLength(b, at);
            return length > 0
                    && (xing(b, at) > 0
                            || at + length >= b.length
                            || frameLength(b, at + length) > 0
                            || AudioTags.end(b, at + length) > at + length);
        }

        /** Adds what the frame's header declares, unless it is within the frames that an earlier one declares. */
        private void declare() {
            int xing = left > 0 ? -1 : xing(b, end);
            if (xing < 0 || xing + 12 > b.length || (b[xing + 7] & 1) == 0) {
                return;
            }
            long frames = ByteBuffer.wrap(b).getInt(xing + 8) & 0xffffffffL;
            if (frames == 0 || frames > (b.length - end) / LEAST_FRAME) {
                return;
            }
            long samples = frames * (first(b, end) ? 1152 : 576) - skippedSamples(b, xing);
            seconds += Math.max(0, samples) / (double) rate(b, end);
            // The frame with the header is not counted.
            left = frames + 1;
        }

        private void leaveOut(int behind) {
            copy = copy == null ? new byte[b.length] : copy;
            copy(end);
            from = behind;
            end = behind;
        }

        private void copy(int to) {
            System.arraycopy(b, from, copy, copied, to - from);
            copied += to - from;
        }

        /** Whether there are frames behind bytes that are none. */
        private boolean moreFrames() {
            for (int at = end; at + HEAD <= b.length; at++) {
                int length = frameLength(b, at);
                if (length > 0 && (at + length >= b.length || frameLength(b, at + length) > 0)) {
                    return true;
                }
            }
            return false;
        }
    }

    /**
     * Where the first frame begins: one with a Xing header, or with another frame or the file's end behind it; -1 if
     * there is none.
     */
    private static int firstFrame(byte[] b, int from) {
        for (int at = from; at < Math.min(b.length, from + MAX_JUNK); at++) {
            int length = frameLength(b, at);
            if (length > 0 && (xing(b, at) > 0 || at + length >= b.length || frameLength(b, at + length) > 0)) {
                return at;
            }
        }
        return -1;
    }

    /** The frame's length in bytes; 0 where no frame of layer III begins. */
    private static int frameLength(byte[] b, int at) {
        if (AudioFile.layer(b, at) != 3 || (b[at + 2] & 0xf0) == 0) {
            return 0;
        }
        int kbits = (first(b, at) ? KBITS_1 : KBITS_2)[(b[at + 2] >> 4 & 15) - 1];
        return (first(b, at) ? 144_000 : 72_000) * kbits / rate(b, at) + (b[at + 2] >> 1 & 1);
    }

    /** Whether the frame is of MPEG 1, whose frames have twice as many samples as those of 2 and 2.5. */
    private static boolean first(byte[] b, int at) {
        return (b[at + 1] >> 3 & 3) == 3;
    }

    private static int rate(byte[] b, int at) {
        int version = b[at + 1] >> 3 & 3;
        return RATES[b[at + 2] >> 2 & 3] >> (version == 3 ? 0 : version == 2 ? 1 : 2);
    }

    /**
     * Where the Xing or Info header is in a frame: behind the side information, with some writers behind a checksum; -1
     * without one.
     */
    private static int xing(byte[] b, int frame) {
        boolean mono = (b[frame + 3] >> 6 & 3) == 3;
        int side = first(b, frame) ? mono ? 17 : 32 : mono ? 9 : 17;
        for (int at = frame + HEAD + side; at <= frame + HEAD + side + 2; at += 2) {
            if (AudioFile.starts(b, at, "Xing") || AudioFile.starts(b, at, "Info")) {
                return at;
            }
        }
        return -1;
    }

    /**
     * The encoder's delay and padding, which the decoder leaves out: 12 bits each, in the tag of LAME and of FFmpeg
     * behind the Xing header. At 8 kHz they take a quarter of a second.
     */
    private static long skippedSamples(byte[] b, int xing) {
        int flags = b[xing + 7];
        int at = xing + 8 + (flags & 1) * 4 + (flags >> 1 & 1) * 4 + (flags >> 2 & 1) * 100 + (flags >> 3 & 1) * 4;
        boolean tagged =
                AudioFile.starts(b, at, "LAME") || AudioFile.starts(b, at, "Lavc") || AudioFile.starts(b, at, "Lavf");
        if (!tagged || at + 24 > b.length) {
            return 0;
        }
        return ((b[at + 21] & 0xff) << 4 | (b[at + 22] & 0xff) >> 4) + ((b[at + 22] & 0x0f) << 8 | b[at + 23] & 0xff);
    }
}
