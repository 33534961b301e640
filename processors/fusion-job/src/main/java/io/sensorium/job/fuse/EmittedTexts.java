// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.fuse;

import io.sensorium.job.alignment.Evidence;
import io.sensorium.job.alignment.Evidence.FoundTerm;
import io.sensorium.job.evidence.EventTexts;
import io.sensorium.operators.encode.Passage;
import io.sensorium.operators.encode.Passage.Box;
import io.sensorium.operators.encode.Passage.Interval;
import io.sensorium.results.InputReference;
import io.sensorium.results.MatchedTerm;
import io.sensorium.results.TextPassage;
import java.util.ArrayList;
import java.util.List;

/**
 * The texts that one record carries of the modalities whose texts may leave: in the order of its inputs, as much as its
 * share of a record allows. For one record.
 */
final class EmittedTexts {

    /**
     * UTF-16 units of all texts and terms of a record: with passages and in UTF-8 a part of what a topic takes by
     * default.
     */
    static final int MAX_CHARS = 64 << 10;

    private final List<String> modalities;
    private int left = MAX_CHARS;

    /** @param modalities those whose texts may leave */
    EmittedTexts(List<String> modalities) {
        this.modalities = modalities;
    }

    /**
     * Adds an event's text, passages and terms to its reference, if it has any and they may leave. Once there is no
     * room for a term, later terms and texts are left out.
     */
    void fill(InputReference input, Evidence evidence) {
        if (modalities.isEmpty()
                || evidence == null
                || evidence.text() == null
                || evidence.reading() == null
                || left == 0
                || !modalities.contains(input.getModality())) {
            return;
        }
        String text = EventTexts.beginning(evidence.text(), left);
        left -= text.length();
        input.setText(text);
        input.setTextLength(evidence.reading().length());
        List<Integer> starts = new ArrayList<>();
        input.setPassages(passages(evidence.passages(), text, starts));
        List<MatchedTerm> terms = new ArrayList<>();
        for (FoundTerm found : evidence.reading().terms()) {
            int taken = found.list().length() + found.term().length();
            if (taken > left) {
                left = 0;
                break;
            }
            left -= taken;
            terms.add(term(found, input.getPassages(), starts));
        }
        input.setTerms(terms);
    }

    /** Takes the text, passages and terms of a record's inputs away where they may not leave. */
    static void remove(List<InputReference> inputs, List<String> modalities) {
        for (InputReference input : inputs) {
            if (!modalities.contains(input.getModality())) {
                input.setText(null);
                input.setTextLength(null);
                input.setPassages(List.of());
                input.setTerms(List.of());
            }
        }
    }

    /**
     * The passages that are within a text.
     *
     * @param starts filled with the code points before each of them
     */
    private static List<TextPassage> passages(List<Passage> passages, String text, List<Integer> starts) {
        List<TextPassage> within = new ArrayList<>();
        int start = 0;
        int codePoints = 0;
        for (Passage passage : passages) {
            if (start + passage.text().length() > text.length()) {
                break;
            }
            within.add(passage(passage));
            starts.add(codePoints);
            start += passage.text().length() + 1;
            codePoints += passage.text().codePointCount(0, passage.text().length()) + 1;
        }
        return within;
    }

    private static TextPassage passage(Passage passage) {
        TextPassage emitted = new TextPassage(passage.text(), passage.confidence(), null, null, null, null, null, null);
        if (passage.place() instanceof Interval interval) {
            emitted.setStartMs(interval.startMs());
            emitted.setEndMs(interval.endMs());
        } else if (passage.place() instanceof Box box) {
            emitted.setLeft(box.left());
            emitted.setTop(box.top());
            emitted.setRight(box.right());
            emitted.setBottom(box.bottom());
        }
        return emitted;
    }

    private static MatchedTerm term(FoundTerm found, List<TextPassage> passages, List<Integer> starts) {
        Integer passage = null;
        for (int i = 0; i < starts.size(); i++) {
            String text = passages.get(i).getText();
            if (found.start() >= starts.get(i)
                    && found.start() < starts.get(i) + text.codePointCount(0, text.length())) {
                passage = i;
            }
        }
        return new MatchedTerm(found.list(), found.term(), found.start(), found.end(), passage);
    }
}
