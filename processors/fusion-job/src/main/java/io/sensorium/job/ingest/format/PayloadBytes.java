// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest.format;

import io.sensorium.job.config.EventMapping.Field;
import io.sensorium.job.records.FailureCode;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Media that a record has as text. Pure. */
final class PayloadBytes {

    private static final String DATA = "data:";
    private static final Pattern BASE64 = Pattern.compile("[A-Za-z0-9+/]*={0,2}");
    private static final Pattern URL_SAFE = Pattern.compile("[A-Za-z0-9_-]*={0,2}");
    private static final Pattern BAD_ESCAPE = Pattern.compile("%(?![0-9A-Fa-f]{2})");

    private PayloadBytes() {}

    /** Base64 or its variant for addresses, with or without padding and line breaks. */
    static byte[] base64(Field from, String text) throws UnmappedRecordException {
        String plain = text.indexOf('\n') < 0 && text.indexOf('\r') < 0 ? text : text.replaceAll("[\r\n]", "");
        boolean urlSafe = plain.indexOf('-') >= 0 || plain.indexOf('_') >= 0;
        try {
            return (urlSafe ? Base64.getUrlDecoder() : Base64.getDecoder()).decode(plain);
        } catch (IllegalArgumentException e) {
            throw corrupt(from, "is not base64: " + reason(plain, urlSafe ? URL_SAFE : BASE64));
        }
    }

    private static String reason(String text, Pattern alphabet) {
        if (isDataUrl(text)) {
            return "it is a data URL; set payload.as: data-url";
        }
        Matcher matcher = alphabet.matcher(text);
        int at = matcher.lookingAt() ? matcher.end() : 0;
        return at < text.length()
                ? "it has " + printable(text.codePointAt(at)) + " at character " + at
                        + ", counted from 0; check payload.as"
                : "it is cut off after " + text.length() + " characters; check the producer";
    }

    private static String printable(int character) {
        return Character.isISOControl(character) || character == ' '
                ? "the character U+" + String.format(Locale.ROOT, "%04X", character)
                : "\"" + Character.toString(character) + "\"";
    }

    private static boolean isDataUrl(String text) {
        return text.regionMatches(true, 0, DATA, 0, DATA.length()) && text.indexOf(',') > 0;
    }

    /** RFC 2397. */
    static byte[] dataUrl(Field from, String text) throws UnmappedRecordException {
        if (!isDataUrl(text)) {
            throw corrupt(from, "is not a data URL, which begins with data:TYPE;base64,; check payload.as");
        }
        int comma = text.indexOf(',');
        String data = text.substring(comma + 1);
        if (text.substring(0, comma).toLowerCase(Locale.ROOT).endsWith(";base64")) {
            return base64(from, data);
        }
        Matcher bad = BAD_ESCAPE.matcher(data);
        if (bad.find()) {
            throw corrupt(
                    from,
                    "is not a data URL: the % at character " + (comma + 1 + bad.start())
                            + " has no two hexadecimal digits behind it; escape a % as %25");
        }
        // The decoder takes a plus for a space, as forms do.
        return URLDecoder.decode(data.replace("+", "%2B"), StandardCharsets.ISO_8859_1)
                .getBytes(StandardCharsets.ISO_8859_1);
    }

    private static UnmappedRecordException corrupt(Field from, String what) {
        return new UnmappedRecordException(FailureCode.CORRUPT_MEDIA, "payload (" + from + ") " + what);
    }
}
