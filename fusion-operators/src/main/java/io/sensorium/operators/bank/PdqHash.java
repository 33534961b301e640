// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.bank;

/**
 * A PDQ hash: 256 bits, the least significant word first. Bit {@code 16 i + j} is set where coefficient {@code (i, j)}
 * of the image's cosine transform is above their median, so half of the bits of a photograph's hash are set.
 *
 * @param word0 bits 0 to 63
 * @param word1 bits 64 to 127
 * @param word2 bits 128 to 191
 * @param word3 bits 192 to 255
 */
public record PdqHash(long word0, long word1, long word2, long word3) {

    /** Bits of a hash. */
    public static final int BITS = 256;

    /** Digits of a hash as text. */
    public static final int DIGITS = BITS / 4;

    /**
     * Reads the usual text form, 64 hexadecimal digits, the most significant first.
     *
     * @throws IllegalArgumentException when it is something else
     */
    public static PdqHash parse(String hex) {
        if (hex.length() != DIGITS) {
            throw new IllegalArgumentException(
                    "has " + hex.length() + " characters, expected " + DIGITS + " hexadecimal digits");
        }
        long[] words = new long[4];
        for (int i = 0; i < DIGITS; i++) {
            int digit = Character.digit(hex.charAt(i), 16);
            if (digit < 0 || hex.charAt(i) > 'f') {
                throw new IllegalArgumentException("has the character '" + hex.charAt(i) + "' at place " + i
                        + ", expected " + DIGITS + " hexadecimal digits");
            }
            int word = 3 - i / 16;
            words[word] = words[word] << 4 | digit;
        }
        return new PdqHash(words[0], words[1], words[2], words[3]);
    }

    /** The Hamming distance: how many bits differ, 0 to 256. */
    public int distance(PdqHash other) {
        return Long.bitCount(word0 ^ other.word0)
                + Long.bitCount(word1 ^ other.word1)
                + Long.bitCount(word2 ^ other.word2)
                + Long.bitCount(word3 ^ other.word3);
    }

    /** How many bits are set. */
    public int ones() {
        return Long.bitCount(word0) + Long.bitCount(word1) + Long.bitCount(word2) + Long.bitCount(word3);
    }

    long word(int index) {
        return switch (index) {
            case 0 -> word0;
            case 1 -> word1;
            case 2 -> word2;
            default -> word3;
        };
    }

    /** The text form, in lower case. */
    @Override
    public String toString() {
        return String.format("%016x%016x%016x%016x", word3, word2, word1, word0);
    }
}
