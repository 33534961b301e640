package io.sensorium.job.fuse;

import ai.onnxruntime.OrtException;
import io.sensorium.job.PipelineModels;
import io.sensorium.job.PipelineModels.BoundHead;
import io.sensorium.job.align.AlignedEvent;
import io.sensorium.job.align.AlignedWindow;
import io.sensorium.job.align.EmbeddingVector;
import io.sensorium.job.align.EmbeddingVector.Precision;
import io.sensorium.pipeline.ConfigurationException;
import io.sensorium.job.config.ModelBundle;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineConfig.Captions;
import io.sensorium.job.config.PipelineConfig.Onnx;
import io.sensorium.job.config.PipelineConfig.Sentiment;
import io.sensorium.job.emit.OutputSchemas;
import io.sensorium.job.fuse.FusionStage.Fused;
import io.sensorium.operators.onnx.EmbeddingBytes;
import io.sensorium.operators.pack.PackException;
import io.sensorium.operators.pack.PackedModel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Every operator of the pipeline with one bundle's heads, checked and warm. For one thread. */
final class StageSet implements AutoCloseable {

    /** Windows that are fused before the first real one, alone and together. */
    private static final int PROBES = 32;

    private final List<FusionStage> stages = new ArrayList<>();
    private final SharedFields shared;

    private StageSet(SharedFields shared) {
        this.shared = shared;
    }

    /**
     * Loads a bundle's heads and runs each over windows of seeded embeddings.
     *
     * @throws ConfigurationException when the models are not to be had
     * @throws PackException when a head does not load, fails, or gives what is no number
     */
    static StageSet load(PipelineConfig config, ModelBundle bundle, OutputSchemas schemas) throws ConfigurationException {
        PipelineModels models = PipelineModels.of(config, bundle);
        StageSet set = new StageSet(new SharedFields(config, models.encoders()));
        try {
            for (BoundHead bound : models.heads()) {
                set.add(config, bound, schemas);
            }
            set.probe(models.encoders());
        } catch (RuntimeException e) {
            set.close();
            throw e;
        }
        return set;
    }

    private void add(PipelineConfig config, BoundHead bound, OutputSchemas schemas) {
        int index = stages.size();
        stages.add(bound.operator() instanceof Sentiment ? new SentimentStage(config, index, bound, shared, schemas)
                : bound.operator() instanceof Onnx ? new OnnxStage(config, index, bound, shared, schemas)
                : bound.operator() instanceof Captions ? new CaptionStage(config, index, bound, shared, schemas)
                : new MatchStage(config, index, bound, shared, schemas));
    }

    private void probe(List<PackedModel> encoders) {
        Random random = new Random(1);
        List<AlignedWindow> windows = new ArrayList<>(PROBES);
        for (int i = 0; i < PROBES; i++) {
            List<AlignedEvent> events = new ArrayList<>();
            for (int modality = 0; modality < encoders.size(); modality++) {
                float[] vector = new float[encoders.get(modality).manifest().dimension()];
                for (int k = 0; k < vector.length; k++) {
                    vector[k] = (float) random.nextGaussian() / 16;
                }
                events.add(new AlignedEvent(modality, "probe", 0, 0, 0, 0, PipelineModels.shortHash(encoders.get(modality)),
                        new EmbeddingVector(EmbeddingBytes.ofFloat32(vector), Precision.FLOAT32), Map.of(), Map.of()));
            }
            windows.add(new AlignedWindow("probe", 0, 1, "probe", events, List.of(), AlignedWindow.Status.FINAL, false, AlignedWindow.ALL_OPERATORS, AlignedWindow.FIRST));
        }
        for (FusionStage stage : stages) {
            if (!stage.accepts(windows.get(0))) {
                continue;
            }
            try {
                List<Fused> results = new ArrayList<>(stage.fuse(windows.subList(0, 1), Collections.nCopies(1, null)));
                results.addAll(stage.fuse(windows, Collections.nCopies(PROBES, null)));
                for (Fused fused : results) {
                    fused.outcome().values().forEach((name, value) -> {
                        if (!Double.isFinite(value)) {
                            throw new PackException("operators." + stage.key() + ": " + stage.head() + " gave " + value + " as " + name + " for a window of made-up embeddings");
                        }
                    });
                }
            } catch (OrtException e) {
                throw new PackException("operators." + stage.key() + ": " + stage.head() + " fails on a window of made-up embeddings: " + e.getMessage());
            }
        }
    }

    List<FusionStage> stages() {
        return stages;
    }

    SharedFields shared() {
        return shared;
    }

    /** Whether every event of a window has the embedding of this bundle's encoder. */
    boolean reads(AlignedWindow window) {
        return window.events().stream().allMatch(shared::has);
    }

    @Override
    public void close() {
        stages.forEach(FusionStage::close);
    }
}
