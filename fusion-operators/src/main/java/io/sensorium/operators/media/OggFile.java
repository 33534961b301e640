// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import io.sensorium.operators.media.MediaException.Problem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The pages of an Ogg file (RFC 3533): whether each is undamaged, whether all are there up to the last, and where
 * chained files begin. Each of those may have another rate and other channels, and is decoded by itself. FFmpeg drops
 * damaged pages and does not report missing ones.
 *
 * @param links the chained files, in order
 * @param ended whether the last page ends its stream; recorders that are stopped, and some that stream, never write
 *     that
 */
record OggFile(List<byte[]> links, boolean ended) {

    private static final int HEAD = 27;
    private static final int FIRST = 2;
    private static final int LAST = 4;
    /** By the first bytes of a stream. */
    private static final List<String> TAKEN = List.of("\u0001vorbis", "OpusHead", "\u007fFLAC");

    /**
     * @throws MediaException when a page is damaged, missing or repeated, the file is cut short, or it holds no stream
     *     that is decoded; pages may be missing at the end, and in front of the first with sound ({@link OggPages})
     */
    static OggFile of(byte[] bytes) throws MediaException {
        List<Integer> starts = new ArrayList<>();
        OggPages pages = new OggPages(bytes);
        boolean inHeads = false;
        boolean ended = false;
        boolean taken = false;
        String codec = "";
        int packetOpen = 0;
        int at = 0;
        while (at >= 0 && at < bytes.length) {
            int end = pageEnd(bytes, at);
            if (end < 0) {
                throw cutShort(bytes);
            }
            boolean first = (bytes[at + 5] & FIRST) != 0;
            pages.check(at, end, first, first && !inHeads);
            int segments = bytes[at + 26] & 0xff;
            if (first && !inHeads) {
                starts.add(at);
            }
            if (first) {
                int packet = at + HEAD + segments;
                boolean known = TAKEN.stream().anyMatch(magic -> AudioFile.starts(bytes, packet, magic));
                taken |= known;
                codec = known ? codec : codec(bytes, packet, end);
            }
            inHeads = first;
            ended = (bytes[at + 5] & LAST) != 0;
            packetOpen = segments > 0 ? bytes[at + HEAD + segments - 1] & 0xff : packetOpen;
            at = next(bytes, end);
        }
        if (!taken) {
            throw new MediaException(
                    Problem.UNSUPPORTED,
                    "the ogg holds " + (codec.isEmpty() ? "no sound that is known" : codec)
                            + "; send Vorbis, Opus or FLAC in it");
        }
        if (!ended && packetOpen == 255) {
            throw cutShort(bytes);
        }
        List<byte[]> links = new ArrayList<>();
        for (int i = 0; i < starts.size(); i++) {
            int from = starts.get(i);
            int to = i + 1 < starts.size() ? starts.get(i + 1) : bytes.length;
            links.add(from == 0 && to == bytes.length ? bytes : Arrays.copyOfRange(bytes, from, to));
        }
        return new OggFile(links, ended);
    }

    /** Where the page that begins here ends; −1 where the file ends before. */
    private static int pageEnd(byte[] bytes, int at) {
        if (at + HEAD > bytes.length) {
            return -1;
        }
        int segments = bytes[at + 26] & 0xff;
        int end = at + HEAD + segments;
        if (end > bytes.length) {
            return -1;
        }
        for (int i = 0; i < segments; i++) {
            end += bytes[at + HEAD + i] & 0xff;
        }
        return end <= bytes.length ? end : -1;
    }

    /** The next page's start from here on, over bytes that are of none; −1 where there is none. */
    private static int next(byte[] bytes, int from) {
        for (int at = from; at + 4 <= bytes.length; at++) {
            if (AudioFile.starts(bytes, at, "OggS")) {
                return at;
            }
        }
        return -1;
    }

    private static String codec(byte[] bytes, int from, int end) {
        if (AudioFile.starts(bytes, from, "Speex   ")) {
            return "Speex";
        }
        if (AudioFile.starts(bytes, from, "\u0080theora")) {
            return "video (Theora)";
        }
        return end - from < 4 ? "an empty stream" : "a stream of an unknown codec";
    }

    private static MediaException cutShort(byte[] bytes) {
        return new MediaException(
                Problem.CORRUPT, "the ogg of " + bytes.length + " bytes is cut short: its last page is not whole");
    }
}
