// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks.inference;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import io.sensorium.benchmarks.load.Workload;
import io.sensorium.operators.fuse.FusionInput;
import io.sensorium.operators.fuse.OnnxHead;
import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.pack.ModelCatalog;
import io.sensorium.operators.pack.ModelManifest.Slot;
import io.sensorium.operators.pack.PackedModel;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The hierarchical sentiment head on windows of three embeddings, 256 at a time. */
final class HeadWorkload {

    private static final int BATCH = 256;

    private HeadWorkload() {}

    static Map<String, Callable<Workload>> contenders(ModelCatalog catalog, int threads) {
        PackedModel model = catalog.find("sentiment-hierarchical").orElseThrow();
        Map<String, Callable<Workload>> contenders = new LinkedHashMap<>();
        contenders.put(InferenceBench.LIMIT, () -> raw(model, threads, false));
        // Embeddings lie in the heap, one per event; running a batch of them requires at least one copy.
        contenders.put(InferenceBench.LIMIT + "-and-copy", () -> raw(model, threads, true));
        contenders.put(InferenceBench.OURS, () -> ours(model, threads));
        contenders.put(
                "record-in-flink-map",
                () -> new PerRecordFlinkMap(model.graph("model"), new Rows(model), threads, 2000));
        return contenders;
    }

    private static float[] vector(Random random, int dimension) {
        float[] vector = new float[dimension];
        for (int i = 0; i < dimension; i++) {
            vector[i] = (float) random.nextGaussian();
        }
        return vector;
    }

    /** @param copying whether each run's inputs are copied into its tensors first */
    private static Workload raw(PackedModel model, int threads, boolean copying) throws Exception {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        OrtSession.SessionOptions options = new OrtSession.SessionOptions();
        options.setIntraOpNumThreads(1);
        OrtSession session = environment.createSession(model.graph("model"), options);
        List<Workload.Worker> workers = new ArrayList<>();
        for (int thread = 0; thread < threads; thread++) {
            Map<String, OnnxTensor> inputs = new HashMap<>();
            List<FloatBuffer> buffers = new ArrayList<>();
            for (Slot slot : model.manifest().slots()) {
                buffers.add(numbers(slot.dimension(), thread));
                inputs.put(
                        slot.name(),
                        OnnxTensor.createTensor(
                                environment, buffers.get(buffers.size() - 1), new long[] {BATCH, slot.dimension()}));
            }
            int slots = model.manifest().slots().size();
            inputs.put("mask", OnnxTensor.createTensor(environment, numbers(slots, -1), new long[] {BATCH, slots}));
            List<float[][]> windows = copying ? windows(model, thread) : List.of();
            workers.add(new Workload.Worker() {
                @Override
                public int step() throws Exception {
                    for (int slot = 0; copying && slot < slots; slot++) {
                        buffers.get(slot).clear();
                        for (float[][] window : windows) {
                            buffers.get(slot).put(window[slot]);
                        }
                    }
                    session.run(inputs).close();
                    return BATCH;
                }

                @Override
                public void close() {
                    inputs.values().forEach(OnnxTensor::close);
                }
            });
        }
        return Workload.threads(workers);
    }

    /** @param seed of the numbers; all ones where negative */
    private static FloatBuffer numbers(int width, int seed) {
        FloatBuffer values = ByteBuffer.allocateDirect(BATCH * width * Float.BYTES)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
        Random random = new Random(seed);
        while (values.hasRemaining()) {
            values.put(seed < 0 ? 1 : (float) random.nextGaussian());
        }
        return values.flip();
    }

    /** A batch of windows, an embedding a slot. */
    private static List<float[][]> windows(PackedModel model, int seed) {
        Random random = new Random(seed);
        return IntStream.range(0, BATCH)
                .mapToObj(i -> model.manifest().slots().stream()
                        .map(slot -> vector(random, slot.dimension()))
                        .toArray(float[][]::new))
                .toList();
    }

    private static Workload ours(PackedModel model, int threads) {
        List<Workload.Worker> workers = new ArrayList<>();
        for (int thread = 0; thread < threads; thread++) {
            OnnxHead operator = new OnnxHead(model, new Device.Cpu(), 1);
            List<FusionInput> windows = windows(model, thread).stream()
                    .map(window ->
                            new FusionInput(Stream.of(window).map(List::of).toList()))
                    .toList();
            workers.add(new Workload.Worker() {
                @Override
                public int step() throws Exception {
                    return operator.run(windows).size();
                }

                @Override
                public void close() {
                    operator.close();
                }
            });
        }
        return Workload.threads(workers);
    }

    /** A window's embeddings as nested arrays of one row. */
    private static final class Rows implements PerRecordFlinkMap.Inputs {
        private static final long serialVersionUID = 1L;

        private final LinkedHashMap<String, Integer> dimensions = new LinkedHashMap<>();
        private transient List<Map<String, Object>> rows;

        Rows(PackedModel model) {
            model.manifest().slots().forEach(slot -> dimensions.put(slot.name(), slot.dimension()));
        }

        @Override
        public void open() {
            Random random = new Random(1);
            rows = new ArrayList<>();
            for (int i = 0; i < BATCH; i++) {
                Map<String, Object> row = new HashMap<>();
                dimensions.forEach((name, dimension) -> row.put(name, new float[][] {vector(random, dimension)}));
                row.put("mask", new float[][] {{1, 1, 1}});
                rows.add(row);
            }
        }

        @Override
        public Map<String, Object> of(long record) {
            return rows.get((int) (record % BATCH));
        }
    }
}
