// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks.inference;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import io.sensorium.benchmarks.load.Workload;
import io.sensorium.operators.encode.Content;
import io.sensorium.operators.pack.ModelCatalog;
import io.sensorium.operators.pack.PackedModel;
import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;

/** BGE-small on sentences of 5 to 40 words. */
final class TextWorkload {

    static final int SENTENCES = 200;
    private static final String[] WORDS =
            ("the a dog cat house street runs sleeps green small over under quickly people water light never again music plays window "
                            + "morning old friend train city smile rain")
                    .split(" ");

    private TextWorkload() {}

    static List<String> sentences() {
        Random random = new Random(9);
        List<String> sentences = new ArrayList<>();
        for (int i = 0; i < SENTENCES; i++) {
            StringBuilder sentence = new StringBuilder();
            for (int word = 5 + random.nextInt(36); word > 0; word--) {
                sentence.append(WORDS[random.nextInt(WORDS.length)]).append(' ');
            }
            sentences.add(sentence.toString().strip());
        }
        return sentences;
    }

    static Map<String, Callable<Workload>> contenders(ModelCatalog catalog, int threads) {
        PackedModel model = catalog.find("text-bge-small-en").orElseThrow();
        byte[] graph = model.graph("model");
        byte[] tokenizer = model.file("tokenizer");
        Map<String, Callable<Workload>> contenders = new LinkedHashMap<>();
        contenders.put(InferenceBench.LIMIT, () -> raw(graph, tokenizer, threads));
        contenders.put(InferenceBench.OURS, () -> engine(model));
        contenders.put(
                "record-in-flink-map", () -> new PerRecordFlinkMap(graph, new Tokenized(tokenizer), threads, 100));
        contenders.put("djl-predictor", () -> new DjlPredictor(threads));
        return contenders;
    }

    /** The engine on the same sentences at every precision that the model has. */
    static Map<String, Callable<Workload>> precisions(ModelCatalog catalog) {
        PackedModel model = catalog.find("text-bge-small-en").orElseThrow();
        Map<String, Callable<Workload>> contenders = new LinkedHashMap<>();
        contenders.put(InferenceBench.OURS, () -> engine(model));
        model.manifest().variants().keySet().stream()
                .filter(precision -> !precision.equals(model.manifest().precision()))
                .sorted()
                .forEach(precision -> contenders.put(
                        precision,
                        () -> engine(catalog.find(model.manifest().id() + "/" + precision)
                                .orElseThrow())));
        return contenders;
    }

    private static Workload engine(PackedModel model) {
        return new EngineLoad(
                model,
                sentences().stream()
                        .map(text -> (Content) new Content.Text(text))
                        .toList());
    }

    static HuggingFaceTokenizer tokenizer(byte[] json) throws java.io.IOException {
        return HuggingFaceTokenizer.newInstance(
                new ByteArrayInputStream(json), Map.of("truncation", "true", "maxLength", "512", "padding", "false"));
    }

    static Map<String, Object> arrays(Encoding encoding) {
        return Map.of(
                "input_ids",
                new long[][] {encoding.getIds()},
                "attention_mask",
                new long[][] {encoding.getAttentionMask()},
                "token_type_ids",
                new long[][] {encoding.getTypeIds()});
    }

    /** Tokenized before; a session that all threads share, one thread a run. */
    private static Workload raw(byte[] graph, byte[] tokenizerJson, int threads) throws Exception {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        OrtSession.SessionOptions options = new OrtSession.SessionOptions();
        options.setIntraOpNumThreads(1);
        OrtSession session = environment.createSession(graph, options);
        List<Map<String, OnnxTensor>> ready = new ArrayList<>();
        try (HuggingFaceTokenizer tokenizer = tokenizer(tokenizerJson)) {
            for (String sentence : sentences()) {
                Map<String, OnnxTensor> tensors = new LinkedHashMap<>();
                for (Map.Entry<String, Object> input :
                        arrays(tokenizer.encode(sentence)).entrySet()) {
                    tensors.put(input.getKey(), OnnxTensor.createTensor(environment, input.getValue()));
                }
                ready.add(tensors);
            }
        }
        List<Workload.Worker> workers = new ArrayList<>();
        for (int thread = 0; thread < threads; thread++) {
            int first = thread * SENTENCES / threads;
            workers.add(new Workload.Worker() {
                private int next = first;

                @Override
                public int step() throws Exception {
                    session.run(ready.get(next++ % SENTENCES)).close();
                    return 1;
                }
            });
        }
        return Workload.threads(workers);
    }

    /** Tokenizes each record within the map. */
    private static final class Tokenized implements PerRecordFlinkMap.Inputs {
        private static final long serialVersionUID = 1L;

        private final byte[] json;
        private transient HuggingFaceTokenizer tokenizer;
        private transient List<String> sentences;

        Tokenized(byte[] json) {
            this.json = json;
        }

        @Override
        public void open() throws Exception {
            tokenizer = tokenizer(json);
            sentences = sentences();
        }

        @Override
        public Map<String, Object> of(long record) {
            return arrays(tokenizer.encode(sentences.get((int) (record % SENTENCES))));
        }
    }
}
