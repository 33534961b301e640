// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest;

import io.sensorium.job.config.PipelineConfig.Limits;
import io.sensorium.schemas.InputEvent;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Holds an event's fields against the pipeline's limits. Pure. */
final class FieldLimits {

    /** UTF-8 bytes that a UTF-16 unit takes at most. */
    private static final int MAX_BYTES_PER_CHAR = 3;

    private FieldLimits() {}

    /** Which field is larger than it may be, in a message; null for none. */
    static String excess(InputEvent event, Limits limits) {
        if (!fits(event.eventId(), limits.idBytes())) {
            return id("event_id", event.eventId(), limits);
        }
        if (!fits(event.subjectId(), limits.idBytes())) {
            return id("subject_id", event.subjectId(), limits);
        }
        return event.attributes().isEmpty() ? null : attributes(event.attributes(), limits);
    }

    private static String id(String field, String value, Limits limits) {
        return field + " has " + bytes(value) + " bytes, the limit is " + limits.idBytes()
                + " (limits.id_bytes); send a shorter one, such as a hash";
    }

    private static String attributes(Map<String, String> attributes, Limits limits) {
        long chars = 0;
        for (Map.Entry<String, String> attribute : attributes.entrySet()) {
            chars += attribute.getKey().length() + attribute.getValue().length();
        }
        if (chars * MAX_BYTES_PER_CHAR <= limits.attributesBytes()) {
            return null;
        }
        long bytes = 0;
        for (Map.Entry<String, String> attribute : attributes.entrySet()) {
            bytes += bytes(attribute.getKey()) + bytes(attribute.getValue());
        }
        return bytes <= limits.attributesBytes()
                ? null
                : "the attributes have " + bytes + " bytes together, the limit is " + limits.attributesBytes()
                        + " (limits.attributes_bytes); send fewer or shorter ones";
    }

    /** Why a text is not taken. */
    static String tooLong(int chars, Limits limits) {
        return "the text has " + chars + " characters, the limit is " + limits.textChars()
                + " (limits.text_chars); an encoder reads only its first tokens, so send its beginning";
    }

    private static boolean fits(String text, int limit) {
        return text.length() * (long) MAX_BYTES_PER_CHAR <= limit || text.length() <= limit && bytes(text) <= limit;
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }
}
