// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks.pipeline;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sensorium.benchmarks.report.Report;
import io.sensorium.operators.pack.ModelCatalog;
import io.sensorium.quickstart.layout.DistributionLayout;
import io.sensorium.quickstart.size.CapacityPlanner;
import io.sensorium.quickstart.size.CostModel;
import io.sensorium.quickstart.stack.EmbeddedStack;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What an event of each modality costs, measured alone at parallelism 1; and whether the costs add up: the mix's
 * throughput at parallelism 1 and 2 compared with the prediction of {@link CapacityPlanner}. For one thread.
 */
public final class SizingBench implements AutoCloseable {

    private static final List<String> MODALITIES = List.of("image", "text", "audio");

    /** Modalities that are derived, with their recognizers. */
    private static final Map<String, String> DERIVED =
            new TreeMap<>(Map.of("speech", "speech-moonshine-tiny-en", "writing", "text-reader-ppocr-v4"));

    /** Lineage, attributes and signals in addition to the embedding. */
    private static final long KEPT_BESIDE_EMBEDDING = 200;

    private final double seconds;
    private final Path folder;
    private final PrintStream progress;
    private final EmbeddedStack stack;
    private final Report report = new Report("sizing");

    /** @param seconds of each run, about */
    public SizingBench(double seconds, Path folder, PrintStream progress) throws IOException {
        this.seconds = seconds;
        this.folder = folder;
        this.progress = progress;
        stack = EmbeddedStack.start(DistributionLayout.stackDistributions(), folder.resolve("stack"));
    }

    /**
     * Runs everything.
     *
     * @throws Exception as the pipeline does
     */
    public Report run() throws Exception {
        Map<String, CostModel.Modality> measured = new TreeMap<>();
        ObjectNode costs = report.json().putObject("costs");
        for (String modality : MODALITIES) {
            MediaEvents events = SingleProcessBaseline.sound(MediaEvents.of(List.of(modality)), PipelineBench.ENCODERS);
            PipelineLoad load = new PipelineLoad(
                    stack,
                    folder,
                    events,
                    PipelineBench.ENCODERS,
                    modality.equals("image") ? 18 : modality.equals("audio") ? 15 : 120,
                    1);
            load.run(seconds / 4);
            double rate = load.run(seconds);
            PipelineLoad.Spent spent = load.spent();
            long state = 4L
                            * ModelCatalog.bundled()
                                    .find(PipelineBench.ENCODERS.get(modality))
                                    .orElseThrow()
                                    .manifest()
                                    .dimension()
                    + KEPT_BESIDE_EMBEDDING;
            CostModel.Modality cost = new CostModel.Modality(
                    PipelineBench.ENCODERS.get(modality),
                    spent.encodeMs(),
                    spent.cpuMs(),
                    spent.brokerMs(),
                    events.meanBytes(modality),
                    state);
            measured.put(modality, cost);
            put(costs, modality, cost);
            progress.printf(
                    "%-6s alone, parallelism 1: %.1f events/s; an event takes %.2f ms of a worker, %.2f ms of the "
                            + "job's processor time, %.2f ms of the broker's%n",
                    modality, rate, cost.encodeMs(), cost.cpuMs(), cost.brokerMs());
        }
        for (Map.Entry<String, String> derived : DERIVED.entrySet()) {
            CostModel.Modality cost = RecognitionCost.measure(derived.getValue(), measured.get("text"));
            put(costs, derived.getKey(), cost);
            progress.printf(
                    "%-6s from %s: an event takes %.2f ms of a worker%n",
                    derived.getKey(), derived.getValue(), cost.encodeMs());
        }
        Map<String, Double> shares = new LinkedHashMap<>();
        MODALITIES.forEach(modality -> shares.put(modality, 1.0 / MODALITIES.size()));
        MediaEvents mix = SingleProcessBaseline.sound(MediaEvents.of(MODALITIES), PipelineBench.ENCODERS);
        for (int parallelism : new int[] {1, 2}) {
            PipelineLoad load =
                    new PipelineLoad(stack, folder, mix, PipelineBench.ENCODERS, 20 * parallelism, parallelism);
            load.run(seconds / 4);
            double rate = load.run(seconds);
            double predicted = CapacityPlanner.throughput(
                    new CostModel("", measured),
                    shares,
                    parallelism,
                    Runtime.getRuntime().availableProcessors());
            report.run("ours-parallelism-" + parallelism)
                    .put("events_per_s", round(rate))
                    .put("predicted_events_per_s", round(predicted));
            report.ratio("predicted-parallelism-" + parallelism, rate, predicted);
            progress.printf(
                    "image, text and audio alike, parallelism %d: %.1f events/s, %.1f by the costs (%.2f)%n",
                    parallelism, rate, predicted, rate / predicted);
        }
        return report;
    }

    private static void put(ObjectNode costs, String modality, CostModel.Modality cost) {
        costs.putObject(modality)
                .put("encoder", cost.encoder())
                .put("encode_ms", round(cost.encodeMs()))
                .put("cpu_ms", round(cost.cpuMs()))
                .put("broker_ms", round(cost.brokerMs()))
                .put("record_bytes", cost.recordBytes())
                .put("state_bytes", cost.stateBytes());
    }

    private static double round(double value) {
        return Math.round(value * 1000) / 1000.0;
    }

    @Override
    public void close() throws IOException {
        stack.close();
    }
}
