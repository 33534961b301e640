// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.emit;

import io.sensorium.job.alignment.EncodedEvent;
import io.sensorium.job.config.Modality;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.records.LateEventRecord;
import io.sensorium.job.records.OutputRecord;
import io.sensorium.job.records.OutputSchemas;
import io.sensorium.job.records.RecordWriter;
import io.sensorium.results.LateEvent;
import java.time.Instant;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;

/** Late events as records of their topic. */
public final class LateEventWriter extends RichMapFunction<LateEventRecord, OutputRecord> {
    private static final long serialVersionUID = 1L;

    private final PipelineConfig config;
    private final OutputSchemas schemas;
    private transient RecordWriter<LateEvent> writer;

    public LateEventWriter(PipelineConfig config, OutputSchemas schemas) {
        this.config = config;
        this.schemas = schemas;
    }

    @Override
    public void open(OpenContext context) {
        writer = new RecordWriter<>(config.sideTopics().late(), LateEvent.getClassSchema(), schemas);
    }

    @Override
    public OutputRecord map(LateEventRecord late) {
        EncodedEvent event = late.event();
        long watermark = late.watermark();
        Modality modality = config.modalities().get(event.modality());
        OutputRecord record = writer.write(
                late.subject(),
                new LateEvent(
                        modality.name(),
                        event.eventId(),
                        late.subject(),
                        Instant.ofEpochMilli(event.time()),
                        Instant.ofEpochMilli(watermark),
                        watermark - event.time(),
                        modality.topic(),
                        event.partition(),
                        event.offset(),
                        event.attributes()),
                event.readAt());
        return event.trace() == null ? record : record.withTrace(event.trace());
    }
}
