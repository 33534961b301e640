// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.fuse;

import io.sensorium.job.alignment.AlignedWindow;
import io.sensorium.job.config.ModelBundle;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.quarantine.Isolation;
import io.sensorium.job.records.OutputRecord;
import io.sensorium.job.records.OutputSchemas;
import io.sensorium.job.rollout.ModelCoordinator;
import java.net.URI;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.operators.coordination.OperatorCoordinator;
import org.apache.flink.streaming.api.operators.AbstractStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.CoordinatedOperatorFactory;
import org.apache.flink.streaming.api.operators.OneInputStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;

/** Makes {@link FuseOperator}s where they run. */
public final class FuseOperatorFactory extends AbstractStreamOperatorFactory<OutputRecord>
        implements OneInputStreamOperatorFactory<AlignedWindow, OutputRecord>,
                CoordinatedOperatorFactory<OutputRecord> {
    private static final long serialVersionUID = 1L;

    private final PipelineConfig config;
    private final ModelBundle file;
    private final OutputSchemas schemas;
    private final URI notes;

    /**
     * @param file the pipeline file's own models
     * @param notes folder for what must outlive the death of a process ({@link Isolation}), or null
     */
    public FuseOperatorFactory(PipelineConfig config, ModelBundle file, OutputSchemas schemas, URI notes) {
        this.config = config;
        this.file = file;
        this.schemas = schemas;
        this.notes = notes;
    }

    @Override
    @SuppressWarnings("unchecked")
    public <T extends StreamOperator<OutputRecord>> T createStreamOperator(
            StreamOperatorParameters<OutputRecord> parameters) {
        OperatorID id = parameters.getStreamConfig().getOperatorID();
        FuseOperator operator = new FuseOperator(
                parameters,
                config,
                file,
                schemas,
                notes,
                parameters.getOperatorEventDispatcher().getOperatorEventGateway(id));
        parameters.getOperatorEventDispatcher().registerEventHandler(id, operator.eventHandler());
        return (T) operator;
    }

    @Override
    public OperatorCoordinator.Provider getCoordinatorProvider(String name, OperatorID id) {
        return new ModelCoordinator.Provider(ModelCoordinator.FUSION, id, config, file);
    }

    @Override
    @SuppressWarnings("rawtypes")
    public Class<? extends StreamOperator> getStreamOperatorClass(ClassLoader classLoader) {
        return FuseOperator.class;
    }
}
