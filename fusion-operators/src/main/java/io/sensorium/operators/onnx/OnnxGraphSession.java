// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.onnx;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.sensorium.operators.pack.ModelKind;
import io.sensorium.operators.pack.ModelManifest.GraphSpec;
import io.sensorium.operators.pack.PackException;
import io.sensorium.operators.pack.PackedModel;
import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * A graph loaded into ONNX Runtime. The same graph on the same device is loaded once in a process and shared; close
 * each handle, the last one frees the session. Safe for several threads.
 *
 * <p>Callers give floats (token ids: longs) and read floats: where the graph declares other element types, values are
 * converted at each run.
 */
public final class OnnxGraphSession implements AutoCloseable {

    /** @param files hashes of the graph and its data files */
    private record Key(String files, Device device, int threads, Map<String, String> cuda, boolean patterns) {}

    private static final class Shared {
        final OrtSession session;
        final GraphSignature signature;
        int handles;

        Shared(OrtSession session) throws OrtException {
            this.session = session;
            this.signature = new GraphSignature(session.getInputInfo(), session.getOutputInfo());
        }
    }

    /**
     * Longest time of a run whose caller states none. Longer than an encoding engine waits for a batch, so that it
     * frees a worker that the engine has given up.
     */
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private static final Map<Key, Shared> SESSIONS = new HashMap<>();

    /** What a thread holds while it loads a graph, so that others load other graphs meanwhile. */
    private static final Map<Key, Object> LOADING = new ConcurrentHashMap<>();

    private final Key key;
    private final OrtSession session;
    private final GraphSignature signature;
    private final Map<String, OnnxTensor> constants;
    private final boolean converts;

    /** Those that no thread uses at the moment. */
    private final Queue<RunDeadline> deadlines = new ConcurrentLinkedQueue<>();

    private volatile boolean closed;

    private OnnxGraphSession(Key key, Shared shared, GraphSpec spec) throws OrtException {
        this.key = key;
        this.session = shared.session;
        this.signature = shared.signature;
        this.constants = constants(spec, signature);
        this.converts = !constants.isEmpty()
                || spec.inputs().keySet().stream()
                        .map(signature::inputType)
                        .anyMatch(type -> type != OnnxJavaType.FLOAT && type != OnnxJavaType.INT64)
                || spec.outputs().entrySet().stream()
                        .anyMatch(output -> signature.outputType(output.getKey()) != OnnxJavaType.FLOAT
                                || output.getValue().length < 2);
    }

    private static Map<String, OnnxTensor> constants(GraphSpec spec, GraphSignature signature) throws OrtException {
        Map<String, OnnxTensor> constants = new HashMap<>();
        for (Map.Entry<String, Double> constant : spec.constants().entrySet()) {
            long[] shape = Arrays.stream(spec.inputs().get(constant.getKey()))
                    .map(size -> Math.max(1, size))
                    .toArray();
            constants.put(
                    constant.getKey(),
                    ElementTypes.constant(constant.getValue(), signature.inputType(constant.getKey()), shape));
        }
        return constants;
    }

    /**
     * Loads a graph of a model, checks its hash and that its signature is the manifest's.
     *
     * @param threads ONNX Runtime's threads within one run; other runs go on beside it
     * @throws PackException when hash or signature differ, or the device is absent
     */
    public static OnnxGraphSession open(PackedModel model, String role, Device device, int threads) {
        GraphSpec spec = model.manifest().graphs().get(role);
        if (spec == null) {
            throw new PackException(model + ": no graph \"" + role + "\", the manifest has "
                    + model.manifest().graphs().keySet());
        }
        Key key = new Key(
                spec.sha256() + new TreeMap<>(spec.data()),
                device,
                threads,
                model.manifest().cuda(),
                rememberShapes(model, spec, device));
        synchronized (LOADING.computeIfAbsent(key, any -> new Object())) {
            Shared shared;
            synchronized (SESSIONS) {
                shared = SESSIONS.get(key);
                if (shared != null) {
                    return handle(model, role, spec, key, shared);
                }
            }
            shared = load(model, role, key);
            synchronized (SESSIONS) {
                return handle(model, role, spec, key, shared);
            }
        }
    }

    /** A further handle of a session; a session that is left without one is freed. */
    private static OnnxGraphSession handle(PackedModel model, String role, GraphSpec spec, Key key, Shared shared) {
        try {
            // The manifest may be another than the one that the graph was loaded for.
            List<String> problems = new ArrayList<>();
            shared.signature.compare(model + " graph " + role, spec, problems);
            if (!problems.isEmpty()) {
                throw new PackException(problems);
            }
            OnnxGraphSession handle = new OnnxGraphSession(key, shared, spec);
            shared.handles++;
            SESSIONS.put(key, shared);
            return handle;
        } catch (OrtException e) {
            throw new PackException(
                    model + ": the constants of graph " + role + " cannot be given to it: " + e.getMessage());
        } finally {
            if (shared.handles == 0) {
                free(shared);
            }
        }
    }

    private static Shared load(PackedModel model, String role, Key key) {
        PackedModel.GraphFile file = model.graphFile(role);
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(key.threads());
            options.setInterOpNumThreads(1);
            options.setMemoryPatternOptimization(key.patterns());
            key.device().addTo(options, key.cuda());
            OrtEnvironment environment = OrtEnvironment.getEnvironment();
            return new Shared(
                    file.path() == null
                            ? environment.createSession(file.bytes(), options)
                            : environment.createSession(file.path().toString(), options));
        } catch (OrtException e) {
            String problem =
                    model + ": ONNX Runtime cannot load graph " + role + " on " + key.device() + ": " + e.getMessage();
            throw key.device().isCpu() ? new PackException(problem) : PackException.ofTransient(problem);
        }
    }

    /**
     * Whether ONNX Runtime may remember a plan of memory for every shape that it meets; it forgets none. On a CPU plans
     * are small, texts have as many shapes as tokens and without plans are a tenth slower, but of sounds and lines of
     * writing there is no end of lengths. On a GPU a plan is a block of device memory: there only graphs whose shapes
     * never change keep one.
     */
    private static boolean rememberShapes(PackedModel model, GraphSpec spec, Device device) {
        if (device.isCpu()) {
            ModelKind kind = model.manifest().kind();
            return kind != ModelKind.AUDIO_ENCODER && !kind.isRecognizer()
                    || spec.inputs().values().stream()
                            .noneMatch(shape -> Arrays.stream(shape).skip(1).anyMatch(size -> size < 0));
        }
        return spec.inputs().values().stream()
                .noneMatch(shape -> Arrays.stream(shape).anyMatch(size -> size < 0));
    }

    /**
     * The element type that the graph declares for an input, as ONNX Runtime names it; null where it has no such
     * tensor.
     */
    public OnnxJavaType inputType(String name) {
        return signature.inputType(name);
    }

    /** Whether an input's elements hold fractions, so that embeddings and pictures may be given to it. */
    public boolean takesFractions(String name) {
        return ElementTypes.FRACTIONAL.contains(signature.inputType(name));
    }

    /**
     * Runs the graph. The caller closes inputs and result.
     *
     * @throws OrtException when the run fails, for example on a row the graph cannot take
     */
    public OrtSession.Result run(Map<String, OnnxTensor> inputs) throws OrtException {
        return run(LIMIT, options -> session.run(inputs, options));
    }

    private <T> T run(Duration limit, RunDeadline.Run<T> run) throws OrtException {
        RunDeadline deadline = deadlines.poll();
        if (deadline == null) {
            deadline = new RunDeadline();
        }
        try {
            return deadline.run(limit, run);
        } finally {
            if (closed) {
                deadline.close();
            } else {
                deadlines.add(deadline);
            }
        }
    }

    /**
     * Runs the graph into float tensors that the caller owns, which spares a copy where the graph gives floats.
     *
     * @throws OrtException when the run fails, or an output has another number of elements than its tensor
     */
    public void run(Map<String, OnnxTensor> inputs, Map<String, OnnxTensor> outputs) throws OrtException {
        run(inputs, outputs, LIMIT);
    }

    /**
     * {@link #run(Map, Map)} within a time.
     *
     * @param limit after which ONNX Runtime ends the run at the next node of the graph
     * @throws OrtException when the run fails or takes longer, or an output has another number of elements than its
     *     tensor
     */
    public void run(Map<String, OnnxTensor> inputs, Map<String, OnnxTensor> outputs, Duration limit)
            throws OrtException {
        if (!converts) {
            run(limit, options -> session.run(inputs, Set.of(), outputs, options))
                    .close();
            return;
        }
        try (Handles converted = new Handles()) {
            Map<String, OnnxTensor> all = converted(inputs, converted);
            try (OrtSession.Result result = run(limit, options -> session.run(all, outputs.keySet(), options))) {
                copy(result, outputs);
            }
        }
    }

    private static void copy(OrtSession.Result result, Map<String, OnnxTensor> outputs) throws OrtException {
        for (Map.Entry<String, OnnxTensor> output : outputs.entrySet()) {
            FloatBuffer values = floats(result, output.getKey());
            FloatBuffer target = (FloatBuffer) output.getValue().getBufferRef().orElseThrow();
            long expected =
                    Arrays.stream(output.getValue().getInfo().getShape()).reduce(1, (all, size) -> all * size);
            if (values.remaining() != expected) {
                throw new OrtException(
                        "output " + output.getKey() + " has " + values.remaining() + " numbers, expected " + expected);
            }
            target.put(0, values, 0, values.remaining());
        }
    }

    /**
     * Runs the graph for one output.
     *
     * @return its values as floats, in a buffer of their own
     * @throws OrtException when the run fails
     */
    public FloatBuffer run(Map<String, OnnxTensor> inputs, String output) throws OrtException {
        try (Handles converted = new Handles()) {
            Map<String, OnnxTensor> all = converted(inputs, converted);
            try (OrtSession.Result result = run(LIMIT, options -> session.run(all, Set.of(output), options))) {
                return floats(result, output);
            }
        }
    }

    private static FloatBuffer floats(OrtSession.Result result, String output) throws OrtException {
        if (!(result.get(output).orElse(null) instanceof OnnxTensor tensor)) {
            throw new OrtException("output " + output + " is not a tensor");
        }
        return ElementTypes.floats(tensor);
    }

    /** Inputs at the graph's element types, and its constant ones. */
    private Map<String, OnnxTensor> converted(Map<String, OnnxTensor> inputs, Handles handles) throws OrtException {
        if (!converts) {
            return inputs;
        }
        Map<String, OnnxTensor> all = new HashMap<>(constants);
        for (Map.Entry<String, OnnxTensor> input : inputs.entrySet()) {
            OnnxJavaType type = signature.inputType(input.getKey());
            all.put(
                    input.getKey(),
                    type == input.getValue().getInfo().type
                            ? input.getValue()
                            : handles.add(ElementTypes.convert(input.getValue(), type)));
        }
        return all;
    }

    /** Handles open in this process, over all graphs; for tests. */
    static int openHandles() {
        synchronized (SESSIONS) {
            return SESSIONS.values().stream().mapToInt(shared -> shared.handles).sum();
        }
    }

    @Override
    public void close() {
        synchronized (SESSIONS) {
            if (closed) {
                return;
            }
            closed = true;
            constants.values().forEach(OnnxTensor::close);
            deadlines.forEach(RunDeadline::close);
            Shared shared = SESSIONS.get(key);
            if (--shared.handles == 0) {
                SESSIONS.remove(key);
                free(shared);
            }
        }
    }

    private static void free(Shared shared) {
        try {
            shared.session.close();
        } catch (OrtException e) {
            throw new IllegalStateException("ONNX Runtime could not free a session", e);
        }
    }
}
