// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks.pipeline;

import ai.onnxruntime.OrtException;
import io.sensorium.benchmarks.load.Workload;
import io.sensorium.operators.encode.Content;
import io.sensorium.operators.encode.Encoder;
import io.sensorium.operators.encode.Outcome;
import io.sensorium.operators.fuse.FusionInput;
import io.sensorium.operators.fuse.SentimentHead;
import io.sensorium.operators.media.MediaLimits;
import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.pack.ModelCatalog;
import io.sensorium.operators.pack.ModelManifest.Slot;
import io.sensorium.operators.pack.PackedModel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Decoding, preprocessing, encoders and the head in plain threads: no Kafka, no Flink, no alignment, nothing written.
 */
final class SingleProcessBaseline implements Workload.Worker {

    /** Subjects that a thread takes at once, as many as the engine's largest batch. */
    private static final int BATCH = 32;

    private final MediaEvents events;
    private final AtomicInteger next;
    private final Map<String, Encoder> encoders = new LinkedHashMap<>();
    private final SentimentHead head;

    /** @param next the next subject, which the threads share */
    SingleProcessBaseline(MediaEvents events, Map<String, String> encoderNames, AtomicInteger next) {
        this.events = events;
        this.next = next;
        ModelCatalog catalog = ModelCatalog.bundled();
        events.modalities()
                .forEach(modality -> encoders.put(
                        modality,
                        Encoder.open(
                                catalog.find(encoderNames.get(modality)).orElseThrow(),
                                MediaLimits.DEFAULT,
                                new Device.Cpu(),
                                1)));
        head = new SentimentHead(catalog.find(PipelineLoad.HEAD).orElseThrow(), new Device.Cpu(), 1);
    }

    @Override
    public int step() throws OrtException {
        int first = next.getAndAdd(BATCH);
        Map<String, List<Outcome>> encoded = new LinkedHashMap<>();
        encoders.forEach((modality, encoder) -> {
            List<Content> contents = new ArrayList<>();
            for (int i = 0; i < BATCH; i++) {
                contents.add(events.content(first + i, modality));
            }
            encoded.put(modality, encoder.encode(contents));
        });
        List<FusionInput> windows = new ArrayList<>();
        for (int i = 0; i < BATCH; i++) {
            List<List<float[]>> slots = new ArrayList<>();
            for (Slot slot : head.manifest().slots()) {
                slots.add(
                        encoded.containsKey(slot.name())
                                ? List.of(((Outcome.Encoded)
                                                encoded.get(slot.name()).get(i))
                                        .vector())
                                : List.of());
            }
            windows.add(new FusionInput(slots));
        }
        return head.score(windows).size() * encoders.size();
    }

    /** The media of the sample that an encoder takes. */
    static MediaEvents sound(MediaEvents events, Map<String, String> encoderNames) {
        MediaEvents good = events;
        for (String modality : List.of("image", "audio")) {
            if (!events.modalities().contains(modality)) {
                continue;
            }
            PackedModel model =
                    ModelCatalog.bundled().find(encoderNames.get(modality)).orElseThrow();
            try (Encoder encoder = Encoder.open(model, MediaLimits.DEFAULT, new Device.Cpu(), 1)) {
                good = good.without(
                        modality,
                        (modality.equals("image") ? events.images() : events.sounds())
                                .stream()
                                        .filter(event -> encoder.encode(List.of(new Content.Media(event.payload())))
                                                        .get(0)
                                                instanceof Outcome.Failed)
                                        .toList());
            }
        }
        return good;
    }

    @Override
    public void close() {
        encoders.values().forEach(Encoder::close);
        head.close();
    }
}
