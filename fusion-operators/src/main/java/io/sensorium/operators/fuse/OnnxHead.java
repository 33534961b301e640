// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.fuse;

import ai.onnxruntime.OrtException;
import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.pack.ModelManifest;
import io.sensorium.operators.pack.ModelManifest.Slot;
import io.sensorium.operators.pack.PackedModel;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Runs any multi-input model over batches of windows and gives its outputs as they are. Several embeddings of a slot
 * are averaged first, in order, in double. For one thread.
 */
public final class OnnxHead implements AutoCloseable {

    private final ModelManifest manifest;
    private final HeadRunner head;
    private final int largestRun;

    /** A head of this project's: slots from its manifest, a presence mask called {@code mask}. */
    public OnnxHead(PackedModel model, Device device, int threads) {
        this(model, model.manifest().slots(), "mask", Set.of(), device, threads);
    }

    /**
     * Any model.
     *
     * @param slots its embedding inputs, {@code [batch, dimension]} each
     * @param mask its presence input, {@code [batch, slots]}; null where it has none, so that every slot must be
     *     present
     * @param outputs those to compute; empty for all that the manifest lists
     */
    public OnnxHead(PackedModel model, List<Slot> slots, String mask, Set<String> outputs, Device device, int threads) {
        manifest = model.manifest();
        head = new HeadRunner(model, "model", slots, mask, outputs, device, threads);
        largestRun = Math.min(HeadRunner.MAX_RUN, manifest.maxBatch());
    }

    /** Numbers of a row of an output, as the manifest has it. */
    public static int width(ModelManifest manifest, String output) {
        return HeadRunner.width(manifest.graphs().get("model").outputs().get(output));
    }

    public ModelManifest manifest() {
        return manifest;
    }

    /**
     * Runs windows.
     *
     * @param windows each with at least one slot present
     * @return for each window, in order, its row of every output by the output's name
     * @throws OrtException when the model fails, or gives a number that is not finite
     */
    public List<Map<String, float[]>> run(List<FusionInput> windows) throws OrtException {
        List<Map<String, float[]>> results = new ArrayList<>(windows.size());
        for (int from = 0; from < windows.size(); from += largestRun) {
            List<FusionInput> part = windows.subList(from, Math.min(windows.size(), from + largestRun));
            Map<String, FloatBuffer> outputs = head.run(
                    part.stream().map(FusionInput::averaged).toList(),
                    part.stream().map(FusionInput::past).toList());
            for (int row = 0; row < part.size(); row++) {
                results.add(row(outputs, row));
            }
        }
        return results;
    }

    private Map<String, float[]> row(Map<String, FloatBuffer> outputs, int row) throws OrtException {
        if (outputs.size() == 1) {
            String output = outputs.keySet().iterator().next();
            return Map.of(output, head.row(outputs, output, row));
        }
        Map<String, float[]> values = new LinkedHashMap<>();
        for (String output : outputs.keySet()) {
            values.put(output, head.row(outputs, output, row));
        }
        return values;
    }

    @Override
    public void close() {
        head.close();
    }
}
