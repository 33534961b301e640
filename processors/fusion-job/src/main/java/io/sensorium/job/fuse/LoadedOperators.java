// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.fuse;

import ai.onnxruntime.OrtException;
import io.sensorium.job.alignment.AlignedWindow;
import io.sensorium.job.alignment.EmbeddingVector;
import io.sensorium.job.alignment.EmbeddingVector.Precision;
import io.sensorium.job.alignment.EncodedEvent;
import io.sensorium.job.config.ModelBundle;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.models.PipelineModels;
import io.sensorium.job.operator.BoundOperator;
import io.sensorium.job.records.OutputSchemas;
import io.sensorium.operators.fuse.NotFiniteException;
import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.onnx.EmbeddingBytes;
import io.sensorium.operators.pack.PackException;
import io.sensorium.operators.pack.PackedModel;
import io.sensorium.pipeline.ConfigurationException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;

/** Every operator of the pipeline with one bundle's heads, checked and warm. For one thread. */
final class LoadedOperators implements AutoCloseable {

    /** Windows that are fused before the first real one, alone and together. */
    private static final int PROBES = 32;

    private final List<LoadedOperator> operators = new ArrayList<>();
    private final ResultFields shared;

    private LoadedOperators(ResultFields shared) {
        this.shared = shared;
    }

    /**
     * Loads a bundle's heads and runs each over windows of seeded embeddings.
     *
     * @throws ConfigurationException when the models are unavailable
     * @throws PackException with every head that does not load, fails, or, where the bundle is not the pipeline file's
     *     own, gives a number that is not finite
     */
    static LoadedOperators load(PipelineConfig config, ModelBundle bundle, OutputSchemas schemas)
            throws ConfigurationException {
        List<PackException> failures = new ArrayList<>();
        List<String> notFinite = new ArrayList<>();
        LoadedOperators set = load(config, PipelineModels.of(config, bundle), schemas, failures, notFinite);
        List<String> problems = new ArrayList<>(failures.stream()
                .flatMap(failure -> failure.problems().stream())
                .toList());
        if (!bundle.fromFile()) {
            // A model that is exchanged for one that works must be no worse. At the start its windows become dead
            // letters, which the check has announced.
            problems.addAll(notFinite);
        }
        if (!problems.isEmpty()) {
            set.close();
            throw failures.size() == 1 && problems.size() == 1 ? failures.get(0) : new PackException(problems);
        }
        return set;
    }

    /**
     * Loads the heads of models and runs each over windows of seeded embeddings, however many fail.
     *
     * @param failures filled with a failure for each head that does not load or run; then the set is only to be closed
     * @param notFinite filled with the heads that give a number that is not finite
     */
    static LoadedOperators load(
            PipelineConfig config,
            PipelineModels models,
            OutputSchemas schemas,
            List<PackException> failures,
            List<String> notFinite) {
        LoadedOperators set = new LoadedOperators(new ResultFields(config, models.encoders()));
        BoundOperator.Setup setup = new BoundOperator.Setup(
                config.modalityNames(), Device.parse(config.runtime().device()), set.shared);
        for (int i = 0; i < models.operators().size(); i++) {
            try {
                set.operators.add(new LoadedOperator(i, models.operators().get(i), setup, set.shared, schemas));
            } catch (PackException e) {
                failures.add(
                        e.isTransient()
                                ? e
                                : new PackException(e.problems().stream()
                                        .map(prefixed(models.operators()
                                                .get(i)
                                                .operator()
                                                .key()))
                                        .toList()));
            } catch (RuntimeException e) {
                set.close();
                throw e;
            }
        }
        try {
            set.probe(models.encoders(), failures, notFinite);
        } catch (RuntimeException e) {
            set.close();
            throw e;
        }
        return set;
    }

    private static UnaryOperator<String> prefixed(String operator) {
        return problem -> problem.startsWith("operators.") ? problem : "operators." + operator + ": " + problem;
    }

    private void probe(List<PackedModel> encoders, List<PackException> failures, List<String> notFinite) {
        List<AlignedWindow> windows = probes(encoders);
        for (LoadedOperator operator : operators) {
            if (!operator.accepts(windows.get(0))) {
                continue;
            }
            try {
                operator.fuse(windows.subList(0, 1), Collections.nCopies(1, null));
                operator.fuse(windows, Collections.nCopies(PROBES, null));
            } catch (NotFiniteException e) {
                notFinite.add("operators." + operator.key() + ": " + operator.head()
                        + " fails on a window of made-up embeddings: " + e.getMessage());
            } catch (OrtException e) {
                failures.add(new PackException("operators." + operator.key() + ": " + operator.head()
                        + " fails on a window of made-up embeddings: " + e.getMessage()));
            }
        }
    }

    private static List<AlignedWindow> probes(List<PackedModel> encoders) {
        Random random = new Random(1);
        List<AlignedWindow> windows = new ArrayList<>(PROBES);
        for (int i = 0; i < PROBES; i++) {
            List<EncodedEvent> events = new ArrayList<>();
            for (int modality = 0; modality < encoders.size(); modality++) {
                float[] vector = new float[encoders.get(modality).manifest().dimension()];
                for (int k = 0; k < vector.length; k++) {
                    vector[k] = (float) random.nextGaussian() / 16;
                }
                events.add(new EncodedEvent(
                        modality,
                        "probe",
                        0,
                        0,
                        0,
                        0,
                        PipelineModels.shortHash(encoders.get(modality)),
                        new EmbeddingVector(EmbeddingBytes.ofFloat32(vector), Precision.FLOAT32),
                        Map.of(),
                        Map.of()));
            }
            windows.add(new AlignedWindow(
                    "probe",
                    0,
                    1,
                    "probe",
                    events,
                    List.of(),
                    AlignedWindow.Status.FINAL,
                    false,
                    AlignedWindow.ALL_OPERATORS,
                    AlignedWindow.FIRST));
        }
        return windows;
    }

    List<LoadedOperator> operators() {
        return operators;
    }

    ResultFields shared() {
        return shared;
    }

    /** Whether every event of a window has the embedding of this bundle's encoder. */
    boolean reads(AlignedWindow window) {
        return window.events().stream().allMatch(shared::has);
    }

    @Override
    public void close() {
        operators.forEach(LoadedOperator::close);
    }
}
