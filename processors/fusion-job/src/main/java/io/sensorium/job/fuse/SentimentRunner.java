// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.fuse;

import ai.onnxruntime.OrtException;
import io.sensorium.job.alignment.AlignedWindow;
import io.sensorium.job.alignment.EncodedEvent;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.models.PipelineModels.BoundHead;
import io.sensorium.job.records.OutputRecord;
import io.sensorium.job.records.OutputSchemas;
import io.sensorium.job.records.RecordWriter;
import io.sensorium.operators.fuse.SentimentHead;
import io.sensorium.operators.fuse.SentimentScore;
import io.sensorium.operators.onnx.Device;
import io.sensorium.results.SentimentResult;
import io.sensorium.schemas.SentimentLabel;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Sentiment of a window. */
final class SentimentRunner extends AbstractOperatorRunner {

    /** By the score's class. */
    private static final SentimentLabel[] LABELS = SentimentLabel.values();

    private final PipelineConfig config;
    private final SentimentHead operator;
    private final int[] fed;
    private final RecordWriter<SentimentResult> writer;

    SentimentRunner(PipelineConfig config, int index, BoundHead bound, ResultFields shared, OutputSchemas schemas) {
        super(index, bound, shared);
        this.config = config;
        this.operator = new SentimentHead(
                bound.head(), slots(), Device.parse(config.runtime().device()), 1);
        this.fed = modalities();
        this.writer = new RecordWriter<>(bound.operator().output(), new SentimentResult(), schemas);
    }

    @Override
    public List<Integer> wanted(AlignedWindow window) {
        return bound.fed();
    }

    @Override
    public List<Fused> fuse(List<AlignedWindow> windows, List<float[]> pasts) throws OrtException {
        List<SentimentScore> scores = operator.score(OperatorRunner.inputs(fed, shared, windows, pasts));
        List<Fused> records = new ArrayList<>(windows.size());
        for (int i = 0; i < scores.size(); i++) {
            SentimentScore score = scores.get(i);
            Map<String, Double> contributions = contributions(score);
            records.add(new Fused(
                    record(windows.get(i), score, contributions),
                    score.fused(),
                    () -> new Outcome(score.score(), LABELS[score.argmax()].name(), probabilities(score)),
                    () -> said(score, contributions)));
        }
        return records;
    }

    private static Map<String, Object> said(SentimentScore score, Map<String, Double> contributions) {
        Map<String, Object> said = new LinkedHashMap<>();
        said.put("score", score.score());
        said.put("label", LABELS[score.argmax()].name());
        said.put("agreement", score.agreement());
        probabilities(score).forEach((label, probability) -> said.put("probability." + label, probability));
        contributions.forEach((modality, contribution) -> said.put("contribution." + modality, contribution));
        return said;
    }

    private Map<String, Double> contributions(SentimentScore score) {
        Map<String, Double> contributions = new LinkedHashMap<>();
        for (int modality = 0; modality < config.modalities().size(); modality++) {
            int source = sourceOf(modality);
            if (source >= 0 && !Double.isNaN(score.contributions()[source])) {
                contributions.put(config.modalities().get(modality).name(), score.contributions()[source]);
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

    private OutputRecord record(AlignedWindow window, SentimentScore score, Map<String, Double> contributions) {
        List<EncodedEvent> used = OperatorRunner.used(window, modality -> bound.slotOf(modality) >= 0);
        Map<String, Double> probabilities = probabilities(score);
        String label = LABELS[score.argmax()].name();
        return writer.write(
                window.subject(),
                new SentimentResult(
                        shared.resultId(key(), window),
                        window.subject(),
                        Instant.ofEpochMilli(window.start()),
                        Instant.ofEpochMilli(window.end()),
                        ResultFields.status(window),
                        window.revision(index),
                        window.forced(),
                        shared.modalities(window),
                        shared.inputs(used),
                        shared.attributes(used),
                        shared.signals(used),
                        key(),
                        model,
                        ResultFields.now(),
                        probabilities,
                        score.score(),
                        label,
                        contributions,
                        score.agreement(),
                        attention(window, score.attention())),
                ResultFields.readAt(used));
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
        operator.close();
    }
}
