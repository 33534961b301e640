package io.sensorium.job.emit;

import io.sensorium.job.align.AlignedEvent;
import io.sensorium.job.align.AlignedWindow;
import io.sensorium.job.align.FailedEvent;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.wire.FailureCode;
import io.sensorium.job.wire.OutputRecord;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;

/** Events on which alignment failed as dead letters, by their coordinates. */
public final class FailedEventWriter extends RichMapFunction<AlignedWindow, OutputRecord> {
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
        letters = new DeadLetters(config, schemas);
    }

    @Override
    public OutputRecord map(AlignedWindow failed) {
        AlignedEvent event = FailedEvent.event(failed);
        return letters.of(config.modalities().get(event.modality()).topic(), event.partition(), event.offset(), failed.subject(), "align", FailureCode.MODEL_FAILED,
                FailedEvent.message(failed));
    }
}
