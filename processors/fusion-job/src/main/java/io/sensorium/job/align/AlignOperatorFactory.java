// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.align;

import io.sensorium.job.alignment.AlignSettings;
import io.sensorium.job.alignment.AlignedWindow;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.streaming.api.operators.AbstractStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;

/** Makes an {@link AlignOperator} where it runs. */
public final class AlignOperatorFactory extends AbstractStreamOperatorFactory<AlignedWindow> {
    private static final long serialVersionUID = 1L;

    private final AlignSettings settings;
    private final ArrayList<String> names;
    private final StateDescription description;
    private final long[] outOfOrderness;
    private final long maxResidentBytes;
    private final URI notes;

    /**
     * @param names the modalities' names, for metrics
     * @param description of the pipeline, which is kept in the state and checked when that is restored
     * @param outOfOrderness the modalities', in ms
     * @param maxResidentBytes of events that a subtask keeps in memory besides the state backend;
     *     {@link AlignOperator#UNLIMITED} where that is the memory itself
     * @param notes folder for what must outlive the death of a process ({@link io.sensorium.job.quarantine.Isolation}),
     *     or null
     */
    public AlignOperatorFactory(
            AlignSettings settings,
            List<String> names,
            StateDescription description,
            List<Long> outOfOrderness,
            long maxResidentBytes,
            URI notes) {
        this.settings = settings;
        this.description = description;
        this.names = new ArrayList<>(names);
        this.outOfOrderness = outOfOrderness.stream().mapToLong(Long::longValue).toArray();
        this.maxResidentBytes = maxResidentBytes;
        this.notes = notes;
    }

    @Override
    @SuppressWarnings("unchecked")
    public <T extends StreamOperator<AlignedWindow>> T createStreamOperator(
            StreamOperatorParameters<AlignedWindow> parameters) {
        return (T) new AlignOperator(parameters, settings, names, description, outOfOrderness, maxResidentBytes, notes);
    }

    @Override
    @SuppressWarnings("rawtypes")
    public Class<? extends StreamOperator> getStreamOperatorClass(ClassLoader classLoader) {
        return AlignOperator.class;
    }
}
