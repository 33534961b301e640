// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.fuse;

import ai.onnxruntime.OrtException;
import io.sensorium.job.alignment.AlignedWindow;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.fuse.LoadedOperator.Fused;
import io.sensorium.job.operator.Outcome;
import io.sensorium.job.records.OutputRecord;
import io.sensorium.job.records.OutputSchemas;
import io.sensorium.job.records.RecordWriter;
import io.sensorium.job.rollout.RolloutPlan;
import io.sensorium.results.ShadowResult;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Writes a shadow's results beside the live ones. For one thread. */
final class ShadowWriter {

    private final RecordWriter<ShadowResult> writer;
    private final Consumer<OutputRecord> out;
    private final Runnable failed;

    /** @param failed called for each window on which a candidate failed */
    ShadowWriter(PipelineConfig config, OutputSchemas schemas, Consumer<OutputRecord> out, Runnable failed) {
        this.out = out;
        this.failed = failed;
        writer = new RecordWriter<>(config.sideTopics().shadow(), ShadowResult.getClassSchema(), schemas);
    }

    /**
     * Writes the results of a candidate for the windows that its plan concerns, beside the live ones. Its failures are
     * its own.
     *
     * @param fused what was written, by window
     */
    void compare(
            LoadedOperator live,
            LoadedOperators others,
            RolloutPlan plan,
            List<AlignedWindow> windows,
            List<Fused> fused) {
        LoadedOperator candidate = others.operators().get(live.index());
        if (candidate.head().sha256().equals(live.head().sha256()) && !plan.encodesTwice()) {
            return;
        }
        List<AlignedWindow> concerned = new ArrayList<>(windows.size());
        List<Outcome> liveOutcomes = new ArrayList<>(windows.size());
        for (int i = 0; i < windows.size(); i++) {
            if (plan.concerns(windows.get(i).subject()) && others.reads(windows.get(i))) {
                concerned.add(windows.get(i));
                liveOutcomes.add(fused.get(i).outcome());
            }
        }
        compare(live, candidate, others.shared(), concerned, liveOutcomes);
    }

    private void compare(
            LoadedOperator live,
            LoadedOperator candidate,
            ResultFields shared,
            List<AlignedWindow> windows,
            List<Outcome> liveOutcomes) {
        if (windows.isEmpty()) {
            return;
        }
        List<Outcome> outcomes;
        String error;
        try {
            outcomes = candidate.fuse(windows, Collections.nCopies(windows.size(), null)).stream()
                    .map(Fused::outcome)
                    .toList();
            error = null;
        } catch (OrtException | RuntimeException e) {
            outcomes = List.of();
            error = e.toString();
        }
        if (error != null && windows.size() > 1) {
            for (int i = 0; i < windows.size(); i++) {
                compare(live, candidate, shared, windows.subList(i, i + 1), liveOutcomes.subList(i, i + 1));
            }
            return;
        }
        for (int i = 0; i < windows.size(); i++) {
            String id = shared.resultId(live.key(), windows.get(i));
            if (error == null) {
                double difference = Outcome.difference(outcomes.get(i), liveOutcomes.get(i));
                out.accept(write(
                        id,
                        windows.get(i),
                        live,
                        candidate,
                        liveOutcomes.get(i),
                        outcomes.get(i),
                        Double.isNaN(difference) ? null : difference,
                        null));
            } else {
                failed.run();
                out.accept(write(
                        id,
                        windows.get(i),
                        live,
                        candidate,
                        liveOutcomes.get(i),
                        new Outcome(null, null, Map.of()),
                        null,
                        error));
            }
        }
    }

    private OutputRecord write(
            String resultId,
            AlignedWindow window,
            LoadedOperator live,
            LoadedOperator candidate,
            Outcome liveOutcome,
            Outcome shadow,
            Double difference,
            String error) {
        return writer.write(
                window.subject(),
                new ShadowResult(
                        resultId,
                        window.subject(),
                        Instant.ofEpochMilli(window.start()),
                        Instant.ofEpochMilli(window.end()),
                        ResultFields.status(window),
                        window.revision(live.index()),
                        live.key(),
                        ResultFields.identity(candidate.head()),
                        ResultFields.identity(live.head()),
                        shadow.score(),
                        liveOutcome.score(),
                        difference,
                        shadow.label(),
                        liveOutcome.label(),
                        shadow.values(),
                        liveOutcome.values(),
                        error,
                        ResultFields.now()),
                0);
    }
}
