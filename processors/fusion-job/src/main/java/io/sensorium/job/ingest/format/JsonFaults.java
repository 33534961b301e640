// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest.format;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import java.nio.charset.StandardCharsets;

/** Why a value is not JSON, in this project's words; Jackson's quote as much of the value as they like. */
final class JsonFaults {

    /** On each side of the place that is wrong. */
    private static final int EXCERPT_BYTES = 12;

    private static final int NAME_CHARS = 40;

    private JsonFaults() {}

    /**
     * A dead letter's message.
     *
     * @param start where the JSON begins in the value
     * @param limits that the parser has
     */
    static String message(JsonProcessingException e, byte[] value, int start, StreamReadConstraints limits) {
        JsonLocation at = e.getLocation();
        String where = at == null ? "" : " at line " + at.getLineNr() + ", column " + at.getColumnNr();
        return "not JSON" + where + ": " + reason(e, value, start, limits);
    }

    private static String reason(JsonProcessingException e, byte[] value, int start, StreamReadConstraints limits) {
        String original = e.getOriginalMessage();
        if (e instanceof StreamConstraintsException) {
            return limit(original, limits) + "; send less in one record";
        }
        if (e instanceof JsonEOFException) {
            return "it ends where more is expected; the value is cut off";
        }
        if (e instanceof MismatchedInputException) {
            return "something follows the end of the JSON; send one JSON value a record";
        }
        if (original.startsWith("Duplicate ")) {
            return "an object has the name " + name(original) + " twice; send each name once";
        }
        JsonLocation at = e.getLocation();
        return "what is there cannot be" + (at == null ? "" : excerpt(value, start + at.getByteOffset()))
                + "; produce JSON as RFC 8259 has it";
    }

    private static String limit(String original, StreamReadConstraints limits) {
        if (original.startsWith("Document nesting")) {
            return "it is nested more than " + limits.getMaxNestingDepth() + " levels deep";
        }
        if (original.startsWith("Token")) {
            return "it has more than " + limits.getMaxTokenCount() + " tokens";
        }
        if (original.startsWith("String")) {
            return "a text has more than " + limits.getMaxStringLength() + " characters";
        }
        if (original.startsWith("Name")) {
            return "a name has more than " + limits.getMaxNameLength() + " characters";
        }
        return original.startsWith("Number")
                ? "a number has more than " + limits.getMaxNumberLength() + " digits"
                : "it is larger than what is read";
    }

    /** In quotes, as Jackson's message has it. */
    private static String name(String message) {
        int from = message.indexOf('\'') + 1;
        int to = message.lastIndexOf('\'');
        String name = from > 0 && to > from ? message.substring(from, to) : "";
        return '"' + printable(name.length() <= NAME_CHARS ? name : name.substring(0, NAME_CHARS) + "...") + '"';
    }

    private static String excerpt(byte[] value, long at) {
        int from = (int) Math.max(0, Math.min(at, value.length) - EXCERPT_BYTES);
        int to = (int) Math.min(value.length, at + EXCERPT_BYTES);
        return ", near \"" + printable(new String(value, from, to - from, StandardCharsets.UTF_8)) + '"';
    }

    private static String printable(String text) {
        return text.replaceAll("\\p{Cntrl}", "\uFFFD");
    }
}
