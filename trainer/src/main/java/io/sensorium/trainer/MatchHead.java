package io.sensorium.trainer;

import ai.onnxruntime.OrtException;
import io.sensorium.operators.pack.ModelKind;
import io.sensorium.operators.pack.ModelManifest;
import io.sensorium.operators.pack.ModelManifest.PairCalibration;
import io.sensorium.operators.pack.ModelManifest.Slot;
import io.sensorium.operators.pack.ModelManifest.Terms;
import io.sensorium.operators.pack.PackedModel;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Trains the dual encoder, proves the export and writes it with its card. */
final class MatchHead {

    private final Path data;
    private final PackedModel[] encoders;
    private final String name;
    private final long seed;
    private final String version;
    private final boolean whole;
    private final Path pack;
    private final PrintStream progress;

    /**
     * @param encoders of audio, image and text
     * @param version null for 1.0.0- and the start of its hash
     * @param whole whether the head that is written is trained on the test part too, once another one is measured on it
     */
    MatchHead(Path data, PackedModel[] encoders, String name, long seed, String version, boolean whole, Path pack, PrintStream progress) {
        this.data = data;
        this.encoders = encoders;
        this.name = name;
        this.seed = seed;
        this.version = version;
        this.whole = whole;
        this.pack = pack;
        this.progress = progress;
    }

    /** A trained head's export, its calibration, and how far the export is from what was trained. */
    private record Trained(byte[] graph, Map<String, PairCalibration> calibrations, double parity) {}

    /**
     * Trains and measures a head, then, where the whole set is asked for, trains it again with the test part.
     *
     * @throws IOException when the export differs from what was trained, or the pack cannot be written
     */
    void train(EmbeddingCache embeddings) throws IOException, OrtException {
        List<MatchData.Row> rows = MatchData.read(data, encoders[0], encoders[1], encoders[2], embeddings);
        List<MatchData.Row> validation = rows.stream().filter(row -> Split.VALIDATION.contains(row.id())).toList();
        List<MatchData.Row> test = rows.stream().filter(row -> Split.TEST.contains(row.id())).toList();
        Trained trained = train(rows.stream().filter(row -> Split.TRAIN.contains(row.id())).toList(), validation);
        String figures = figures(PackWriter.loaded(manifest(trained), trained.graph), test);
        if (whole) {
            trained = train(rows.stream().filter(row -> !Split.VALIDATION.contains(row.id())).toList(), validation);
            figures += "\nThese are of a head that never saw the test part, as it comes without `--whole`; the one here was then trained again with it.\n";
        }
        PackWriter.write(pack, manifest(trained), trained.graph, PackWriter.card(manifest(trained), figures, trained.parity,
                "A fifth of the pictures is the test part; a tenth stops the training early and calibrates the probabilities.",
                "./sensorium train match --data DATA/image-text-audio-match --out PACK --seed " + seed + (whole ? " --whole" : ""),
                "./sensorium evaluate match --data DATA/image-text-audio-match --models PACK --split test --json FILE"));
        progress.println(figures);
    }

    private Trained train(List<MatchData.Row> training, List<MatchData.Row> validation) throws IOException, OrtException {
        int[] dimensions = TrainCommand.dimensions(encoders);
        try (MatchTraining head = new MatchTraining(dimensions, training, seed, progress)) {
            head.fit(training, validation);
            byte[] graph = head.toOnnx();
            double parity = 0;
            for (int slot = 0; slot < 3; slot++) {
                int s = slot;
                List<float[][]> real = validation.stream().limit(64).map(row -> {
                    float[][] vectors = new float[3][];
                    vectors[s] = s == 0 ? row.audio() : s == 1 ? row.image() : row.captions().get(0);
                    return vectors;
                }).toList();
                for (List<float[][]> batch : Parity.batches(real, dimensions)) {
                    List<float[][]> present = batch.stream().filter(row -> row[s] != null).toList();
                    if (!present.isEmpty()) {
                        parity = Math.max(parity, Parity.relativeError(Parity.run(graph, MatchTraining.SLOTS, dimensions, present, MatchTraining.SLOTS.get(s) + "_projection"),
                                head.predict(s, present.stream().map(row -> row[s]).toList())));
                    }
                }
            }
            Parity.require(name, parity);
            return new Trained(graph, head.calibrate(validation), parity);
        }
    }

    private ModelManifest manifest(Trained trained) {
        Map<String, long[]> outputs = new LinkedHashMap<>();
        List<Slot> slots = new ArrayList<>();
        for (int slot = 0; slot < encoders.length; slot++) {
            outputs.put(MatchTraining.SLOTS.get(slot) + "_projection", new long[] {-1, MatchTraining.SPACE});
            slots.add(TrainCommand.slot(MatchTraining.SLOTS.get(slot), encoders[slot]));
        }
        return new ModelManifest(name, PackWriter.version(version, trained.graph), ModelKind.MATCH_HEAD, null, "match",
                "Dual encoder: a projection a modality into one space; cosine and calibrated probability.", "research use; see CARD.md", "trained by this project",
                new Terms("no", List.of("Flickr8k with spoken captions (research)")), Map.of("model", PackWriter.spec(trained.graph, slots, outputs)), null,
                MatchTraining.SPACE, null, null, true, 512, slots, null, trained.calibrations, null, "CARD.md");
    }

    private static String figures(PackedModel head, List<MatchData.Row> test) throws OrtException {
        Map<String, Object> measured = MatchEvaluation.match(head, test);
        StringBuilder figures = new StringBuilder("Among the " + test.size() + " pictures of the test part:\n\n| direction | R@1 | R@5 | R@10 | median rank |\n|---|---|---|---|---|\n");
        ((Map<?, ?>) measured.get("directions")).forEach((direction, value) -> {
            Map<?, ?> metrics = (Map<?, ?>) value;
            figures.append(String.format("| %s | %.3f | %.3f | %.3f | %.1f |%n", direction, metrics.get("r_at_1"), metrics.get("r_at_5"), metrics.get("r_at_10"), metrics.get("median_rank")));
        });
        ((Map<?, ?>) measured.get("metrics")).forEach((name, value) -> figures.append(String.format("%n%s: %.4f%n", name, value)));
        return figures.toString();
    }
}
