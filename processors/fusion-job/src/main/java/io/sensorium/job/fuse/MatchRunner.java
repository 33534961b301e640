// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.fuse;

import ai.onnxruntime.OrtException;
import io.sensorium.job.alignment.AlignedWindow;
import io.sensorium.job.alignment.EncodedEvent;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.models.PipelineModels.BoundHead;
import io.sensorium.job.models.PipelineModels.BoundPair;
import io.sensorium.job.models.PipelineModels.Source;
import io.sensorium.job.records.OutputSchemas;
import io.sensorium.job.records.RecordWriter;
import io.sensorium.operators.fuse.MatchHead;
import io.sensorium.operators.fuse.MatchHead.Match;
import io.sensorium.operators.fuse.MatchHead.SlotPair;
import io.sensorium.operators.onnx.Device;
import io.sensorium.results.MatchPair;
import io.sensorium.results.MatchResult;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** Cross-modal matching of a window's events. */
final class MatchRunner extends AbstractOperatorRunner {

    /** A pair takes some 100 bytes of a result, which is at most 16 MiB. */
    private static final int MAX_PAIRS = 150_000;

    private final PipelineConfig config;
    private final MatchHead operator;
    private final int[] fed;
    private final RecordWriter<MatchResult> writer;

    MatchRunner(PipelineConfig config, int index, BoundHead bound, ResultFields shared, OutputSchemas schemas) {
        super(index, bound, shared);
        this.config = config;
        this.operator = new MatchHead(
                bound.head(),
                slots(),
                bound.pairs().stream().map(this::sources).toList(),
                Device.parse(config.runtime().device()),
                1);
        this.fed = modalities();
        this.writer = new RecordWriter<>(bound.operator().output(), new MatchResult(), schemas);
    }

    private SlotPair sources(BoundPair pair) {
        return new SlotPair(
                sources.indexOf(new Source(pair.slots().left(), pair.left())),
                sources.indexOf(new Source(pair.slots().right(), pair.right())));
    }

    @Override
    public Optional<String> excess(AlignedWindow window) {
        long pairs = 0;
        for (BoundPair pair : bound.pairs()) {
            pairs += (long) OperatorRunner.used(window, modality -> modality == pair.left())
                            .size()
                    * OperatorRunner.used(window, modality -> modality == pair.right())
                            .size();
        }
        return pairs <= MAX_PAIRS
                ? Optional.empty()
                : Optional.of("operator " + key() + " would score " + pairs + " pairs in one window, more than "
                        + MAX_PAIRS + " fit a record; lower align.max_events or the window, or split the subject");
    }

    @Override
    public List<Integer> wanted(AlignedWindow window) {
        TreeSet<Integer> wanted = new TreeSet<>();
        for (BoundPair pair : bound.pairs()) {
            wanted.add(pair.left());
            wanted.add(pair.right());
        }
        return List.copyOf(wanted);
    }

    private boolean present(AlignedWindow window, BoundPair pair) {
        return OperatorRunner.has(window, pair.left()) && OperatorRunner.has(window, pair.right());
    }

    @Override
    public List<Fused> fuse(List<AlignedWindow> windows, List<float[]> pasts) throws OrtException {
        List<List<Match>> matches = operator.score(OperatorRunner.inputs(fed, shared, windows, pasts));
        List<Fused> records = new ArrayList<>(windows.size());
        for (int i = 0; i < matches.size(); i++) {
            MatchResult result = result(windows.get(i), matches.get(i));
            records.add(new Fused(
                    writer.write(result.getSubjectId(), result, ResultFields.readAt(used(windows.get(i)))),
                    null,
                    () -> outcome(result),
                    () -> said(result)));
        }
        return records;
    }

    private List<EncodedEvent> used(AlignedWindow window) {
        return OperatorRunner.used(
                window,
                modality -> bound.pairs().stream()
                        .anyMatch(pair ->
                                present(window, pair) && (pair.left() == modality || pair.right() == modality)));
    }

    private MatchResult result(AlignedWindow window, List<Match> matches) {
        List<EncodedEvent> used = used(window);
        List<MatchPair> pairs = new ArrayList<>(matches.size());
        double sum = 0;
        List<List<EncodedEvent>> byModality = new ArrayList<>();
        for (int modality = 0; modality < config.modalities().size(); modality++) {
            byModality.add(new ArrayList<>());
        }
        window.events().forEach(event -> byModality.get(event.modality()).add(event));
        for (Match match : matches) {
            BoundPair pair = bound.pairs().get(match.pair());
            EncodedEvent left = byModality.get(pair.left()).get(match.left());
            EncodedEvent right = byModality.get(pair.right()).get(match.right());
            pairs.add(new MatchPair(
                    left.eventId(),
                    right.eventId(),
                    shared.modality(left).name(),
                    shared.modality(right).name(),
                    match.similarity(),
                    match.probability(),
                    match.matched()));
            sum += match.probability();
        }
        return new MatchResult(
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
                pairs,
                sum / matches.size());
    }

    /** Of several pairs of the same two modalities the most probable. */
    private static Map<String, Object> said(MatchResult result) {
        Map<String, Object> said = new LinkedHashMap<>();
        said.put("coherence", result.getCoherence());
        for (MatchPair pair : result.getPairs()) {
            String name = pair.getLeftModality() + "-" + pair.getRightModality();
            Object best = said.get(name + ".probability");
            if (best == null || pair.getProbability() > (Double) best) {
                said.put(name + ".probability", pair.getProbability());
                said.put(name + ".similarity", pair.getSimilarity());
                said.put(name + ".matched", pair.getMatched());
            }
        }
        return said;
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
        operator.close();
    }
}
