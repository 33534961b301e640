// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.operator.sentiment;

import ai.onnxruntime.OrtException;
import io.sensorium.job.alignment.AlignedWindow;
import io.sensorium.job.operator.BoundOperator.Setup;
import io.sensorium.job.operator.FusedWindow;
import io.sensorium.job.operator.HeadSlots;
import io.sensorium.job.operator.HeadSlots.Source;
import io.sensorium.job.operator.OperatorRunner;
import io.sensorium.job.operator.Outcome;
import io.sensorium.operators.fuse.SentimentHead;
import io.sensorium.operators.fuse.SentimentScore;
import io.sensorium.results.SentimentResult;
import io.sensorium.schemas.SentimentLabel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Runs a sentiment head. */
final class SentimentRunner implements OperatorRunner {

    /** By the score's class. */
    private static final SentimentLabel[] LABELS = SentimentLabel.values();

    private final BoundSentiment bound;
    private final Setup setup;
    private final SentimentHead head;
    private final int[] fed;
    private final List<Source> sources;

    SentimentRunner(BoundSentiment bound, Setup setup) {
        this.bound = bound;
        this.setup = setup;
        this.sources = bound.slots().sources();
        this.fed = bound.slots().sourceModalities();
        this.head = new SentimentHead(bound.head(), bound.slots().sourceSlots(), setup.device(), 1);
    }

    @Override
    public List<FusedWindow> fuse(List<AlignedWindow> windows, List<float[]> pasts) throws OrtException {
        List<SentimentScore> scores = head.score(HeadSlots.inputs(fed, setup.embeddings(), windows, pasts));
        List<FusedWindow> fused = new ArrayList<>(windows.size());
        for (int i = 0; i < scores.size(); i++) {
            AlignedWindow window = windows.get(i);
            SentimentScore score = scores.get(i);
            Map<String, Double> contributions = contributions(score);
            fused.add(new FusedWindow(
                    result(window, score, contributions),
                    window.eventsOf(modality -> bound.slots().slotOf(modality) >= 0),
                    score.fused(),
                    () -> new Outcome(score.score(), label(score), probabilities(score)),
                    () -> values(score, contributions)));
        }
        return fused;
    }

    private SentimentResult result(AlignedWindow window, SentimentScore score, Map<String, Double> contributions) {
        SentimentResult result = new SentimentResult();
        result.setProbabilities(probabilities(score));
        result.setScore(score.score());
        result.setLabel(label(score));
        result.setContributions(contributions);
        result.setAgreement(score.agreement());
        result.setAttention(
                bound.operator().explain()
                        ? bound.slots().attention(setup.modalities(), window, score.attention())
                        : Map.of());
        return result;
    }

    private static Map<String, Object> values(SentimentScore score, Map<String, Double> contributions) {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("score", score.score());
        values.put("label", label(score));
        values.put("agreement", score.agreement());
        probabilities(score).forEach((label, probability) -> values.put("probability." + label, probability));
        contributions.forEach((modality, contribution) -> values.put("contribution." + modality, contribution));
        return values;
    }

    private Map<String, Double> contributions(SentimentScore score) {
        Map<String, Double> contributions = new LinkedHashMap<>();
        for (int modality = 0; modality < setup.modalities().size(); modality++) {
            int source = sourceOf(modality);
            if (source >= 0 && !Double.isNaN(score.contributions()[source])) {
                contributions.put(setup.modalities().get(modality), score.contributions()[source]);
            }
        }
        return contributions;
    }

    private int sourceOf(int modality) {
        for (int source = 0; source < sources.size(); source++) {
            if (sources.get(source).modality() == modality) {
                return source;
            }
        }
        return -1;
    }

    private static String label(SentimentScore score) {
        return LABELS[score.argmax()].name();
    }

    private static Map<String, Double> probabilities(SentimentScore score) {
        Map<String, Double> probabilities = new LinkedHashMap<>();
        probabilities.put("NEGATIVE", score.negative());
        probabilities.put("NEUTRAL", score.neutral());
        probabilities.put("POSITIVE", score.positive());
        return probabilities;
    }

    @Override
    public void close() {
        head.close();
    }
}
