// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.text;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.Character.UnicodeScript;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * What a character is compared by: its letters and digits after compatibility decomposition (NFKD), case folding,
 * removal of diacritics and replacement of what looks like a Latin letter (Unicode's confusables, UTS 39). Works on one
 * code point at a time, so that places in a folded text are places in the text. Of the few code points that stand for
 * whole words, such as U+FDFA with its 15 letters, the first {@link #MOST_LETTERS} letters count. Pure.
 */
final class CharacterFolding {

    /** UTF-16 units that a code point folds to at most: a text may be made of the longest alone. */
    static final int MOST_LETTERS = 4;

    /** Scripts whose words have no spaces between them. */
    private static final Set<UnicodeScript> UNSPACED = Set.of(
            UnicodeScript.HAN,
            UnicodeScript.HIRAGANA,
            UnicodeScript.KATAKANA,
            UnicodeScript.THAI,
            UnicodeScript.LAO,
            UnicodeScript.KHMER,
            UnicodeScript.MYANMAR);

    /** Letters and marks by category that are drawn as nothing. */
    private static final Set<Integer> INVISIBLE = Set.of(0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0);

    /** First and last of letters in boxes and circles that Unicode does not decompose, A to Z each. */
    private static final int[] ENCLOSED = {0x1F150, 0x1F170, 0x1F1E6};

    private static final Map<Integer, String> CONFUSABLES = confusables();

    private static final String[] BASIC = new String[128];

    /** Of the planes that have letters, filled as characters come. Strings are immutable, so threads may race here. */
    private static final String[] KNOWN = new String[4 << 16];

    static {
        for (int i = 0; i < BASIC.length; i++) {
            BASIC[i] = Character.isLetterOrDigit(i) ? Character.toString(Character.toLowerCase(i)) : "";
        }
    }

    private CharacterFolding() {}

    /** Code points that fold to an ASCII letter or digit which they look like. Made by {@code ConfusablesTest}. */
    private static Map<Integer, String> confusables() {
        Map<Integer, String> confusables = new HashMap<>();
        try (InputStream in = CharacterFolding.class.getResourceAsStream("confusables.txt");
                BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            lines.lines().filter(line -> !line.startsWith("#")).forEach(line -> {
                int space = line.indexOf(' ');
                confusables.put(Integer.parseInt(line.substring(0, space), 16), line.substring(space + 1));
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return confusables;
    }

    /** The letters and digits that a code point is compared by; empty for one without any. */
    static String letters(int codePoint) {
        if (codePoint < BASIC.length) {
            return BASIC[codePoint];
        }
        if (codePoint >= KNOWN.length) {
            return "";
        }
        String known = KNOWN[codePoint];
        if (known == null) {
            known = computed(codePoint);
            KNOWN[codePoint] = known;
        }
        return known;
    }

    private static String computed(int codePoint) {
        for (int first : ENCLOSED) {
            if (codePoint >= first && codePoint < first + 26) {
                return Character.toString('a' + codePoint - first);
            }
        }
        StringBuilder letters = new StringBuilder();
        folded(decomposed(folded(Character.toString(codePoint)))).codePoints().forEach(part -> {
            int digit = Character.digit(part, 10);
            if (digit >= 0) {
                letters.append((char) ('0' + digit));
            } else if (CONFUSABLES.containsKey(part)) {
                letters.append(CONFUSABLES.get(part));
            } else if (!isIgnored(part) && (Character.isLetterOrDigit(part) || isMark(part))) {
                letters.appendCodePoint(part);
            }
        });
        if (letters.length() > MOST_LETTERS) {
            letters.setLength(MOST_LETTERS);
        }
        return letters.toString();
    }

    private static String folded(String text) {
        return text.toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT);
    }

    private static String decomposed(String text) {
        return Normalizer.normalize(text, Normalizer.Form.NFKD);
    }

    /** A vowel sign and the like, without which words of many scripts are other words. */
    private static boolean isMark(int codePoint) {
        int type = Character.getType(codePoint);
        return type == Character.NON_SPACING_MARK || type == Character.COMBINING_SPACING_MARK;
    }

    /** Whether a text with a code point and one without it are the same: diacritics, and what is not visible. */
    static boolean isIgnored(int codePoint) {
        if (codePoint < BASIC.length) {
            return codePoint < ' ' && !Character.isWhitespace(codePoint) || codePoint == 0x7F;
        }
        return switch (Character.getType(codePoint)) {
            case Character.FORMAT, Character.ENCLOSING_MARK -> true;
            case Character.NON_SPACING_MARK ->
                switch (UnicodeScript.of(codePoint)) {
                    case INHERITED, HEBREW, ARABIC -> true;
                    default -> INVISIBLE.contains(codePoint);
                };
            default -> INVISIBLE.contains(codePoint);
        };
    }

    /** Whether it is of a script whose words have no spaces between them. */
    static boolean isUnspaced(int codePoint) {
        return codePoint >= 0x0E00 && UNSPACED.contains(UnicodeScript.of(codePoint));
    }

    /**
     * A text for the search of phrases: what each code point is compared by, other characters as they are, white space
     * as one space.
     */
    static String phrase(String text) {
        StringBuilder phrase = new StringBuilder(text.length());
        text.codePoints().forEach(codePoint -> {
            String letters = letters(codePoint);
            if (!letters.isEmpty()) {
                phrase.append(letters);
            } else if (Character.isWhitespace(codePoint) || Character.isSpaceChar(codePoint)) {
                if (phrase.length() == 0 || phrase.charAt(phrase.length() - 1) != ' ') {
                    phrase.append(' ');
                }
            } else if (!isIgnored(codePoint)) {
                phrase.append(decomposed(Character.toString(codePoint)));
            }
        });
        return phrase.toString();
    }
}
