// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.fuse;

import ai.onnxruntime.OrtException;
import io.sensorium.job.alignment.AlignedWindow;
import io.sensorium.job.config.ModelBundle;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.models.PipelineModels;
import io.sensorium.job.records.OutputRecord;
import io.sensorium.job.records.OutputSchemas;
import io.sensorium.operators.pack.PackException;
import io.sensorium.pipeline.ConfigurationException;
import io.sensorium.schemas.RecordDecoder;
import io.sensorium.schemas.WireFormatException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificRecord;

/** Fuses single windows as the job does, outside of it. For one thread. */
public final class WindowFusion implements AutoCloseable {

    private final Map<String, Schema> schemas;
    private final LoadedOperators operators;

    private WindowFusion(Map<String, Schema> schemas, LoadedOperators operators) {
        this.schemas = schemas;
        this.operators = operators;
    }

    /**
     * Loads a bundle's heads.
     *
     * @throws ConfigurationException when the models are unavailable
     */
    public static WindowFusion load(PipelineConfig config, ModelBundle bundle) throws ConfigurationException {
        Map<String, Schema> schemas = OutputSchemas.topics(config);
        Map<String, Integer> ids = new HashMap<>();
        schemas.keySet().forEach(topic -> ids.put(topic, 0));
        return new WindowFusion(schemas, LoadedOperators.load(config, bundle, new OutputSchemas(ids)));
    }

    /**
     * Loads the heads of models and runs each over windows of made-up embeddings, as a start does.
     *
     * @param problems filled with every head that does not load or run
     * @param warnings filled with heads that gave a number that is not finite: in the stream such windows become dead
     *     letters
     * @return the heads, loaded; nothing where there are problems
     */
    public static Optional<WindowFusion> probe(
            PipelineConfig config, PipelineModels models, List<String> problems, List<String> warnings) {
        Map<String, Schema> schemas = OutputSchemas.topics(config);
        Map<String, Integer> ids = new HashMap<>();
        schemas.keySet().forEach(topic -> ids.put(topic, 0));
        List<PackException> failures = new ArrayList<>();
        LoadedOperators operators = LoadedOperators.load(config, models, new OutputSchemas(ids), failures, warnings);
        if (failures.isEmpty()) {
            return Optional.of(new WindowFusion(schemas, operators));
        }
        operators.close();
        failures.forEach(failure -> problems.addAll(failure.problems()));
        return Optional.empty();
    }

    /**
     * An operator's result of a window.
     *
     * @param operator its key in the pipeline file
     * @throws OrtException when the head fails
     */
    public SpecificRecord fuse(String operator, AlignedWindow window) throws OrtException {
        LoadedOperator loaded = operators.operators().stream()
                .filter(each -> each.key().equals(operator))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no operator " + operator));
        OutputRecord record = loaded.fuse(List.of(window), Collections.nCopies(1, null))
                .get(0)
                .record();
        try {
            return RecordDecoder.<SpecificRecord>of(schemas.get(record.topic()), Integer.BYTES)
                    .decode(record.value());
        } catch (IOException | WireFormatException e) {
            throw new IllegalStateException("an own result cannot be read back", e);
        }
    }

    @Override
    public void close() {
        operators.close();
    }
}
