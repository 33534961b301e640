// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.fuse;

import ai.onnxruntime.OrtException;
import io.sensorium.job.alignment.AlignedWindow;
import io.sensorium.job.alignment.EncodedEvent;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineConfig.Captions;
import io.sensorium.job.models.PipelineModels.BoundHead;
import io.sensorium.job.records.OutputSchemas;
import io.sensorium.job.records.RecordWriter;
import io.sensorium.operators.fuse.CaptionHead;
import io.sensorium.operators.fuse.PhraseIndex;
import io.sensorium.operators.onnx.Device;
import io.sensorium.results.Caption;
import io.sensorium.results.CaptionResult;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The best phrases of a bank for a window's events of one modality. */
final class CaptionRunner extends AbstractOperatorRunner {

    private final Captions captions;
    private final int modality;
    private final CaptionHead operator;
    private final RecordWriter<CaptionResult> writer;

    CaptionRunner(PipelineConfig config, int index, BoundHead bound, ResultFields shared, OutputSchemas schemas) {
        super(index, bound, shared);
        this.captions = (Captions) bound.operator();
        this.modality = config.modalityIndex(captions.from());
        Device device = Device.parse(config.runtime().device());
        this.operator = new CaptionHead(
                bound.head(),
                bound.pairs().get(0).slots().left(),
                bound.pairs().get(0).slots().right(),
                PhraseIndex.embeddings(bound.phraseEncoder(), captions.phrases(), device),
                captions.top(),
                device,
                1);
        this.writer = new RecordWriter<>(captions.output(), new CaptionResult(), schemas);
    }

    @Override
    public List<Integer> wanted(AlignedWindow window) {
        return List.of(modality);
    }

    @Override
    public List<Fused> fuse(List<AlignedWindow> windows, List<float[]> pasts) throws OrtException {
        List<float[]> vectors = new ArrayList<>();
        for (AlignedWindow window : windows) {
            vectors.addAll(OperatorRunner.input(bound.modalities(), shared, window, null)
                    .vectors()
                    .get(bound.slotOf(modality)));
        }
        List<List<CaptionHead.Caption>> found = operator.captions(vectors);
        List<Fused> records = new ArrayList<>(windows.size());
        int next = 0;
        for (AlignedWindow window : windows) {
            List<EncodedEvent> used = OperatorRunner.used(window, m -> m == modality);
            List<Caption> own = new ArrayList<>();
            for (EncodedEvent event : used) {
                found.get(next++)
                        .forEach(caption -> own.add(new Caption(
                                event.eventId(),
                                captions.phrases().get(caption.phrase()),
                                caption.similarity(),
                                caption.probability())));
            }
            records.add(new Fused(
                    writer.write(
                            window.subject(),
                            new CaptionResult(
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
                                    own),
                            ResultFields.readAt(used)),
                    null,
                    () -> outcome(own),
                    () -> said(own)));
        }
        return records;
    }

    /** The best phrase of the first event. */
    private static Map<String, Object> said(List<Caption> captions) {
        return captions.isEmpty()
                ? Map.of()
                : Map.of(
                        "phrase",
                        captions.get(0).getPhrase(),
                        "similarity",
                        captions.get(0).getSimilarity(),
                        "probability",
                        captions.get(0).getProbability());
    }

    private static Outcome outcome(List<Caption> captions) {
        Map<String, Double> values = new LinkedHashMap<>();
        captions.forEach(
                caption -> values.put(caption.getEventId() + " " + caption.getPhrase(), caption.getProbability()));
        return new Outcome(null, captions.isEmpty() ? null : captions.get(0).getPhrase(), values);
    }

    @Override
    public void close() {
        operator.close();
    }
}
