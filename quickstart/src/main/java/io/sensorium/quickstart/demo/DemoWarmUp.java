// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.demo;

import io.sensorium.operators.encode.Content;
import io.sensorium.operators.encode.Encoder;
import io.sensorium.operators.media.MediaLimits;
import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.pack.ModelCatalog;
import io.sensorium.operators.pack.PackedModel;
import java.util.ArrayList;
import java.util.List;

/** Loads the demo's encoders while the stack starts and keeps them, so that the job finds their sessions open. */
final class DemoWarmUp {

    private static final List<Encoder> KEPT = new ArrayList<>();

    private DemoWarmUp() {}

    /** @param pipeline the demo's pipeline file */
    static synchronized void run(String pipeline) {
        for (PackedModel model : ModelCatalog.bundled().models()) {
            if (model.manifest().kind().isEncoder()
                    && pipeline.contains("encoder: " + model.manifest().name() + ",")) {
                Encoder encoder = Encoder.open(model, MediaLimits.DEFAULT, Device.parse("auto"), 1);
                // A text wakes the tokenizer's native library; the others' decoders wake with the first event.
                encoder.encode(List.of(new Content.Text("hello")));
                KEPT.add(encoder);
            }
        }
    }
}
