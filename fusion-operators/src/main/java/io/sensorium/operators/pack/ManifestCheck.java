// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.pack;

import io.sensorium.operators.pack.ModelManifest.GraphSpec;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.commons.text.similarity.LevenshteinDistance;

/** What a manifest lacks or contradicts, before any of its files is read. */
final class ManifestCheck {

    private static final List<String> PRECISIONS = List.of("fp32", "fp16", "int8");
    private static final String SHA256 = "[0-9a-f]{64}";

    /** What each kind of encoder reads of {@code preprocessing}. */
    private static final Map<ModelKind, Set<String>> PREPROCESSING = Map.of(
            ModelKind.TEXT_ENCODER,
                    new TreeSet<>(
                            Set.of("max_tokens", "mean_pooling", "padding_id", "padding_limit", "projection_seed")),
            ModelKind.IMAGE_ENCODER,
                    new TreeSet<>(Set.of(
                            "side",
                            "channels_first",
                            "mean_red",
                            "mean_green",
                            "mean_blue",
                            "deviation_red",
                            "deviation_green",
                            "deviation_blue",
                            "mean_pooling")),
            ModelKind.AUDIO_ENCODER, new TreeSet<>(Set.of("max_seconds", "padding_limit")),
            ModelKind.SPEECH_RECOGNIZER, new TreeSet<>(Set.of("max_seconds")),
            ModelKind.TEXT_READER, new TreeSet<>(Set.of("max_pixels", "max_sections", "max_lines")));

    /** Graphs by role, for the kinds whose graphs are not one called {@code model}. */
    private static final Map<ModelKind, Set<String>> GRAPHS = Map.of(
            ModelKind.AUDIO_ENCODER, new TreeSet<>(Set.of("melspectrogram", "embedding", "vad")),
            ModelKind.SPEECH_RECOGNIZER, new TreeSet<>(Set.of("encoder", "decoder", "vad")),
            ModelKind.TEXT_READER, new TreeSet<>(Set.of("detection", "recognition", "orientation")));

    private ManifestCheck() {}

    /** Every problem, each with where it is and what is expected; empty where the manifest is sound. */
    static List<String> problems(ModelManifest manifest) {
        List<String> problems = new ArrayList<>();
        if (manifest.name() == null || manifest.version() == null || manifest.kind() == null) {
            problems.add("name, version and kind are required");
            return problems;
        }
        if (manifest.kind() == ModelKind.EMBEDDING) {
            problems.add(manifest.id() + ": kind is " + manifest.kind()
                    + ", expected an encoder or a head; a modality without an encoder has embedding: "
                    + "{dimension: N} in the pipeline file");
            return problems;
        }
        terms(manifest, problems);
        int before = problems.size();
        graphs(manifest, problems);
        encoder(manifest, problems);
        head(manifest, problems);
        if (problems.size() == before) {
            against(manifest, manifest.graphs().get("model"), problems);
        }
        problems.replaceAll(problem -> manifest.id() + ": " + problem);
        return problems;
    }

    private static void terms(ModelManifest manifest, List<String> problems) {
        if (manifest.licence() == null
                || manifest.source() == null
                || manifest.terms() == null
                || manifest.terms().commercial() == null) {
            problems.add("licence, source and terms.commercial are required");
        } else if (!List.of("yes", "no", "unknown").contains(manifest.terms().commercial())) {
            problems.add("terms.commercial is \"" + manifest.terms().commercial() + "\", expected yes, no or unknown");
        }
    }

    private static void graphs(ModelManifest manifest, List<String> problems) {
        if (!manifest.variants().isEmpty()
                && !manifest.variants().containsKey(manifest.precision() == null ? "" : manifest.precision())) {
            problems.add("precision is \"" + manifest.precision() + "\", expected one of its variants, "
                    + new TreeSet<>(manifest.variants().keySet()));
        }
        manifest.variants().keySet().stream()
                .filter(name -> !PRECISIONS.contains(name))
                .forEach(name -> problems.add("variants has \"" + name + "\", expected " + PRECISIONS));
        if (manifest.graphs().isEmpty()) {
            problems.add("graphs is empty, expected at least one ONNX graph");
        } else {
            Set<String> roles = GRAPHS.getOrDefault(manifest.kind(), Set.of("model"));
            if (!manifest.graphs().keySet().containsAll(roles)) {
                problems.add("graphs has " + new TreeSet<>(manifest.graphs().keySet()) + ", expected "
                        + (roles.size() == 1 ? "a graph \"model\"" : roles));
            }
        }
        manifest.graphs().forEach((role, graph) -> graph("graphs." + role, graph, problems));
        manifest.variants().forEach((precision, variant) -> {
            if (!precision.equals(manifest.precision())) {
                variant.graphs()
                        .forEach((role, graph) -> graph("variants." + precision + ".graphs." + role, graph, problems));
            }
        });
        manifest.files().forEach((role, file) -> {
            if (file.file() == null || file.sha256() == null) {
                problems.add("files." + role + ": file and sha256 are required");
            }
        });
    }

    private static void graph(String where, GraphSpec graph, List<String> problems) {
        if (graph.file() == null
                || graph.sha256() == null
                || graph.inputs() == null
                || graph.outputs() == null
                || graph.inputs().containsValue(null)
                || graph.outputs().containsValue(null)) {
            problems.add(where
                    + ": file, sha256, inputs and outputs are required, inputs and outputs with a shape each, "
                    + "such as {pixels: [-1, 3, 224, 224]}");
            return;
        }
        graph.data().forEach((file, sha256) -> {
            if (!sha256.matches(SHA256)) {
                problems.add(where + ".data." + file + ": is \"" + sha256
                        + "\", expected the file's SHA-256, 64 lower-case hex digits (sha256sum " + file + ")");
            }
        });
        graph.constants().keySet().stream()
                .filter(name -> !graph.inputs().containsKey(name))
                .forEach(name -> problems.add(where + ".constants." + name + ": is not one of the graph's inputs, "
                        + new TreeSet<>(graph.inputs().keySet())
                        + nearest(name, graph.inputs().keySet())));
    }

    private static void encoder(ModelManifest manifest, List<String> problems) {
        if (manifest.kind().isRecognizer()) {
            preprocessing(manifest, problems);
            if (!manifest.files().containsKey("vocabulary")) {
                problems.add("files.vocabulary is missing, expected the tokens of the model, one a line: files: "
                        + "{vocabulary: {file: vocabulary.txt, sha256: …}}");
            }
            return;
        }
        if (!manifest.kind().isEncoder()) {
            if (!manifest.preprocessing().isEmpty()) {
                problems.add("preprocessing has "
                        + new TreeSet<>(manifest.preprocessing().keySet())
                        + ", which encoders alone read; leave it out");
            }
            if (manifest.output() != null) {
                problems.add(
                        "output is \"" + manifest.output()
                                + "\", which encoders alone read; name a head's outputs under operators.….outputs of the pipeline file");
            }
            return;
        }
        if (manifest.dimension() <= 0) {
            problems.add("dimension is " + manifest.dimension() + ", expected the embedding's length");
        }
        if (manifest.parts() != null
                && (manifest.parts().count() <= 0
                        || manifest.parts().width() <= 0
                        || manifest.parts().size() >= manifest.dimension())) {
            problems.add("parts are " + manifest.parts().count() + " times "
                    + manifest.parts().width() + " numbers, expected fewer than dimension, " + manifest.dimension());
        }
        preprocessing(manifest, problems);
        if (manifest.kind() == ModelKind.TEXT_ENCODER && !manifest.files().containsKey("tokenizer")) {
            problems.add(
                    "files.tokenizer is missing, expected the tokenizer.json of the model: files: {tokenizer: {file: "
                            + "tokenizer.json, sha256: …}}");
        }
    }

    private static void preprocessing(ModelManifest manifest, List<String> problems) {
        Set<String> known = PREPROCESSING.get(manifest.kind());
        manifest.preprocessing().forEach((key, value) -> {
            if (!known.contains(key)) {
                problems.add("preprocessing." + key + ": unknown key for this kind of encoder" + nearest(key, known));
            } else if (!Double.isFinite(value)
                    || (key.equals("side") || key.startsWith("max_")) && value < 1
                    || key.startsWith("deviation_") && value <= 0) {
                problems.add("preprocessing." + key + ": is " + value + ", expected "
                        + (key.startsWith("deviation_") ? "a number above 0" : "a number of at least 1"));
            }
        });
    }

    private static void head(ModelManifest manifest, List<String> problems) {
        if ((manifest.kind() == ModelKind.SENTIMENT_HEAD || manifest.kind() == ModelKind.MATCH_HEAD)
                && manifest.slots().isEmpty()) {
            problems.add("slots is empty, expected the head's embedding inputs");
        }
        if (manifest.kind() == ModelKind.MATCH_HEAD && manifest.pairs().isEmpty()) {
            problems.add("pairs is empty, expected a calibration for each pair");
        }
        if (manifest.rerank() != null
                && !(manifest.graphs().containsKey("rerank")
                        && manifest.pairs().containsKey(manifest.rerank().pair()))) {
            problems.add("rerank is declared, expected a graph \"rerank\" and its pair \""
                    + manifest.rerank().pair() + "\" among pairs");
        }
        if (!manifest.batchInvariant() && manifest.maxBatch() > 1) {
            problems.add("max_batch is " + manifest.maxBatch()
                    + " but batch_invariant is false; run one row at a time, or prove it invariant");
        }
    }

    /** @param graph the graph "model"; null for audio encoders, whose graphs have other names and fixed outputs */
    private static void against(ModelManifest manifest, GraphSpec graph, List<String> problems) {
        if (graph == null) {
            if (manifest.output() != null) {
                problems.add("output is \"" + manifest.output()
                        + "\", but the graphs of audio encoders have fixed outputs; leave it out");
            }
            return;
        }
        Set<String> outputs = graph.outputs().keySet();
        if (manifest.output() != null && !outputs.contains(manifest.output())) {
            problems.add("output is \"" + manifest.output() + "\", expected one of graphs.model.outputs, "
                    + new TreeSet<>(outputs) + nearest(manifest.output(), outputs));
        }
        if (manifest.context() != null
                && !(graph.inputs().containsKey("context") && graph.outputs().containsKey("fused"))) {
            problems.add("context is declared, expected an input \"context\" [-1, "
                    + manifest.context().size() + "] and an output \"fused\" [-1, "
                    + manifest.context().width() + "] of the graph \"model\"");
        }
        long fixed = graph.fixedBatch();
        if (fixed > 1) {
            problems.add("the inputs of graphs.model have a fixed batch of " + fixed
                    + ", expected an open one (-1) or 1; export the graph with a dynamic first axis (dynamic_axes, "
                    + "dynamic_shapes) or with batch 1");
        }
    }

    /** {@code "; did you mean \"x\"?"} where a word is near, else the known words. */
    static String nearest(String word, Collection<String> known) {
        Map<String, Integer> distances = new LinkedHashMap<>();
        known.stream()
                .sorted()
                .forEach(candidate -> distances.put(
                        candidate, LevenshteinDistance.getDefaultInstance().apply(word, candidate)));
        return distances.entrySet().stream()
                .min(Map.Entry.comparingByValue())
                .map(best -> best.getValue() <= Math.max(2, word.length() / 3)
                        ? "; did you mean \"" + best.getKey() + "\"?"
                        : "; known are " + distances.keySet())
                .orElse("");
    }
}
