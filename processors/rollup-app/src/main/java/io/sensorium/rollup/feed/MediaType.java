// SPDX-License-Identifier: Apache-2.0
package io.sensorium.rollup.feed;

import java.nio.charset.StandardCharsets;

/**
 * The kinds of media that a browser may be given, by their first bytes: never the type that an event declares, and
 * nothing that can carry a script.
 */
final class MediaType {

    private MediaType() {}

    /** Null for any other. */
    static String of(byte[] bytes) {
        if (starts(bytes, 0, "\u00ff\u00d8\u00ff")) {
            return "image/jpeg";
        }
        if (starts(bytes, 0, "\u0089PNG\r\n\u001a\n")) {
            return "image/png";
        }
        if (starts(bytes, 0, "GIF87a") || starts(bytes, 0, "GIF89a")) {
            return "image/gif";
        }
        if (starts(bytes, 0, "RIFF")) {
            return starts(bytes, 8, "WEBP") ? "image/webp" : starts(bytes, 8, "WAVE") ? "audio/wav" : null;
        }
        if (starts(bytes, 0, "fLaC")) {
            return "audio/flac";
        }
        if (starts(bytes, 0, "OggS")) {
            return "audio/ogg";
        }
        return starts(bytes, 0, "ID3") || bytes.length > 1 && (bytes[0] & 0xff) == 0xff && (bytes[1] & 0xe6) == 0xe2
                ? "audio/mpeg"
                : null;
    }

    private static boolean starts(byte[] bytes, int from, String magic) {
        byte[] wanted = magic.getBytes(StandardCharsets.ISO_8859_1);
        for (int i = 0; i < wanted.length; i++) {
            if (bytes.length <= from + i || bytes[from + i] != wanted[i]) {
                return false;
            }
        }
        return true;
    }
}
