package io.sensorium.job.fuse;

import ai.onnxruntime.OrtException;
import io.sensorium.job.PipelineModels;
import io.sensorium.job.align.AlignedWindow;
import io.sensorium.job.config.ModelBundle;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.emit.OutputSchemas;
import io.sensorium.job.fuse.FusionStage.Fused;
import io.sensorium.pipeline.ConfigurationException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificRecord;

/** Fuses single windows as the job does, outside of it. For one thread. */
public final class WindowFusion implements AutoCloseable {

    /** Magic byte and schema id, before the record. */
    private static final int HEADER_BYTES = 5;

    private final Map<String, Schema> schemas;
    private final StageSet stages;

    private WindowFusion(Map<String, Schema> schemas, StageSet stages) {
        this.schemas = schemas;
        this.stages = stages;
    }

    /** What an operator makes of a window. @param values what moderation rules may read of it, by name */
    public record Fusion(SpecificRecord result, Map<String, Object> values) {}

    /**
     * Loads a bundle's heads.
     *
     * @throws ConfigurationException when the models are not to be had
     */
    public static WindowFusion load(PipelineConfig config, ModelBundle bundle) throws ConfigurationException {
        Map<String, Schema> schemas = OutputSchemas.topics(config);
        Map<String, Integer> ids = new HashMap<>();
        schemas.keySet().forEach(topic -> ids.put(topic, 0));
        return new WindowFusion(schemas, StageSet.load(config, bundle, new OutputSchemas(ids)));
    }

    /** Short hash of a modality's encoder, by which events of the window must be encoded. */
    public static long encoder(PipelineModels models, int modality) {
        return PipelineModels.shortHash(models.encoders().get(modality));
    }

    /**
     * An operator's result of a window.
     *
     * @param operator its key in the pipeline file
     * @throws OrtException when the head fails
     */
    public Fusion fuse(String operator, AlignedWindow window) throws OrtException {
        FusionStage stage = stages.stages().stream().filter(each -> each.key().equals(operator)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no operator " + operator));
        Fused fused = stage.fuse(List.of(window), Collections.nCopies(1, null)).get(0);
        byte[] value = fused.record().value();
        Map<String, Object> values = new HashMap<>();
        fused.said().get().forEach((name, said) -> values.put(operator + "." + name, said));
        try {
            return new Fusion(new SpecificDatumReader<SpecificRecord>(schemas.get(fused.record().topic())).read(null,
                    DecoderFactory.get().binaryDecoder(value, HEADER_BYTES, value.length - HEADER_BYTES, null)), values);
        } catch (IOException e) {
            throw new UncheckedIOException("an own result cannot be read back", e);
        }
    }

    @Override
    public void close() {
        stages.close();
    }
}
