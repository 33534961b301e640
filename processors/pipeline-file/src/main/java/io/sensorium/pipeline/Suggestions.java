// SPDX-License-Identifier: Apache-2.0
package io.sensorium.pipeline;

import java.util.Collection;

/** The known word closest to a mistyped one. */
public final class Suggestions {

    private Suggestions() {}

    /** {@code "; did you mean \"x\"?"} where a word is near, else the words there are. */
    public static String suggestion(String word, Collection<String> known) {
        String best = null;
        int least = Integer.MAX_VALUE;
        for (String candidate : known) {
            int distance = distance(word, candidate);
            if (distance < least) {
                least = distance;
                best = candidate;
            }
        }
        if (best == null) {
            return "";
        }
        return least <= Math.max(2, word.length() / 3) ? "; did you mean \"" + best + "\"?" : "; known are " + known;
    }

    /** Levenshtein, 1966. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substituted, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
