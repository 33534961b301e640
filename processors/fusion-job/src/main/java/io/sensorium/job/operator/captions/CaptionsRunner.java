// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.operator.captions;

import ai.onnxruntime.OrtException;
import io.sensorium.job.alignment.AlignedWindow;
import io.sensorium.job.alignment.EncodedEvent;
import io.sensorium.job.operator.BoundOperator.Setup;
import io.sensorium.job.operator.FusedWindow;
import io.sensorium.job.operator.OperatorRunner;
import io.sensorium.job.operator.Outcome;
import io.sensorium.operators.fuse.CaptionHead;
import io.sensorium.operators.fuse.PhraseIndex;
import io.sensorium.results.Caption;
import io.sensorium.results.CaptionResult;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Runs a caption head over a window's events of one modality. */
final class CaptionsRunner implements OperatorRunner {

    private final BoundCaptions bound;
    private final Setup setup;
    private final CaptionHead head;

    CaptionsRunner(BoundCaptions bound, Setup setup) {
        this.bound = bound;
        this.setup = setup;
        this.head = new CaptionHead(
                bound.head(),
                bound.pair().left(),
                bound.pair().right(),
                PhraseIndex.embeddings(bound.phraseEncoder(), bound.operator().phrases(), setup.device()),
                bound.operator().top(),
                setup.device(),
                1);
    }

    @Override
    public List<FusedWindow> fuse(List<AlignedWindow> windows, List<float[]> pasts) throws OrtException {
        List<float[]> vectors = new ArrayList<>();
        for (AlignedWindow window : windows) {
            inputs(window).forEach(event -> vectors.add(setup.embeddings().vector(event)));
        }
        List<List<CaptionHead.Caption>> found = head.captions(vectors);
        List<FusedWindow> fused = new ArrayList<>(windows.size());
        int next = 0;
        for (AlignedWindow window : windows) {
            List<EncodedEvent> inputs = inputs(window);
            List<Caption> captions = new ArrayList<>();
            for (EncodedEvent event : inputs) {
                found.get(next++)
                        .forEach(caption -> captions.add(new Caption(
                                event.eventId(),
                                bound.operator().phrases().get(caption.phrase()),
                                caption.similarity(),
                                caption.probability())));
            }
            CaptionResult result = new CaptionResult();
            result.setCaptions(captions);
            fused.add(new FusedWindow(result, inputs, null, () -> outcome(captions), () -> values(captions)));
        }
        return fused;
    }

    private List<EncodedEvent> inputs(AlignedWindow window) {
        return window.eventsOf(modality -> modality == bound.modality());
    }

    /** The best phrase of the first event. */
    private static Map<String, Object> values(List<Caption> captions) {
        if (captions.isEmpty()) {
            return Map.of();
        }
        Caption first = captions.get(0);
        return Map.of(
                "phrase", first.getPhrase(),
                "similarity", first.getSimilarity(),
                "probability", first.getProbability());
    }

    private static Outcome outcome(List<Caption> captions) {
        Map<String, Double> values = new LinkedHashMap<>();
        captions.forEach(
                caption -> values.put(caption.getEventId() + " " + caption.getPhrase(), caption.getProbability()));
        return new Outcome(null, captions.isEmpty() ? null : captions.get(0).getPhrase(), values);
    }

    @Override
    public void close() {
        head.close();
    }
}
