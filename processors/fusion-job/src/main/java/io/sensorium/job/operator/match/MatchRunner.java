// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.operator.match;

import ai.onnxruntime.OrtException;
import io.sensorium.job.alignment.AlignedWindow;
import io.sensorium.job.alignment.EncodedEvent;
import io.sensorium.job.operator.BoundOperator.Setup;
import io.sensorium.job.operator.FusedWindow;
import io.sensorium.job.operator.HeadSlots;
import io.sensorium.job.operator.HeadSlots.Source;
import io.sensorium.job.operator.OperatorRunner;
import io.sensorium.job.operator.Outcome;
import io.sensorium.job.operator.match.BoundMatch.BoundPair;
import io.sensorium.operators.fuse.MatchHead;
import io.sensorium.operators.fuse.MatchHead.Match;
import io.sensorium.operators.fuse.MatchHead.SlotPair;
import io.sensorium.results.MatchPair;
import io.sensorium.results.MatchResult;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Runs a match head. */
final class MatchRunner implements OperatorRunner {

    /** A pair takes some 100 bytes of a result, which is at most 16 MiB. */
    private static final int MAX_PAIRS = 150_000;

    private final BoundMatch bound;
    private final Setup setup;
    private final MatchHead head;
    private final int[] fed;

    MatchRunner(BoundMatch bound, Setup setup) {
        this.bound = bound;
        this.setup = setup;
        List<Source> sources = bound.slots().sources();
        this.fed = bound.slots().sourceModalities();
        this.head = new MatchHead(
                bound.head(),
                bound.slots().sourceSlots(),
                bound.pairs().stream()
                        .map(pair -> new SlotPair(
                                sources.indexOf(new Source(pair.slots().left(), pair.left())),
                                sources.indexOf(new Source(pair.slots().right(), pair.right()))))
                        .toList(),
                setup.device(),
                1);
    }

    @Override
    public Optional<String> excess(AlignedWindow window) {
        long pairs = 0;
        for (BoundPair pair : bound.pairs()) {
            pairs += (long) window.eventsOf(modality -> modality == pair.left()).size()
                    * window.eventsOf(modality -> modality == pair.right()).size();
        }
        return pairs <= MAX_PAIRS
                ? Optional.empty()
                : Optional.of("operator " + bound.operator().key() + " would score " + pairs
                        + " pairs in one window, more than " + MAX_PAIRS
                        + " fit a record; lower align.max_events or the window, or split the subject");
    }

    @Override
    public List<FusedWindow> fuse(List<AlignedWindow> windows, List<float[]> pasts) throws OrtException {
        List<List<Match>> matches = head.score(HeadSlots.inputs(fed, setup.embeddings(), windows, pasts));
        List<FusedWindow> fused = new ArrayList<>(windows.size());
        for (int i = 0; i < matches.size(); i++) {
            MatchResult result = result(windows.get(i), matches.get(i));
            fused.add(
                    new FusedWindow(result, inputs(windows.get(i)), null, () -> outcome(result), () -> values(result)));
        }
        return fused;
    }

    private List<EncodedEvent> inputs(AlignedWindow window) {
        return window.eventsOf(modality -> bound.pairs().stream()
                .anyMatch(pair -> window.has(pair.left())
                        && window.has(pair.right())
                        && (pair.left() == modality || pair.right() == modality)));
    }

    private MatchResult result(AlignedWindow window, List<Match> matches) {
        List<MatchPair> pairs = new ArrayList<>(matches.size());
        double sum = 0;
        List<List<EncodedEvent>> byModality = new ArrayList<>();
        for (int modality = 0; modality < setup.modalities().size(); modality++) {
            byModality.add(new ArrayList<>());
        }
        window.events().forEach(event -> byModality.get(event.modality()).add(event));
        for (Match match : matches) {
            BoundPair pair = bound.pairs().get(match.pair());
            pairs.add(new MatchPair(
                    byModality.get(pair.left()).get(match.left()).eventId(),
                    byModality.get(pair.right()).get(match.right()).eventId(),
                    setup.modalities().get(pair.left()),
                    setup.modalities().get(pair.right()),
                    match.similarity(),
                    match.probability(),
                    match.matched()));
            sum += match.probability();
        }
        MatchResult result = new MatchResult();
        result.setPairs(pairs);
        result.setCoherence(sum / matches.size());
        return result;
    }

    /** Where several pairs are of the same two modalities, the most probable. */
    private static Map<String, Object> values(MatchResult result) {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("coherence", result.getCoherence());
        for (MatchPair pair : result.getPairs()) {
            String name = pair.getLeftModality() + "-" + pair.getRightModality();
            Object best = values.get(name + ".probability");
            if (best == null || pair.getProbability() > (Double) best) {
                values.put(name + ".probability", pair.getProbability());
                values.put(name + ".similarity", pair.getSimilarity());
                values.put(name + ".matched", pair.getMatched());
            }
        }
        return values;
    }

    private static Outcome outcome(MatchResult result) {
        Map<String, Double> probabilities = new LinkedHashMap<>();
        result.getPairs()
                .forEach(pair -> probabilities.put(
                        pair.getLeftEventId() + " ~ " + pair.getRightEventId(), pair.getProbability()));
        return new Outcome(result.getCoherence(), null, probabilities);
    }

    @Override
    public void close() {
        head.close();
    }
}
