package io.sensorium.operators.media;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** FLAC files that were joined end to end, and what their STREAMINFO declares. Each may have another rate and other channels, and is decoded by itself. */
final class FlacFile {

    /** A file's first bytes: the marker and the head of STREAMINFO, which is always first and always of 34 bytes; its flag marks the last block of metadata. */
    private static final int HEAD = 8;
    private static final int WITH_STREAMINFO = 42;

    private FlacFile() {}

    /** The joined files, in order; one, the same array, where nothing was joined. */
    static List<byte[]> links(byte[] bytes) {
        List<Integer> starts = new ArrayList<>(List.of(0));
        for (int at = HEAD; at + WITH_STREAMINFO <= bytes.length; at++) {
            if (bytes[at] == 'f' && AudioFile.starts(bytes, at, "fLaC") && (bytes[at + 4] & 0x7f) == 0 && AudioFile.starts(bytes, at + 5, "\0\0\"")) {
                starts.add(at);
            }
        }
        if (starts.size() == 1) {
            return List.of(bytes);
        }
        List<byte[]> links = new ArrayList<>();
        for (int i = 0; i < starts.size(); i++) {
            links.add(Arrays.copyOfRange(bytes, starts.get(i), i + 1 < starts.size() ? starts.get(i + 1) : bytes.length));
        }
        return links;
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
