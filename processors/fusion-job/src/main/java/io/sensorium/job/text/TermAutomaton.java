// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.text;

import java.util.Arrays;
import java.util.List;

/**
 * Finds every occurrence of many words in a text in one pass: the automaton of Aho and Corasick (Efficient string
 * matching, 1975), its states numbered breadth first, its transitions in one hash table. Immutable.
 */
final class TermAutomaton {

    private static final int ROOT = 0;
    private static final int NONE = -1;

    /** State and character of each transition, more than 0; 0 where there is none. */
    private long[] keys = new long[64];

    private int[] targets = new int[64];
    private int transitions;

    private final int[] fail;

    /** A word that ends at a state; none, or the first of several. */
    private final int[] word;

    /** The next word of the same letters; none. */
    private final int[] sameLetters;

    /** The nearest state along the failures at which a word ends. */
    private final int[] suffix;

    private final int[] lengths;

    /** Receives an occurrence. */
    interface Sink {

        /**
         * @param word index of the word
         * @param start of it in the text
         */
        void found(int word, int start);
    }

    /** @param words each of at least one character */
    TermAutomaton(List<String> words) {
        int total = words.stream().mapToInt(String::length).sum();
        int[] parents = new int[total + 1];
        char[] last = new char[total + 1];
        int[] depths = new int[total + 1];
        int[] firstWord = new int[total + 1];
        Arrays.fill(firstWord, NONE);
        sameLetters = new int[words.size()];
        lengths = new int[words.size()];
        int states = 1;
        for (int i = 0; i < words.size(); i++) {
            int state = ROOT;
            String letters = words.get(i);
            for (int k = 0; k < letters.length(); k++) {
                int next = target(state, letters.charAt(k));
                if (next == NONE) {
                    next = states++;
                    parents[next] = state;
                    last[next] = letters.charAt(k);
                    depths[next] = k + 1;
                    put(state, letters.charAt(k), next);
                }
                state = next;
            }
            sameLetters[i] = firstWord[state];
            firstWord[state] = i;
            lengths[i] = letters.length();
        }
        word = Arrays.copyOf(firstWord, states);
        fail = new int[states];
        suffix = new int[states];
        Arrays.fill(suffix, NONE);
        for (int state : byDepth(depths, states)) {
            if (state != ROOT && parents[state] != ROOT) {
                fail[state] = step(fail[parents[state]], last[state]);
            }
            if (state != ROOT) {
                suffix[state] = word[fail[state]] == NONE ? suffix[fail[state]] : fail[state];
            }
        }
    }

    /** States by depth, the root first: counting sort. */
    private static int[] byDepth(int[] depths, int states) {
        int deepest = Arrays.stream(depths, 0, states).max().orElse(0);
        int[] from = new int[deepest + 2];
        for (int state = 0; state < states; state++) {
            from[depths[state] + 1]++;
        }
        for (int depth = 1; depth < from.length; depth++) {
            from[depth] += from[depth - 1];
        }
        int[] sorted = new int[states];
        for (int state = 0; state < states; state++) {
            sorted[from[depths[state]]++] = state;
        }
        return sorted;
    }

    private static long key(int state, char letter) {
        return ((long) state << 16 | letter) + 1;
    }

    private int slot(long key) {
        long mixed = key * 0x9E3779B97F4A7C15L;
        int slot = (int) (mixed >>> 32) & keys.length - 1;
        while (keys[slot] != 0 && keys[slot] != key) {
            slot = slot + 1 & keys.length - 1;
        }
        return slot;
    }

    private int target(int state, char letter) {
        int slot = slot(key(state, letter));
        return keys[slot] == 0 ? NONE : targets[slot];
    }

    private void put(int state, char letter, int target) {
        if (++transitions > keys.length / 3 * 2) {
            grow();
        }
        int slot = slot(key(state, letter));
        keys[slot] = key(state, letter);
        targets[slot] = target;
    }

    private void grow() {
        long[] before = keys;
        int[] targetsBefore = targets;
        keys = new long[2 * before.length];
        targets = new int[keys.length];
        for (int i = 0; i < before.length; i++) {
            if (before[i] != 0) {
                int slot = slot(before[i]);
                keys[slot] = before[i];
                targets[slot] = targetsBefore[i];
            }
        }
    }

    private int step(int from, char letter) {
        int state = from;
        while (true) {
            int next = target(state, letter);
            if (next != NONE) {
                return next;
            }
            if (state == ROOT) {
                return ROOT;
            }
            state = fail[state];
        }
    }

    /** Finds every occurrence of every word, by their ends. */
    void search(CharSequence text, Sink sink) {
        int state = ROOT;
        for (int i = 0; i < text.length(); i++) {
            state = step(state, text.charAt(i));
            for (int at = word[state] == NONE ? suffix[state] : state; at != NONE; at = suffix[at]) {
                for (int found = word[at]; found != NONE; found = sameLetters[found]) {
                    sink.found(found, i + 1 - lengths[found]);
                }
            }
        }
    }
}
