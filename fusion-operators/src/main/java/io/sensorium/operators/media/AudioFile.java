// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import io.sensorium.operators.media.MediaException.Problem;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A sound file by its first bytes.
 *
 * @param container what it is
 * @param bytes the file, without ID3 tags in front of a FLAC
 */
record AudioFile(Container container, byte[] bytes) {

    private static final String TAKEN = "; send WAV (PCM), FLAC, MP3 or Ogg (Vorbis, Opus or FLAC)";

    /** Containers that are decoded. */
    enum Container {
        WAV,
        FLAC,
        MP3,
        OGG;

        /** FFmpeg's name, and the one in messages. */
        String title() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    /** @throws MediaException when it is of another format, which the message names where it is known */
    static AudioFile of(byte[] bytes) throws MediaException {
        int audio = afterTags(bytes);
        if (audio > 0 && audio >= bytes.length) {
            Problem problem = audio == bytes.length ? Problem.EMPTY : Problem.CORRUPT;
            throw new MediaException(
                    problem,
                    "the payload of " + bytes.length + " bytes is an ID3 tag of " + audio
                            + " bytes without sound behind it");
        }
        if (starts(bytes, audio, "fLaC")) {
            return new AudioFile(Container.FLAC, audio == 0 ? bytes : Arrays.copyOfRange(bytes, audio, bytes.length));
        }
        if (starts(bytes, 0, "RIFF") && starts(bytes, 8, "WAVE")) {
            return new AudioFile(Container.WAV, bytes);
        }
        if (starts(bytes, 0, "OggS")) {
            return new AudioFile(Container.OGG, bytes);
        }
        String other = otherFormat(bytes, audio);
        if (other != null) {
            throw new MediaException(
                    Problem.UNSUPPORTED, "the payload is " + other + (audio > 0 ? " behind an ID3 tag" : "") + TAKEN);
        }
        if (audio > 0 || layer(bytes, 0) == 3) {
            return new AudioFile(Container.MP3, bytes);
        }
        throw new MediaException(
                Problem.UNSUPPORTED, "the first bytes of the payload are of no known sound format" + TAKEN);
    }

    /** Where the ID3v2 tags at the start end; past the end of the file where a tag claims more than there is. */
    static int afterTags(byte[] bytes) {
        int at = 0;
        for (long length = AudioTags.id3v2(bytes, at); length > 0; length = AudioTags.id3v2(bytes, at)) {
            at = (int) Math.min(Integer.MAX_VALUE, at + length);
        }
        return at;
    }

    /** The layer of an MPEG audio frame, 1 to 3; 0 where there is none. */
    static int layer(byte[] b, int at) {
        if (b.length < at + 4 || b[at] != (byte) 0xff || (b[at + 1] & 0xe0) != 0xe0) {
            return 0;
        }
        boolean reserved = (b[at + 1] >> 3 & 3) == 1 || (b[at + 2] >> 4 & 15) == 15 || (b[at + 2] >> 2 & 3) == 3;
        int layer = b[at + 1] >> 1 & 3;
        return reserved || layer == 0 ? 0 : 4 - layer;
    }

    private static String otherFormat(byte[] b, int audio) {
        if (b.length > audio + 1 && b[audio] == (byte) 0xff && (b[audio + 1] & 0xf6) == 0xf0) {
            return "AAC (ADTS)";
        }
        if (layer(b, audio) == 1 || layer(b, audio) == 2) {
            return "MPEG audio of layer " + (layer(b, audio) == 1 ? "I" : "II");
        }
        if (starts(b, 0, "RF64") || starts(b, 0, "BW64") || starts(b, 0, "RIFX") || starts(b, 0, "FORM")) {
            return "a file in " + new String(b, 0, 4, StandardCharsets.US_ASCII) + " format";
        }
        if (starts(b, 4, "ftyp")) {
            return "MP4 (M4A, AAC)";
        }
        String picture = ImageDecoder.format(b);
        if (picture != null) {
            return "a picture (" + picture + ")";
        }
        if (starts(b, 0, "RIFF")) {
            return "RIFF, but not WAV";
        }
        if (starts(b, 0, "#!AMR")) {
            return "AMR";
        }
        if (starts(b, 0, "caff")) {
            return "Core Audio (CAF)";
        }
        if (starts(b, 0, "MThd")) {
            return "MIDI";
        }
        if (starts(b, 0, "ADIF")) {
            return "AAC (ADIF)";
        }
        if (ImageDecoder.starts(b, 0, 0x1a, 0x45, 0xdf, 0xa3)) {
            return "Matroska or WebM";
        }
        return ImageDecoder.starts(b, 0, 0x30, 0x26, 0xb2, 0x75) ? "Windows Media (ASF)" : null;
    }

    static boolean starts(byte[] bytes, int at, String magic) {
        if (at < 0 || bytes.length - at < magic.length()) {
            return false;
        }
        for (int i = 0; i < magic.length(); i++) {
            if ((bytes[at + i] & 0xff) != magic.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
