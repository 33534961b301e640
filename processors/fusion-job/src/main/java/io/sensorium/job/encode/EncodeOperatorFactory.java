// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.encode;

import io.sensorium.job.config.ModelBundle;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.quarantine.Isolation;
import io.sensorium.job.records.IngestRecord;
import io.sensorium.job.records.KeyedEncodedEvent;
import io.sensorium.job.records.OutputSchemas;
import io.sensorium.job.records.Stage;
import io.sensorium.job.rollout.ModelCoordinator;
import java.net.URI;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.operators.coordination.OperatorCoordinator;
import org.apache.flink.streaming.api.operators.AbstractStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.CoordinatedOperatorFactory;
import org.apache.flink.streaming.api.operators.OneInputStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;

/** Makes {@link EncodeOperator}s where they run. */
public final class EncodeOperatorFactory extends AbstractStreamOperatorFactory<KeyedEncodedEvent>
        implements OneInputStreamOperatorFactory<IngestRecord, KeyedEncodedEvent>,
                CoordinatedOperatorFactory<KeyedEncodedEvent> {
    private static final long serialVersionUID = 1L;

    private final PipelineConfig config;
    private final ModelBundle file;
    private final int modality;
    private final OutputSchemas schemas;
    private final URI notes;

    /**
     * @param file the pipeline file's own models
     * @param modality index into the configured modalities
     * @param notes folder for what must outlive the death of a process ({@link Isolation}), or null
     */
    public EncodeOperatorFactory(
            PipelineConfig config, ModelBundle file, int modality, OutputSchemas schemas, URI notes) {
        this.config = config;
        this.file = file;
        this.modality = modality;
        this.schemas = schemas;
        this.notes = notes;
    }

    @Override
    @SuppressWarnings("unchecked")
    public <T extends StreamOperator<KeyedEncodedEvent>> T createStreamOperator(
            StreamOperatorParameters<KeyedEncodedEvent> parameters) {
        OperatorID id = parameters.getStreamConfig().getOperatorID();
        EncodeOperator operator = new EncodeOperator(
                parameters,
                config,
                file,
                modality,
                schemas,
                notes,
                parameters.getOperatorEventDispatcher().getOperatorEventGateway(id));
        parameters.getOperatorEventDispatcher().registerEventHandler(id, operator.eventHandler());
        return (T) operator;
    }

    @Override
    public OperatorCoordinator.Provider getCoordinatorProvider(String name, OperatorID id) {
        return new ModelCoordinator.Provider(
                Stage.ENCODE.label() + " " + config.modalities().get(modality).name(), id, config, file);
    }

    @Override
    @SuppressWarnings("rawtypes")
    public Class<? extends StreamOperator> getStreamOperatorClass(ClassLoader classLoader) {
        return EncodeOperator.class;
    }
}
