// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer;

import ai.onnxruntime.OrtException;
import io.sensorium.operators.pack.ModelManifest;
import io.sensorium.operators.pack.ModelManifest.GraphSpec;
import io.sensorium.operators.pack.ModelManifest.Parts;
import io.sensorium.operators.pack.PackedModel;
import io.sensorium.trainer.SentimentData.Row;
import io.sensorium.trainer.head.FusionTraining;
import io.sensorium.trainer.head.FusionTraining.Example;
import io.sensorium.trainer.head.HeadShape;
import io.sensorium.trainer.pack.PackWriter;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Trains one head a fusion for a task, proves the export and writes it with its card and learning curve. */
final class ClassificationTraining {

    private final ClassificationTask task;
    private final long seed;
    private final String version;
    private final boolean whole;
    private final Path pack;
    private final PrintStream progress;

    /**
     * @param version version of every head; null for 1.0.0- and the start of its hash
     * @param whole whether the head that is written is trained on the test part too, once another one is measured on it
     */
    ClassificationTraining(
            ClassificationTask task, long seed, String version, boolean whole, Path pack, PrintStream progress) {
        this.task = task;
        this.seed = seed;
        this.version = version;
        this.whole = whole;
        this.pack = pack;
        this.progress = progress;
    }

    /** A trained head's export, how far it is from what was trained, and its losses. */
    private record Trained(byte[] graph, double parity, List<double[]> curve) {}

    /**
     * Trains and measures a head, then, with {@code whole}, trains it again with the test part.
     *
     * @throws IOException when the export differs from what was trained, or the pack cannot be written
     */
    void train(String fusion) throws IOException, OrtException {
        String name = task.name() + "-" + fusion;
        Trained trained = train(fusion, name, task.rows(DatasetSplit.TRAIN));
        task.warnings().forEach(warning -> progress.println("warning: " + warning));
        String figures =
                figures(PackWriter.loaded(manifest(fusion, name, trained.graph), Map.of("model", trained.graph)));
        if (whole) {
            trained = train(
                    fusion,
                    name,
                    task.rows().stream()
                            .filter(row -> !DatasetSplit.VALIDATION.contains(row.group()))
                            .toList());
            figures +=
                    "\nThese are of a head that never saw the test part, as it comes without `--whole`; the one here "
                            + "was then trained again with it.\n";
        }
        ModelManifest manifest = manifest(fusion, name, trained.graph);
        PackWriter.write(
                pack,
                manifest,
                Map.of("model", trained.graph),
                PackWriter.card(
                        manifest,
                        figures,
                        trained.parity,
                        task.split(),
                        task.provenance().command(),
                        task.provenance().evaluation(task.task())));
        LearningCurve.write(pack.resolve(name), fusion, trained.curve);
        progress.println(name + "\n" + figures);
    }

    private Trained train(String fusion, String name, List<Row> rows) throws IOException, OrtException {
        HeadShape shape = task.shape(fusion);
        List<Example> training = examples(rows);
        List<Example> validation = examples(task.rows(DatasetSplit.VALIDATION));
        try (FusionTraining head = new FusionTraining(fusion, shape, task.settings(), training, seed, progress)) {
            if (task.pretraining() > 0 && fusion.equals("single-stream")) {
                head.maskedModelling()
                        .fit(
                                training.stream().map(Example::vectors).toList(),
                                task.pretraining(),
                                task.settings().rate(),
                                task.settings().decay(),
                                progress);
            }
            List<double[]> curve = head.fit(training, validation);
            byte[] graph = head.toOnnx();
            double parity = 0;
            List<float[][]> real =
                    validation.stream().limit(64).map(Example::vectors).toList();
            for (List<float[][]> batch : Parity.batches(real, shape.dimensions())) {
                float[] exported = Parity.run(graph, shape.slots(), shape.dimensions(), batch, "probabilities");
                parity = Math.max(parity, Parity.relativeError(exported, head.predict(batch)));
            }
            if (task.context() > 0) {
                parity = Math.max(
                        parity,
                        parityWithPast(
                                graph,
                                head,
                                shape,
                                validation.stream().limit(64).toList()));
            }
            Parity.require(name, parity);
            return new Trained(graph, parity, curve);
        }
    }

    /** Rows with what the exported graph itself gives for those before them. */
    private static double parityWithPast(byte[] graph, FusionTraining head, HeadShape shape, List<Example> rows)
            throws OrtException {
        int width = shape.fusedWidth();
        float[] past = new float[rows.size() * shape.context() * width];
        for (int row = 0; row < rows.size(); row++) {
            if (!rows.get(row).earlier().isEmpty()) {
                float[] fused = Parity.run(
                        graph, shape.slots(), shape.dimensions(), rows.get(row).earlier(), "fused");
                System.arraycopy(fused, 0, past, row * shape.context() * width, fused.length);
            }
        }
        float[] exported = Parity.run(
                graph,
                shape.slots(),
                shape.dimensions(),
                rows.stream().map(Example::vectors).toList(),
                past,
                "probabilities");
        return Parity.relativeError(
                exported,
                head.predict(
                        rows.stream().map(Example::vectors).toList(),
                        rows.stream().map(Example::earlier).toList()));
    }

    private ModelManifest manifest(String fusion, String name, byte[] graph) {
        return new ModelManifest(
                name,
                PackWriter.version(version, graph),
                task.kind(),
                fusion,
                task.task(),
                description(fusion),
                task.provenance().licence(),
                task.provenance().command(),
                task.provenance().terms(),
                Map.of("model", spec(fusion, graph)),
                null,
                0,
                null,
                null,
                context(fusion),
                true,
                512,
                task.slots(fusion),
                task.labels(),
                null,
                null,
                null,
                null,
                "CARD.md",
                null,
                null,
                null);
    }

    private GraphSpec spec(String fusion, byte[] graph) {
        HeadShape shape = task.shape(fusion);
        Map<String, long[]> outputs = new LinkedHashMap<>(
                Map.of("probabilities", new long[] {-1, task.labels().size()}));
        Map<String, long[]> inputs = new LinkedHashMap<>();
        if (task.context() > 0) {
            inputs.put("context", new long[] {-1, context(fusion).size()});
            outputs.put("fused", new long[] {-1, context(fusion).width()});
        }
        if (shape.attends(fusion)) {
            outputs.put("attention", new long[] {-1, shape.positions()});
        }
        return PackWriter.spec("model.onnx", graph, task.slots(fusion), inputs, outputs);
    }

    private Parts context(String fusion) {
        return task.context() == 0
                ? null
                : new Parts("windows", task.context(), task.shape(fusion).fusedWidth());
    }

    private String figures(PackedModel head) throws IOException, OrtException {
        StringBuilder figures = new StringBuilder();
        task.warnings()
                .forEach(warning -> figures.append("Warning: ").append(warning).append(".\n\n"));
        figures.append("| slots (test part) | n |");
        List<Row> test = task.measured(DatasetSplit.TEST);
        for (int i = 0; i < task.subsets().size(); i++) {
            Map<String, Double> metrics = ClassificationEvaluation.metrics(
                    task.task(), head, test, task.subsets().get(i));
            if (i == 0) {
                metrics.keySet()
                        .forEach(metric -> figures.append(' ').append(metric).append(" |"));
                figures.append("\n|---|---|")
                        .append("---|".repeat(metrics.size()))
                        .append('\n');
            }
            figures.append("| ")
                    .append(String.join(" + ", task.subsets().get(i)))
                    .append(" | ")
                    .append(test.size())
                    .append(" |");
            metrics.values().forEach(value -> figures.append(String.format(" %.4f |", value)));
            figures.append('\n');
        }
        return figures.toString();
    }

    private static String description(String fusion) {
        return switch (fusion) {
            case "early" -> "Early fusion: one network over all embeddings and their presence.";
            case "late-concat" -> "Late fusion: an expert a modality, a linear layer over all their logits.";
            case "late-sum" -> "Late fusion: an expert a modality, the mean of the present ones' probabilities.";
            case "late-product" -> "Late fusion: an expert a modality, the product of the present ones' probabilities.";
            case "late-attention" ->
                "Late fusion: an expert a modality, combined by learned attention over those present.";
            case "hierarchical" -> "Hierarchical fusion: every pair of modalities, then all.";
            case "tensor" -> "Low-rank tensor fusion: the outer product of all modalities, in rank 4.";
            case "attention" -> "Two-stream co-attention: each modality's tokens attend to the others'.";
            default -> "Single-stream transformer: one attention layer over the tokens of all modalities.";
        };
    }

    private List<Example> examples(List<Row> rows) {
        List<List<Integer>> earlier = SentimentData.earlier(rows, task.context());
        return IntStream.range(0, rows.size())
                .mapToObj(i -> new Example(
                        rows.get(i).vectors(),
                        rows.get(i).label(),
                        earlier.get(i).stream()
                                .map(index -> rows.get(index).vectors())
                                .toList()))
                .toList();
    }
}
