// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.fuse;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.onnx.FloatTensorBuffer;
import io.sensorium.operators.onnx.Handles;
import io.sensorium.operators.onnx.OnnxGraphSession;
import io.sensorium.operators.pack.ModelManifest.Slot;
import io.sensorium.operators.pack.PackException;
import io.sensorium.operators.pack.PackedModel;
import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Runs a head's graph on rows of one embedding a slot and a presence mask {@code [rows, slots]}, so that full and
 * partial rows go in one batch. Absent slots are zeros. For one thread.
 */
final class HeadRunner implements AutoCloseable {

    /**
     * Most rows in one run that pays: more no longer fit a core's cache beside the embeddings that they are copied
     * from.
     */
    static final int MAX_RUN = 128;

    /** Longest run of one row. */
    static final Duration LIMIT = Duration.ofSeconds(10);

    /** Longer, for each further row. */
    private static final Duration MORE = Duration.ofMillis(100);

    private final List<Slot> slots;
    private final String maskInput;
    private final OnnxGraphSession session;
    private final Map<String, FloatTensorBuffer> inputs = new LinkedHashMap<>();
    private final Map<String, FloatTensorBuffer> outputs = new LinkedHashMap<>();
    private final Map<String, Integer> widths = new LinkedHashMap<>();
    private final FloatTensorBuffer mask = new FloatTensorBuffer();
    private final float[] absent;

    /** Whether rows are run one by one. */
    private final boolean single;

    private final int pastLength;
    private final FloatTensorBuffer past = new FloatTensorBuffer();

    /** A head of this project's, whose manifest has the slots and whose mask is called {@code mask}. */
    HeadRunner(PackedModel model, Device device, int threads) {
        this(model, "model", model.manifest().slots(), "mask", Set.of(), device, threads);
    }

    /**
     * The row of an output, as an array of its own; null where the graph has no such output.
     *
     * @throws OrtException when a number of it is not finite
     */
    float[] row(Map<String, FloatBuffer> results, String output, int row) throws OrtException {
        if (!results.containsKey(output)) {
            return null;
        }
        float[] own = new float[widths.get(output)];
        results.get(output).get(row * own.length, own);
        for (float value : own) {
            finite(value, output);
        }
        return own;
    }

    /**
     * A number that a head gave.
     *
     * @throws NotFiniteException when it is NaN or infinite
     */
    static double finite(double value, String output) throws NotFiniteException {
        if (!Double.isFinite(value)) {
            throw new NotFiniteException(value, output);
        }
        return value;
    }

    /**
     * @param role of the graph
     * @param slots the graph's embedding inputs, in the order of the mask's columns
     * @param maskInput the graph's presence input {@code [rows, slots]}; null where it has none
     * @param wanted the outputs to compute; empty for all that the manifest lists
     * @throws PackException when an input's elements cannot hold what it is given
     */
    HeadRunner(
            PackedModel model,
            String role,
            List<Slot> slots,
            String maskInput,
            Set<String> wanted,
            Device device,
            int threads) {
        this.slots = List.copyOf(slots);
        this.maskInput = maskInput;
        this.single = model.manifest().maxBatch() == 1;
        try (Handles opened = new Handles()) {
            session = opened.add(OnnxGraphSession.open(model, role, device, threads));
            List<String> problems = new ArrayList<>();
            this.slots.stream()
                    .map(Slot::name)
                    .filter(name -> session.inputType(name) != null && !session.takesFractions(name))
                    .forEach(name ->
                            problems.add(model + ": input " + name + " has elements of type " + session.inputType(name)
                                    + ", expected floats (FLOAT, FLOAT16, DOUBLE), which embeddings are"));
            model.manifest().graphs().get(role).outputs().forEach((name, shape) -> {
                if (!wanted.isEmpty() && !wanted.contains(name)) {
                    return;
                }
                if (shape.length != 1 && (shape.length != 2 || shape[1] < 1)) {
                    problems.add(model + ": output " + name + " is " + Arrays.toString(shape)
                            + ", expected [-1, n], a row of n numbers a window");
                }
                outputs.put(name, new FloatTensorBuffer());
                widths.put(name, width(shape));
            });
            if (!problems.isEmpty()) {
                throw new PackException(problems);
            }
            opened.keep();
        }
        absent = new float[this.slots.stream().mapToInt(Slot::dimension).max().orElse(0)];
        pastLength = model.manifest().context() == null
                ? 0
                : model.manifest().context().size();
        slots.forEach(slot -> inputs.put(slot.name(), new FloatTensorBuffer()));
    }

    /** Numbers of a row of an output; 1 where the output has a number a row and no second axis. */
    static int width(long[] shape) {
        return shape.length == 1 ? 1 : (int) shape[1];
    }

    /** {@link #run(List, List)} of rows without a past. */
    Map<String, FloatBuffer> run(List<float[][]> rows) throws OrtException {
        return run(rows, Collections.nCopies(rows.size(), null));
    }

    /**
     * Runs all rows at once.
     *
     * @param rows for each row and slot the embedding, of which the slot reads the first numbers, or null where it is
     *     absent
     * @param pasts for each row, where the head has a context, the earlier fused vectors, or null where there is none
     * @return by output name the values, {@code [rows * width]}, valid until the next run
     */
    Map<String, FloatBuffer> run(List<float[][]> rows, List<float[]> pasts) throws OrtException {
        if (!single || rows.size() == 1) {
            return runTogether(rows, pasts);
        }
        Map<String, FloatBuffer> results = new LinkedHashMap<>();
        widths.forEach((name, width) -> results.put(name, FloatBuffer.allocate(rows.size() * width)));
        for (int row = 0; row < rows.size(); row++) {
            Map<String, FloatBuffer> own = runTogether(rows.subList(row, row + 1), pasts.subList(row, row + 1));
            for (Map.Entry<String, Integer> output : widths.entrySet()) {
                results.get(output.getKey())
                        .put(row * output.getValue(), own.get(output.getKey()), 0, output.getValue());
            }
        }
        return results;
    }

    /** A window alone is bounded by the time that every record has; larger batches may take their time. */
    private static Duration limit(int rows) {
        return LIMIT.plus(MORE.multipliedBy(rows - 1L));
    }

    private Map<String, FloatBuffer> runTogether(List<float[][]> rows, List<float[]> pasts) throws OrtException {
        FloatBuffer present = mask.clear(rows.size() * slots.size());
        for (float[][] row : rows) {
            for (float[] vector : row) {
                present.put(vector == null ? 0 : 1);
            }
        }
        // Tensors are kept from run to run: for a small head making them takes as long as copying the rows.
        Map<String, OnnxTensor> in = new LinkedHashMap<>();
        Map<String, OnnxTensor> out = new LinkedHashMap<>();
        for (int slot = 0; slot < slots.size(); slot++) {
            int dimension = slots.get(slot).dimension();
            FloatTensorBuffer buffer = inputs.get(slots.get(slot).name());
            FloatBuffer floats = buffer.clear(rows.size() * dimension);
            for (float[][] row : rows) {
                floats.put(row[slot] == null ? absent : row[slot], 0, dimension);
            }
            in.put(slots.get(slot).name(), buffer.keptTensor(rows.size(), dimension));
        }
        if (maskInput != null) {
            in.put(maskInput, mask.keptTensor(rows.size(), slots.size()));
        }
        if (pastLength > 0) {
            FloatBuffer floats = past.clear(rows.size() * pastLength);
            float[] none = new float[pastLength];
            pasts.forEach(own -> floats.put(own == null ? none : own));
            in.put("context", past.keptTensor(rows.size(), pastLength));
        }
        for (Map.Entry<String, FloatTensorBuffer> output : outputs.entrySet()) {
            int width = widths.get(output.getKey());
            output.getValue().clear(rows.size() * width);
            out.put(output.getKey(), output.getValue().keptTensor(rows.size(), width));
        }
        session.run(in, out, limit(rows.size()));
        Map<String, FloatBuffer> results = new LinkedHashMap<>();
        outputs.forEach((name, buffer) -> results.put(name, buffer.floats()));
        return results;
    }

    @Override
    public void close() {
        inputs.values().forEach(FloatTensorBuffer::close);
        outputs.values().forEach(FloatTensorBuffer::close);
        mask.close();
        past.close();
        session.close();
    }
}
