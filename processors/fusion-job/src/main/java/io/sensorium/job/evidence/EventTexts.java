// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.evidence;

import io.sensorium.job.alignment.Evidence;
import io.sensorium.job.alignment.Evidence.FoundTerm;
import io.sensorium.job.alignment.Evidence.Reading;
import io.sensorium.job.config.Moderation.Rule;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.moderation.Condition;
import io.sensorium.job.moderation.ConditionException;
import io.sensorium.job.moderation.TextMeasure;
import io.sensorium.job.records.IngestRecord;
import io.sensorium.job.text.FoldedText;
import io.sensorium.job.text.TermList;
import io.sensorium.job.text.TermMatcher;
import io.sensorium.job.text.TermMatcher.Found;
import io.sensorium.job.text.TermMatcher.Occurrence;
import io.sensorium.operators.encode.Content;
import io.sensorium.operators.encode.Passage;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads the texts of one modality's events once, when they are encoded: the values that conditions need are computed of
 * the whole text, of which no more is kept than may leave. Immutable.
 */
public final class EventTexts {

    /** UTF-16 units of an event's text that are kept. */
    public static final int MAX_CHARS = 8192;

    /** Terms of an event whose places are kept. */
    static final int MAX_TERMS = 64;

    private final List<TextMeasure> measures;
    private final Map<String, TermMatcher> matchers;
    private final Map<String, String> phrases;
    private final boolean leaves;

    private EventTexts(
            List<TextMeasure> measures,
            Map<String, TermMatcher> matchers,
            Map<String, String> phrases,
            boolean leaves) {
        this.measures = measures;
        this.matchers = matchers;
        this.phrases = phrases;
        this.leaves = leaves;
    }

    /** The reading of a modality's texts, for the conditions of the pipeline's rules. */
    public static EventTexts of(PipelineConfig config, String modality) {
        Set<TextMeasure> measures = new LinkedHashSet<>();
        for (Rule rule : config.moderation().rules()) {
            try {
                Condition.parse(rule.when()).measures().stream()
                        .filter(measure -> measure.modality().equals(modality))
                        .forEach(measures::add);
            } catch (ConditionException e) {
                throw new IllegalStateException("moderation.rules." + rule.name() + " was checked at the start", e);
            }
        }
        Map<String, TermMatcher> matchers = new LinkedHashMap<>();
        Map<String, String> phrases = new LinkedHashMap<>();
        for (TextMeasure measure : measures) {
            if (measure.kind() == TextMeasure.Kind.TERMS) {
                TermList list = config.moderation().list(measure.argument());
                matchers.computeIfAbsent(list.name(), name -> TermMatcher.of(list));
            } else if (measure.kind() == TextMeasure.Kind.CONTAINS) {
                phrases.put(measure.argument(), FoldedText.phrase(measure.argument()));
            }
        }
        return new EventTexts(
                List.copyOf(measures), matchers, phrases, config.emit().texts().contains(modality));
    }

    /** Whether there is anything to read a text for. */
    public boolean isNeeded() {
        return leaves || !measures.isEmpty();
    }

    /** Reads an event's text; null where it has none, or there is nothing to read it for. */
    public Evidence of(IngestRecord.Event event, Content content) {
        return content instanceof Content.Text text ? read(text.text(), event.passages()) : null;
    }

    /**
     * Reads a text.
     *
     * @param passages of it, with their places; empty where it was not recognized
     * @return null where there is nothing to read it for
     */
    public Evidence read(String text, List<Passage> passages) {
        if (!isNeeded()) {
            return null;
        }
        Map<String, Found> found = new LinkedHashMap<>();
        if (!matchers.isEmpty()) {
            FoldedText folded = FoldedText.of(text);
            matchers.forEach((list, matcher) -> found.put(list, matcher.find(folded, leaves ? MAX_TERMS : 0)));
        }
        String phrase = phrases.isEmpty() ? "" : FoldedText.phrase(text);
        int length = text.codePointCount(0, text.length());
        Map<String, Double> values = new LinkedHashMap<>();
        for (TextMeasure measure : measures) {
            values.put(
                    measure.name(),
                    switch (measure.kind()) {
                        case TERMS -> (double) found.get(measure.argument()).count();
                        case LENGTH -> (double) length;
                        case CONTAINS -> phrase.contains(phrases.get(measure.argument())) ? 1.0 : 0.0;
                    });
        }
        String kept = leaves ? beginning(text, MAX_CHARS) : null;
        return new Evidence(
                kept,
                leaves ? within(passages, kept.length()) : List.of(),
                null,
                new Reading(length, values, places(text, found)));
    }

    /** A text's first units, without half of a surrogate pair. */
    public static String beginning(String text, int units) {
        if (text.length() <= units) {
            return text;
        }
        return text.substring(0, Character.isHighSurrogate(text.charAt(units - 1)) ? units - 1 : units);
    }

    /** The passages that end within the first units of their text, in which each but the first follows a space. */
    private static List<Passage> within(List<Passage> passages, int units) {
        List<Passage> within = new ArrayList<>();
        int end = -1;
        for (Passage passage : passages) {
            end += 1 + passage.text().length();
            if (end > units) {
                break;
            }
            within.add(passage);
        }
        return List.copyOf(within);
    }

    /** The first terms, with their places in code points. */
    private static List<FoundTerm> places(String text, Map<String, Found> found) {
        record Listed(String list, Occurrence occurrence) {}
        List<Listed> all = new ArrayList<>();
        found.forEach((list, own) -> own.first().forEach(each -> all.add(new Listed(list, each))));
        all.sort(Comparator.comparingInt(each -> each.occurrence().start()));
        List<FoundTerm> places = new ArrayList<>();
        int units = 0;
        int codePoints = 0;
        for (Listed each : all.subList(0, Math.min(MAX_TERMS, all.size()))) {
            Occurrence occurrence = each.occurrence();
            codePoints += text.codePointCount(units, occurrence.start());
            units = occurrence.start();
            places.add(new FoundTerm(
                    each.list(),
                    occurrence.term(),
                    codePoints,
                    codePoints + text.codePointCount(units, occurrence.end())));
        }
        return List.copyOf(places);
    }
}
