// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.text;

import io.sensorium.job.text.FoldedText.Reading;
import java.util.Arrays;

/**
 * A term as it is compared.
 *
 * @param written as the list has it
 * @param letters of all its words
 * @param words where its words begin in the letters, and their end
 */
record Term(String written, String letters, int[] words) {

    /** Signs that are letters wherever they stand in a term. */
    private static final String SIGNS = "@$\u20ac";

    static Term of(String written) {
        StringBuilder spelled = new StringBuilder(written.length());
        written.codePoints()
                .map(codePoint -> SIGNS.indexOf(codePoint) < 0 ? codePoint : FoldedText.sign(codePoint))
                .forEach(spelled::appendCodePoint);
        Reading reading = FoldedText.of(spelled.toString()).plain();
        int[] words = new int[reading.size() + 1];
        int count = 0;
        for (int i = 0; i < reading.size(); i++) {
            if (i == 0 || reading.gapBefore(i)) {
                words[count++] = i;
            }
        }
        words[count++] = reading.size();
        return new Term(written, reading.letters(), Arrays.copyOf(words, count));
    }

    /**
     * Whether each of its words is written without a gap or with one before every letter.
     *
     * @param from where its letters begin in the reading
     */
    boolean isWhole(Reading reading, int from) {
        for (int word = 0; word + 1 < words.length; word++) {
            int gaps = 0;
            int closed = 0;
            for (int i = from + words[word] + 1; i < from + words[word + 1]; i++) {
                if (reading.gapBefore(i)) {
                    gaps++;
                } else if (!reading.isOfSameCharacter(i)) {
                    closed++;
                }
            }
            if (gaps > 0 && closed > 0) {
                return false;
            }
        }
        return true;
    }
}
