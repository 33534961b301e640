// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks.pipeline;

import io.sensorium.operators.encode.Content;
import io.sensorium.operators.encode.Encoder;
import io.sensorium.operators.encode.Outcome;
import io.sensorium.operators.encode.Outcome.Recognized;
import io.sensorium.operators.media.MediaLimits;
import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.pack.ModelCatalog;
import io.sensorium.operators.pack.ModelKind;
import io.sensorium.operators.pack.PackedModel;
import io.sensorium.quickstart.replay.ReplayEvent;
import io.sensorium.quickstart.size.CostModel;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.List;

/**
 * What finding text in the sample's images or sounds costs: the processor time of a recognizer alone, on one thread.
 */
final class RecognitionCost {

    private RecognitionCost() {}

    private static long processorNanos() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    /**
     * Measures a bundled recognizer.
     *
     * @param text cost of a text event, which is added as if there were text in each
     * @return of an event of the modality that text is derived from, for which the broker does nothing more
     * @throws IOException when the sample cannot be read
     */
    static CostModel.Modality measure(String recognizer, CostModel.Modality text) throws IOException {
        PackedModel model = ModelCatalog.bundled().find(recognizer).orElseThrow();
        String modality = model.manifest().kind() == ModelKind.TEXT_READER ? "image" : "audio";
        MediaEvents events = MediaEvents.of(List.of(modality));
        List<ReplayEvent> all = modality.equals("image") ? events.images() : events.sounds();
        int read = 0;
        double ms = 0;
        try (Encoder encoder = Encoder.open(model, MediaLimits.DEFAULT, Device.parse("cpu"), 1)) {
            encoder.warmUp(false);
            for (ReplayEvent event : all) {
                long since = processorNanos();
                Outcome outcome = encoder.encode(List.of(new Content.Media(event.payload())))
                        .get(0);
                if (outcome instanceof Recognized) {
                    read++;
                    ms += (processorNanos() - since) / 1e6;
                }
            }
        }
        return new CostModel.Modality(recognizer, ms / read, ms / read + text.cpuMs(), 0, 0, text.stateBytes());
    }
}
