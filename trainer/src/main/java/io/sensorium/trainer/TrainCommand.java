package io.sensorium.trainer;

import ai.onnxruntime.OrtException;
import io.sensorium.operators.pack.ModelCatalog;
import io.sensorium.operators.pack.ModelKind;
import io.sensorium.operators.pack.ModelManifest;
import io.sensorium.operators.pack.ModelManifest.GraphSpec;
import io.sensorium.operators.pack.ModelManifest.PairCalibration;
import io.sensorium.operators.pack.ModelManifest.Slot;
import io.sensorium.operators.pack.ModelManifest.Terms;
import io.sensorium.operators.pack.PackException;
import io.sensorium.operators.pack.PackedModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "train", description = "Trains a head on a data set, exports it as ONNX and writes it with its card into a pack.")
final class TrainCommand implements Callable<Integer> {

    @Parameters(index = "0", paramLabel = "TASK", description = "image-text-sentiment or match")
    String task;

    @Option(names = "--data", required = true, description = "The task's data folder.")
    Path data;

    @Option(names = "--speech", description = "For image-text-sentiment: a speech-emotion folder that trains the audio slot (required).")
    Path speech;

    @Option(names = "--transcripts", description = "For image-text-sentiment: a mosi folder whose transcripts train the text slot too.")
    Path transcripts;

    @Option(names = "--out", required = true, description = "The pack to write into.")
    Path out;

    @Option(names = "--version", description = "The head's version; by default 1.0.0- and the start of its hash, so that it stands beside the bundled one.")
    String version;

    @Option(names = "--seed", defaultValue = "1", description = "Seed of everything random (default ${DEFAULT-VALUE}).")
    long seed;

    @Option(names = "--cache", description = "Where embeddings are kept between runs (default ~/.cache/sensorium).")
    Path cache = Path.of(System.getProperty("user.home"), ".cache", "sensorium");

    @Override
    public Integer call() throws IOException, OrtException {
        switch (task) {
            case "image-text-sentiment" -> sentiment();
            case "match" -> match();
            default -> throw new IllegalArgumentException("no training for \"" + task + "\"; expected image-text-sentiment or match");
        }
        return 0;
    }

    private void sentiment() throws IOException, OrtException {
        if (speech == null) {
            throw new IllegalArgumentException("train image-text-sentiment needs --speech DIR, a speech-emotion folder for the audio slot");
        }
        ModelCatalog catalog = ModelCatalog.bundled();
        PackedModel[] encoders = encoders(catalog);
        EmbeddingCache embeddings = new EmbeddingCache(cache, System.out);
        List<SentimentData.Row> rows = new ArrayList<>(SentimentData.imageText(data, encoders[1], encoders[2], embeddings));
        List<SentimentData.Row> pictures = List.copyOf(rows);
        List<SentimentData.Row> sounds = SentimentData.speech(speech, encoders[0], embeddings);
        rows.addAll(sounds);
        if (transcripts != null) {
            rows.addAll(SentimentData.transcripts(transcripts, encoders[2], embeddings));
        }
        List<String> slots = List.of("audio", "image", "text");
        int[] dimensions = dimensions(encoders);
        List<SentimentData.Row> training = rows.stream().filter(row -> Split.TRAIN.contains(row.group())).toList();
        List<SentimentData.Row> validation = rows.stream().filter(row -> Split.VALIDATION.contains(row.group())).toList();
        byte[] graph;
        double parity;
        try (SentimentTraining head = new SentimentTraining(slots, dimensions, training, seed, System.out)) {
            head.fit(training, validation);
            graph = head.toOnnx();
            parity = 0;
            List<float[][]> real = validation.stream().limit(64).map(SentimentData.Row::vectors).toList();
            for (List<float[][]> batch : parityBatches(real, dimensions)) {
                parity = Math.max(parity, Parity.relativeError(Parity.run(graph, slots, dimensions, batch, "probabilities"), head.predict(batch)));
            }
        }
        Parity.require("sentiment-late-attention", parity);
        ModelManifest manifest = new ModelManifest("sentiment-late-attention", version(graph), ModelKind.SENTIMENT_HEAD, "late-attention",
                "Late fusion: an expert a modality, combined by learned attention over those present.", "research use; see CARD.md", "trained by this project",
                new Terms("no", List.of("MVSA (research)", "RAVDESS (CC BY-NC-SA 4.0)", "CMU-MOSI transcripts (research)")),
                Map.of("model", spec(graph, slots, dimensions, Map.of("probabilities", new long[] {-1, 3}))), null, 0, true, 512,
                slots(slots, dimensions, encoders), SentimentData.LABELS, null, null, "CARD.md");
        PackedModel written = PackWriter.loaded(manifest, graph);
        StringBuilder figures = new StringBuilder("| rows (test part) | n | accuracy | macro F1 |\n|---|---|---|---|\n");
        List<SentimentData.Row> test = pictures.stream().filter(row -> Split.TEST.contains(row.group())).toList();
        for (List<String> subset : List.of(List.of("image", "text"), List.of("text"), List.of("image"))) {
            line(figures, "image-text-sentiment, " + String.join("+", subset), test.size(), Evaluation.sentiment(written, test, subset));
        }
        List<SentimentData.Row> speakers = sounds.stream().filter(row -> Split.TEST.contains(row.group())).toList();
        line(figures, "speech-emotion as valence, audio, unseen speakers", speakers.size(), Evaluation.sentiment(written, speakers, List.of("audio")));
        PackWriter.write(out, manifest, graph, card(manifest, figures.toString(), parity,
                "A fifth of the tweets (by id), of the speakers and of the clips is the test part; a tenth stops the training early. "
                        + "No set has all three modalities together, so how audio weighs against the others is learned only from each expert's log-odds of being right.",
                "./sensorium train image-text-sentiment --data DATA/image-text-sentiment --speech DATA/speech-emotion --transcripts DATA/mosi --out PACK --seed " + seed,
                "./sensorium evaluate image-text-sentiment --data DATA/image-text-sentiment --split test --json FILE"));
        System.out.println(figures);
    }

    private void match() throws IOException, OrtException {
        ModelCatalog catalog = ModelCatalog.bundled();
        PackedModel[] encoders = encoders(catalog);
        List<MatchData.Row> rows = MatchData.read(data, encoders[0], encoders[1], encoders[2], new EmbeddingCache(cache, System.out));
        int[] dimensions = dimensions(encoders);
        List<MatchData.Row> training = rows.stream().filter(row -> Split.TRAIN.contains(row.id())).toList();
        List<MatchData.Row> validation = rows.stream().filter(row -> Split.VALIDATION.contains(row.id())).toList();
        List<MatchData.Row> test = rows.stream().filter(row -> Split.TEST.contains(row.id())).toList();
        byte[] graph;
        double parity = 0;
        Map<String, PairCalibration> calibrations;
        try (MatchTraining head = new MatchTraining(dimensions, training, seed, System.out)) {
            head.fit(training, validation);
            graph = head.toOnnx();
            calibrations = head.calibrate(validation);
            for (int slot = 0; slot < 3; slot++) {
                int s = slot;
                List<float[][]> real = validation.stream().limit(64).map(row -> {
                    float[][] vectors = new float[3][];
                    vectors[s] = s == 0 ? row.audio() : s == 1 ? row.image() : row.captions().get(0);
                    return vectors;
                }).toList();
                for (List<float[][]> batch : parityBatches(real, dimensions)) {
                    List<float[][]> present = batch.stream().filter(row -> row[s] != null).toList();
                    if (!present.isEmpty()) {
                        parity = Math.max(parity, Parity.relativeError(Parity.run(graph, MatchTraining.SLOTS, dimensions, present, MatchTraining.SLOTS.get(s) + "_projection"),
                                head.predict(s, present.stream().map(row -> row[s]).toList())));
                    }
                }
            }
        }
        Parity.require("match-dual-encoder", parity);
        Map<String, long[]> outputs = new LinkedHashMap<>();
        MatchTraining.SLOTS.forEach(slot -> outputs.put(slot + "_projection", new long[] {-1, MatchTraining.SPACE}));
        ModelManifest manifest = new ModelManifest("match-dual-encoder", version(graph), ModelKind.MATCH_HEAD, null,
                "Dual encoder: a projection a modality into one space; cosine and calibrated probability.", "research use; see CARD.md", "trained by this project",
                new Terms("no", List.of("Flickr8k with spoken captions (research)")),
                Map.of("model", spec(graph, MatchTraining.SLOTS, dimensions, outputs)), null, MatchTraining.SPACE, true, 512,
                slots(MatchTraining.SLOTS, dimensions, encoders), null, calibrations, null, "CARD.md");
        PackedModel written = PackWriter.loaded(manifest, graph);
        Map<String, Object> measured = Evaluation.match(written, test);
        StringBuilder figures = new StringBuilder("Among the " + test.size() + " pictures of the test part:\n\n| direction | R@1 | R@5 | R@10 | median rank |\n|---|---|---|---|---|\n");
        ((Map<?, ?>) measured.get("directions")).forEach((direction, value) -> {
            Map<?, ?> metrics = (Map<?, ?>) value;
            figures.append(String.format("| %s | %.3f | %.3f | %.3f | %.1f |%n", direction, metrics.get("r_at_1"), metrics.get("r_at_5"), metrics.get("r_at_10"), metrics.get("median_rank")));
        });
        ((Map<?, ?>) measured.get("metrics")).forEach((name, value) -> figures.append(String.format("%n%s: %.4f%n", name, value)));
        PackWriter.write(out, manifest, graph, card(manifest, figures.toString(), parity,
                "A fifth of the pictures is the test part; a tenth stops the training early and calibrates the probabilities.",
                "./sensorium train match --data DATA/image-text-audio-match --out PACK --seed " + seed,
                "./sensorium evaluate match --data DATA/image-text-audio-match --split test --json FILE"));
        System.out.println(figures);
    }

    private String version(byte[] graph) {
        return version != null ? version : "1.0.0-" + PackedModel.sha256(graph).substring(0, 8);
    }

    private static void line(StringBuilder table, String what, int n, Map<String, Double> metrics) {
        table.append(String.format("| %s | %d | %.4f | %.4f |%n", what, n, metrics.get("accuracy"), metrics.get("macro_f1")));
    }

    private static String card(ModelManifest manifest, String figures, double parity, String split, String train, String evaluate) {
        return "# " + manifest.id() + "\n\n" + manifest.description() + "\n\n"
                + "- Data: " + String.join("; ", manifest.terms().data()) + "\n- Terms: commercial use: " + manifest.terms().commercial()
                + "; the weights carry the data's terms.\n- Split: " + split + "\n- Encoders: "
                + manifest.slots().stream().map(slot -> slot.name() + " " + slot.encoders()).toList() + "\n"
                + String.format("- Export: ONNX against the training framework, largest relative error %.1e (random and real rows, single and batched, full and partial)%n", parity)
                + "\n## Figures\n\n" + figures + "\nTrained by `" + train + "`; the figures come again from\n`" + evaluate + "`.\n";
    }

    private static PackedModel[] encoders(ModelCatalog catalog) {
        return java.util.stream.Stream.of(ModelKind.AUDIO_ENCODER, ModelKind.IMAGE_ENCODER, ModelKind.TEXT_ENCODER)
                .map(kind -> catalog.ofKind(kind).stream().findFirst().orElseThrow(() -> new PackException("the bundled pack has no " + kind)))
                .toArray(PackedModel[]::new);
    }

    private static int[] dimensions(PackedModel[] encoders) {
        return java.util.Arrays.stream(encoders).mapToInt(encoder -> encoder.manifest().dimension()).toArray();
    }

    private static List<Slot> slots(List<String> names, int[] dimensions, PackedModel[] encoders) {
        List<Slot> slots = new ArrayList<>();
        for (int i = 0; i < dimensions.length; i++) {
            slots.add(new Slot(names.get(i), dimensions[i], List.of(encoders[i].manifest().id())));
        }
        return slots;
    }

    private static GraphSpec spec(byte[] graph, List<String> slots, int[] dimensions, Map<String, long[]> outputs) {
        Map<String, long[]> inputs = new LinkedHashMap<>();
        for (int i = 0; i < dimensions.length; i++) {
            inputs.put(slots.get(i), new long[] {-1, dimensions[i]});
        }
        inputs.put("mask", new long[] {-1, slots.size()});
        return new GraphSpec("model.onnx", PackedModel.sha256(graph), inputs, outputs);
    }

    /** Real rows at once and one by one; random full rows; random partial ones. */
    private static List<List<float[][]>> parityBatches(List<float[][]> real, int[] dimensions) {
        List<List<float[][]>> batches = new ArrayList<>();
        batches.add(real);
        real.stream().limit(8).forEach(row -> batches.add(java.util.Collections.singletonList(row)));
        Random random = new Random(3);
        for (int subset = 1; subset < 1 << dimensions.length; subset++) {
            List<float[][]> rows = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                float[][] row = new float[dimensions.length][];
                for (int slot = 0; slot < dimensions.length; slot++) {
                    if ((subset >> slot & 1) == 1) {
                        row[slot] = new float[dimensions[slot]];
                        for (int k = 0; k < dimensions[slot]; k++) {
                            row[slot][k] = (float) random.nextGaussian();
                        }
                    }
                }
                rows.add(row);
            }
            batches.add(rows);
        }
        return batches;
    }
}
