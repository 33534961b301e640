// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.bank;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.text.Normalizer;
import java.util.Locale;
import java.util.Optional;

/**
 * Texts that are equal but for their spelling: compatibility forms (NFKC), case, white space, punctuation, symbols and
 * invisible characters. Letters, marks and digits remain; of a text of symbols alone, such as emoji, the symbols. Pure.
 */
public final class NormalizedText {

    /** Lower case depends on whether a word ends, and ends of words are not kept. */
    private static final char FINAL_SIGMA = 'ς';

    private static final char SIGMA = 'σ';

    /** A longer text is not compared where its normal form has more than this many times its characters. */
    public static final int MAX_EXPANSION = 4;

    /** Characters of a text that may grow as it will. */
    private static final int SHORT = 65_536;

    /** Characters that are normalized at a time to see how they grow. */
    private static final int PIECE = 8_192;

    private NormalizedText() {}

    /**
     * Whether a text grows so much when it is normalized that it is not compared, since that would take memory of many
     * times its size: some characters become 18.
     */
    public static boolean isTooLong(String text) {
        if (text.length() <= SHORT) {
            return false;
        }
        long length = 0;
        for (int from = 0; from < text.length(); ) {
            int to = Math.min(from + PIECE, text.length());
            if (to < text.length() && Character.isHighSurrogate(text.charAt(to - 1))) {
                to--;
            }
            length += Normalizer.normalize(text.substring(from, to), Normalizer.Form.NFKC)
                    .length();
            if (length > (long) MAX_EXPANSION * text.length()) {
                return true;
            }
            from = to;
        }
        return false;
    }

    /** What remains of a text; empty of white space and punctuation alone. */
    public static String of(String text) {
        // By upper case on the way: it takes "ß" and "ss" to one form, and lower case alone does not.
        String folded = Normalizer.normalize(text, Normalizer.Form.NFKC)
                .toLowerCase(Locale.ROOT)
                .toUpperCase(Locale.ROOT)
                .toLowerCase(Locale.ROOT)
                .replace(FINAL_SIGMA, SIGMA);
        String words = kept(folded, false);
        // Marks may follow other letters now.
        return Normalizer.normalize(words.isEmpty() ? kept(folded, true) : words, Normalizer.Form.NFKC);
    }

    private static String kept(String text, boolean symbols) {
        StringBuilder kept = new StringBuilder(text.length());
        text.codePoints().filter(point -> isKept(point, symbols)).forEach(kept::appendCodePoint);
        return kept.toString();
    }

    private static boolean isKept(int point, boolean symbols) {
        if (isVariationSelector(point)) {
            return false;
        }
        return switch (Character.getType(point)) {
            case Character.NON_SPACING_MARK, Character.COMBINING_SPACING_MARK, Character.LETTER_NUMBER -> !symbols;
            case Character.OTHER_SYMBOL, Character.MATH_SYMBOL, Character.CURRENCY_SYMBOL -> symbols;
            default -> !symbols && Character.isLetterOrDigit(point);
        };
    }

    /** Marks that choose between a symbol's forms. */
    private static boolean isVariationSelector(int point) {
        return point >= 0xFE00 && point <= 0xFE0F || point >= 0xE0100 && point <= 0xE01EF;
    }

    /** The fingerprint of a text; empty where nothing of it remains, and where it {@link #isTooLong}. */
    public static Optional<Fingerprint.Text> fingerprint(String text) {
        if (isTooLong(text)) {
            return Optional.empty();
        }
        String folded = of(text);
        if (folded.isEmpty()) {
            return Optional.empty();
        }
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(folded.getBytes(StandardCharsets.UTF_8));
            return Optional.of(new Fingerprint.Text(number(digest, 0), number(digest, Long.BYTES)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private static long number(byte[] bytes, int from) {
        long number = 0;
        for (int i = from; i < from + Long.BYTES; i++) {
            number = number << Byte.SIZE | bytes[i] & 0xff;
        }
        return number;
    }
}
