// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.text;

import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Terms that texts are searched for, as a file has them: one a line, in UTF-8; lines that begin with {@code #} are
 * comments.
 *
 * @param name the list's, in rules and results
 * @param terms as the file has them, in its order
 * @param sha256 of the file, lower-case hex
 */
public record TermList(String name, Match match, List<String> terms, String sha256) implements Serializable {

    /** Most bytes of a file. */
    public static final int MAX_BYTES = 4 << 20;

    /** Most characters of a term. */
    private static final int MAX_LENGTH = 200;

    /** Lines that a message names. */
    private static final int NAMED_LINES = 5;

    /** Where in a text a term is found. */
    public enum Match {
        /** As whole words. */
        WORDS,
        /** Anywhere, within words and across them. */
        PARTS
    }

    /** A list that Flink can send with the job. */
    public TermList {
        terms = new ArrayList<>(terms);
    }

    /**
     * Reads a file's bytes.
     *
     * @param problem receives everything that is wrong with them, a sentence's end without its subject
     */
    public static TermList parse(String name, Match match, byte[] file, Consumer<String> problem) {
        List<String> terms = new ArrayList<>();
        Optional<String> text = text(file, problem);
        List<Integer> empty = new ArrayList<>();
        List<Integer> tooLong = new ArrayList<>();
        int number = 0;
        for (String line : text.orElse("").split("\\R")) {
            number++;
            String term = line.strip();
            if (term.isEmpty() || term.startsWith("#")) {
                continue;
            }
            if (term.length() > MAX_LENGTH) {
                tooLong.add(number);
            } else if (Term.of(term).letters().isEmpty()) {
                empty.add(number);
            } else {
                terms.add(term);
            }
        }
        if (!empty.isEmpty()) {
            problem.accept("has terms without a letter or digit" + lines(empty)
                    + "; terms are compared by their letters and digits, so remove them");
        }
        if (!tooLong.isEmpty()) {
            problem.accept("has terms of more than " + MAX_LENGTH + " characters" + lines(tooLong)
                    + "; expected one term a line");
        }
        if (text.isPresent() && terms.isEmpty() && empty.isEmpty() && tooLong.isEmpty()) {
            problem.accept("has no terms; expected one a line");
        }
        return new TermList(name, match, terms, sha256(file));
    }

    /** Empty where the bytes are no text. */
    private static Optional<String> text(byte[] file, Consumer<String> problem) {
        int nul = indexOfNul(file);
        if (nul >= 0) {
            problem.accept("is no text: byte " + (nul + 1) + " is zero; expected one term a line, in UTF-8");
            return Optional.empty();
        }
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(file))
                    .toString();
            return Optional.of(text.startsWith("\ufeff") ? text.substring(1) : text);
        } catch (CharacterCodingException e) {
            problem.accept("is not in UTF-8; save it in this encoding");
            return Optional.empty();
        }
    }

    private static int indexOfNul(byte[] bytes) {
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == 0) {
                return i;
            }
        }
        return -1;
    }

    private static String lines(List<Integer> numbers) {
        return (numbers.size() == 1 ? ", line " : ", lines ")
                + numbers.subList(0, Math.min(NAMED_LINES, numbers.size()))
                        .toString()
                        .replaceAll("[\\[\\]]", "")
                + (numbers.size() > NAMED_LINES ? " and " + (numbers.size() - NAMED_LINES) + " more" : "");
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
