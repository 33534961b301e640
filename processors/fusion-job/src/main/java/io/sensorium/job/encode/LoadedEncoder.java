// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.encode;

import io.sensorium.job.config.ModelBundle;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineConfig.Embedding;
import io.sensorium.job.models.PipelineModels;
import io.sensorium.operators.encode.Content;
import io.sensorium.operators.encode.Outcome;
import io.sensorium.operators.engine.EncodingEngine;
import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.pack.ModelManifest;
import io.sensorium.operators.pack.PackedModel;
import io.sensorium.pipeline.ConfigurationException;
import java.util.concurrent.CompletableFuture;

/**
 * A modality's encoder of one bundle, warm.
 *
 * @param reference name@version, and the precision where it is not the manifest's own choice
 * @param hash first eight bytes of its SHA-256
 * @param engine null where the events bring their embeddings
 * @param expected what embeddings the events bring; null where there is an engine
 * @param heads that rate its embeddings
 */
record LoadedEncoder(
        String reference,
        ModelManifest manifest,
        long hash,
        EncodingEngine engine,
        Embedding expected,
        EventSignals heads)
        implements AutoCloseable {

    /** @throws ConfigurationException when the bundle's models are unavailable */
    static LoadedEncoder load(PipelineConfig config, ModelBundle bundle, int modality) throws ConfigurationException {
        PipelineModels models = PipelineModels.of(config, bundle);
        PackedModel model = models.encoders().get(modality);
        Embedding expected = config.modalities().get(modality).embedding();
        Device device = Device.parse(config.runtime().device());
        EventSignals heads = EventSignals.open(models.signalHeads(modality), device);
        try {
            return new LoadedEncoder(
                    model.reference(),
                    model.manifest(),
                    PipelineModels.shortHash(model),
                    expected != null
                            ? null
                            : EncodingEngine.open(
                                    model,
                                    config.media(),
                                    device,
                                    config.runtime().engine(),
                                    config.bank().on()),
                    expected,
                    heads);
        } catch (RuntimeException e) {
            heads.close();
            throw e;
        }
    }

    /**
     * Gives content to the engine, once it is there. Waits, on the thread that has it, while the engine's queue is
     * full.
     *
     * @param content null where it is still being fetched
     * @param fetched the content that is being fetched; null where it is there
     * @throws InterruptedException while waiting
     */
    CompletableFuture<Outcome> encode(Content content, CompletableFuture<Content> fetched) throws InterruptedException {
        return submit(engine, content, fetched);
    }

    /** {@link #encode} with any engine. */
    static CompletableFuture<Outcome> submit(EncodingEngine engine, Content content, CompletableFuture<Content> fetched)
            throws InterruptedException {
        return content != null
                ? engine.submit(content)
                : fetched.thenCompose(there -> {
                    try {
                        return engine.submit(there);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                        return CompletableFuture.failedFuture(e);
                    }
                });
    }

    /** Whether an embedding that came with an event is by this encoder, as the event states. */
    boolean is(String model) {
        return expected != null && (expected.model().isEmpty() || model.equals(expected.model()))
                || model.equals(manifest.name())
                || model.equals(manifest.id());
    }

    @Override
    public void close() {
        heads.close();
        if (engine != null) {
            engine.close();
        }
    }
}
