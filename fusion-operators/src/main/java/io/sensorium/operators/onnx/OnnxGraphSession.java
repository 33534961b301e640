package io.sensorium.operators.onnx;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import io.sensorium.operators.pack.ModelKind;
import io.sensorium.operators.pack.ModelManifest.GraphSpec;
import io.sensorium.operators.pack.PackException;
import io.sensorium.operators.pack.PackedModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A graph loaded into ONNX Runtime. The same graph on the same device is loaded once a process, whoever asks; close
 * each handle, the last one frees the session. Safe for several threads.
 */
public final class OnnxGraphSession implements AutoCloseable {

    private record Key(String sha256, Device device, int threads) {}

    private static final class Shared {
        final OrtSession session;
        int handles;

        Shared(OrtSession session) {
            this.session = session;
        }
    }

    private static final Map<Key, Shared> SESSIONS = new HashMap<>();

    private final Key key;
    private final OrtSession session;
    private boolean closed;

    private OnnxGraphSession(Key key, OrtSession session) {
        this.key = key;
        this.session = session;
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
            throw new PackException(model + ": no graph \"" + role + "\", the manifest has " + model.manifest().graphs().keySet());
        }
        Key key = new Key(spec.sha256(), device, threads);
        synchronized (SESSIONS) {
            Shared shared = SESSIONS.get(key);
            if (shared == null) {
                shared = new Shared(load(model, role, spec, device, threads));
                SESSIONS.put(key, shared);
            }
            shared.handles++;
            return new OnnxGraphSession(key, shared.session);
        }
    }

    private static OrtSession load(PackedModel model, String role, GraphSpec spec, Device device, int threads) {
        byte[] graph = model.graph(role);
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(threads);
            options.setInterOpNumThreads(1);
            // ONNX Runtime remembers a plan of memory for every shape that it meets, and forgets none. Texts have as many shapes as tokens, and without
            // plans are a tenth slower; of sounds there is no end of lengths.
            boolean endless = model.manifest().kind() == ModelKind.AUDIO_ENCODER && spec.inputs() != null
                    && spec.inputs().values().stream().anyMatch(OnnxGraphSession::isOpenBeyondTheBatch);
            options.setMemoryPatternOptimization(!endless);
            device.addTo(options, model.manifest().cuda());
            OrtSession session = OrtEnvironment.getEnvironment().createSession(graph, options);
            List<String> problems = new ArrayList<>();
            compare(model + " graph " + role + " input", spec.inputs(), session.getInputInfo(), problems);
            compare(model + " graph " + role + " output", spec.outputs(), session.getOutputInfo(), problems);
            if (!problems.isEmpty()) {
                session.close();
                throw new PackException(problems);
            }
            return session;
        } catch (OrtException e) {
            throw new PackException(model + ": ONNX Runtime cannot load graph " + role + " on " + device + ": " + e.getMessage());
        }
    }

    private static boolean isOpenBeyondTheBatch(long[] shape) {
        return Arrays.stream(shape).skip(1).anyMatch(dimension -> dimension < 0);
    }

    private static void compare(String what, Map<String, long[]> stated, Map<String, NodeInfo> actual, List<String> problems) {
        if (stated == null || !stated.keySet().equals(actual.keySet())) {
            problems.add(what + "s: the manifest says " + (stated == null ? "none" : stated.keySet()) + ", the graph has " + actual.keySet());
            return;
        }
        stated.forEach((name, shape) -> {
            long[] real = ((TensorInfo) actual.get(name).getInfo()).getShape();
            if (!Arrays.equals(shape, real)) {
                problems.add(what + " " + name + ": the manifest says " + Arrays.toString(shape) + ", the graph has " + Arrays.toString(real));
            }
        });
    }

    /**
     * Runs the graph. The caller closes inputs and result.
     *
     * @throws OrtException when the run fails, for example on a row the graph cannot take
     */
    public OrtSession.Result run(Map<String, OnnxTensor> inputs) throws OrtException {
        return session.run(inputs);
    }

    /**
     * Runs the graph into tensors that the caller owns, which spares a copy.
     *
     * @throws OrtException when the run fails
     */
    public void run(Map<String, OnnxTensor> inputs, Map<String, OnnxTensor> outputs) throws OrtException {
        session.run(inputs, outputs).close();
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
            Shared shared = SESSIONS.get(key);
            if (--shared.handles == 0) {
                SESSIONS.remove(key);
                try {
                    shared.session.close();
                } catch (OrtException e) {
                    throw new IllegalStateException("ONNX Runtime could not free a session", e);
                }
            }
        }
    }
}
