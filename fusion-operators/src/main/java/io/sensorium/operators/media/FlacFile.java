// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * FLAC files that were joined end to end, without the tags behind and between them, and what their STREAMINFO declares.
 * Each may have another rate and other channels, and is decoded by itself. FFmpeg would take a tag behind the last
 * frame for a part of it.
 */
final class FlacFile {

    private static final int MARKER = 4;
    /** A block's type, with a flag that marks the last one, and its length in 24 bits. */
    private static final int BLOCK_HEAD = 4;
    /** The marker and STREAMINFO, which is always the first block and always of 34 bytes. */
    private static final int WITH_STREAMINFO = 42;

    private FlacFile() {}

    /** The joined files, in order; one, the same array, where nothing was joined and no tag is behind it. */
    static List<byte[]> links(byte[] bytes) {
        List<Integer> starts = new ArrayList<>(List.of(0));
        for (long at = frames(bytes, 0); at + WITH_STREAMINFO <= bytes.length; at++) {
            int start = (int) at;
            if (bytes[start] == 'f' && begins(bytes, start)) {
                starts.add(start);
                at = frames(bytes, start) - 1;
            }
        }
        List<byte[]> links = new ArrayList<>();
        for (int i = 0; i < starts.size(); i++) {
            int start = starts.get(i);
            int next = i + 1 < starts.size() ? starts.get(i + 1) : bytes.length;
            int end = AudioTags.begin(bytes, (int) Math.min(next, frames(bytes, start)), next);
            links.add(end - start == bytes.length ? bytes : Arrays.copyOfRange(bytes, start, end));
        }
        return links;
    }

    private static boolean begins(byte[] bytes, int at) {
        return AudioFile.starts(bytes, at, "fLaC")
                && (bytes[at + 4] & 0x7f) == 0
                && AudioFile.starts(bytes, at + 5, "\0\0\"");
    }

    /**
     * Where the frames begin of the file that begins here, behind its blocks of metadata: those of applications and
     * pictures may hold whole FLAC files. Past the end of the bytes where a block claims more than there is.
     */
    private static long frames(byte[] bytes, int start) {
        long at = (long) start + MARKER;
        boolean last = false;
        while (!last && at + BLOCK_HEAD <= bytes.length) {
            int head = ByteBuffer.wrap(bytes).getInt((int) at);
            last = head < 0;
            at += BLOCK_HEAD + (head & 0xffffff);
        }
        return at;
    }

    /** The declared length in seconds; 0 where none is. */
    static double declaredSeconds(byte[] link) {
        if (link.length < WITH_STREAMINFO) {
            return 0;
        }
        // 20 bits of sample rate, 3 of channels, 5 of depth, 36 of total samples.
        long packed = ByteBuffer.wrap(link).getLong(18);
        long rate = packed >>> 44;
        return rate == 0 ? 0 : (double) (packed & 0xfffffffffL) / rate;
    }
}
