// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.pack;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A pack's description of one model, read from its {@code model.yaml}.
 *
 * @param name the model's name, unique with its version over all packs
 * @param version the model's version
 * @param kind what it is for
 * @param fusion for sentiment heads, the fusion it implements, as {@code fusion:} in the pipeline file; else null
 * @param task for heads that this project trained, the task of {@code train} and {@code evaluate}; else null
 * @param description one sentence for {@code models}
 * @param licence SPDX identifier or the licence's name
 * @param source where the weights come from
 * @param terms what may be done with it
 * @param graphs its ONNX graphs by role; single-graph models have one, {@code model}. With variants, the chosen one's
 * @param files further files by role, such as {@code tokenizer}
 * @param dimension for encoders, the embedding's length; for match heads, the shared space's
 * @param beginsWith for encoders, another one, name@version, whose embedding is the first numbers of this one's: heads
 *     trained on that one read these alone. Null where there is none
 * @param parts for encoders, the vectors of its tokens, regions or frames, with which the embedding ends; null where it
 *     has none
 * @param context for heads that read a subject's earlier windows, how many fused vectors the graph's input
 *     {@code context} takes, the newest first, and their width; its output {@code fused} is such a vector. Null where
 *     it reads none
 * @param batchInvariant whether a row's numbers are the same alone, batched and padded (relative difference ≤ 1e-5)
 * @param maxBatch most rows in one run; 1 for graphs that are not batch-invariant
 * @param slots for heads, the graph's embedding inputs in the order of the mask's columns
 * @param labels names of an output's columns: sentiment classes, or an encoder's side output
 * @param pairs for match heads, the calibration by {@code left-right} slot pair
 * @param rerank for match heads with a second graph {@code rerank}, when and how much it counts; else null
 * @param preprocessing numbers the encoder needs, by name
 * @param cuda options of ONNX Runtime's CUDA execution provider, by its names
 * @param card file of the model card within the model's folder, or null
 * @param precision of the graphs: fp32, fp16 or int8; where there are variants the one that runs, else a statement; may
 *     be null
 * @param variants the same model at several precisions, by precision; empty where there is one alone
 * @param output for text and image encoders, the output of the graph {@code model} that is the embedding, or the hidden
 *     states that are pooled to it; null where the graph's outputs leave no choice
 */
public record ModelManifest(
        String name,
        String version,
        ModelKind kind,
        String fusion,
        String task,
        String description,
        String licence,
        String source,
        Terms terms,
        Map<String, GraphSpec> graphs,
        Map<String, FileSpec> files,
        int dimension,
        @JsonProperty("begins_with") String beginsWith,
        Parts parts,
        Parts context,
        @JsonProperty("batch_invariant") boolean batchInvariant,
        @JsonProperty("max_batch") int maxBatch,
        List<Slot> slots,
        List<String> labels,
        Map<String, PairCalibration> pairs,
        Rerank rerank,
        Map<String, Double> preprocessing,
        Map<String, String> cuda,
        String card,
        String precision,
        Map<String, Variant> variants,
        String output) {

    /**
     * Absent collections become empty; an absent maximum batch becomes 32 where batching is sound and 1 elsewhere. A
     * graph with a fixed batch of 1 runs one row at a time, whatever the manifest states.
     */
    public ModelManifest {
        variants = present(variants);
        if (precision != null && variants.containsKey(precision)) {
            Variant chosen = variants.get(precision);
            graphs = chosen.graphs();
            batchInvariant = chosen.batchInvariant();
            maxBatch = chosen.maxBatch();
        }
        graphs = present(graphs);
        files = present(files);
        slots = slots == null ? List.of() : List.copyOf(slots);
        labels = labels == null ? List.of() : List.copyOf(labels);
        pairs = present(pairs);
        cuda = present(cuda);
        preprocessing = present(preprocessing);
        maxBatch = graphs.containsKey("model") && graphs.get("model").fixedBatch() == 1
                ? 1
                : maxBatch > 0 ? maxBatch : batchInvariant ? 32 : 1;
    }

    /** Without the keys that have no value, which {@code ManifestCheck} reports where they are required. */
    private static <V> Map<String, V> present(Map<String, V> map) {
        return map == null
                ? Map.of()
                : map.entrySet().stream()
                        .filter(entry -> entry.getValue() != null)
                        .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    /**
     * A model at one precision. Its embeddings or results are near enough to the others' for the same heads; the card
     * says how near.
     *
     * @param graphs ONNX graphs by role
     * @param batchInvariant as the manifest's
     * @param maxBatch as the manifest's
     */
    public record Variant(
            Map<String, GraphSpec> graphs,
            @JsonProperty("batch_invariant") boolean batchInvariant,
            @JsonProperty("max_batch") int maxBatch) {
        public Variant {
            graphs = present(graphs);
        }
    }

    /**
     * @param commercial yes, no or unknown
     * @param data what it was trained on
     */
    public record Terms(String commercial, List<String> data) {
        public Terms {
            data = data == null ? List.of() : List.copyOf(data);
        }
    }

    /**
     * @param file within the model's folder, or {@code classpath:/NAME}
     * @param sha256 lower-case hex
     * @param inputs shape by input name, all inputs of the graph; -1 is any size
     * @param outputs shape by output name, those that are used; -1 is any size
     * @param data files of weights that the graph refers to (ONNX external data), beside the graph's file, and their
     *     SHA-256 in lower-case hex; empty where the graph holds its weights
     * @param constants inputs that no content feeds, such as the other half's of a CLIP graph, and the number that
     *     fills each; sizes that are open are 1
     */
    public record GraphSpec(
            String file,
            String sha256,
            Map<String, long[]> inputs,
            Map<String, long[]> outputs,
            Map<String, String> data,
            Map<String, Double> constants) {

        public GraphSpec {
            data = present(data);
            constants = present(constants);
        }

        /** A graph that holds its weights and has no constant inputs. */
        public GraphSpec(String file, String sha256, Map<String, long[]> inputs, Map<String, long[]> outputs) {
            this(file, sha256, inputs, outputs, Map.of(), Map.of());
        }

        /** The batch that the graph's inputs are made for, where it is fixed; -1 where it is open. */
        public long fixedBatch() {
            return inputs == null
                    ? -1
                    : inputs.entrySet().stream()
                            .filter(input -> !constants.containsKey(input.getKey()) && input.getValue() != null)
                            .map(Map.Entry::getValue)
                            .filter(shape -> shape.length > 1)
                            .mapToLong(shape -> shape[0])
                            .filter(size -> size > 0)
                            .findFirst()
                            .orElse(-1);
        }
    }

    /**
     * @param file within the model's folder, or {@code classpath:/NAME}
     * @param sha256 lower-case hex
     */
    public record FileSpec(String file, String sha256) {}

    /**
     * Several vectors of one input, in a fixed number of places, so that an embedding's length stays the same: what is
     * fewer is followed by zeros, what is more is left out.
     *
     * @param name what each is of: tokens (word pieces in order), regions (of a grid, row by row) or frames (by time)
     * @param count places
     * @param width numbers of each
     */
    public record Parts(String name, int count, int width) {

        /** Numbers of all places together. */
        public int size() {
            return count * width;
        }
    }

    /**
     * One embedding input of a head.
     *
     * @param name the graph's input, {@code [batch, dimension]}
     * @param dimension how many of the embedding's numbers it takes, from the first
     * @param encoders encoders whose embeddings it was trained on, as name@version
     * @param parts the encoder's parts, where the head attends to each: the graph's output {@code attention} has a
     *     column for the whole and one a part; null where it takes the whole alone
     */
    public record Slot(String name, int dimension, List<String> encoders, Parts parts) {

        /** A slot without parts. */
        public Slot(String name, int dimension, List<String> encoders) {
            this(name, dimension, encoders, null);
        }

        /** Columns of the attention output that are this slot's. */
        public int positions() {
            return 1 + (parts == null ? 0 : parts.count());
        }

        /** Whether it was trained on an encoder's embeddings, or on those that an encoder's begin with. */
        public boolean accepts(ModelManifest encoder) {
            return encoders.contains(encoder.id())
                    || encoder.beginsWith() != null && encoders.contains(encoder.beginsWith());
        }

        /** Whether it reads the first {@code dimension} numbers of an encoder's embedding, and these are there. */
        public boolean fits(ModelManifest encoder) {
            return dimension == encoder.dimension()
                    || dimension < encoder.dimension() && (encoder.parts() != null || encoder.beginsWith() != null);
        }
    }

    /** probability = 1 / (1 + exp(-(scale · cosine + bias))); matched from the threshold on. */
    public record PairCalibration(double scale, double bias, double threshold) {

        /** The calibrated probability of a cosine, in [0, 1]. */
        public double probability(double cosine) {
            return 1 / (1 + Math.exp(-(scale * cosine + bias)));
        }
    }

    /**
     * How near ties are separated: of the events that one event is compared with, those whose cosine is within the
     * margin of the best are put in the order of cosine + weight · p, p the second graph's probability of a match.
     *
     * @param pair the slot pair, {@code left-right}, as in the manifest's {@code pairs:}
     * @param margin of cosine; at most so far from the best is a near tie
     * @param weight of p
     */
    public record Rerank(String pair, double margin, double weight) {}

    /** The same under another version. */
    public ModelManifest withVersion(String other) {
        return new ModelManifest(
                name,
                other,
                kind,
                fusion,
                task,
                description,
                licence,
                source,
                terms,
                graphs,
                files,
                dimension,
                beginsWith,
                parts,
                context,
                batchInvariant,
                maxBatch,
                slots,
                labels,
                pairs,
                rerank,
                preprocessing,
                cuda,
                card,
                precision,
                variants,
                output);
    }

    /**
     * The same model with other graphs under another name. An encoder begins with the original's embedding, so that
     * heads of that one take this one's.
     *
     * @param newPrecision of the graphs
     */
    public ModelManifest quantized(
            String newName, String newDescription, Map<String, GraphSpec> newGraphs, String newPrecision) {
        return new ModelManifest(
                newName,
                version,
                kind,
                fusion,
                task,
                newDescription,
                licence,
                source,
                terms,
                newGraphs,
                files,
                dimension,
                kind.isEncoder() ? id() : beginsWith,
                parts,
                context,
                batchInvariant,
                maxBatch,
                slots,
                labels,
                pairs,
                rerank,
                preprocessing,
                cuda,
                "CARD.md",
                newPrecision,
                Map.of(),
                output);
    }

    /** The same at another of its precisions. */
    ModelManifest withPrecision(String other) {
        return new ModelManifest(
                name,
                version,
                kind,
                fusion,
                task,
                description,
                licence,
                source,
                terms,
                graphs,
                files,
                dimension,
                beginsWith,
                parts,
                context,
                batchInvariant,
                maxBatch,
                slots,
                labels,
                pairs,
                rerank,
                preprocessing,
                cuda,
                card,
                other,
                variants,
                output);
    }

    /** Whether the head outputs its attention. */
    public boolean explains() {
        return graphs.containsKey("model") && graphs.get("model").outputs().containsKey("attention");
    }

    /** {@code name@version}. */
    public String id() {
        return name + "@" + version;
    }

    /** A preprocessing number, or a default where the manifest is silent. */
    public double preprocessing(String key, double fallback) {
        return preprocessing.getOrDefault(key, fallback);
    }
}
