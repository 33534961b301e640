package io.sensorium.trainer;

import ai.onnxruntime.OrtException;
import io.sensorium.operators.pack.ModelManifest;
import io.sensorium.operators.pack.ModelManifest.Terms;
import io.sensorium.operators.pack.PackedModel;
import io.sensorium.trainer.SentimentData.Row;
import io.sensorium.trainer.head.FusionTraining;
import io.sensorium.trainer.head.FusionTraining.Example;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Trains one head a fusion for a task, proves the export and writes it with its card and learning curve. */
final class ClassificationTraining {

    private final ClassificationTask task;
    private final long seed;
    private final String version;
    private final Path pack;
    private final PrintStream progress;

    /** @param version of every head; null for 1.0.0- and the start of its hash */
    ClassificationTraining(ClassificationTask task, long seed, String version, Path pack, PrintStream progress) {
        this.task = task;
        this.seed = seed;
        this.version = version;
        this.pack = pack;
        this.progress = progress;
    }

    /** @throws IOException when the export differs from what was trained, or the pack cannot be written */
    void train(String fusion) throws IOException, OrtException {
        List<Example> training = examples(task.rows(Split.TRAIN));
        List<Example> validation = examples(task.rows(Split.VALIDATION));
        byte[] graph;
        double parity = 0;
        List<double[]> curve;
        try (FusionTraining head = new FusionTraining(fusion, task.shape(), task.settings(), training, seed, progress)) {
            curve = head.fit(training, validation);
            graph = head.toOnnx();
            List<float[][]> real = validation.stream().limit(64).map(Example::vectors).toList();
            for (List<float[][]> batch : Parity.batches(real, task.shape().dimensions())) {
                float[] exported = Parity.run(graph, task.shape().slots(), task.shape().dimensions(), batch, "probabilities");
                parity = Math.max(parity, Parity.relativeError(exported, head.predict(batch)));
            }
        }
        String name = task.name() + "-" + fusion;
        Parity.require(name, parity);
        ModelManifest manifest = new ModelManifest(name, PackWriter.version(version, graph), task.kind(), fusion, task.task(), description(fusion),
                "research use; see CARD.md", "trained by this project", new Terms("no", task.terms()),
                Map.of("model", PackWriter.spec(graph, task.slots(), Map.of("probabilities", new long[] {-1, task.labels().size()}))),
                null, 0, true, 512, task.slots(), task.labels(), null, null, "CARD.md");
        PackedModel written = PackWriter.loaded(manifest, graph);
        StringBuilder figures = new StringBuilder("| slots (test part) | n |");
        List<Row> test = task.measured(Split.TEST);
        for (int i = 0; i < task.subsets().size(); i++) {
            Map<String, Double> metrics = ClassificationEvaluation.metrics(task.task(), written, test, task.subsets().get(i));
            if (i == 0) {
                metrics.keySet().forEach(metric -> figures.append(' ').append(metric).append(" |"));
                figures.append("\n|---|---|").append("---|".repeat(metrics.size())).append('\n');
            }
            figures.append("| ").append(String.join(" + ", task.subsets().get(i))).append(" | ").append(test.size()).append(" |");
            metrics.values().forEach(value -> figures.append(String.format(" %.4f |", value)));
            figures.append('\n');
        }
        PackWriter.write(pack, manifest, graph, PackWriter.card(manifest, figures.toString(), parity, task.split(),
                "./sensorium " + task.train() + " --fusion " + fusion + " --out PACK --seed " + seed,
                "./sensorium evaluate " + task.task() + " --data DATA/" + task.task() + " --split test --json FILE"));
        LearningCurve.write(pack.resolve(name), fusion, curve);
        progress.println(name + "\n" + figures);
    }

    private static String description(String fusion) {
        return switch (fusion) {
            case "early" -> "Early fusion: one network over all embeddings and their presence.";
            case "late-concat" -> "Late fusion: an expert a modality, a linear layer over all their logits.";
            case "late-sum" -> "Late fusion: an expert a modality, the mean of the present ones' probabilities.";
            case "late-product" -> "Late fusion: an expert a modality, the product of the present ones' probabilities.";
            case "late-attention" -> "Late fusion: an expert a modality, combined by learned attention over those present.";
            case "hierarchical" -> "Hierarchical fusion: every pair of modalities, then all.";
            case "tensor" -> "Low-rank tensor fusion: the outer product of all modalities, in rank 4.";
            case "attention" -> "Two-stream co-attention: each modality's tokens attend to the others'.";
            default -> "Single-stream transformer: one attention layer over the tokens of all modalities.";
        };
    }

    private static List<Example> examples(List<Row> rows) {
        return rows.stream().map(row -> new Example(row.vectors(), row.label())).toList();
    }
}
