// SPDX-License-Identifier: Apache-2.0
package io.sensorium.rollup.result;

import com.fasterxml.jackson.databind.ObjectMapper;

/** Bounds on what the dashboard shows of a record. Stateless. */
public final class DisplayText {

    /** For any thread. */
    public static final ObjectMapper JSON = new ObjectMapper();

    /** Longest list. */
    public static final int MAX_ITEMS = 12;

    private static final int MAX_TEXT = 300;

    private DisplayText() {}

    /** At most 300 UTF-16 units of a text. */
    public static String cut(String text) {
        if (text.length() <= MAX_TEXT) {
            return text;
        }
        // Not within a surrogate pair: half of one is not a character.
        int end = Character.isHighSurrogate(text.charAt(MAX_TEXT - 1)) ? MAX_TEXT - 1 : MAX_TEXT;
        return new StringBuilder(text).delete(end, text.length()).append(" …").toString();
    }
}
