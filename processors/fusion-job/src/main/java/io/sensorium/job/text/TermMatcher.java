// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.text;

import io.sensorium.job.text.FoldedText.Reading;
import io.sensorium.job.text.TermList.Match;
import java.lang.ref.SoftReference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Searches texts for the terms of a list. A term is found where its letters are, whatever their case, diacritics, width
 * and script of lookalikes, with digits and signs in place of letters ("fr33"), each of its words in one piece or
 * letter by letter ("f r e e", "f.r.e.e"). By {@link Match#WORDS} it must begin and end where words do; by
 * {@link Match#PARTS} gaps and boundaries are nothing, unless a digit or a sign stands for a letter. Of occurrences
 * that overlap the first counts, of those that begin together the longest. Immutable.
 */
public final class TermMatcher {

    /** What subtasks of one process share: a list of 100,000 terms takes some 50 MB. */
    private static final Map<String, SoftReference<TermMatcher>> SHARED = new HashMap<>();

    private final Match match;
    private final List<Term> terms;
    private final TermAutomaton automaton;

    /**
     * A place in a text.
     *
     * @param term as the list has it
     * @param start in UTF-16 units
     * @param end likewise, exclusive
     */
    public record Occurrence(String term, int start, int end) {}

    /**
     * What was found in a text.
     *
     * @param count of all occurrences
     * @param first of them, in the text's order
     */
    public record Found(int count, List<Occurrence> first) {}

    private TermMatcher(TermList list) {
        match = list.match();
        Set<String> distinct = new LinkedHashSet<>(list.terms());
        terms = distinct.stream().map(Term::of).toList();
        automaton = new TermAutomaton(
                terms.stream().map(term -> merged(term.letters())).toList());
    }

    /**
     * The matcher of a list; the same object while another holds it. One list is compiled at a time, so subtasks that
     * start together wait for one object.
     */
    public static synchronized TermMatcher of(TermList list) {
        String key = list.match() + " " + list.sha256();
        SoftReference<TermMatcher> shared = SHARED.get(key);
        TermMatcher matcher = shared == null ? null : shared.get();
        if (matcher == null) {
            matcher = new TermMatcher(list);
            SHARED.put(key, new SoftReference<>(matcher));
        }
        return matcher;
    }

    /** l and i are written for each other: a 1 may be either. */
    private static String merged(String letters) {
        return letters.replace('l', 'i');
    }

    /**
     * Searches a text.
     *
     * @param most occurrences that are returned with their places
     */
    public Found find(FoldedText text, int most) {
        int[] longest = new int[text.length()];
        int[] best = new int[text.length()];
        search(text.plain(), false, longest, best);
        search(text.leet(), true, longest, best);
        int count = 0;
        List<Occurrence> first = new ArrayList<>();
        int start = 0;
        while (start < longest.length) {
            if (longest[start] == 0) {
                start++;
                continue;
            }
            count++;
            if (first.size() < most) {
                first.add(new Occurrence(terms.get(best[start]).written(), start, longest[start]));
            }
            start = longest[start];
        }
        return new Found(count, List.copyOf(first));
    }

    /**
     * @param longest by place, where the longest occurrence from there ends; 0 for none
     * @param best by place, the term of that occurrence; of equal ones the first of the list
     */
    private void search(Reading reading, boolean leet, int[] longest, int[] best) {
        automaton.search(merged(reading.letters()), (index, from) -> {
            Term term = terms.get(index);
            int to = from + term.letters().length();
            if (!isOne(term, reading, leet, from, to)) {
                return;
            }
            int start = reading.start(from);
            int end = reading.end(to - 1);
            if (end > longest[start] || end == longest[start] && index < best[start]) {
                longest[start] = end;
                best[start] = index;
            }
        });
    }

    private boolean isOne(Term term, Reading reading, boolean leet, int from, int to) {
        if (leet ? !isSubstituted(reading, from, to) : !isSame(term, reading, from)) {
            return false;
        }
        if (match == Match.WORDS && !(reading.wordBefore(from) && reading.wordAfter(to))) {
            return false;
        }
        return match == Match.PARTS && !leet || term.isWhole(reading, from);
    }

    private static boolean isSubstituted(Reading reading, int from, int to) {
        for (int i = from; i < to; i++) {
            if (reading.substituted(i)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isSame(Term term, Reading reading, int from) {
        String letters = term.letters();
        for (int i = 0; i < letters.length(); i++) {
            if (letters.charAt(i) != reading.letter(from + i)) {
                return false;
            }
        }
        return true;
    }
}
