// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer;

import ai.onnxruntime.OrtException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.sensorium.operators.fuse.SentimentHead;
import io.sensorium.operators.pack.ModelCatalog;
import io.sensorium.operators.pack.ModelKind;
import io.sensorium.operators.pack.ModelManifest.Slot;
import io.sensorium.operators.pack.PackException;
import io.sensorium.operators.pack.PackedModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "evaluate",
        mixinStandardHelpOptions = true,
        description = "Measures a pack's heads on a data folder; trains nothing.")
final class EvaluateCommand implements Callable<Integer> {

    /** What the figures are first of: of MOSI early, which is the best on its validation clips with their past. */
    private static String firstFusion(String task) {
        return task.equals("mosi") ? "early" : "hierarchical";
    }

    @Parameters(
            index = "0",
            paramLabel = "TASK",
            description = "image-text-sentiment, speech-emotion, match, mosi, answers, text-offensive, text-hate, "
                    + "text-sentiment, transcribe or read")
    String task;

    @Option(names = "--data", required = true, description = "The task's data folder.")
    Path data;

    @Option(names = "--models", description = "A pack whose heads are measured in place of the bundled ones.")
    Path models;

    @Option(names = "--json", description = "File for the figures.")
    Path json;

    @Option(
            names = "--split",
            defaultValue = "all",
            description = "all, or test: the part that training left out (default ${DEFAULT-VALUE}).")
    DatasetSplit split;

    @Option(names = "--float16", description = "Round embeddings as align.state_precision: float16 does.")
    boolean float16;

    @Option(
            names = "--encoder",
            description = "Another encoder for a slot, SLOT=NAME[@VERSION][/PRECISION], such as "
                    + "text=text-bge-small-en/fp32; may be repeated.")
    Map<String, String> encoders = Map.of();

    @Option(
            names = "--transcripts",
            description =
                    "For match: also find sentences by recording and transcript together, which takes a recognizer "
                            + "a third of a second a recording.")
    boolean transcripts;

    @Option(names = "--packs", split = ",", description = "Additional packs with encoders.")
    List<Path> packs = List.of();

    @Option(names = "--cache", description = "Where embeddings are kept between runs (default ~/.cache/sensorium).")
    Path cache = Path.of(System.getProperty("user.home"), ".cache", "sensorium");

    @Override
    public Integer call() throws IOException, OrtException {
        ModelCatalog catalog = ModelCatalog.load(
                Stream.concat(Stream.ofNullable(models), packs.stream()).toList());
        EmbeddingCache embeddings = new EmbeddingCache(cache, System.err, float16);
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("task", task);
        switch (task) {
            case "image-text-sentiment",
                    "speech-emotion",
                    "mosi",
                    "answers",
                    "text-offensive",
                    "text-hate",
                    "text-sentiment" -> classification(catalog, embeddings, report);
            case "match" -> match(catalog, embeddings, report);
            case "transcribe" ->
                TranscriptEvaluation.evaluate(
                        model(catalog, ModelKind.SPEECH_RECOGNIZER), data, split, System.err, report);
            case "read" ->
                ReadingEvaluation.evaluate(model(catalog, ModelKind.TEXT_READER), data, split, System.err, report);
            default ->
                throw new IllegalArgumentException("no task \"" + task
                        + "\"; expected image-text-sentiment, speech-emotion, match, mosi, answers, text-offensive, "
                        + "text-hate, text-sentiment, transcribe or read");
        }
        ObjectMapper mapper = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
        if (json != null) {
            mapper.writeValue(json.toFile(), report);
        }
        System.out.println(mapper.writeValueAsString(report));
        return 0;
    }

    private void classification(ModelCatalog catalog, EmbeddingCache embeddings, Map<String, Object> report)
            throws IOException, OrtException {
        Map<String, PackedModel> heads = heads(catalog);
        PackedModel head =
                heads.getOrDefault(firstFusion(task), heads.values().iterator().next());
        List<SentimentData.Row> rows = switch (task) {
            case "image-text-sentiment" ->
                SentimentData.imageText(
                        data,
                        encoder(catalog, heads.values(), "image"),
                        encoder(catalog, heads.values(), "text"),
                        embeddings);
            case "text-offensive", "text-hate", "text-sentiment" ->
                TextData.read(task, data, encoder(catalog, heads.values(), "text"), embeddings);
            case "mosi" -> MosiData.read(data, encoder(catalog, heads.values(), "text"), embeddings);
            case "answers" ->
                AnswerData.read(
                                data,
                                encoder(catalog, heads.values(), "image"),
                                encoder(catalog, heads.values(), "text"),
                                head.manifest().labels(),
                                embeddings)
                        .rows();
            default -> SentimentData.emotions(data, encoder(catalog, heads.values(), "audio"), embeddings);
        };
        rows = rows.stream().filter(row -> split.contains(row.group())).toList();
        head(report, rows.size(), head);
        List<String> slots = new ArrayList<>(
                head.manifest().slots().stream().map(Slot::name).sorted().toList());
        if (task.equals("image-text-sentiment")) {
            slots.remove("audio");
        }
        report.put("metrics", ClassificationEvaluation.metrics(task, head, rows, slots));
        Map<String, Object> subsets = new TreeMap<>();
        for (int subset = 1; subset < 1 << slots.size(); subset++) {
            int bits = subset;
            List<String> kept = IntStream.range(0, slots.size())
                    .filter(slot -> (bits >> slot & 1) == 1)
                    .mapToObj(slots::get)
                    .toList();
            subsets.put(String.join("+", kept), ClassificationEvaluation.metrics(task, head, rows, kept));
        }
        report.put("subsets", subsets);
        if (slots.size() > 1) {
            Map<String, Object> fusions = new LinkedHashMap<>();
            Map<String, Object> missing = new LinkedHashMap<>();
            for (Map.Entry<String, PackedModel> each : heads.entrySet()) {
                fusions.put(each.getKey(), ClassificationEvaluation.metrics(task, each.getValue(), rows, slots));
                missing.put(each.getKey(), ClassificationEvaluation.missing(task, each.getValue(), rows, slots));
            }
            report.put("fusions", fusions);
            report.put("missing", missing);
        }
    }

    /** The task's heads by fusion, of several the first: the given pack's, where it has any, else the bundled ones. */
    private Map<String, PackedModel> heads(ModelCatalog catalog) {
        ModelCatalog bundled = ModelCatalog.bundled();
        Map<String, PackedModel> heads = new LinkedHashMap<>();
        for (boolean own : new boolean[] {true, false}) {
            for (String fusion : heads.isEmpty() ? SentimentHead.FUSIONS : List.<String>of()) {
                catalog.models().stream()
                        .filter(model -> task.equals(model.manifest().task())
                                && fusion.equals(model.manifest().fusion())
                                && own != bundled.find(model.manifest().id()).isPresent())
                        .forEach(model -> heads.putIfAbsent(fusion, model));
            }
        }
        if (heads.isEmpty()) {
            throw new PackException("no pack has a head for " + task + "; train one with ./sensorium train " + task);
        }
        return heads;
    }

    private void match(ModelCatalog catalog, EmbeddingCache embeddings, Map<String, Object> report)
            throws IOException, OrtException {
        PackedModel head = model(catalog, ModelKind.MATCH_HEAD);
        PackedModel text = encoder(catalog, List.of(head), "text");
        List<MatchData.Row> rows = MatchData.read(
                        data,
                        encoder(catalog, List.of(head), "audio"),
                        encoder(catalog, List.of(head), "image"),
                        text,
                        embeddings)
                .stream()
                .filter(row -> split.contains(row.id()))
                .toList();
        head(report, rows.size(), head);
        List<float[]> encoded = transcripts
                ? Transcripts.encode(
                        model(catalog, ModelKind.SPEECH_RECOGNIZER),
                        rows.stream().map(MatchData.Row::recording).toList(),
                        text,
                        embeddings,
                        System.err)
                : List.of();
        report.putAll(MatchEvaluation.match(head, rows, encoded));
    }

    private static void head(Map<String, Object> report, int n, PackedModel head) {
        report.put("n", n);
        report.put("models", Map.of("head", ClassificationEvaluation.identity(head)));
    }

    /** The model of a kind: the given pack's where it has one, else the bundled one. */
    private static PackedModel model(ModelCatalog catalog, ModelKind kind) {
        List<PackedModel> models = catalog.ofKind(kind);
        if (models.isEmpty()) {
            throw new PackException("no " + kind.words() + " in any pack");
        }
        return models.get(models.size() - 1);
    }

    /** The encoder of a slot that all heads take: of those that they were trained on the one with the most to it. */
    private PackedModel encoder(ModelCatalog catalog, Collection<PackedModel> heads, String slot) {
        List<Slot> slots = heads.stream()
                .flatMap(head -> head.manifest().slots().stream())
                .filter(s -> s.name().equals(slot))
                .toList();
        List<String> named = encoders.containsKey(slot)
                ? List.of(encoders.get(slot))
                : slots.stream().flatMap(s -> s.encoders().stream()).toList();
        PackedModel widest = named.stream()
                .flatMap(reference -> catalog.find(reference).stream())
                .max(Comparator.comparingInt(encoder -> encoder.manifest().dimension()))
                .orElseThrow(() -> new PackException(heads + ": no encoder for the slot " + slot + " in any pack"));
        slots.stream().filter(s -> !s.accepts(widest.manifest())).findFirst().ifPresent(s -> {
            throw new PackException(
                    "heads of one pack are measured together, and their slots " + slot + " take " + s.encoders()
                            + " and " + widest
                            + ", and neither begins with the other; train them on one encoder, or put them into "
                            + "separate packs");
        });
        return widest;
    }
}
