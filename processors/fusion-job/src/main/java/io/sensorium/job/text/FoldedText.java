// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.text;

/**
 * A text as terms are looked for in it: its letters and digits without what is between them, read twice, as they are
 * and with digits and signs read as the letters that they stand for ("fr33", "$pam"). Immutable.
 */
public final class FoldedText {

    /** A digit, and the letter that it is written for. l and i are one letter in this reading. */
    private static final String DIGIT_LETTERS = "oi?eas?tbg";

    private final Reading plain;
    private final Reading leet;
    private final int length;

    /** Letters and digits of a text, each with its place. */
    static final class Reading {

        /** Something that is no letter stands before it. */
        private static final int GAP = 1;

        /** It stands for another letter or digit. */
        private static final int SUBSTITUTED = 2;

        /** It stands for a sign. */
        private static final int SIGN = 4;

        /** It is of a script without spaces. */
        private static final int UNSPACED = 8;

        /** Its character has two UTF-16 units. */
        private static final int PAIR = 16;

        private final char[] letters;
        private final int[] starts;
        private final byte[] flags;
        private int size;
        private boolean gap;

        private Reading(int capacity) {
            letters = new char[capacity];
            starts = new int[capacity];
            flags = new byte[capacity];
        }

        private void add(char letter, int start, int flag) {
            letters[size] = letter;
            starts[size] = start;
            flags[size++] = (byte) (flag | (gap ? GAP : 0));
            gap = false;
        }

        int size() {
            return size;
        }

        char letter(int i) {
            return letters[i];
        }

        String letters() {
            return new String(letters, 0, size);
        }

        /** Where the character of a letter begins in the text. */
        int start(int i) {
            return starts[i];
        }

        /** Where the character of a letter ends in the text. */
        int end(int i) {
            return starts[i] + (is(i, PAIR) ? 2 : 1);
        }

        private boolean is(int i, int flag) {
            return (flags[i] & flag) != 0;
        }

        boolean gapBefore(int i) {
            return is(i, GAP);
        }

        boolean substituted(int i) {
            return is(i, SUBSTITUTED);
        }

        /** Whether a letter and the one before it are of one character, such as a ligature. */
        boolean isOfSameCharacter(int i) {
            return starts[i] == starts[i - 1];
        }

        /** Whether a word may begin with a letter. */
        boolean wordBefore(int i) {
            return i == 0
                    || gapBefore(i)
                    || !isOfSameCharacter(i) && (is(i - 1, SIGN) || is(i, UNSPACED) || is(i - 1, UNSPACED));
        }

        /** Whether a word may end before a letter. */
        boolean wordAfter(int i) {
            return i == size
                    || gapBefore(i)
                    || !isOfSameCharacter(i) && (is(i, SIGN) || is(i, UNSPACED) || is(i - 1, UNSPACED));
        }
    }

    private FoldedText(String text) {
        length = text.length();
        int letters = 0;
        int signs = 0;
        for (int i = 0; i < length; ) {
            int codePoint = text.codePointAt(i);
            int own = CharacterFolding.letters(codePoint).length();
            letters += own;
            signs += own == 0 && sign(codePoint) != 0 ? 1 : 0;
            i += Character.charCount(codePoint);
        }
        plain = new Reading(letters);
        leet = new Reading(letters + signs);
        for (int i = 0; i < length; ) {
            int codePoint = text.codePointAt(i);
            add(codePoint, i);
            i += Character.charCount(codePoint);
        }
    }

    /** Folds a text. */
    public static FoldedText of(String text) {
        return new FoldedText(text);
    }

    private void add(int codePoint, int start) {
        String letters = CharacterFolding.letters(codePoint);
        int flags = (CharacterFolding.isUnspaced(codePoint) ? Reading.UNSPACED : 0)
                | (Character.isSupplementaryCodePoint(codePoint) ? Reading.PAIR : 0);
        if (letters.length() == 1 && substitute(letters.charAt(0)) != 0) {
            plain.add(letters.charAt(0), start, flags);
            leet.add(substitute(letters.charAt(0)), start, Reading.SUBSTITUTED | flags);
            return;
        }
        for (int i = 0; i < letters.length(); i++) {
            plain.add(letters.charAt(i), start, flags);
            leet.add(letters.charAt(i), start, flags);
        }
        if (letters.isEmpty() && sign(codePoint) != 0) {
            plain.gap = true;
            leet.add(sign(codePoint), start, Reading.SUBSTITUTED | Reading.SIGN);
        } else if (letters.isEmpty() && !CharacterFolding.isIgnored(codePoint)) {
            plain.gap = true;
            leet.gap = true;
        }
    }

    private static char substitute(char digit) {
        if (digit < '0' || digit > '9') {
            return 0;
        }
        char letter = DIGIT_LETTERS.charAt(digit - '0');
        return letter == '?' ? 0 : letter;
    }

    /** The letter that a sign is written for; 0 where it is written for none. */
    static char sign(int codePoint) {
        return switch (codePoint) {
            case '@' -> 'a';
            case '$' -> 's';
            case '!', '|', '\u00a1' -> 'i';
            case '\u20ac' -> 'e';
            case '\u00a2' -> 'c';
            default -> 0;
        };
    }

    /** The letters as they are. */
    Reading plain() {
        return plain;
    }

    /** With digits and signs read as letters. */
    Reading leet() {
        return leet;
    }

    /** UTF-16 units of the text. */
    int length() {
        return length;
    }

    /**
     * A text for the search of phrases: case, diacritics and forms of letters are folded, white space is one space,
     * other characters stay as they are.
     */
    public static String phrase(String text) {
        return CharacterFolding.phrase(text);
    }
}
