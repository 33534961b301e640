// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.run;

import ai.onnxruntime.OrtException;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.fuse.WindowFusion;
import io.sensorium.job.models.PipelineModels;
import io.sensorium.job.models.SignalHead;
import io.sensorium.operators.encode.Encoder;
import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.pack.ModelKind;
import io.sensorium.operators.pack.PackException;
import io.sensorium.operators.pack.PackedModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;

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
     * Tries every model that was found on the pipeline's device; a head whose encoders are missing too, with made-up
     * embeddings of those that it takes.
     *
     * @param problems filled with every model that does not load, has other types or shapes than its manifest or its
     *     use, or fails a run, each with its place in the pipeline file
     * @param warnings filled with heads that gave a number that is not finite, and with what of an encoder's manifest
     *     has no effect
     */
    public static ModelProbe of(
            PipelineConfig config, PipelineModels.Found models, List<String> problems, List<String> warnings) {
        ModelProbe probe = new ModelProbe();
        List<Supplier<Attempt>> attempts = new ArrayList<>();
        Map<PackedModel, String> tried = new HashMap<>();
        for (int i = 0; i < models.encoders().size(); i++) {
            PackedModel model = models.encoders().get(i);
            if (model != null
                    && model.manifest().kind() != ModelKind.EMBEDDING
                    && tried.putIfAbsent(model, config.modalities().get(i).name()) == null) {
                String where = "modalities." + config.modalities().get(i).name() + ".encoder: ";
                attempts.add(() -> encoder(config, where, model));
            }
        }
        models.recognizers().forEach((modality, model) -> {
            if (tried.putIfAbsent(model, modality) == null) {
                attempts.add(() -> encoder(config, "modalities." + modality + ".recognizer: ", model));
            }
        });
        models.bound()
                .ifPresent(bound -> bound.signalHeads().forEach(head -> attempts.add(() -> signals(config, head))));
        models.trials().forEach(trial -> attempts.add(() -> operators(config, trial)));
        List<Attempt> made = probe.attempt(attempts);
        made.forEach(attempt -> problems.addAll(attempt.problems()));
        made.forEach(attempt -> warnings.addAll(attempt.warnings()));
        return probe;
    }

    /** @param opened what is to be closed again; null where nothing is */
    private record Attempt(AutoCloseable opened, List<String> problems, List<String> warnings) {}

    /** Makes every attempt, as many at once as there are processors: most of a start's time goes into them. */
    private List<Attempt> attempt(List<Supplier<Attempt>> attempts) {
        if (attempts.isEmpty()) {
            return List.of();
        }
        ExecutorService threads = Executors.newFixedThreadPool(
                Math.min(attempts.size(), Runtime.getRuntime().availableProcessors()));
        List<Attempt> made = new ArrayList<>();
        RuntimeException failure = null;
        List<Future<Attempt>> running =
                attempts.stream().map(attempt -> threads.submit(attempt::get)).toList();
        for (Future<Attempt> each : running) {
            try {
                Attempt attempt = each.get();
                made.add(attempt);
                if (attempt.opened() != null) {
                    open.add(attempt.opened());
                }
            } catch (ExecutionException e) {
                failure = e.getCause() instanceof RuntimeException cause
                        ? cause
                        : new IllegalStateException("a model cannot be tried", e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                failure = new IllegalStateException("interrupted while models were tried", e);
            }
        }
        threads.shutdown();
        if (failure != null) {
            close();
            throw failure;
        }
        return made;
    }

    private static Attempt encoder(PipelineConfig config, String where, PackedModel model) {
        Encoder encoder = null;
        try {
            encoder = Encoder.open(
                    model,
                    config.media(),
                    Device.parse(config.runtime().device()),
                    1,
                    config.bank().on());
            encoder.warmUp(false);
            return new Attempt(
                    encoder,
                    List.of(),
                    encoder.warnings().stream().map(warning -> where + warning).toList());
        } catch (PackException e) {
            if (encoder != null) {
                encoder.close();
            }
            return new Attempt(
                    null, e.problems().stream().map(problem -> where + problem).toList(), List.of());
        }
    }

    private static Attempt signals(PipelineConfig config, SignalHead head) {
        String where = "moderation.toxicity.heads: ";
        SignalHead.Loaded loaded = null;
        try {
            loaded = head.open(Device.parse(config.runtime().device()));
            float[] embedding = new float[head.model().manifest().slots().get(0).dimension()];
            Arrays.fill(embedding, 1f / embedding.length);
            loaded.signals(embedding);
            return new Attempt(loaded, List.of(), List.of());
        } catch (PackException e) {
            return new Attempt(
                    null, e.problems().stream().map(problem -> where + problem).toList(), List.of());
        } catch (OrtException e) {
            loaded.close();
            return new Attempt(
                    null,
                    List.of(where + head.model() + " fails on a made-up embedding: " + e.getMessage()),
                    List.of());
        }
    }

    private static Attempt operators(PipelineConfig config, PipelineModels models) {
        List<String> problems = new ArrayList<>();
        List<String> warnings = new ArrayList<>();
        WindowFusion fusion =
                WindowFusion.probe(config, models, problems, warnings).orElse(null);
        return new Attempt(fusion, problems, warnings);
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
