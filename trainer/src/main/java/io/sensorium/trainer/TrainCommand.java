// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer;

import ai.onnxruntime.OrtException;
import io.sensorium.operators.fuse.SentimentHead;
import io.sensorium.operators.pack.ModelCatalog;
import io.sensorium.operators.pack.ModelKind;
import io.sensorium.operators.pack.ModelManifest.Slot;
import io.sensorium.operators.pack.PackException;
import io.sensorium.operators.pack.PackedModel;
import io.sensorium.trainer.SentimentData.Row;
import io.sensorium.trainer.head.Settings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "train",
        description = "Trains heads on a data set, exports them as ONNX and writes them with their cards into a pack.")
final class TrainCommand implements Callable<Integer> {

    // Not picocli's standard options: --version is the pack's.
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help message and exit.")
    boolean help;

    @Parameters(
            index = "0",
            paramLabel = "TASK",
            description = "image-text-sentiment, speech-emotion, match, mosi, answers, text-offensive, text-hate or "
                    + "text-sentiment")
    String task;

    @Option(names = "--data", required = true, description = "The task's data folder.")
    Path data;

    @Option(
            names = "--fusion",
            split = ",",
            description =
                    "Fusions to train, one head each: all, or some of early, late-concat, late-sum, late-product, "
                            + "late-attention, hierarchical, tensor, attention, single-stream (default "
                            + "late-attention; for image-text-sentiment and mosi).")
    List<String> fusions = List.of("late-attention");

    @Option(
            names = "--speech",
            description =
                    "For image-text-sentiment: a speech-emotion folder that trains an audio slot; without one the head has none.")
    Path speech;

    @Option(
            names = "--transcripts",
            description = "For image-text-sentiment: a mosi folder whose transcripts train the text slot too.")
    Path transcripts;

    @Option(names = "--out", required = true, description = "The pack to write into.")
    Path out;

    @Option(
            names = "--data-name",
            split = ",",
            description = "Names of the data sets for the card, with their terms; the folders' names by default.")
    List<String> dataNames = List.of();

    @Option(
            names = "--terms",
            defaultValue = "unknown",
            description =
                    "Whether the data's terms permit commercial use: yes, no or unknown (default ${DEFAULT-VALUE}). "
                            + "runtime.allow_noncommercial: false refuses heads that do not state yes.")
    Commercial terms;

    @Spec
    CommandSpec spec;

    /** Whether commercial use is permitted. */
    enum Commercial {
        yes,
        no,
        unknown
    }

    @Option(
            names = "--version",
            description = "Version of the heads; by default 1.0.0- and the start of a head's hash, so that it does not "
                    + "clash with the bundled one.")
    String version;

    @Option(names = "--whole", description = "Measure as usual, then train the written head on the test part too.")
    boolean whole;

    @Option(
            names = "--image-encoder",
            description =
                    "The image slot's encoder (default image-inception-mixed5; for answers and --rerank image-objects).")
    String imageEncoder;

    @Option(
            names = "--text-encoder",
            description =
                    "The text slot's encoder (default text-bge-small-en; for answers and --rerank text-bge-tokens).")
    String textEncoder;

    @Option(names = "--audio-encoder", description = "The audio slot's encoder (default audio-speech-embedding).")
    String audioEncoder;

    @Option(
            names = "--context",
            defaultValue = "0",
            description =
                    "For mosi: how many of the clip's earlier utterances a head reads (default ${DEFAULT-VALUE}).")
    int context;

    @Option(
            names = "--pretrain",
            defaultValue = "0",
            description =
                    "Epochs of masked modelling before a single-stream head over tokens, regions or frames is trained "
                            + "(default ${DEFAULT-VALUE}).")
    int pretrain;

    @Option(
            names = "--rerank",
            description =
                    "For match: a single-stream model too, which re-ranks the dual encoder's near ties of image and text.")
    boolean rerank;

    @Option(names = "--packs", split = ",", description = "Additional packs with encoders.")
    List<Path> packs = List.of();

    @Option(
            names = "--name",
            description =
                    "Name of the head, by default the task's; with the fusion's as a suffix where there are several.")
    String name;

    @Option(
            names = "--seed",
            defaultValue = "1",
            description = "Seed of all random numbers (default ${DEFAULT-VALUE}).")
    long seed;

    @Option(names = "--cache", description = "Where embeddings are kept between runs (default ~/.cache/sensorium).")
    Path cache = Path.of(System.getProperty("user.home"), ".cache", "sensorium");

    @Override
    public Integer call() throws IOException, OrtException {
        List<String> chosen = fusions.equals(List.of("all")) ? SentimentHead.FUSIONS : fusions;
        chosen.stream()
                .filter(fusion -> !SentimentHead.FUSIONS.contains(fusion))
                .findFirst()
                .ifPresent(fusion -> {
                    throw new IllegalArgumentException(
                            "no fusion \"" + fusion + "\"; expected all, or some of " + SentimentHead.FUSIONS);
                });
        PackedModel[] encoders = encoders(ModelCatalog.load(packs));
        EmbeddingCache embeddings = new EmbeddingCache(cache, System.out);
        switch (task) {
            case "image-text-sentiment" -> train(sentiment(encoders, embeddings), chosen);
            case "speech-emotion" -> train(emotion(encoders[0], embeddings), List.of("early"));
            case "text-offensive", "text-hate", "text-sentiment" ->
                train(text(encoders[2], embeddings), List.of("early"));
            case "mosi" -> train(mosi(encoders[2], embeddings), chosen);
            case "match" ->
                new MatchHeadTrainer(
                                data,
                                encoders,
                                name == null ? "match-dual-encoder" : name,
                                seed,
                                version,
                                whole,
                                rerank,
                                pretrain,
                                provenance(),
                                out,
                                System.out)
                        .train(embeddings);
            case "answers" ->
                train(
                        answers(encoders, embeddings),
                        fusions.equals(List.of("late-attention")) ? List.of("single-stream") : chosen);
            default ->
                throw new IllegalArgumentException("no training for \"" + task
                        + "\"; expected image-text-sentiment, speech-emotion, match, mosi, answers, text-offensive, text-hate or "
                        + "text-sentiment");
        }
        return 0;
    }

    private void train(ClassificationTask classification, List<String> chosen) throws IOException, OrtException {
        ClassificationTraining training =
                new ClassificationTraining(classification.ofFilledSlots(), seed, version, whole, out, System.out);
        for (String fusion : chosen) {
            training.train(fusion);
        }
    }

    private ClassificationTask sentiment(PackedModel[] encoders, EmbeddingCache embeddings) throws IOException {
        List<Row> pictures = SentimentData.imageText(data, encoders[1], encoders[2], embeddings);
        List<Row> rows = new ArrayList<>(pictures);
        if (speech != null) {
            rows.addAll(SentimentData.speech(speech, encoders[0], embeddings));
        }
        if (transcripts != null) {
            rows.addAll(SentimentData.transcripts(transcripts, encoders[2], embeddings));
        }
        return new ClassificationTask(
                name == null ? "sentiment" : name,
                "image-text-sentiment",
                ModelKind.SENTIMENT_HEAD,
                List.of(slot("audio", encoders[0]), slot("image", encoders[1]), slot("text", encoders[2])),
                SentimentData.LABELS,
                Settings.DEFAULT.balanced(0.25),
                rows,
                pictures,
                List.of(List.of("image", "text"), List.of("text"), List.of("image")),
                provenance(),
                "A fifth of the rows (by id), " + (speech == null ? "" : "of the speakers ")
                        + (transcripts == null ? "" : "and of the clips ")
                        + "is the test part; a tenth stops the training early."
                        + (speech == null
                                ? ""
                                : " No set has all three modalities together, so how audio weighs "
                                        + "against the others is learned only from the experts' own errors."),
                0,
                pretrain);
    }

    private ClassificationTask emotion(PackedModel encoder, EmbeddingCache embeddings) throws IOException {
        List<Row> rows = SentimentData.emotions(data, encoder, embeddings);
        return new ClassificationTask(
                name == null ? "speech-emotion" : name,
                "speech-emotion",
                ModelKind.FUSION_HEAD,
                List.of(slot("audio", encoder)),
                SentimentData.EMOTIONS,
                Settings.DEFAULT,
                rows,
                rows,
                List.of(List.of("audio")),
                provenance(),
                "A fifth of the speakers is the test part; a tenth stops the training early.",
                0,
                0);
    }

    private ClassificationTask text(PackedModel encoder, EmbeddingCache embeddings) throws IOException {
        List<Row> rows = TextData.read(task, data, encoder, embeddings);
        return new ClassificationTask(
                name == null ? task : name,
                task,
                ModelKind.FUSION_HEAD,
                List.of(slot("text", encoder)),
                TextData.TASKS.get(task),
                Settings.DEFAULT.balanced(0.5).withTemperature(),
                rows,
                rows,
                List.of(List.of("text")),
                provenance(),
                "A fifth of the rows (by id) is the test part; a tenth stops the training early and sets the temperature.",
                0,
                0);
    }

    private ClassificationTask mosi(PackedModel text, EmbeddingCache embeddings) throws IOException {
        List<Row> rows = MosiData.read(data, text, embeddings);
        return new ClassificationTask(
                name == null ? "mosi" : name,
                "mosi",
                ModelKind.SENTIMENT_HEAD,
                MosiData.slots(text),
                SentimentData.LABELS,
                Settings.DEFAULT.withForeign("visual", MosiData.FOREIGN_VISUAL),
                rows,
                rows,
                List.of(
                        List.of("audio", "text", "visual"),
                        List.of("audio", "text"),
                        List.of("text", "visual"),
                        List.of("audio", "visual"),
                        List.of("text"),
                        List.of("audio"),
                        List.of("visual")),
                provenance(),
                "A fifth of the clips is the test part; a tenth stops the training early. The published visual "
                        + "features of these utterances come from a "
                        + "network that was trained on their labels: alone they predict 95 % of them here and 53 % "
                        + "elsewhere. So nine of ten training rows had another "
                        + "row's, and figures with them are better here than they can be elsewhere.",
                context,
                pretrain);
    }

    private ClassificationTask answers(PackedModel[] encoders, EmbeddingCache embeddings) throws IOException {
        AnswerData answers = AnswerData.read(data, encoders[1], encoders[2], null, embeddings);
        return new ClassificationTask(
                name == null ? "answers" : name,
                "answers",
                ModelKind.FUSION_HEAD,
                List.of(slot("image", encoders[1]), slot("text", encoders[2])),
                answers.labels(),
                Settings.DEFAULT,
                answers.rows(),
                answers.rows(),
                List.of(List.of("image", "text"), List.of("text"), List.of("image")),
                provenance(),
                "A fifth of the pictures is the test part; a tenth stops the training early. Without a questions.tsv "
                        + "the questions are made of the captions; the question "
                        + "alone shows what can be guessed without looking.",
                0,
                pretrain);
    }

    /** Names what the heads were made from: the command line that was given, and the user's own data. */
    private Provenance provenance() {
        List<String> folders = Stream.of(data, speech, transcripts)
                .filter(Objects::nonNull)
                .map(folder -> folder.toAbsolutePath().normalize().getFileName().toString())
                .toList();
        return new Provenance(
                Provenance.commandLine(
                        spec.root().commandLine().getParseResult().originalArgs()),
                dataNames.isEmpty() ? folders : dataNames,
                terms.name(),
                data.toString(),
                out.toString());
    }

    /** A slot that takes all of an encoder's embedding, its parts too. */
    static Slot slot(String name, PackedModel encoder) {
        return new Slot(
                name,
                encoder.manifest().dimension(),
                List.of(encoder.manifest().id()),
                encoder.manifest().parts());
    }

    /** The encoders of audio, image and text. */
    private PackedModel[] encoders(ModelCatalog catalog) {
        boolean parts = task.equals("answers") || rerank;
        String[] names = {
            audioEncoder != null ? audioEncoder : "audio-speech-embedding",
            imageEncoder != null ? imageEncoder : parts ? "image-objects" : "image-inception-mixed5",
            textEncoder != null ? textEncoder : parts ? "text-bge-tokens" : "text-bge-small-en"
        };
        ModelKind[] kinds = {ModelKind.AUDIO_ENCODER, ModelKind.IMAGE_ENCODER, ModelKind.TEXT_ENCODER};
        PackedModel[] encoders = new PackedModel[names.length];
        for (int i = 0; i < names.length; i++) {
            ModelKind kind = kinds[i];
            String name = names[i];
            encoders[i] = catalog.find(names[i])
                    .filter(model -> model.manifest().kind() == kind)
                    .orElseThrow(() -> new PackException(
                            "no " + kind + " \"" + name + "\" in any pack; there are " + catalog.ofKind(kind)));
        }
        return encoders;
    }

    /** How long an embedding is without the parts it ends with. */
    static int pooled(PackedModel encoder) {
        return encoder.manifest().dimension()
                - (encoder.manifest().parts() == null
                        ? 0
                        : encoder.manifest().parts().size());
    }

    /** Dimension of each encoder, without parts. */
    static int[] dimensions(PackedModel[] encoders) {
        return Arrays.stream(encoders).mapToInt(TrainCommand::pooled).toArray();
    }
}
