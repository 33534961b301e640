// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.emit;

import io.sensorium.job.align.AlignOperator;
import io.sensorium.job.alignment.EncodedEvent;
import io.sensorium.job.config.Modality;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.SharedTopics;
import io.sensorium.job.records.DeadLetters;
import io.sensorium.job.records.FailedEvent;
import io.sensorium.job.records.OutputRecord;
import io.sensorium.job.records.OutputSchemas;
import io.sensorium.job.records.Stage;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;

/** Events on which alignment failed as dead letters, by their coordinates. */
public final class FailedEventWriter extends RichMapFunction<FailedEvent, OutputRecord> {
    private static final long serialVersionUID = 1L;

    private final PipelineConfig config;
    private final OutputSchemas schemas;
    private transient DeadLetters letters;

    public FailedEventWriter(PipelineConfig config, OutputSchemas schemas) {
        this.config = config;
        this.schemas = schemas;
    }

    @Override
    public void open(OpenContext context) {
        letters = new DeadLetters(
                config,
                schemas,
                new DeadLetters.Writer(
                        AlignOperator.class, getRuntimeContext().getTaskInfo().getIndexOfThisSubtask()));
    }

    @Override
    public OutputRecord map(FailedEvent failed) {
        EncodedEvent event = failed.event();
        Modality modality = config.modalities().get(event.modality());
        return letters.of(
                modality.topic(),
                event.partition(),
                event.offset(),
                failed.subject(),
                Stage.ALIGN,
                failed.code(),
                SharedTopics.message(config.modalities(), modality, failed.message()));
    }
}
