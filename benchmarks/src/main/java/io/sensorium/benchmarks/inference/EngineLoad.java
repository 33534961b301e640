// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks.inference;

import io.sensorium.benchmarks.load.Workload;
import io.sensorium.operators.encode.Content;
import io.sensorium.operators.encode.Outcome;
import io.sensorium.operators.engine.EncodingEngine;
import io.sensorium.operators.engine.EngineSettings;
import io.sensorium.operators.media.MediaLimits;
import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.pack.PackedModel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;

/** Ours: one asker, held back by the engine's queue as a source is. */
final class EngineLoad implements Workload {

    private final EncodingEngine engine;
    private final List<Content> contents;
    private int next;

    EngineLoad(PackedModel model, List<Content> contents) {
        this.engine = EncodingEngine.open(
                model, MediaLimits.DEFAULT, new Device.Cpu(), EngineSettings.of(32, Duration.ofMillis(20)));
        this.contents = contents;
    }

    @Override
    public double run(double seconds) throws Exception {
        AtomicReference<String> failure = new AtomicReference<>();
        List<CompletableFuture<Void>> all = new ArrayList<>();
        long start = System.nanoTime();
        long end = start + (long) (seconds * 1e9);
        while (System.nanoTime() < end) {
            all.add(engine.submit(contents.get(next++ % contents.size())).thenAccept(outcome -> {
                if (outcome instanceof Outcome.Failed failed) {
                    failure.set(failed.message());
                }
            }));
        }
        // To the last record: what is still in a batch was worked on too.
        CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).get();
        double rate = all.size() * 1e9 / (System.nanoTime() - start);
        if (failure.get() != null) {
            throw new IllegalStateException(failure.get());
        }
        return rate;
    }

    @Override
    public void close() {
        engine.close();
    }
}
