// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer;

import ai.onnxruntime.OrtException;
import io.sensorium.operators.pack.ModelKind;
import io.sensorium.operators.pack.ModelManifest;
import io.sensorium.operators.pack.ModelManifest.GraphSpec;
import io.sensorium.operators.pack.ModelManifest.PairCalibration;
import io.sensorium.operators.pack.ModelManifest.Slot;
import io.sensorium.operators.pack.PackedModel;
import io.sensorium.trainer.pack.PackWriter;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Trains the dual encoder, proves the export and writes it with its card. */
final class MatchHeadTrainer {

    private final Path data;
    private final PackedModel[] encoders;
    private final String name;
    private final long seed;
    private final String version;
    private final boolean whole;
    private final boolean rerank;
    private final int pretraining;
    private final Provenance provenance;
    private final Path pack;
    private final PrintStream progress;

    /**
     * @param encoders of audio, image and text
     * @param version null for 1.0.0- and the start of its hash
     * @param whole whether the head that is written is trained on the test part too, once another one is measured on it
     * @param rerank whether a single-stream model re-ranks near ties of image and text
     * @param pretraining epochs of masked modelling before it
     * @param provenance where the head comes from
     */
    MatchHeadTrainer(
            Path data,
            PackedModel[] encoders,
            String name,
            long seed,
            String version,
            boolean whole,
            boolean rerank,
            int pretraining,
            Provenance provenance,
            Path pack,
            PrintStream progress) {
        this.data = data;
        this.encoders = encoders;
        this.name = name;
        this.seed = seed;
        this.version = version;
        this.whole = whole;
        this.rerank = rerank;
        this.pretraining = pretraining;
        this.provenance = provenance;
        this.pack = pack;
        this.progress = progress;
    }

    /** A trained head's export, its calibration, and how far the export is from what was trained. */
    private record Trained(
            byte[] graph, Map<String, PairCalibration> calibrations, double parity, RerankTraining.Trained rerank) {

        Map<String, byte[]> graphs() {
            return rerank == null ? Map.of("model", graph) : Map.of("model", graph, "rerank", rerank.graph());
        }
    }

    /**
     * Trains and measures a head, then, with {@code whole}, trains it again with the test part.
     *
     * @throws IOException when the export differs from what was trained, or the pack cannot be written
     */
    void train(EmbeddingCache embeddings) throws IOException, OrtException {
        List<MatchData.Row> rows = MatchData.read(data, encoders[0], encoders[1], encoders[2], embeddings);
        List<MatchData.Row> validation = rows.stream()
                .filter(row -> DatasetSplit.VALIDATION.contains(row.id()))
                .toList();
        List<MatchData.Row> test = rows.stream()
                .filter(row -> DatasetSplit.TEST.contains(row.id()))
                .toList();
        Trained trained = train(
                rows.stream()
                        .filter(row -> DatasetSplit.TRAIN.contains(row.id()))
                        .toList(),
                validation);
        String figures = (rerank ? trained.rerank.report() + "\n" : "")
                + figures(PackWriter.loaded(manifest(trained), trained.graphs()), test);
        if (whole) {
            trained = train(
                    rows.stream()
                            .filter(row -> !DatasetSplit.VALIDATION.contains(row.id()))
                            .toList(),
                    validation);
            figures +=
                    "\nThese are of a head that never saw the test part, as it comes without `--whole`; the one here "
                            + "was then trained again with it.\n";
        }
        PackWriter.write(
                pack,
                manifest(trained),
                trained.graphs(),
                PackWriter.card(
                        manifest(trained),
                        figures,
                        trained.parity,
                        "A fifth of the pictures is the test part; a tenth stops the training early and calibrates the probabilities.",
                        provenance.command(),
                        provenance.evaluation("match")));
        progress.println(figures);
    }

    private Trained train(List<MatchData.Row> training, List<MatchData.Row> validation)
            throws IOException, OrtException {
        int[] dimensions = TrainCommand.dimensions(encoders);
        try (MatchTraining head = new MatchTraining(dimensions, training, seed, progress)) {
            head.fit(training, validation);
            byte[] graph = head.toOnnx();
            double parity = 0;
            for (int slot = 0; slot < 3; slot++) {
                int s = slot;
                List<float[][]> real = validation.stream()
                        .limit(64)
                        .map(row -> {
                            float[][] vectors = new float[3][];
                            vectors[s] = s == 0
                                    ? row.audio()
                                    : s == 1 ? row.image() : row.captions().get(0);
                            return vectors;
                        })
                        .toList();
                for (List<float[][]> batch : Parity.batches(real, dimensions)) {
                    List<float[][]> present =
                            batch.stream().filter(row -> row[s] != null).toList();
                    if (!present.isEmpty()) {
                        parity = Math.max(
                                parity,
                                Parity.relativeError(
                                        Parity.run(
                                                graph,
                                                MatchTraining.SLOTS,
                                                dimensions,
                                                present,
                                                MatchTraining.SLOTS.get(s) + "_projection"),
                                        head.predict(
                                                s,
                                                present.stream()
                                                        .map(row -> row[s])
                                                        .toList())));
                    }
                }
            }
            Parity.require(name, parity);
            if (!rerank) {
                return new Trained(graph, head.calibrate(validation), parity, null);
            }
            RerankTraining.Trained second = new RerankTraining(
                            TrainCommand.slot("image", encoders[1]),
                            TrainCommand.slot("text", encoders[2]),
                            pretraining,
                            seed,
                            progress)
                    .train(head, training, validation);
            return new Trained(graph, head.calibrate(validation), Math.max(parity, second.parity()), second);
        }
    }

    private ModelManifest manifest(Trained trained) {
        Map<String, long[]> outputs = new LinkedHashMap<>();
        List<Slot> slots = new ArrayList<>();
        for (int slot = 0; slot < encoders.length; slot++) {
            outputs.put(MatchTraining.SLOTS.get(slot) + "_projection", new long[] {-1, MatchTraining.SPACE});
            slots.add(new Slot(
                    MatchTraining.SLOTS.get(slot),
                    TrainCommand.pooled(encoders[slot]),
                    List.of(encoders[slot].manifest().id())));
        }
        Map<String, GraphSpec> graphs = new LinkedHashMap<>();
        graphs.put("model", PackWriter.spec("model.onnx", trained.graph, slots, Map.of(), outputs));
        if (rerank) {
            List<Slot> parts = List.of(TrainCommand.slot("image", encoders[1]), TrainCommand.slot("text", encoders[2]));
            graphs.put(
                    "rerank",
                    PackWriter.spec(
                            "rerank.onnx",
                            trained.rerank.graph(),
                            parts,
                            Map.of(),
                            Map.of("probabilities", new long[] {-1, 2}, "attention", new long[] {
                                -1, parts.stream().mapToInt(Slot::positions).sum()
                            })));
        }
        return new ModelManifest(
                name,
                PackWriter.version(version, trained.graph),
                ModelKind.MATCH_HEAD,
                null,
                "match",
                "Dual encoder: a projection a modality into one space; cosine and calibrated probability."
                        + (rerank ? " A single-stream model re-ranks near ties." : ""),
                provenance.licence(),
                provenance.command(),
                provenance.terms(),
                graphs,
                null,
                MatchTraining.SPACE,
                null,
                null,
                null,
                true,
                512,
                slots,
                null,
                trained.calibrations,
                rerank ? trained.rerank.rerank() : null,
                null,
                null,
                "CARD.md",
                null,
                null,
                null);
    }

    private static String figures(PackedModel head, List<MatchData.Row> test) throws OrtException {
        Map<String, Object> measured = MatchEvaluation.match(head, test, List.of());
        StringBuilder figures = new StringBuilder(
                "Among the " + test.size()
                        + " pictures of the test part:\n\n| direction | R@1 | R@5 | R@10 | median rank |\n|---|---|---|---|---|\n");
        ((Map<?, ?>) measured.get("directions")).forEach((direction, value) -> {
            Map<?, ?> metrics = (Map<?, ?>) value;
            figures.append(String.format(
                    "| %s | %.3f | %.3f | %.3f | %.1f |%n",
                    direction,
                    number(metrics, "r_at_1"),
                    number(metrics, "r_at_5"),
                    number(metrics, "r_at_10"),
                    number(metrics, "median_rank")));
        });
        Map<?, ?> metrics = (Map<?, ?>) measured.get("metrics");
        metrics.keySet().forEach(name -> figures.append(String.format("%n%s: %.4f%n", name, number(metrics, name))));
        return figures.toString();
    }

    private static double number(Map<?, ?> metrics, Object name) {
        return ((Number) metrics.get(name)).doubleValue();
    }
}
