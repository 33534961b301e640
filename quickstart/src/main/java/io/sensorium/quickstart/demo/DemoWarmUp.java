// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.demo;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
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
        for (PackedModel model : encoders(pipeline)) {
            Encoder encoder = Encoder.open(model, MediaLimits.DEFAULT, Device.parse("auto"), 1);
            // A text wakes the tokenizer's native library; the others' decoders wake with the first event.
            encoder.encode(List.of(new Content.Text("hello")));
            KEPT.add(encoder);
        }
    }

    /** By YAML alone: as a pipeline file it is read when the addresses are known, which the demo does not wait for. */
    static List<PackedModel> encoders(String pipeline) {
        try {
            List<PackedModel> encoders = new ArrayList<>();
            for (JsonNode modality : new YAMLMapper().readTree(pipeline).path("modalities")) {
                encoders.add(ModelCatalog.bundled()
                        .find(modality.path("encoder").asText())
                        .orElseThrow());
            }
            return encoders;
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the demo's own pipeline file is no YAML", e);
        }
    }
}
