// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks.inference;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.translate.Batchifier;
import ai.djl.translate.Translator;
import ai.djl.translate.TranslatorContext;
import io.sensorium.benchmarks.load.Workload;
import io.sensorium.operators.pack.ModelCatalog;
import io.sensorium.operators.pack.PackedModel;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Reads a number of seconds a line, predicts sentences for so long with a predictor a thread, answers with records a
 * second.
 */
final class DjlProcess {

    static final String ANSWER = "rate ";

    private DjlProcess() {}

    public static void main(String[] args) throws Exception {
        PackedModel packed = ModelCatalog.bundled().find("text-bge-small-en").orElseThrow();
        Path folder = Files.createTempDirectory("djl");
        Path file = Files.write(folder.resolve("model.onnx"), packed.graph("model"));
        file.toFile().deleteOnExit();
        try (ZooModel<String, float[]> model = Criteria.builder()
                        .setTypes(String.class, float[].class)
                        .optModelPath(file)
                        .optEngine("OnnxRuntime")
                        .optTranslator(new FirstToken(TextWorkload.tokenizer(packed.file("tokenizer"))))
                        .build()
                        .loadModel();
                Workload load = Workload.threads(workers(model, Integer.parseInt(args[0])));
                BufferedReader orders =
                        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII))) {
            for (String line = orders.readLine(); line != null; line = orders.readLine()) {
                System.out.println(ANSWER + load.run(Double.parseDouble(line)));
            }
        }
    }

    private static List<Workload.Worker> workers(ZooModel<String, float[]> model, int threads) {
        List<String> sentences = TextWorkload.sentences();
        List<Workload.Worker> workers = new ArrayList<>();
        for (int thread = 0; thread < threads; thread++) {
            Predictor<String, float[]> predictor = model.newPredictor();
            int first = thread * sentences.size() / threads;
            workers.add(new Workload.Worker() {
                private int next = first;

                @Override
                public int step() throws Exception {
                    return predictor.predict(sentences.get(next++ % sentences.size())).length > 0 ? 1 : 0;
                }

                @Override
                public void close() {
                    predictor.close();
                }
            });
        }
        return workers;
    }

    /** Ids in, the first token's hidden state out. */
    private record FirstToken(HuggingFaceTokenizer tokenizer) implements Translator<String, float[]> {

        @Override
        public NDList processInput(TranslatorContext context, String text) {
            Encoding encoding = tokenizer.encode(text);
            NDList inputs = new NDList();
            TextWorkload.arrays(encoding).forEach((name, values) -> {
                NDArray array =
                        context.getNDManager().create(((long[][]) values)[0], new Shape(1, encoding.getIds().length));
                array.setName(name);
                inputs.add(array);
            });
            return inputs;
        }

        @Override
        public float[] processOutput(TranslatorContext context, NDList outputs) {
            return Arrays.copyOf(outputs.get(0).toFloatArray(), 384);
        }

        @Override
        public Batchifier getBatchifier() {
            return null;
        }
    }
}
