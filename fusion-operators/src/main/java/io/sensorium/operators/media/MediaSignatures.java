// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Names what a payload is by its first bytes, for the message that refuses it. */
final class MediaSignatures {

    private static final int TEXT_BYTES = 256;

    private MediaSignatures() {}

    /** @return such as "a TIFF image", or "of an unknown format" */
    static String describe(byte[] b) {
        if (ImageDecoder.starts(b, 4, 'f', 't', 'y', 'p') && b.length >= 12) {
            String brand = new String(b, 8, 4, StandardCharsets.ISO_8859_1);
            return switch (brand) {
                case "heic", "heix", "heim", "heis", "mif1", "msf1", "hevc" -> "a HEIC image";
                case "avif", "avis" -> "an AVIF image";
                case "M4A " -> "an MPEG-4 audio file";
                default -> "an MPEG-4 file";
            };
        }
        if (ImageDecoder.starts(b, 0, 'R', 'I', 'F', 'F') && b.length >= 12) {
            return ImageDecoder.starts(b, 8, 'W', 'A', 'V', 'E')
                    ? "a WAV file"
                    : ImageDecoder.starts(b, 8, 'W', 'E', 'B', 'P') ? "a WebP image" : "a RIFF file of another kind";
        }
        if (ImageDecoder.starts(b, 0, 'I', 'I', 42, 0) || ImageDecoder.starts(b, 0, 'M', 'M', 0, 42)) {
            return "a TIFF image";
        }
        if (ImageDecoder.starts(b, 0, 0xff, 0x0a) || ImageDecoder.starts(b, 4, 'J', 'X', 'L', ' ')) {
            return "a JPEG XL image";
        }
        if (ImageDecoder.starts(b, 4, 'j', 'P', ' ', ' ') || ImageDecoder.starts(b, 0, 0xff, 0x4f, 0xff, 0x51)) {
            return "a JPEG 2000 image";
        }
        Object[][] magic = {
            {"a JPEG image", "\u00ff\u00d8\u00ff"},
            {"a PNG image", "\u0089PNG"},
            {"a GIF image", "GIF8"},
            {"a BMP image", "BM"},
            {"a Photoshop image", "8BPS"},
            {"a Windows icon", "\0\0\1\0"},
            {"an Ogg file", "OggS"},
            {"a FLAC file", "fLaC"},
            {"an MP3 file", "ID3"},
            {"a Matroska or WebM file", "\u001aE\u00df\u00a3"},
            {"a PDF document", "%PDF"},
            {"a ZIP archive", "PK\3\4"},
            {"gzip data", "\u001f\u008b"}
        };
        for (Object[] one : magic) {
            if (ImageDecoder.starts(b, 0, ((String) one[1]).chars().toArray())) {
                return (String) one[0];
            }
        }
        return text(new String(b, 0, Math.min(b.length, TEXT_BYTES), StandardCharsets.ISO_8859_1));
    }

    private static String text(String start) {
        String lower = start.stripLeading().toLowerCase(Locale.ROOT);
        if (lower.startsWith("data:")) {
            return "a data URL as text; send the bytes that it encodes";
        }
        if (lower.contains("<svg")) {
            return "an SVG drawing";
        }
        if (lower.startsWith("<!doctype html") || lower.startsWith("<html")) {
            return "an HTML page";
        }
        if (lower.startsWith("{") || lower.startsWith("[")) {
            return "JSON text";
        }
        if (start.length() >= 16 && start.strip().matches("[A-Za-z0-9+/\\r\\n]+={0,2}")) {
            return "Base64 text; send the bytes that it encodes";
        }
        return "of an unknown format";
    }
}
