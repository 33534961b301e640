// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.run;

import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.fuse.WindowFusion;
import io.sensorium.job.models.PipelineModels;
import io.sensorium.operators.encode.Encoder;
import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.pack.ModelKind;
import io.sensorium.operators.pack.PackException;
import io.sensorium.operators.pack.PackedModel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A pipeline's encoders and heads, loaded, warmed up and run once as a start of the job does, so that a model that
 * cannot work is known before anything is submitted. What is open shares its sessions with the job's tasks in this
 * process, which are spared the loading. For one thread.
 */
public final class ModelProbe implements AutoCloseable {

    private final List<AutoCloseable> open = new ArrayList<>();

    private ModelProbe() {}

    /** Nothing was tried: another machine's device cannot be tried here. */
    public static ModelProbe none() {
        return new ModelProbe();
    }

    /**
     * Tries every model on the pipeline's device.
     *
     * @param problems filled with every model that does not load, has other types or shapes than its manifest or its
     *     use, or fails a run, each with its place in the pipeline file
     * @param warnings filled with heads that gave a number that is not finite
     */
    public static ModelProbe of(
            PipelineConfig config, PipelineModels models, List<String> problems, List<String> warnings) {
        ModelProbe probe = new ModelProbe();
        try {
            Map<PackedModel, String> tried = new HashMap<>();
            for (int i = 0; i < models.encoders().size(); i++) {
                PackedModel model = models.encoders().get(i);
                if (model.manifest().kind() != ModelKind.EMBEDDING
                        && tried.putIfAbsent(model, config.modalities().get(i).name()) == null) {
                    probe.encoder(
                            config, "modalities." + config.modalities().get(i).name() + ".encoder: ", model, problems);
                }
            }
            WindowFusion.probe(config, models, problems, warnings).ifPresent(probe.open::add);
            return probe;
        } catch (RuntimeException e) {
            probe.close();
            throw e;
        }
    }

    private void encoder(PipelineConfig config, String where, PackedModel model, List<String> problems) {
        Encoder encoder = null;
        try {
            encoder = Encoder.open(
                    model, config.media(), Device.parse(config.runtime().device()), 1);
            encoder.warmUp(false);
            open.add(encoder);
        } catch (PackException e) {
            if (encoder != null) {
                encoder.close();
            }
            e.problems().forEach(problem -> problems.add(where + problem));
        }
    }

    @Override
    public void close() {
        for (AutoCloseable each : open) {
            try {
                each.close();
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IllegalStateException("a model could not be closed", e);
            }
        }
        open.clear();
    }
}
