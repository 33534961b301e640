// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks.pipeline;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.sensorium.benchmarks.load.Workload;
import io.sensorium.operators.encode.Content;
import io.sensorium.operators.pack.ModelCatalog;
import io.sensorium.operators.pack.PackedModel;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** The encoders' sessions on tensors that are ready: no decoding, no head. One thread a run; image and text only. */
final class RawOnnxRuntimeBaseline implements Workload.Worker {

    private static final int SIDE = 299;

    private final OrtSession image;
    private final OnnxTensor pixels;
    private final int pictures;
    private final OrtSession text;
    private final List<Map<String, OnnxTensor>> sentences = new ArrayList<>();

    RawOnnxRuntimeBaseline(MediaEvents events, Map<String, String> encoders, OrtSession image, OrtSession text)
            throws OrtException, IOException {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        this.image = events.modalities().contains("image") ? image : null;
        this.text = events.modalities().contains("text") ? text : null;
        PackedModel trunk = ModelCatalog.bundled().find(encoders.get("image")).orElseThrow();
        pictures = trunk.manifest().maxBatch();
        FloatBuffer floats = ByteBuffer.allocateDirect(pictures * SIDE * SIDE * 3 * Float.BYTES)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
        Random random = new Random(3);
        while (floats.hasRemaining()) {
            floats.put(random.nextFloat());
        }
        pixels = OnnxTensor.createTensor(environment, floats.flip(), new long[] {pictures, SIDE, SIDE, 3});
        PackedModel sentence = ModelCatalog.bundled().find(encoders.get("text")).orElseThrow();
        try (HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.newInstance(
                new ByteArrayInputStream(sentence.file("tokenizer")), Map.of("padding", "false"))) {
            for (int i = 0; i < pictures; i++) {
                Encoding encoding = tokenizer.encode(((Content.Text) events.content(i, "text")).text());
                sentences.add(Map.of(
                        "input_ids",
                        OnnxTensor.createTensor(environment, new long[][] {encoding.getIds()}),
                        "attention_mask",
                        OnnxTensor.createTensor(environment, new long[][] {encoding.getAttentionMask()}),
                        "token_type_ids",
                        OnnxTensor.createTensor(environment, new long[][] {encoding.getTypeIds()})));
            }
        }
    }

    static OrtSession session(String encoder) throws OrtException {
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            return OrtEnvironment.getEnvironment()
                    .createSession(
                            ModelCatalog.bundled().find(encoder).orElseThrow().graph("model"), options);
        }
    }

    @Override
    public int step() throws OrtException {
        int done = 0;
        if (image != null) {
            image.run(Map.of("pixels", pixels)).close();
            done += pictures;
        }
        if (text != null) {
            for (Map<String, OnnxTensor> sentence : sentences) {
                text.run(sentence).close();
            }
            done += sentences.size();
        }
        return done;
    }

    @Override
    public void close() {
        pixels.close();
        sentences.forEach(tensors -> tensors.values().forEach(OnnxTensor::close));
    }
}
