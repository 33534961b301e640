// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks.inference;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import io.sensorium.benchmarks.load.Workload;
import io.sensorium.operators.encode.Content;
import io.sensorium.operators.pack.ModelCatalog;
import io.sensorium.operators.pack.PackedModel;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import javax.imageio.ImageIO;

/** The Inception trunk on small pictures, so that their decoding, which bare ONNX Runtime is spared, takes little. */
final class ImageWorkload {

    private static final int PICTURES = 32;
    private static final int SIDE = 299;

    private ImageWorkload() {}

    static Map<String, Callable<Workload>> contenders(ModelCatalog catalog, int threads) {
        PackedModel model = catalog.find("image-inception-mixed5").orElseThrow();
        Map<String, Callable<Workload>> contenders = new LinkedHashMap<>();
        contenders.put(
                InferenceBench.LIMIT,
                () -> raw(model.graph("model"), model.manifest().maxBatch(), threads));
        contenders.put(InferenceBench.OURS, () -> new EngineLoad(model, pictures()));
        contenders.put(
                "record-in-flink-map", () -> new PerRecordFlinkMap(model.graph("model"), new Pixels(), threads, 10));
        return contenders;
    }

    private static List<Content> pictures() throws IOException {
        Random random = new Random(2);
        List<Content> pictures = new ArrayList<>();
        for (int i = 0; i < PICTURES; i++) {
            BufferedImage image = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
            Graphics2D graphics = image.createGraphics();
            graphics.setColor(new Color(random.nextInt(1 << 24)));
            graphics.fillOval(random.nextInt(32), random.nextInt(32), 40, 30);
            graphics.dispose();
            ByteArrayOutputStream png = new ByteArrayOutputStream();
            ImageIO.write(image, "png", png);
            pictures.add(new Content.Media(png.toByteArray()));
        }
        return pictures;
    }

    /** Pixels ready in a direct buffer, the model's own largest batch, one thread a run. */
    private static Workload raw(byte[] graph, int batch, int threads) throws Exception {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        OrtSession.SessionOptions options = new OrtSession.SessionOptions();
        options.setIntraOpNumThreads(1);
        OrtSession session = environment.createSession(graph, options);
        String input = session.getInputNames().iterator().next();
        List<Workload.Worker> workers = new ArrayList<>();
        for (int thread = 0; thread < threads; thread++) {
            FloatBuffer pixels = ByteBuffer.allocateDirect(batch * SIDE * SIDE * 3 * Float.BYTES)
                    .order(ByteOrder.nativeOrder())
                    .asFloatBuffer();
            Random random = new Random(thread);
            while (pixels.hasRemaining()) {
                pixels.put(random.nextFloat());
            }
            OnnxTensor tensor = OnnxTensor.createTensor(environment, pixels.flip(), new long[] {batch, SIDE, SIDE, 3});
            workers.add(new Workload.Worker() {
                @Override
                public int step() throws Exception {
                    session.run(Map.of(input, tensor)).close();
                    return batch;
                }

                @Override
                public void close() {
                    tensor.close();
                }
            });
        }
        return Workload.threads(workers);
    }

    /** A picture's pixels as nested arrays, created for each record as a user's preprocessing makes them. */
    private static final class Pixels implements PerRecordFlinkMap.Inputs {
        private static final long serialVersionUID = 1L;

        @Override
        public void open() {}

        @Override
        public Map<String, Object> of(long record) {
            float[][][][] pixels = new float[1][SIDE][SIDE][3];
            for (float[][] row : pixels[0]) {
                for (float[] pixel : row) {
                    pixel[(int) (record % 3)] = 0.5f;
                }
            }
            return Map.of("pixels", pixels);
        }
    }
}
