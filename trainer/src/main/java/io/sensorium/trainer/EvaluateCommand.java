package io.sensorium.trainer;

import ai.onnxruntime.OrtException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.sensorium.operators.pack.ModelCatalog;
import io.sensorium.operators.pack.ModelKind;
import io.sensorium.operators.pack.PackException;
import io.sensorium.operators.pack.PackedModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "evaluate", description = "Measures a pack's heads on a data folder; trains nothing.")
final class EvaluateCommand implements Callable<Integer> {

    @Parameters(index = "0", paramLabel = "TASK", description = "image-text-sentiment, speech-emotion, match or mosi")
    String task;

    @Option(names = "--data", required = true, description = "The task's data folder.")
    Path data;

    @Option(names = "--models", description = "A pack whose heads are measured in place of the bundled ones.")
    Path models;

    @Option(names = "--json", description = "File for the figures.")
    Path json;

    @Option(names = "--split", defaultValue = "all", description = "all, or test: the part that training left out (default ${DEFAULT-VALUE}).")
    Split split;

    @Option(names = "--float16", description = "Round embeddings as align.state_precision: float16 does.")
    boolean float16;

    @Option(names = "--cache", description = "Where embeddings are kept between runs (default ~/.cache/sensorium).")
    Path cache = Path.of(System.getProperty("user.home"), ".cache", "sensorium");

    @Override
    public Integer call() throws IOException, OrtException {
        ModelCatalog catalog = ModelCatalog.load(models == null ? List.of() : List.of(models));
        EmbeddingCache embeddings = new EmbeddingCache(cache, System.err, float16);
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("task", task);
        switch (task) {
            case "image-text-sentiment" -> sentiment(catalog, embeddings, report);
            case "speech-emotion" -> speech(catalog, embeddings, report);
            case "match" -> match(catalog, embeddings, report);
            case "mosi" -> transcripts(catalog, embeddings, report);
            default -> throw new IllegalArgumentException("no task \"" + task + "\"; expected image-text-sentiment, speech-emotion, match or mosi");
        }
        ObjectMapper mapper = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
        if (json != null) {
            mapper.writeValue(json.toFile(), report);
        }
        System.out.println(mapper.writeValueAsString(report));
        return 0;
    }

    private void sentiment(ModelCatalog catalog, EmbeddingCache embeddings, Map<String, Object> report) throws IOException, OrtException {
        PackedModel head = head(catalog, ModelKind.SENTIMENT_HEAD);
        List<SentimentData.Row> rows = SentimentData.imageText(data, encoder(catalog, head, "image"), encoder(catalog, head, "text"), embeddings)
                .stream().filter(row -> split.contains(row.group())).toList();
        head(report, rows.size(), head);
        Map<String, Double> fused = Evaluation.sentiment(head, rows, List.of("image", "text"));
        report.put("metrics", fused);
        Map<String, Object> subsets = new LinkedHashMap<>();
        subsets.put("image", Evaluation.sentiment(head, rows, List.of("image")));
        subsets.put("image+text", fused);
        subsets.put("text", Evaluation.sentiment(head, rows, List.of("text")));
        report.put("subsets", subsets);
        report.put("fusions", Map.of(head.manifest().fusion(), fused));
    }

    private void speech(ModelCatalog catalog, EmbeddingCache embeddings, Map<String, Object> report) throws IOException, OrtException {
        PackedModel head = head(catalog, ModelKind.SENTIMENT_HEAD);
        List<SentimentData.Row> rows = SentimentData.speech(data, encoder(catalog, head, "audio"), embeddings)
                .stream().filter(row -> split.contains(row.group())).toList();
        head(report, rows.size(), head);
        report.put("metrics", Map.of("valence_accuracy", Evaluation.sentiment(head, rows, List.of("audio")).get("accuracy")));
        System.err.println("the pack has no head for the eight emotions; valence is the sentiment head's");
    }

    private void transcripts(ModelCatalog catalog, EmbeddingCache embeddings, Map<String, Object> report) throws IOException, OrtException {
        PackedModel head = head(catalog, ModelKind.SENTIMENT_HEAD);
        List<SentimentData.Row> rows = SentimentData.transcripts(data, encoder(catalog, head, "text"), embeddings)
                .stream().filter(row -> split.contains(row.group())).toList();
        head(report, rows.size(), head);
        report.put("metrics", Evaluation.polarity(head, rows));
        System.err.println("the pack has no head for the set's own features; the sentiment head reads the transcripts");
    }

    private void match(ModelCatalog catalog, EmbeddingCache embeddings, Map<String, Object> report) throws IOException, OrtException {
        PackedModel head = head(catalog, ModelKind.MATCH_HEAD);
        List<MatchData.Row> rows = MatchData.read(data, encoder(catalog, head, "audio"), encoder(catalog, head, "image"), encoder(catalog, head, "text"), embeddings)
                .stream().filter(row -> split.contains(row.id())).toList();
        head(report, rows.size(), head);
        report.putAll(Evaluation.match(head, rows));
    }

    private static void head(Map<String, Object> report, int n, PackedModel head) {
        report.put("n", n);
        report.put("models", Map.of("head", Map.of("name", head.manifest().name(), "version", head.manifest().version(), "sha256", head.sha256())));
    }

    /** The head of a kind: the given pack's where it has one, else the bundled one. */
    private static PackedModel head(ModelCatalog catalog, ModelKind kind) {
        List<PackedModel> heads = catalog.ofKind(kind);
        if (heads.isEmpty()) {
            throw new PackException("no " + kind + " in any pack");
        }
        return heads.get(heads.size() - 1);
    }

    private static PackedModel encoder(ModelCatalog catalog, PackedModel head, String slot) {
        return head.manifest().slots().stream().filter(s -> s.name().equals(slot)).flatMap(s -> s.encoders().stream())
                .flatMap(reference -> catalog.find(reference).stream()).findFirst()
                .orElseThrow(() -> new PackException(head + ": no encoder for its slot " + slot + " in any pack"));
    }
}
